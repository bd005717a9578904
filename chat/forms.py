"""What a visitor or an agent types into a chat page."""

import re
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.actions import keep_file
from chat.actions.files import MOST_FILES
from chat.canned import NAMES, unknown_variables
from chat.history import SPAM
from chat.models import Conversation, PreChat
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.forms import TextArea
from helpdesk.core.models import WORKERS, Presence, Role, Staffing, Team, Topic, User
from helpdesk.core.staffing.queries import at_desk
from helpdesk.core.uploads import check_upload
from tickets.forms.fields import ContactField
from tickets.forms.filing import kind_fields
from tickets.models import Kind

SCORES = [(5, _("非常满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("很不满意"))]


ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
ACCENT_DEFAULT = "#24478f"  # as in widget.js


class StartForm(forms.Form):
    """What a chat begins with."""

    question = TextArea(
        label=_("您想问什么？"),
        rows=3,
        help_text=_("请不要发送密码、验证码或银行卡安全码，客服不会向您索要。"),
    )
    topic = forms.ChoiceField(label=_("主题"), choices=Topic.choices, initial=Topic.OTHER)
    name = forms.CharField(label=_("怎么称呼您"), max_length=60, required=False)
    consent = forms.BooleanField()

    def __init__(self, *args: Any, asked: PreChat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = asked.name == PreChat.Asked.REQUIRED
        self.fields["consent"].label = asked.consent
        for name, wanted in (
            ("name", asked.name != PreChat.Asked.OFF),
            ("topic", asked.topic),
            ("consent", bool(asked.consent)),
        ):
            if not wanted:
                del self.fields[name]


class PreChatForm(forms.Form):
    """What the desk asks before a chat."""

    name = forms.ChoiceField(label=_("怎么称呼访客"), choices=PreChat.Asked.choices, widget=forms.RadioSelect)
    topic = forms.BooleanField(label=_("请访客选主题"), required=False)
    consent = TextArea(
        label=_("请访客勾选同意"),
        rows=3,
        max_length=300,
        required=False,
        help_text=_(
            "写出访客要同意的话，例如“我同意为答复本次咨询处理我填写的信息”。留空则不问。每次对话都会记下当时的原话。"
        ),
    )

    @classmethod
    def of(cls, asked: PreChat) -> "PreChatForm":
        return cls(initial={"name": asked.name, "topic": asked.topic, "consent": asked.consent})


class MessageForm(forms.Form):
    """``client_id`` is made with the empty form, so that sending the same page twice stores one message."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    text = TextArea(label=_("消息"), rows=2, required=False)

    @property
    def once(self) -> UUID:
        return self.cleaned_data.get("client_id") or uuid4()

    def clean(self) -> dict[str, Any]:
        """Words or files; each file is checked, and the first refused one is named."""
        typed = super().clean() or self.cleaned_data
        given = self.files.getlist("file") if self.files else []
        if len(given) > MOST_FILES:
            too_many = _(
                "一次最多 %(most)d 个文件，这次选了 %(count)d 个，都没有发送。请重新选择，分几次发。"
            )
            self.add_error("text", too_many % {"most": MOST_FILES, "count": len(given)})
            return typed
        try:
            self.checked = [check_upload(one) for one in given]
        except forms.ValidationError as refused:
            self.add_error("text", refused)
            return typed
        if not typed.get("text", "").strip() and not given and "text" not in self.errors:
            self.add_error("text", _("请输入消息内容。"))
        return typed

    def keep(self, conversation: Conversation, *, actor: Actor) -> list[UUID]:
        """The files, kept to be sent with this message."""
        return [keep_file(conversation, actor=actor, file=one).pk for one in self.checked]


class LeaveMessageForm(forms.Form):
    """What somebody leaves when nobody is there."""

    text = TextArea(
        label=_("留言"),
        rows=3,
        required=False,
        help_text=_("不用重写：留空就按您在对话里说过的话登记。"),
    )
    contact = ContactField(help_text=_("我们用它答复您。"))


class MailForm(forms.Form):
    """Where the visitor wants the transcript."""

    email = forms.EmailField(label=_("邮箱"), max_length=120, help_text=_("对话记录作为 PDF 附件发到这里。"))


class DeletionForm(forms.Form):
    """The visitor wants the conversation deleted."""

    contact = ContactField(help_text=_("我们用它核实是您本人，并告诉您结果。"))
    text = TextArea(label=_("补充说明"), rows=2, max_length=1000, required=False)


class DeleteForm(forms.Form):
    """A supervisor deletes what its visitor asked to have deleted."""

    reason = forms.CharField(
        label=_("删除原因"), max_length=200, help_text=_("写明怎样核实了申请人、有没有依法须保留的内容。")
    )


class RevealForm(forms.Form):
    seq = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    reason = forms.CharField(label=_("查看原因"), max_length=200)


class NoteForm(forms.Form):
    text = TextArea(label=_("内部备注"), rows=2)


class RateForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("这次对话对您有帮助吗？"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )
    text = TextArea(label=_("想说点什么"), rows=2, max_length=1000, required=False)


class EmbedForm(forms.Form):
    """The settings of the widget's one line; the names are its ``data-`` attributes."""

    theme = forms.ChoiceField(
        label=_("外观"),
        choices=[("", _("跟随访客的系统")), ("light", _("浅色")), ("dark", _("深色"))],
        required=False,
    )
    lang = forms.ChoiceField(
        label=_("语言"), choices=[("", _("跟随网页")), *settings.LANGUAGES], required=False
    )
    position = forms.ChoiceField(
        label=_("位置"), choices=[("", _("右下角")), ("left", _("左下角"))], required=False
    )
    accent = forms.CharField(
        label=_("主色"),
        initial=ACCENT_DEFAULT,
        required=False,
        validators=[RegexValidator(rf"\A{ACCENT.pattern}\Z", _("请写成 #24478f 这样的颜色。"))],
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    label = forms.CharField(
        label=_("按钮文字"), max_length=30, required=False, help_text=_("留空则为“在线客服”。")
    )

    def chosen(self) -> dict[str, str]:
        """What differs from the defaults; a setting that is not understood is left out."""
        if not self.is_bound:
            return {}
        self.full_clean()
        chosen = {name: self.cleaned_data.get(name, "") for name in self.fields}
        if chosen["accent"].lower() == ACCENT_DEFAULT:
            chosen["accent"] = ""
        return {name: value for name, value in chosen.items() if value}


def _presence(one: Staffing) -> str:
    """A colleague in a list, with what they say of themselves unless they are on duty."""
    paused = one.presence == Presence.PAUSE
    return f"{one.user}（{one.get_presence_display()}）" if paused else str(one.user)


class TransferForm(forms.Form):
    """To a colleague who is there, or to a team's queue; ``to`` is ``user:<pk>`` or ``team:<pk>``.

    A supervisor may take it over: to themselves.
    """

    note = TextArea(label=_("给接手人的说明"), rows=2, help_text=_("仅内部可见。"))

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = at_desk(clock.now()).order_by("user__name", "pk")
        if me.role == Role.AGENT:
            there = there.exclude(user=me)
        found = {f"user:{one.user_id}": one for one in there}
        self._users = {key: one.user for key, one in found.items()}
        self._teams = {f"team:{team.pk}": team for team in Team.objects.all()}
        self.fields["to"] = forms.ChoiceField(
            label=_("转给"),
            choices=[
                ("", _("请选择")),
                (_("团队"), [(key, str(team)) for key, team in self._teams.items()]),
                (_("同事（现在在的）"), [(key, _presence(one)) for key, one in found.items()]),
            ],
            error_messages={
                "invalid_choice": _("这位同事现在不在，或没有这个团队。请另选一位，或转给团队排队。")
            },
        )
        self.order_fields(["to", "note"])

    @property
    def receiver(self) -> User | Team:
        """Whom the cleaned ``to`` names."""
        key = self.cleaned_data["to"]
        return self._users[key] if key in self._users else self._teams[key]


class CannedForm(forms.Form):
    """Words that agents use again. Agents write for their own team, supervisors for anybody."""

    shortcut = forms.RegexField(
        r"^[\w-]+$",
        label=_("简称"),
        max_length=30,
        help_text=_("在回复框里输入 / 和简称就能找到它。"),
        error_messages={"invalid": _("只能用文字、数字、- 和 _，不能有空格。")},
    )
    text = TextArea(label=_("内容"), rows=3)
    language = forms.ChoiceField(label=_("语言"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._team = user.team
        self._every = user.role == Role.SUPERVISOR
        if self._every:
            self.fields["team"] = forms.ModelChoiceField(
                label=_("给谁用"), queryset=Team.objects.all(), required=False, empty_label=_("所有人")
            )

    def clean(self) -> dict[str, Any]:
        """Agents write for their team."""
        typed = super().clean() or self.cleaned_data
        if not self._every:
            typed["team"] = self._team
            if self._team is None:
                self.add_error(None, _("您不在任何团队里，请主管来添加。"))
        return typed

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if unknown := unknown_variables(text):
            known = "、".join(f"{{{{{name}}}}}" for name in NAMES)
            said = gettext("没有“%(unknown)s”这个变量。可以用 %(known)s。")
            raise forms.ValidationError(said % {"unknown": f"{{{{{unknown[0]}}}}}", "known": known})
        return text


class CloseForm(forms.Form):
    """What a conversation was about, as the agent who ends it says."""

    wrap_up = forms.ChoiceField(label=_("这次是关于什么"), choices=Topic.choices)


class HistoryForm(forms.Form):
    """What a conversation is looked for by."""

    text = forms.CharField(label=_("说过的话、称呼、手机或工单号"), max_length=100, required=False)
    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    topic = forms.ChoiceField(label=_("主题"), choices=[("", _("全部")), *Topic.choices], required=False)
    score = forms.TypedChoiceField(
        label=_("评分"),
        choices=[("", _("全部")), *((str(n), str(n)) for n in range(5, 0, -1))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *State.choices, (SPAM, _("垃圾信息"))], required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = User.objects.filter(role__in=WORKERS).order_by("name", "pk")
        if user.role == Role.AGENT:
            agents = agents.filter(pk=user.pk)
        self.fields["agent"] = forms.TypedChoiceField(
            label=_("客服"),
            choices=[("", _("全部")), *((str(one.pk), str(one)) for one in agents)],
            coerce=int,
            empty_value=None,
            required=False,
        )
        self.order_fields(["text", "since", "until", "agent", "topic", "score", "state"])


class ExportForm(forms.Form):
    """A set of conversations leaves the house."""

    format = forms.ChoiceField(label=_("格式"), choices=[("csv", "CSV"), ("json", "JSON")])
    reason = forms.CharField(label=_("导出原因"), max_length=200)
    too_many = _("一次最多导出 500 个对话，请缩小范围。")


class RecordForm(forms.Form):
    """One conversation leaves the house."""

    format = forms.ChoiceField(label=_("格式"), choices=[("txt", _("文本")), ("pdf", "PDF")])
    reason = forms.CharField(label=_("导出原因"), max_length=200)


class ConvertForm(forms.Form):
    """A conversation becomes a case, with the fields that its kind needs."""

    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.COMPLAINT, widget=forms.HiddenInput)
    topic = forms.ChoiceField(label=_("主题"), choices=Topic.choices)
    narrative = TextArea(label=_("发生了什么"), rows=8, help_text=_("已填入访客说过的话，请整理。"))
    request = TextArea(label=_("希望怎样解决"), rows=3)
    complainant = forms.CharField(label=_("姓名"), max_length=60)
    contact = ContactField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = self.data.get("kind") if self.is_bound else self.initial.get("kind")
        self.for_kind = str(said) if said in Kind.values else str(Kind.COMPLAINT)
        self.initial["kind"] = self.for_kind
        self.own = kind_fields(self.for_kind)
        self.fields.update(self.own)
        self.order_fields(["kind", "topic", *self.own])

    def story(self) -> dict[str, Any]:
        """As ``convert_conversation`` takes it."""
        typed = dict(self.cleaned_data)
        details = {name: typed.pop(name) for name in self.own}
        return typed | {"details": details or None}


def convert_initial(conversation: Conversation, said: str) -> dict[str, str]:
    """What the conversation already knows, so that nobody types it twice."""
    customer = conversation.customer
    return {
        "topic": conversation.topic,
        "narrative": said,
        "complainant": customer.name if customer else conversation.name,
        "contact": (customer.phone or customer.email) if customer else "",
    }
