"""What staff type to tie cases together, to take them apart, and to record the steps of a kind."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import Topic
from tickets import kinds
from tickets.actions.link import differences
from tickets.forms.desk import CaseForm, drafted, labelled
from tickets.forms.fields import PastDay
from tickets.forms.filing import kind_fields_for_staff
from tickets.models import Kind, Ticket
from tickets.numbers import normalise_number
from tickets.permissions import conflict_with
from tickets.queries import tickets_visible_to, undone_steps


class StepForm(CaseForm):
    """A mandatory step of the case's kind, and what was done."""

    step = forms.ChoiceField(label=_("步骤"))
    text = drafted(_("做了什么"), rows=3, help_text=_("只有内部能看到。"))

    def prepare(self) -> None:
        field = cast(forms.ChoiceField, self.fields["step"])
        todo = [step.code for step in undone_steps(self.ticket)]
        steps = sorted(kinds.steps_of(self.ticket), key=lambda step: step.code not in todo)
        field.choices = [(step.code, f"{step.label}：{step.asks}") for step in steps]


class MatterForm(CaseForm):
    """A matter of another kind within the case."""

    kind = forms.ChoiceField(label=_("类型"))
    received_on = PastDay(
        label=_("客户提出的日期"),
        required=False,
        help_text=_("不填就是收到这件工单的那天。后来才提出的，填提出的那天。"),
    )

    def known(self) -> dict[str, Any]:
        return {"kind": next(iter(kinds.suggested_matters(self.ticket).values()), "")}

    def prepare(self) -> None:
        field = cast(forms.ChoiceField, self.fields["kind"])
        field.choices = labelled([(kind, Kind(kind).label) for kind in kinds.further_matters(self.ticket)])
        field.help_text = _("按这一类的规则计时，客户看得到期限；这一类的必办步骤没有办完，不能作出决定。")


class DetailsForm(CaseForm):
    """The fields of the case's kind, for one that was not filed by its form."""

    def prepare(self) -> None:
        self.fields.update(kind_fields_for_staff(self.ticket.kind))


class OtherCaseForm(CaseForm):
    """Names another case by its number."""

    other = forms.CharField(
        label=_("另一件的编号"),
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": "C-2026-000123", "autocapitalize": "characters"}),
    )

    def clean_other(self) -> Ticket:
        """Of those that this person may see; one that is absent answers the same."""
        number = normalise_number(self.cleaned_data["other"])
        found = tickets_visible_to(self.user).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("没有这件工单，或您看不到它。"), code="absent")
        return found


class LinkForm(OtherCaseForm):
    reason = drafted(_("为什么相关"), rows=2, required=False, help_text=_("只有内部能看到。"))


class UnlinkForm(OtherCaseForm):
    pass


class MergeForm(OtherCaseForm):
    """In two steps: the number; then, with the other case before one's eyes, the confirmation."""

    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    same_person = forms.BooleanField(
        label=_("已核对上面这一件，两件说的是同一件事"),
        error_messages={"required": _("合并后两件作为一件办理，请先核对。")},
    )
    knows_difference = forms.BooleanField(
        label=_("知道两件的人可能不同，仍然合并"),
        required=False,
        help_text=_("两边的人各自只能看到自己提交的内容。会记入这件工单。"),
    )
    reason = drafted(_("理由"), rows=2, required=False, help_text=_("只有内部能看到。"))

    target: Ticket | None = None  # to be looked at

    def prepare(self) -> None:
        self.fields["other"].label = _("并入哪一件（编号）")
        self.fields["other"].help_text = _("这一件随之结束，期限按较早收到的一件计算。24 小时内可以撤销。")
        number = normalise_number(self.data.get("other", "")) if self.is_bound else ""
        self.target = tickets_visible_to(self.user).filter(number=number).first() if number else None
        self.why_not = conflict_with(self.user, self.target) if self.target else ""
        if self.why_not:
            self.target = None
        self.was_shown = bool(self.target) and self.data.get("shown") == number
        self.differences = differences(self.ticket, self.target) if self.target else []
        if not self.differences:
            del self.fields["knows_difference"]
        if not self.was_shown:
            for name in ("same_person", "knows_difference", "reason"):
                if not self.target:
                    self.fields.pop(name, None)
                elif name in self.fields:
                    self.fields[name].required = False
        if self.target:
            self.data = cast(QueryDict, self.data).copy()
            self.data["shown"] = number

    def clean_other(self) -> Ticket:
        """Nothing of a case from which this person must keep off is shown, so that it cannot be confirmed."""
        if self.why_not:
            raise forms.ValidationError(self.why_not, code="conflict")
        return super().clean_other()

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if self.target and not self.was_shown:
            self.add_error(None, _("还没有合并。请核对下面这一件，再确认。"))
        return {name: value for name, value in typed.items() if name != "shown"}


class SplitForm(CaseForm):
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices)
    topic = forms.ChoiceField(label=_("关于"), choices=Topic.choices)
    narrative = drafted(_("拆出的部分：发生了什么"))
    request = drafted(_("希望怎样解决"), rows=3)
    evidence = forms.TypedMultipleChoiceField(
        label=_("一起带过去的材料"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("原件留在这一件里，拆出的一件得到副本。"),
    )
    reason = drafted(_("为什么拆分"), rows=2, required=False, help_text=_("只有内部能看到。"))

    def known(self) -> dict[str, Any]:
        return {"kind": self.ticket.kind, "topic": self.ticket.topic}

    def prepare(self) -> None:
        files = [(file.pk, file.name) for file in self.ticket.evidence.all()]
        if files:
            cast(forms.ChoiceField, self.fields["evidence"]).choices = files
        else:
            del self.fields["evidence"]
