"""What is asked once for many cases; one form a verb."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import Role, Topic, User
from tickets.forms.desk import drafted, labelled, told
from tickets.models import BulkAct, Severity
from tickets.numbers import normalise_number
from tickets.people import desk_members
from tickets.queries import tickets_visible_to


class BulkForm(forms.Form):
    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)


class AssignForm(BulkForm):
    assignee = forms.TypedChoiceField(label=_("处理人员"), coerce=int)
    no_conflict = forms.BooleanField(
        label=_("处理人员与这些投诉都没有利益关系；投诉里提到此人的会自动拒绝"),
        error_messages={"required": _("有利益冲突的人不能处理。请换一个人，或确认没有冲突。")},
    )
    note = drafted(_("交代"), rows=2, required=False, help_text=_("只有内部能看到。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.user.role == Role.AGENT  # an agent may only take a case
        people = [m.user for m in desk_members() if not own or m.user == self.user]
        field = cast(forms.TypedChoiceField, self.fields["assignee"])
        field.choices = labelled([(str(person.pk), str(person)) for person in people])
        if own:
            field.initial = str(self.user.pk)


class SeverityForm(BulkForm):
    severity = forms.ChoiceField(label=_("严重程度"), choices=labelled(Severity.choices))
    reason = drafted(_("更正的理由"), rows=2, help_text=_("只有内部能看到。"))
    told = told()


class TopicForm(BulkForm):
    topic = forms.ChoiceField(label=_("关于"), choices=labelled(Topic.choices))


class LinkForm(BulkForm):
    other = forms.CharField(label=_("关联到哪件（编号）"), max_length=40)
    reason = drafted(_("理由"), rows=2, required=False, help_text=_("只有内部能看到。"))

    def clean_other(self) -> str:
        number = normalise_number(self.cleaned_data["other"])
        if not tickets_visible_to(self.user).filter(number=number).exists():
            raise forms.ValidationError(_("没有这个编号的工单，或者您看不到它。"))
        return number


class NoteForm(BulkForm):
    text = drafted(_("内部备注"), rows=3, help_text=_("客户永远看不到。"))


FORMS: dict[str, type[BulkForm]] = {
    BulkAct.Verb.ASSIGN: AssignForm,
    BulkAct.Verb.SEVERITY: SeverityForm,
    BulkAct.Verb.TOPIC: TopicForm,
    BulkAct.Verb.LINK: LinkForm,
    BulkAct.Verb.NOTE: NoteForm,
}
