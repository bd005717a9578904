"""What readers type."""

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core.forms import TextArea


class VoteForm(forms.Form):
    """Did it help? ``reason`` is asked where it did not."""

    helpful = forms.TypedChoiceField(
        choices=(("yes", _("有帮助")), ("no", _("没帮助"))), coerce=lambda value: value == "yes"
    )
    reason = TextArea(
        label=_("哪里没有说清楚？"),
        required=False,
        rows=3,
        max_length=1_000,
        help_text=_("请不要写姓名、证件号或卡号。"),
    )
