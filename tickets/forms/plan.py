"""What a customer types to ask for another repayment plan; the rest the desk knows already."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from faq.forms.numbers import Amount, Whole
from helpdesk.core import clock
from helpdesk.core.models import User
from tickets.forms.fields import ContactField, FilesField
from tickets.forms.filing import FILES_HELP, counted
from tickets.models import PlanRequest

Wish = PlanRequest.Wish
FIELDS = ("wish", "cause", "payable", "pay_on", "months")
NEEDED: dict[str, tuple[str, Any]] = {
    Wish.LOWER: ("payable", _("请填每月能还多少。")),
    Wish.LATER: ("pay_on", _("请选希望从哪天开始还。")),
    Wish.DEFERRAL: ("months", _("请填想暂停几个月。")),
}
YEAR = dt.timedelta(days=366)


class PlanForm(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    wish = forms.ChoiceField(label=_("您希望怎样调整"), choices=Wish.choices, widget=forms.RadioSelect)
    payable = Amount(
        _("每月能还多少（元）"),
        low="0",
        required=False,
        help_text=_("选“每期少还一些”时要填；别的情况填了也有帮助。暂时还不了就填 0。"),
    )
    pay_on = forms.DateField(
        label=_("希望从哪天开始还"),
        required=False,
        help_text=_("选“换一个还款日”时要填。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    months = Whole(_("想暂停几个月"), 1, 12, required=False, help_text=_("选“暂停一段时间再还”时要填。"))
    cause = forms.ChoiceField(label=_("主要原因"), choices=[("", _("请选择")), *PlanRequest.Cause.choices])
    reason = counted(
        label=_("发生了什么变化"),
        help_text=_("什么时候开始的，收入和支出大概怎样。请不要写密码或验证码。"),
        rows=5,
    )
    attachments = FilesField(label=_("证明材料"), required=False, help_text=FILES_HELP)
    contact = ContactField(
        help_text=_("只用来联系您处理这件事。"), widget=forms.TextInput(attrs={"autocomplete": "tel"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user.phone or user.email:
            self.fields.pop("contact")

    def clean_pay_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["pay_on"]
        if day and not clock.today() < day <= clock.today() + YEAR:
            raise forms.ValidationError(_("请选明天起一年以内的一天。"))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        name, error = NEEDED.get(data.get("wish", ""), ("", ""))
        if name and name in data and data[name] is None:
            self.add_error(name, error)
        return data

    def asked(self) -> dict[str, Any]:
        """The wish, field by field; the days and months of another wish are not meant."""
        typed = {name: self.cleaned_data[name] for name in FIELDS}
        others = {name for wish, (name, _error) in NEEDED.items() if wish != typed["wish"]}
        dropped = set() if typed["wish"] == Wish.OTHER else others - {"payable"}
        return typed | dict.fromkeys(dropped)

    def filed(self) -> dict[str, Any]:
        """The case around it: who, what happened, and the wish in a sentence."""
        typed = self.cleaned_data
        return {
            "complainant": str(self.user),
            "contact": self.user.phone or self.user.email or typed["contact"],
            "narrative": typed["reason"],
            "request": wish_in_words(**self.asked()),
            "files": typed["attachments"],
        }


def wish_in_words(
    *, wish: str, cause: str, payable: Decimal | None, pay_on: dt.date | None, months: int | None
) -> str:
    parts = [str(Wish(wish).label)]
    if payable is not None:
        parts.append(_now("每月能还 %(amount)s 元") % {"amount": f"{payable:,.2f}"})
    if pay_on is not None:
        parts.append(_now("从 %(day)s 开始还") % {"day": f"{pay_on:%Y-%m-%d}"})
    if months is not None:
        parts.append(ngettext("暂停 %(count)d 个月", "暂停 %(count)d 个月", months) % {"count": months})
    return _now("，").join(parts) + _now("。")
