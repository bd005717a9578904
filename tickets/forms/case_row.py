"""One row of a file of cases (tickets/case_files.py)."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core import clock
from helpdesk.core.forms import TextArea
from helpdesk.core.models import Topic
from tickets.forms.fields import ContactField
from tickets.models import Channel, Kind


class CaseRowForm(forms.Form):
    """``received_at`` is an ISO day or instant; a day means its beginning, and without one it is now."""

    kind = forms.ChoiceField(choices=Kind.choices)
    channel = forms.ChoiceField(choices=Channel.choices)
    topic = forms.ChoiceField(choices=Topic.choices)
    complainant = forms.CharField(max_length=60)
    contact = ContactField()
    narrative = TextArea()
    request = TextArea()
    product = forms.CharField(max_length=60, required=False)
    received_at = forms.CharField(max_length=40, required=False)

    @classmethod
    def required_names(cls) -> list[str]:
        return [name for name, field in cls.base_fields.items() if field.required]

    def clean_received_at(self) -> dt.datetime | None:
        text = self.cleaned_data["received_at"]
        if not text:
            return None
        try:
            instant = dt.datetime.fromisoformat(text)
        except ValueError as error:
            raise forms.ValidationError(
                _("不是 2026-03-01 或 2026-03-01T09:30+08:00 这样的时间。")
            ) from error
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=clock.business_zone())
        if not dt.datetime(2000, 1, 1, tzinfo=dt.UTC) <= instant <= clock.now():
            raise forms.ValidationError(_("时间要在 2000 年之后、现在之前。"))
        return instant
