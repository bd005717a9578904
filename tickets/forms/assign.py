"""Giving a case to somebody, handing it back, and whom of the house it is about."""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from helpdesk.core.models import WORKERS, Role, Topic, User
from tickets.assigning import Considered, considered
from tickets.forms.desk import CaseForm, drafted, labelled
from tickets.models import TeamRule
from tickets.people import ACCUSED, accused_of

DECLARATION = _("处理人员不是投诉里提到的人、其上级或相关催收人员，与此事没有利益关系")
DECLARE = _("有利益冲突的人不能处理。请换一个人，或确认没有冲突。")


class AssignForm(CaseForm):
    assignee = forms.ChoiceField(
        label=_("处理人员"), help_text=_("按手上的件数从少到多；有利益冲突的人和已满的人不在其中。")
    )
    no_conflict = forms.BooleanField(label=DECLARATION, error_messages={"required": DECLARE})
    note = drafted(_("交代"), rows=2, required=False, help_text=_("只有内部能看到。"))

    def prepare(self) -> None:
        """An agent may only take a case; a supervisor gives it to anyone who may have it."""
        everybody = considered(self.ticket)
        self.left_out = [one for one in everybody if one.is_blocked]
        able = [one for one in everybody if not one.is_blocked]
        able = [one for one in able if self.user.role != Role.AGENT or one.user == self.user]
        self.able = {str(one.user.pk): one.user for one in able}
        field = cast(forms.ChoiceField, self.fields["assignee"])
        field.choices = labelled([(str(one.user.pk), _person(one)) for one in able])
        if len(able) == 1:  # nothing to choose from is nothing to ask
            field.initial = str(able[0].user.pk)
        # Who has it already is not offered; if a colleague was faster, the action says so.
        field.widget.choices = [c for c in field.choices if c[0] != str(self.ticket.assignee_id)]

    def clean_assignee(self) -> User:
        return self.able[self.cleaned_data["assignee"]]


def _person(one: Considered) -> str:
    words = {"name": one.user, "team": one.user.team or _("无团队"), "load": one.load}
    text = (
        ngettext("%(name)s（%(team)s，%(load)d 件）", "%(name)s（%(team)s，%(load)d 件）", one.load) % words
    )
    return " · ".join([text, *map(str, one.reasons)])


class TakeOverForm(CaseForm):
    no_conflict = forms.BooleanField(label=DECLARATION, error_messages={"required": DECLARE})


class HandBackForm(CaseForm):
    reason = drafted(_("为什么退回"), rows=2, help_text=_("只有内部能看到。"))
    conflict = forms.BooleanField(
        label=_("因为利益冲突回避"), required=False, help_text=_("之后这件工单不会再分派给此人。")
    )


class InvolveForm(CaseForm):
    person = forms.ModelChoiceField(
        label=_("谁"),
        queryset=User.objects.none(),
        empty_label=_("请选择"),
        help_text=_("此人和其上级都不能处理这件工单。"),
    )
    part = forms.ChoiceField(label=_("关系"), choices=[(part.value, part.label) for part in ACCUSED])

    def prepare(self) -> None:
        staff = User.objects.filter(role__in=WORKERS).order_by("name", "pk")
        cast(forms.ModelChoiceField, self.fields["person"]).queryset = staff  # type: ignore[type-arg]


class ClearPersonForm(CaseForm):
    person = forms.ModelChoiceField(
        label=_("谁"),
        queryset=User.objects.none(),
        empty_label=_("请选择"),
        help_text=_("登记错了，或内容里的名字说的是别人。自行回避的不能收回。"),
    )
    reason = drafted(_("为什么与此人无关"), rows=2, help_text=_("只有内部能看到，记入证据链。"))

    def prepare(self) -> None:
        found = [person.pk for person in accused_of(self.ticket)]
        cast(forms.ModelChoiceField, self.fields["person"]).queryset = User.objects.filter(pk__in=found)  # type: ignore[type-arg]
        if len(found) == 1:  # nothing to choose from is nothing to ask
            self.fields["person"].initial = found[0]


class TeamRuleForm(forms.Form):
    """How one team's cases find their people."""

    method = forms.ChoiceField(label=_("分派方式"), choices=TeamRule.Method.choices)
    automatic = forms.BooleanField(
        label=_("自动分派"), required=False, help_text=_("每几分钟把已分类、没有人的工单分派给在班的人。")
    )
    topics = forms.MultipleChoiceField(
        label=_("接哪些主题"),
        choices=Topic.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一个都不选，表示都可以。"),
    )
