"""What staff type: one form a verb, and the case logged on somebody's behalf."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from helpdesk.core import clock
from helpdesk.core.forms import TextArea
from helpdesk.core.models import Topic, User
from tickets.classification import FIELDS
from tickets.deadlines import Milestone, extensions, lookup
from tickets.forms.fields import ContactField, FileField, PastDay, PastMoment
from tickets.kinds import DETAILS
from tickets.learning import suggest_for
from tickets.models import Channel, Clock, Contact, Kind, Representation, Severity, Ticket, Unit
from tickets.models.case import WRITTEN_HERE
from tickets.queries import extensions_alone, is_online
from tickets.taxonomy import BUSINESS, CAUSE

BY_HAND = (Channel.PHONE, Channel.EMAIL, Channel.COUNTER, Channel.SOCIAL, Channel.REGULATOR)


def drafted(label: Any, *, rows: int = 4, required: bool = True, help_text: Any = "") -> TextArea:
    """A long text whose characters are counted while typing."""
    field = TextArea(label=label, rows=rows, required=required, help_text=help_text)
    field.widget.attrs["data-count"] = str(field.max_length)
    return field


def labelled(values: Any) -> list[tuple[str, Any]]:
    return [("", _("请选择")), *values]


class CaseForm(forms.Form):
    """A form about one case, as one person sees it; it can fill itself from what is known."""

    caution: Any = ""  # what its author must know before sending it, and is told again afterwards

    def __init__(
        self, *args: Any, ticket: Ticket, user: User, clock: Clock | None = None, **kwargs: Any
    ) -> None:
        self.ticket, self.user = ticket, user
        self.is_beside = clock is not None and not clock.is_main  # a clock beside the case's own
        self.rule = clock.rule if clock else ticket.due_rule  # that the verbs about a clock go by
        kwargs.setdefault("initial", self.known())
        super().__init__(*args, **kwargs)
        self.prepare()

    def known(self) -> dict[str, Any]:
        """What to start from."""
        return {}

    def prepare(self) -> None:
        """Choices that depend on the case."""

    def refused(self, ticket: Ticket) -> None:
        """What the rule refused goes back to its author, who sees the case as it is now."""
        self.ticket = ticket


class NothingForm(CaseForm):
    """A verb that needs no words."""


class ClassifyForm(CaseForm):
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices)
    business = forms.ChoiceField(label=_("业务类别"), choices=labelled(BUSINESS))
    cause = forms.ChoiceField(label=_("投诉原因"), choices=labelled(CAUSE))
    severity = forms.ChoiceField(label=_("严重程度"), choices=labelled(Severity.choices))
    product = forms.CharField(label=_("产品"), max_length=60, required=False)

    def known(self) -> dict[str, Any]:
        """What is suggested, so that agreeing is one keystroke; but a review is of its original's kind, and
        whoever filled in the form of a special kind has chosen that kind."""
        if original := self.ticket.review_of:
            return {name: getattr(original, name) for name in (*FIELDS, "product")}
        suggestion = suggest_for(self.ticket, start=True)
        if suggestion is None:
            return {"kind": self.ticket.kind, "product": self.ticket.product}
        start = {field: suggestion[field].value for field in FIELDS} | {"product": self.ticket.product}
        return start | ({"kind": self.ticket.kind} if self.ticket.kind in DETAILS else {})


def told() -> TextArea:
    """The reason of another date, for the customer; ``tell_new_date`` has words where it is left empty."""
    return drafted(
        _("给客户的理由"),
        rows=2,
        required=False,
        help_text=_("期限因此改变时，客户会看到新的期限和这段话，也会收到通知。不填就用通常的说法。"),
    )


class ReclassifyForm(ClassifyForm):
    reason = drafted(_("更正的理由"), rows=2, help_text=_("只有内部能看到。"))
    told = told()

    def known(self) -> dict[str, Any]:
        names = ("kind", "business", "cause", "severity", "product")
        return {name: getattr(self.ticket, name) for name in names}


class TopicForm(CaseForm):
    topic = forms.ChoiceField(label=_("关于"), choices=labelled(Topic.choices))

    def known(self) -> dict[str, Any]:
        return {"topic": self.ticket.topic}


class CorrectContactForm(CaseForm):
    """What is known is not shown here: it is looked up with its reason on record (RevealForm)."""

    complainant = forms.CharField(label=_("姓名"), max_length=60, required=False, help_text=_("不填就不改。"))
    contact = ContactField(
        required=False, help_text=_("不填就不改。以后的信函，包括正在等待发送的，都发到新的邮箱。")
    )
    channel = forms.ChoiceField(label=_("渠道"), required=False)
    reason = drafted(_("更正的理由"), rows=2, help_text=_("只有内部能看到。"))

    def prepare(self) -> None:
        others = [c for c in BY_HAND if c != Channel.REGULATOR or self.ticket.channel == c]
        field = cast(forms.ChoiceField, self.fields["channel"])
        field.choices = [("", _("不改")), *((c.value, c.label) for c in others)]
        if self.ticket.channel in WRITTEN_HERE:
            del self.fields["channel"]


class RepresentationForm(CaseForm):
    """Of a representative whom the case has, what is left empty stays."""

    name = forms.CharField(label=_("代理人姓名"), max_length=60)
    contact = ContactField(label=_("代理人手机或邮箱"))
    relation = forms.ChoiceField(label=_("与客户的关系"), choices=labelled(Representation.Relation.choices))
    answer_to = forms.ChoiceField(label=_("答复发给"), choices=labelled(Representation.AnswerTo.choices))
    authorisation = FileField(
        label=_("授权书"), help_text=_("客户本人签名的授权书，照片或 PDF。没有授权书不能代理。")
    )
    reason = drafted(_("理由"), rows=2, help_text=_("只有内部能看到。"))

    def prepare(self) -> None:
        if not hasattr(self.ticket, "representation"):
            return
        for name in ("name", "contact", "relation", "answer_to", "authorisation"):
            self.fields[name].required = False
        self.fields["name"].help_text = self.fields["contact"].help_text = _("不填就不改。")
        self.fields["authorisation"].help_text = _("不附就仍用原来的授权书。")


class ReasonForm(CaseForm):
    reason = drafted(_("理由"), help_text=_("客户会看到这段文字。"))


class TheirWordForm(ReasonForm):
    """What a customer asked for, taken down by staff, perhaps on a later day."""

    method = forms.ChoiceField(
        label=_("客户是怎样说的"), choices=labelled([(c.value, c.label) for c in BY_HAND])
    )
    said_on = PastDay(
        label=_("客户说的日期"),
        required=False,
        help_text=_("有没有过期、从哪天起算，都看这一天。不填就是今天。"),
    )

    def known(self) -> dict[str, Any]:
        return {"said_on": clock.today()}


class WithdrawnForm(TheirWordForm):
    said_on = PastDay(label=_("客户要求撤回的日期"), help_text=_("期限在这一天结束。"))


class ContactForm(CaseForm):
    method = forms.ChoiceField(
        label=_("方式"), choices=[(c.value, c.label) for c in BY_HAND if c != Channel.REGULATOR]
    )
    outcome = forms.ChoiceField(
        label=_("结果"),
        choices=Contact.Outcome.choices,
        required=False,
        initial=Contact.Outcome.REACHED,
        help_text=_("没有联系到人的，不算首次联系。"),
    )
    at = PastMoment(label=_("联系的时间"), help_text=_("不填就是现在。"))
    text = drafted(_("谈了什么"), rows=3, help_text=_("只有内部能看到。"))
    next_on = forms.DateField(
        label=_("下次联系"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_outcome(self) -> str:
        return self.cleaned_data["outcome"] or Contact.Outcome.REACHED


class TellingForm(CaseForm):
    """Words on the page of the case, which not everybody hears of."""

    def prepare(self) -> None:
        if not is_online(self.ticket):
            self.caution = _(
                "客户没有留邮箱，也没有账号，没有人会通知客户来看。"
                "请打电话告诉客户，再记入联系记录；只写在这里不算首次联系。"
            )


class AwaitForm(TellingForm):
    question = drafted(
        _("请客户补充什么"),
        rows=3,
        help_text=_("客户会在查询页看到；留了邮箱的，会收到只有链接的通知。等待客户不会暂停期限。"),
    )


class ReplyForm(TellingForm):
    text = drafted(_("答复"), help_text=_("客户会在查询页看到；留了邮箱的，会收到只有链接的通知。"))


class BehalfForm(CaseForm):
    text = drafted(_("客户说了什么"), rows=3, help_text=_("记为客户的话，客户会看到。"))


class NoteForm(CaseForm):
    text = drafted(_("内部备注"), rows=3, help_text=_("客户永远看不到。"))


class StaffEvidenceForm(CaseForm):
    file = FileField(help_text=_("PNG、JPEG、WebP、PDF 或 TXT，不超过 25 MB。"))
    public = forms.BooleanField(label=_("客户可以看到"), required=False)


def told_on() -> forms.DateField:
    """The day of a notice that people gave: the contact log has to say so."""
    return forms.DateField(
        label=_("告知客户的日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("那一天要有联系到客户的记录。不填就是今天。"),
    )


class ExtendForm(CaseForm):
    milestone = forms.ChoiceField(label=_("改为"))
    reason = drafted(_("理由"), rows=3)
    told = told()
    notice_sent_on = told_on()

    def prepare(self) -> None:
        found = extensions(self.rule, self.user)
        if not self.is_beside:  # with a notice, it is asked for and granted (GrantForm)
            found = extensions_alone(found)
            del self.fields["notice_sent_on"]
            self.fields["reason"].help_text = _("只有内部能看到。")
        else:
            del self.fields["told"]  # what happens to another clock is for the desk only
        field = cast(forms.ChoiceField, self.fields["milestone"])
        field.choices = [(rule.code, period(rule)) for rule in found]


def period(rule: Milestone) -> str:
    if rule.unit != Unit.CALENDAR:
        return f"{rule.name} · {rule.n} {Unit(rule.unit).label}"
    return ngettext("自收到起 %(days)d 天", "自收到起 %(days)d 天", rule.n) % {"days": rule.n}


class StopForm(CaseForm):
    stop = forms.ChoiceField(label=_("暂停的理由（规则允许的）"))
    reason = drafted(_("说明"), rows=3)
    notice_sent_on = told_on()

    def prepare(self) -> None:
        if not self.is_beside and is_online(self.ticket):  # the product sends the notice
            del self.fields["notice_sent_on"]
            self.fields["reason"].help_text = _("会写进给客户的通知。")
        field = cast(forms.ChoiceField, self.fields["stop"])
        pack, _milestone = lookup(self.rule)
        field.choices = [(code, f"{reason.name}（{reason.grade}）") for code, reason in pack.stops.items()]


class RestartForm(CaseForm):
    received_on = forms.DateField(
        label=_("收到新材料的日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("那一天要有客户的话、材料或联系到客户的记录，而且不晚于原来的截止日。"),
    )
    reason = drafted(_("新的事实和理由"), rows=3, help_text=_("客户会看到新的期限和这段话，也会收到通知。"))

    def prepare(self) -> None:
        if self.is_beside:
            self.fields["reason"].help_text = _("只有内部能看到。")


class RevealForm(CaseForm):
    reason = forms.CharField(
        label=_("为什么要看"), max_length=60, help_text=_("查看人、时间和理由会记入这件工单。")
    )


class ExportForm(CaseForm):
    reason = forms.CharField(
        label=_("为什么要导出"),
        max_length=120,
        help_text=_("卷宗里有完整的个人信息。导出人、时间和理由会记入这件工单。"),
    )
