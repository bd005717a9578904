"""What staff type about a decision: its letter, its money, what follows, and a second person's answer."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import User
from tickets import kinds, letters
from tickets.deadlines import further
from tickets.forms.desk import CaseForm, drafted, labelled, period
from tickets.forms.fields import FileField
from tickets.models import (
    OUTCOMES,
    Approval,
    CorrectiveAction,
    Decision,
    Delivery,
    LetterTemplate,
    Outcome,
    Redress,
    SentThrough,
    Ticket,
)
from tickets.models.parties import answer_addresses
from tickets.people import desk_members
from tickets.queries import (
    BY_HAND,
    draft_of,
    failed_deliveries,
    is_online,
    open_corrections,
    unpaid,
    waiting_for,
)
from tickets.taxonomy import ROOT_CAUSES

WRITTEN = ("outcome", "language", *letters.BLOCKS, "root_cause", "sent_through", "whole")


def day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **options)


def money_of(row: Redress) -> str:
    return f"{row.get_kind_display()} {letters.money(row.amount)}"


class DecisionForm(CaseForm):
    """A draft may be incomplete; what is missing blocks sending it, not saving it.

    ``after`` is the draft that it started from. Where somebody has saved another one since, ``newer`` is that
    one after the refusal, to be shown beside what was typed, and the form may be sent again on top of it.
    """

    newer: Decision | None = None
    after = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label=_("结论"), required=False)
    language = forms.ChoiceField(label=_("信函语言"), required=False)
    facts = drafted(_("一、查明的事实"), required=False, rows=5)
    basis = drafted(
        _("二、依据"),
        rows=3,
        required=False,
        help_text=_("合同条款、公司规则、法规。没有核实过的规则不要当作法律写给客户。"),
    )
    reasons = drafted(_("三、理由与结论"), required=False, rows=5)
    remedies = drafted(_("四、客户还可以怎么做"), rows=3, required=False)
    root_cause = forms.ChoiceField(
        label=_("根本原因"),
        choices=labelled(ROOT_CAUSES),
        required=False,
        help_text=_("只有内部能看到。"),
    )
    sent_through = forms.ChoiceField(
        label=_("送达方式"),
        choices=SentThrough.choices,
        help_text=_(
            "查询页：马上可以看到；客户留了邮箱的，也会收到通知。"
            "电子邮件：只发通知和链接，邮件服务器接受之后案件才算作出决定。"
        ),
    )
    whole = forms.BooleanField(label=_("客户要求在邮件里附上决定书全文"), required=False)

    def prepare(self) -> None:
        """An empty form does not call these optional: they may wait, but are needed in the end."""
        for name in ("outcome", "language", *letters.BLOCKS, "root_cause"):
            self.fields[name].required = not self.is_bound
        outcomes = [(value, Outcome(value).label) for value in OUTCOMES[self.ticket.kind]]
        cast(forms.ChoiceField, self.fields["outcome"]).choices = labelled(outcomes)
        languages = Decision._meta.get_field("language").choices
        cast(forms.ChoiceField, self.fields["language"]).choices = list(languages or ())
        if not is_online(self.ticket):
            self._without_portal(cast(forms.ChoiceField, self.fields["sent_through"]))

    def _without_portal(self, field: forms.ChoiceField) -> None:
        """Nobody would know that there is a decision on that page."""
        field.choices = labelled([(v, label) for v, label in SentThrough.choices if v != SentThrough.PORTAL])
        field.help_text = field.error_messages["invalid_choice"] = _(
            "不能选查询页：客户没有留邮箱，也没有账号，不会知道决定已经作出。请邮寄、当面交付或在电话里宣读。"
        )

    def known(self) -> dict[str, Any]:
        if draft := draft_of(self.ticket):
            return {name: getattr(draft, name) for name in WRITTEN} | {"after": draft.pk}
        return {
            "sent_through": SentThrough.PORTAL if is_online(self.ticket) else "",
            "language": self.ticket.language,
            "remedies": "" if self.ticket.review_of_id else kinds.REMEDIES.get(self.ticket.kind, ""),
            "after": 0,
        }

    def refused(self, ticket: Ticket) -> None:
        super().refused(ticket)
        draft = draft_of(ticket)
        if draft and draft.pk != self.cleaned_data["after"]:
            self.newer = draft
            data = cast(QueryDict, self.data).copy()
            data["after"] = str(draft.pk)
            self.data = data

    def clean_after(self) -> int:
        return self.cleaned_data["after"] or 0

    def clean(self) -> dict[str, Any]:
        """Variables are checked where they stand."""
        typed = super().clean() or self.cleaned_data
        typed["language"] = typed.get("language") or self.ticket.language
        values = letters.values_of(self.ticket, typed["language"])
        for name in letters.BLOCKS:
            try:
                letters.fill(typed.get(name, ""), values)
            except letters.BadWording as error:
                self.add_error(name, str(error))
        if typed.get("sent_through") == SentThrough.EMAIL and not answer_addresses(self.ticket):
            self.add_error("sent_through", _("收信人没有留邮箱，请换一种送达方式。"))
        return typed


def from_template(template: LetterTemplate, language: str) -> dict[str, Any]:
    """What a wording puts into the form of the draft."""
    filled: dict[str, Any] = dict(letters.blocks_of(template, language))
    converted = (language, template.language) == ("zh-hant", "zh-hans")
    filled["language"] = language if converted else template.language
    if template.purpose in Outcome.values:
        filled["outcome"] = template.purpose
    return filled


class ResolveForm(CaseForm):
    """Sending by hand leaves a proof; the other ways prove themselves."""

    reference = forms.CharField(
        label=_("送达凭证编号"), max_length=120, help_text=_("邮件单号、签收单号或录音编号。")
    )
    receipt = FileField(label=_("送达凭证"), help_text=_("邮寄收据或签收单的照片、扫描件。"))

    def prepare(self) -> None:
        draft = draft_of(self.ticket)
        through = draft.sent_through if draft else ""
        if through not in BY_HAND:
            del self.fields["reference"]
        if through not in (SentThrough.POST, SentThrough.COUNTER):
            del self.fields["receipt"]


class RowForm(CaseForm):
    """A form about one row of the case, chosen among those that this person can act on now."""

    row = "row"  # the name of the field, and of the action's argument

    def rows(self) -> Iterable[Any]:
        raise NotImplementedError

    def words(self, row: Any) -> str:
        return str(row)

    def prepare(self) -> None:
        self.able = {str(row.pk): row for row in self.rows()}
        field = cast(forms.ChoiceField, self.fields[self.row])
        field.choices = [(key, self.words(row)) for key, row in self.able.items()]
        if len(self.able) == 1:  # nothing to choose from is nothing to ask
            field.initial = next(iter(self.able))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if self.row in typed:
            typed[self.row] = self.able[typed[self.row]]
        return typed


def chosen(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, error_messages={"invalid_choice": _("这一项已经有了结果，请看页面上的最新情况。")}
    )


def asked(approval: Approval) -> str:
    """What an approval is about, in one line."""
    parts = [str(approval.get_kind_display())]
    if approval.amount is not None:
        parts.append(letters.money(approval.amount))
    if approval.reason:
        parts.append(approval.reason[:60])
    return " · ".join(parts)


class GrantForm(RowForm):
    row = "approval"
    approval = chosen(_("审批事项"))
    answer = drafted(_("意见"), rows=2, required=False, help_text=_("只有内部能看到。"))

    def rows(self) -> Iterable[Approval]:
        return waiting_for(self.user, self.ticket)

    def words(self, row: Approval) -> str:
        return asked(row)


class RefuseForm(GrantForm):
    answer = None  # type: ignore[assignment]  # Django's way of taking an inherited field out
    reason = drafted(_("不批准的理由"), rows=2, help_text=_("只有内部能看到。"))


class RequestExtensionForm(CaseForm):
    milestone = forms.ChoiceField(label=_("改为"))
    reason = drafted(_("理由"), rows=3, help_text=_("批准后，理由会写进给客户的通知。"))

    def prepare(self) -> None:
        field = cast(forms.ChoiceField, self.fields["milestone"])
        rules = further(self.ticket.due_rule)
        field.choices = [(rule.code, period(rule)) for rule in rules]
        if not any(rule.needs_notice for rule in rules):
            self.fields["reason"].help_text = _("只有内部能看到；客户在进度页面看到新的日期。")
        elif not is_online(self.ticket):
            self.fields["reason"].help_text = _(
                "这位客户只能电话或书面联系。延到需要告知的期限，要先把理由告诉客户并记入联系记录，主管才能批准。"
            )


class RedressForm(CaseForm):
    kind = forms.ChoiceField(label=_("种类"), choices=Redress.Kind.choices)
    amount = forms.DecimalField(label=_("金额（元）"), min_value=0, max_digits=12, decimal_places=2)
    due_on = day(_("应付日期"))


class CancelRedressForm(RowForm):
    row = "redress"
    redress = chosen(_("补偿"))

    def rows(self) -> Iterable[Redress]:
        return letters.open_redress(self.ticket)

    def words(self, row: Redress) -> str:
        return money_of(row)


class PayRedressForm(CancelRedressForm):
    paid_on = day(_("支付日期"))
    reference = forms.CharField(label=_("支付凭证号"), max_length=60)

    def rows(self) -> Iterable[Redress]:
        return unpaid(self.ticket)


class CorrectionForm(CaseForm):
    what = drafted(_("改什么"), rows=3, required=False)
    owner = forms.ChoiceField(label=_("负责人"), required=False)
    due_on = day(_("完成期限"), required=False)
    none_because = drafted(
        _("或者：不需要整改，因为"), rows=2, required=False, help_text=_("只有内部能看到。")
    )

    def prepare(self) -> None:
        self.people = {str(member.user.pk): member.user for member in desk_members()}
        field = cast(forms.ChoiceField, self.fields["owner"])
        field.choices = labelled([(key, str(user)) for key, user in self.people.items()])

    def clean_owner(self) -> User | None:
        return self.people.get(self.cleaned_data["owner"])

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        plan = [typed.get(name) for name in ("what", "owner", "due_on")]
        if typed.get("none_because"):
            if any(plan):
                self.add_error("none_because", _("已经写了整改措施，就不能同时写不需要整改。"))
        elif not any(plan):
            self.add_error("what", _("请写整改措施，或写明为什么不需要整改。"))
        else:
            for name in ("what", "owner", "due_on"):
                if not typed.get(name) and name not in self.errors:
                    self.add_error(name, _("整改措施要有内容、负责人和期限。"))
        return typed


class CompleteCorrectionForm(RowForm):
    row = "correction"
    correction = chosen(_("整改措施"))
    note = drafted(_("做了什么"), rows=2, help_text=_("只有内部能看到。"))

    def rows(self) -> Iterable[CorrectiveAction]:
        return open_corrections(self.user, self.ticket)

    def words(self, row: CorrectiveAction) -> str:
        return f"{row.what[:60]} · {row.due_on:%F}"


class OwnCorrectionForm(forms.Form):
    """What the owner of a correction did, without the case."""

    note = drafted(_("做了什么"), rows=2, help_text=_("只有内部能看到。"))


class RetryForm(RowForm):
    row = "delivery"
    delivery = chosen(_("邮件"))

    def rows(self) -> Iterable[Delivery]:
        return failed_deliveries(self.ticket)

    def words(self, row: Delivery) -> str:
        return f"{row.get_letter_display()} · {row.to}"


# --- Wordings ---------------------------------------------------------------------------------


class WordingForm(forms.Form):
    """A further version of a wording."""

    name = forms.CharField(label=_("名称"), max_length=60)
    facts = drafted(_("一、查明的事实"), rows=5)
    basis = drafted(_("二、依据"), rows=4)
    reasons = drafted(_("三、理由与结论"), rows=5)
    remedies = drafted(_("四、客户还可以怎么做"), rows=4)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        for name in letters.BLOCKS:
            try:
                letters.check(typed.get(name, ""))
            except letters.BadWording as error:
                self.add_error(name, str(error))
        return typed
