"""The case that an agent logs on somebody's behalf."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from helpdesk.core import clock
from helpdesk.core.masking import mask_contact, mask_name
from helpdesk.core.models import User
from tickets import deadlines
from tickets.actions.base import LONGEST_AGO
from tickets.actions.parties import as_asked, regulators_rule, wrong_dates
from tickets.forms.desk import BY_HAND
from tickets.forms.fields import PastDay, PastMoment
from tickets.forms.filing import FilingFields, kind_fields_for_staff
from tickets.models import Channel, Clock, Party, Ticket
from tickets.queries import accounts_with

NO_ACCOUNT = "none"
DATES = ("received_at", "referral_dated_on", "referral_due_on")


class LogForm(FilingFields):
    """A case that reached the desk by phone, e-mail, counter, social media or a regulator."""

    channel = forms.ChoiceField(
        choices=[(c.value, c.label) for c in BY_HAND], initial=Channel.PHONE, widget=forms.HiddenInput
    )
    received_at = PastMoment(
        label=_("收到的时间"), help_text=_("客户的话或信到本单位的时间，期限从那天起算。不填就是现在。")
    )
    kind_fields = staticmethod(kind_fields_for_staff)
    account = forms.CharField(label=_("这个联系方式是客户账号的"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts: list[User] = []  # whose it may be, once the form was cleaned
        self.order_fields(["received_at", *self.fields])
        self.by = self._chosen("channel", Channel, Channel.PHONE)
        if self.for_whom == Party.SELF:
            self.fields["name"].label = _("客户姓名")
            self.fields["name"].help_text = _("联系方式是客户账号的，可以不填；找不到账号时要填。")
        for name in ("name", "contact"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["name"].required = self.for_whom != Party.SELF  # an account knows it
        if self.by == Channel.REGULATOR:
            self.fields.update(_referral_fields())
            self.order_fields([*_referral_fields(), *self.fields])

    def clean_received_at(self) -> dt.datetime | None:
        said: dt.datetime | None = self.cleaned_data["received_at"]
        if said and said < clock.now() - LONGEST_AGO:
            raise ValidationError(_now("收到的时间不能早于一年前，请核对年份。"), code="past")
        return said

    def clean(self) -> dict[str, Any]:
        """Whose account it may be, by the contact of the complainant; with one, the name is known."""
        data = super().clean()
        whose = data.get("contact" if self.for_whom != Party.OTHER else "principal_contact", "")
        self.accounts = accounts_with(whose)
        if not self.accounts:
            data["account"] = NO_ACCOUNT
        elif data.get("account") not in dict(self.account_choices):
            data["account"] = ""
        if self.by == Channel.REGULATOR and "received_at" not in self.errors:
            dates = (data.get(f"referral_{name}") for name in ("dated_on", "due_on"))
            for name, why in wrong_dates(self._received_on, *dates):
                self.add_error(f"referral_{name}", why)
        if self.for_whom == Party.SELF and not data.get("name") and "name" not in self.errors:
            if self.customer:
                data["name"] = str(self.customer)
            elif data["account"] == NO_ACCOUNT:
                self.fields["name"].required = True  # no account knows it
                self.add_error("name", _now("请填写客户姓名。"))
        return data

    @property
    def account_choices(self) -> list[tuple[str, Any]]:
        found = [
            (str(one.pk), f"{mask_name(str(one))} · {mask_contact(one.phone or one.email)}")
            for one in self.accounts
        ]
        return [*found, (NO_ACCOUNT, _("不是他们，不关联账号"))]

    def ask_whose(self) -> None:
        """Let the account be confirmed; the only one that fits is chosen already."""
        self.fields["account"].widget = forms.RadioSelect(choices=self.account_choices)
        self.order_fields(["account", *self.fields])
        if len(self.accounts) == 1:
            said = cast(QueryDict, self.data).copy()
            said["account"] = str(self.accounts[0].pk)
            self.data = said

    @property
    def customer(self) -> User | None:
        """The account that was confirmed."""
        return next((one for one in self.accounts if str(one.pk) == self.cleaned_data["account"]), None)

    @property
    def _received_on(self) -> dt.date:
        said = getattr(self, "cleaned_data", {}).get("received_at")
        return clock.local_date(said or clock.now())

    def dues(self) -> list[tuple[Any, deadlines.Explanation]]:
        """What will run on the case, as the form says so far; nothing while one of its dates is wrong."""
        if any(name in self.errors for name in DATES):
            return []
        on = self._received_on
        case = Ticket(kind=self.for_kind)
        found = [(Clock.Purpose.CASE.label, deadlines.counted(deadlines.milestone_for(case, on), on))]
        if self.by == Channel.REGULATOR and (rule := regulators_rule(on)):
            answer_by = getattr(self, "cleaned_data", {}).get("referral_due_on")
            found.append(
                (Clock.Purpose.REGULATOR.label, deadlines.counted(as_asked(rule, on, answer_by), on))
            )
        return found

    def wrong_dates(self) -> list[str]:
        return [str(why) for name in DATES for why in self.errors.get(name, [])]

    def referral(self) -> dict[str, Any]:
        """The regulator's own number and dates, as ``file_ticket`` takes them."""
        if self.by != Channel.REGULATOR:
            return {}
        typed = self.cleaned_data
        names = ("number", "dated_on", "due_on")
        fields = {name: typed[f"referral_{name}"] for name in names}
        return {"referral": {"authority": typed["authority"]} | fields}


def _referral_fields() -> dict[str, forms.Field]:
    return {
        "authority": forms.CharField(label=_("转办机构"), max_length=60),
        "referral_number": forms.CharField(
            label=_("监管编号"), max_length=60, help_text=_("转办函上的编号。")
        ),
        "referral_dated_on": PastDay(label=_("转办函的日期"), required=False),
        "referral_due_on": forms.DateField(
            label=_("要求答复的日期"),
            required=False,
            help_text=_("没有写明的不填，按规则从收到之日计算。"),
            widget=forms.DateInput(attrs={"type": "date"}),
        ),
    }
