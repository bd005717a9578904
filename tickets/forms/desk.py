"""What staff type: one form a verb, the case logged on somebody's behalf, and the queue's filters."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from helpdesk.core.forms import TextArea
from helpdesk.core.models import Role, Topic, User
from tickets.deadlines import extensions
from tickets.forms.fields import ContactField, FileField, FilesField
from tickets.models import Channel, Kind, Severity, Ticket
from tickets.queries import Member, QueueFilter, candidates, draft_of
from tickets.states import State
from tickets.taxonomy import BUSINESS, CAUSE, ROOT_CAUSES

BY_HAND = (Channel.PHONE, Channel.EMAIL, Channel.COUNTER, Channel.SOCIAL, Channel.REGULATOR)
SCOPES = (
    ("mine", _("我的")),
    ("team", _("本组")),
    ("unassigned", _("未分派")),
    ("all", pgettext_lazy("cases", "全部")),
)


def drafted(label: Any, *, rows: int = 4, required: bool = True, help_text: Any = "") -> TextArea:
    """A long text whose characters are counted while typing."""
    field = TextArea(label=label, rows=rows, required=required, help_text=help_text)
    field.widget.attrs["data-count"] = str(field.max_length)
    return field


def labelled(values: Any) -> list[tuple[str, Any]]:
    return [("", _("请选择")), *values]


class CaseForm(forms.Form):
    """A form about one case, as one person sees it; it can fill itself from what is known."""

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        self.ticket, self.user = ticket, user
        kwargs.setdefault("initial", self.known())
        super().__init__(*args, **kwargs)
        self.prepare()

    def known(self) -> dict[str, Any]:
        """What to start from."""
        return {}

    def prepare(self) -> None:
        """Choices that depend on the case."""


class NothingForm(CaseForm):
    """A verb that needs no words."""


class ClassifyForm(CaseForm):
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices)
    business = forms.ChoiceField(label=_("业务类别"), choices=labelled(BUSINESS))
    cause = forms.ChoiceField(label=_("投诉原因"), choices=labelled(CAUSE))
    severity = forms.ChoiceField(label=_("严重程度"), choices=labelled(Severity.choices))
    product = forms.CharField(label=_("产品"), max_length=60, required=False)

    def known(self) -> dict[str, Any]:
        return {"kind": self.ticket.kind, "product": self.ticket.product}


class ReclassifyForm(ClassifyForm):
    reason = drafted(_("更正的理由"), rows=2, help_text=_("只有内部能看到。"))

    def known(self) -> dict[str, Any]:
        names = ("kind", "business", "cause", "severity", "product")
        return {name: getattr(self.ticket, name) for name in names}


class ReasonForm(CaseForm):
    reason = drafted(_("理由"), help_text=_("客户会看到这段文字。"))


class AssignForm(CaseForm):
    assignee = forms.ChoiceField(
        label=_("处理人员"), help_text=_("按手上的件数从少到多；投诉里提到的人和已满的人不在其中。")
    )
    no_conflict = forms.BooleanField(
        label=_("处理人员不是投诉里提到的人、其上级或相关催收人员，与此事没有利益关系"),
        error_messages={"required": _("有利益冲突的人不能处理。请换一个人，或确认没有冲突。")},
    )
    note = drafted(_("交代"), rows=2, required=False, help_text=_("只有内部能看到。"))

    def prepare(self) -> None:
        """An agent may only take a case; a supervisor gives it to anyone who may have it."""
        able = [m for m in candidates(self.ticket) if self.user.role != Role.AGENT or m.user == self.user]
        self.able = {str(member.user.pk): member.user for member in able}
        field = cast(forms.ChoiceField, self.fields["assignee"])
        field.choices = labelled([(str(member.user.pk), _person(member)) for member in able])
        if len(able) == 1:  # nothing to choose from is nothing to ask
            field.initial = str(able[0].user.pk)
        # Who has it already is not offered; if a colleague was faster, the action says so.
        field.widget.choices = [c for c in field.choices if c[0] != str(self.ticket.assignee_id)]

    def clean_assignee(self) -> User:
        return self.able[self.cleaned_data["assignee"]]


def _person(member: Member) -> str:
    words = {"name": member.user, "team": member.user.team or _("无团队"), "load": member.load}
    return (
        ngettext("%(name)s（%(team)s，%(load)d 件）", "%(name)s（%(team)s，%(load)d 件）", member.load)
        % words
    )


class ContactForm(CaseForm):
    method = forms.ChoiceField(
        label=_("方式"), choices=[(c.value, c.label) for c in BY_HAND if c != Channel.REGULATOR]
    )
    text = drafted(_("谈了什么"), rows=3, help_text=_("只有内部能看到。"))


class AwaitForm(CaseForm):
    question = drafted(_("请客户补充什么"), rows=3, help_text=_("客户会看到。等待客户不会暂停期限。"))


class ReplyForm(CaseForm):
    text = drafted(_("答复"), help_text=_("客户会看到。"))


class BehalfForm(CaseForm):
    text = drafted(_("客户说了什么"), rows=3, help_text=_("记为客户的话，客户会看到。"))


class NoteForm(CaseForm):
    text = drafted(_("内部备注"), rows=3, help_text=_("客户永远看不到。"))


class StaffEvidenceForm(CaseForm):
    file = FileField(help_text=_("PNG、JPEG、WebP、PDF 或 TXT，不超过 25 MB。"))
    public = forms.BooleanField(label=_("客户可以看到"), required=False)


class DecisionForm(CaseForm):
    """A draft may be incomplete; what is missing blocks sending it, not saving it."""

    facts = drafted(_("一、查明的事实"), required=False)
    basis = drafted(
        _("二、依据"),
        rows=3,
        required=False,
        help_text=_("合同条款、公司规则、法规。没有核实过的规则不要当作法律写给客户。"),
    )
    reasons = drafted(_("三、理由与结论"), required=False)
    remedies = drafted(_("四、客户还可以怎么做"), rows=3, required=False)
    root_cause = forms.ChoiceField(
        label=_("根本原因"),
        choices=labelled(ROOT_CAUSES),
        required=False,
        help_text=_("只有内部能看到。"),
    )
    redress = forms.DecimalField(
        label=_("补偿金额（元）"), min_value=0, max_digits=12, decimal_places=2, initial=0
    )
    sent_through = forms.ChoiceField(label=_("送达方式"), choices=Channel.choices)

    def prepare(self) -> None:
        """An empty form does not call these optional: they may wait, but are needed in the end."""
        for name in ("facts", "basis", "reasons", "remedies", "root_cause"):
            self.fields[name].required = not self.is_bound

    def known(self) -> dict[str, Any]:
        draft = draft_of(self.ticket)
        names = ("facts", "basis", "reasons", "remedies", "root_cause", "redress", "sent_through")
        if draft:
            return {name: getattr(draft, name) for name in names}
        return {"sent_through": Channel.WEB, "redress": 0}


class ExtendForm(CaseForm):
    milestone = forms.ChoiceField(label=_("改为"))
    reason = drafted(_("理由"), rows=3)
    notice_sent_on = forms.DateField(
        label=_("告知客户的日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def prepare(self) -> None:
        field = cast(forms.ChoiceField, self.fields["milestone"])
        field.choices = [(rule.code, _days(rule.days)) for rule in extensions(self.ticket)]


def _days(days: int) -> str:
    return ngettext("自收到起 %(days)d 天", "自收到起 %(days)d 天", days) % {"days": days}


class RevealForm(CaseForm):
    reason = forms.CharField(
        label=_("为什么要看"), max_length=60, help_text=_("查看人、时间和理由会记入这件工单。")
    )


class LogForm(forms.Form):
    """A case that reached the desk by phone, e-mail, counter, social media or a regulator."""

    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    channel = forms.ChoiceField(label=_("渠道"), choices=[(c.value, c.label) for c in BY_HAND])
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices, initial=Kind.COMPLAINT)
    topic = forms.ChoiceField(label=_("关于"), choices=Topic.choices, initial=Topic.OTHER)
    name = forms.CharField(
        label=_("客户姓名"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    contact = ContactField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    narrative = drafted(_("发生了什么"), rows=6)
    request = drafted(_("希望怎样解决"), rows=3)
    product = forms.CharField(label=_("产品或借款"), max_length=60, required=False)
    attachments = FilesField(
        required=False, help_text=_("PNG、JPEG、WebP、PDF 或 TXT，每个不超过 25 MB，最多 5 个。")
    )


class QueueForm(forms.Form):
    """The queue's filters. What cannot be understood is left out, never an error page."""

    scope = forms.ChoiceField(choices=SCOPES, required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("编号或内容"), max_length=100, required=False)
    state = forms.ChoiceField(
        label=_("状态"),
        choices=(("open", _("未结束")), ("any", _("所有状态")), *State.choices),
        required=False,
    )
    topic = forms.ChoiceField(label=_("关于"), choices=(("", _("所有主题")), *Topic.choices), required=False)
    kind = forms.ChoiceField(label=_("类型"), choices=(("", _("所有类型")), *Kind.choices), required=False)
    severity = forms.ChoiceField(
        label=_("严重程度"), choices=(("", _("所有程度")), *Severity.choices), required=False
    )
    overdue = forms.BooleanField(label=_("只看逾期"), required=False)

    def wanted(self) -> QueueFilter:
        """What was chosen, with the defaults where nothing (or nonsense) was."""
        self.is_valid()
        return QueueFilter(**{name: value for name, value in self.cleaned_data.items() if value})
