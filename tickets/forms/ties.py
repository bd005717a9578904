"""What staff type to tie cases together, to take them apart, and to record the steps of a kind."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import Topic
from tickets import kinds
from tickets.forms.desk import CaseForm, drafted
from tickets.models import Kind, Ticket
from tickets.numbers import normalise_number
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
    same_person = forms.BooleanField(
        label=_("已核实两件是同一个人提出的同一件事"),
        error_messages={"required": _("合并后客户能看到两件的全部记录，请先核实是同一个人。")},
    )
    reason = drafted(_("理由"), rows=2, required=False, help_text=_("只有内部能看到。"))

    def prepare(self) -> None:
        self.fields["other"].label = _("并入哪一件（编号）")
        self.fields["other"].help_text = _("这一件随之结束，期限按较早收到的一件计算。24 小时内可以撤销。")


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
