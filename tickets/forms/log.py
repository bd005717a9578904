"""The case that an agent logs on somebody's behalf."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from helpdesk.core import clock
from tickets.forms.desk import BY_HAND
from tickets.forms.filing import FilingFields
from tickets.models import Channel, Party


class ComingDay(forms.DateField):
    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and day <= clock.today():
            raise ValidationError(_now("请选今天以后的一天。"), code="past")
        return day


class LogForm(FilingFields):
    """A case that reached the desk by phone, e-mail, counter, social media or a regulator."""

    channel = forms.ChoiceField(
        choices=[(c.value, c.label) for c in BY_HAND], initial=Channel.PHONE, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = self._chosen("channel", Channel, Channel.PHONE)
        if self.for_whom == Party.SELF:
            self.fields["name"].label = _("客户姓名")
        for name in ("name", "contact"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        if self.by == Channel.REGULATOR:
            self.fields.update(_referral_fields())
            self.order_fields(["authority", "referral_number", "referral_due_on", *self.fields])

    def referral(self) -> dict[str, Any]:
        """The regulator's own number and date, as ``file_ticket`` takes them."""
        if self.by != Channel.REGULATOR:
            return {}
        typed = self.cleaned_data
        fields = {"number": typed["referral_number"], "due_on": typed["referral_due_on"]}
        return {"referral": {"authority": typed["authority"]} | fields}


def _referral_fields() -> dict[str, forms.Field]:
    return {
        "authority": forms.CharField(label=_("转办机构"), max_length=60),
        "referral_number": forms.CharField(
            label=_("监管编号"), max_length=60, help_text=_("转办函上的编号。")
        ),
        "referral_due_on": ComingDay(
            label=_("要求答复的日期"),
            required=False,
            help_text=_("没有写明的不填，按规则计算。"),
            widget=forms.DateInput(attrs={"type": "date"}),
        ),
    }
