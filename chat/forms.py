"""What a visitor or an agent types into a chat page."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from helpdesk.core.forms import TextArea
from helpdesk.core.models import Role, Team, Topic, User
from tickets.models import Kind

SCORES = [(5, _("非常满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("很不满意"))]


class StartForm(forms.Form):
    """What a chat begins with."""

    question = TextArea(
        label=_("您想问什么？"),
        rows=3,
        help_text=_("请不要发送密码、验证码或银行卡安全码，客服不会向您索要。"),
    )
    topic = forms.ChoiceField(label=_("主题"), choices=Topic.choices, initial=Topic.OTHER)
    name = forms.CharField(label=_("怎么称呼您"), max_length=60, required=False)


class MessageForm(forms.Form):
    """``client_id`` is made with the empty form, so that sending the same page twice stores one message."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    text = TextArea(label=_("消息"), rows=2)

    @property
    def once(self) -> UUID:
        return self.cleaned_data.get("client_id") or uuid4()


class NoteForm(forms.Form):
    text = TextArea(label=_("内部备注"), rows=2)


class RateForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("这次对话对您有帮助吗？"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )
    text = TextArea(label=_("想说点什么"), rows=2, max_length=1000, required=False)


class TransferForm(forms.Form):
    """To one agent or to a team's queue; ``to`` is ``user:<pk>`` or ``team:<pk>``."""

    note = TextArea(label=_("给接手人的说明"), rows=2, help_text=_("仅内部可见。"))

    def __init__(self, *args: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = User.objects.filter(role=Role.AGENT, is_active=True).exclude(pk=me.pk).order_by("name", "pk")
        self._users = {f"user:{user.pk}": user for user in agents}
        self._teams = {f"team:{team.pk}": team for team in Team.objects.all()}
        self.fields["to"] = forms.ChoiceField(
            label=_("转给"),
            choices=[
                ("", _("请选择")),
                (_("团队"), [(key, str(team)) for key, team in self._teams.items()]),
                (_("客服"), [(key, str(user)) for key, user in self._users.items()]),
            ],
        )
        self.order_fields(["to", "note"])

    @property
    def receiver(self) -> User | Team:
        """Whom the cleaned ``to`` names."""
        key = self.cleaned_data["to"]
        return self._users[key] if key in self._users else self._teams[key]


class ConvertForm(forms.Form):
    """A conversation becomes a case."""

    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices, initial=Kind.COMPLAINT)
    topic = forms.ChoiceField(label=_("主题"), choices=Topic.choices)
    narrative = TextArea(label=_("发生了什么"), rows=8, help_text=_("已填入访客说过的话，请整理。"))
    request = TextArea(label=_("希望怎样解决"), rows=3)
    complainant = forms.CharField(label=_("姓名"), max_length=60)
    contact = forms.CharField(label=_("手机或邮箱"), max_length=120)


def convert_initial(conversation: Conversation, said: str) -> dict[str, str]:
    """What the conversation already knows, so that nobody types it twice."""
    customer = conversation.customer
    return {
        "topic": conversation.topic,
        "narrative": said,
        "complainant": customer.name if customer else conversation.name,
        "contact": (customer.phone or customer.email) if customer else "",
    }
