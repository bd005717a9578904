"""Canned replies as one conversation needs them: whose they are, and their variables filled in."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from chat.models import CannedReply, Conversation
from helpdesk.core.models import Role, User

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# Whoever has no name is greeted without one: "{{name}}，您好" and "Hello {{name}}," lose what goes with it.
NAME = re.compile(r"^[ \t]*\{\{\s*name\s*\}\}[，,、 \t]*|[ \t]*\{\{\s*name\s*\}\}", re.MULTILINE)
LISTED = 300
NAMES = {
    "name": gettext_lazy("访客的称呼"),
    "agent": gettext_lazy("您的姓名"),
    "ticket": gettext_lazy("工单号"),
    "topic": gettext_lazy("主题"),
}
_VALUES: dict[str, Callable[[Conversation, User], str]] = {
    "name": lambda conversation, user: conversation.name,
    "agent": lambda conversation, user: str(user),
    "ticket": lambda conversation, user: conversation.ticket.number if conversation.ticket else "",
    "topic": lambda conversation, user: str(conversation.get_topic_display()),
}


@dataclass(frozen=True)
class Ready:
    """A reply that can be put into the box; ``missing`` names the variables that have no value here."""

    shortcut: str
    text: str
    language: str
    missing: str
    whose: str  # the team's, or everybody's: both may have one of this name


def unknown_variables(text: str) -> list[str]:
    return sorted({name for name in VARIABLE.findall(text) if name not in NAMES})


def canned_visible_to(user: User) -> "QuerySet[CannedReply]":
    """Everybody's and the own team's; supervisors read all."""
    replies = CannedReply.objects.select_related("team")
    if user.role == Role.SUPERVISOR:
        return replies
    return (
        replies.filter(Q(team=None) | Q(team_id=user.team_id)) if user.team_id else replies.filter(team=None)
    )


def ready_for(conversation: Conversation, user: User) -> list[Ready]:
    """In the visitor's language first, then by shortcut."""
    own = Q(team=None) | Q(team_id=user.team_id)
    found = canned_visible_to(user).filter(own, withdrawn=False)[:LISTED]
    filled = [_fill(reply, conversation, user) for reply in found]
    return sorted(filled, key=lambda one: (one.language != conversation.language, one.shortcut))


def _fill(reply: CannedReply, conversation: Conversation, user: User) -> Ready:
    with override(reply.language):  # the visitor reads it, not the agent
        values = {name: value(conversation, user) for name, value in _VALUES.items()}
    said = reply.text if values["name"] else NAME.sub("", reply.text)
    missing = [str(NAMES[name]) for name in NAMES if not values[name] and name in VARIABLE.findall(said)]
    text = VARIABLE.sub(lambda match: values.get(match[1]) or match[0], said)
    return Ready(reply.shortcut, text, reply.language, "、".join(missing), str(reply.team or _("所有人")))
