"""Reading conversations."""

import uuid

from django.db.models import Q
from django.utils import timezone

from chat.models import Conversation, ConversationQuerySet, Message, Note
from chat.states import State
from chat.tokens import GRANT, LONGEST, hash_of, opens
from helpdesk.core.actors import Actor
from helpdesk.core.models import Role, User

PAGE = 200  # messages in one answer


def conversations_visible_to(actor: Actor) -> ConversationQuerySet:
    """Visitors: theirs. Agents: their own, and what waits for their team. The rest of the house: all."""
    everything = Conversation.objects.select_related("assignee", "team", "ticket")
    if not isinstance(actor, User):
        prefix = f"{GRANT}:"
        return everything.filter(pk__in=[g[len(prefix) :] for g in actor.grants if g.startswith(prefix)])
    if actor.role == Role.CUSTOMER:
        return everything.filter(customer=actor)
    if actor.role == Role.AGENT:
        return everything.filter(Q(assignee=actor) | (Q(state=State.WAITING) & _for_team_of(actor)))
    if actor.role in (Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR):
        return everything
    return everything.none()


def _for_team_of(agent: User) -> Q:
    return Q(team=None) | Q(team_id=agent.team_id) if agent.team_id else Q(team=None)


def waiting_for(user: User) -> ConversationQuerySet:
    """The queue as this agent or supervisor may serve it, longest waiting first."""
    return conversations_visible_to(user).waiting()


def own_conversations(user: User) -> ConversationQuerySet:
    """What this agent is talking in now; those with an unanswered visitor first, longest waiting first."""
    own = Conversation.objects.select_related("assignee", "team", "ticket").filter(assignee=user)
    return own.open().order_by("waiting_since", "created_at", "id")


def conversation_by_token(token: str) -> Conversation | None:
    """The one conversation that a token opens."""
    if not token or len(token) > LONGEST:
        return None
    return Conversation.objects.select_related("assignee", "ticket").filter(token_hash=hash_of(token)).first()


def conversation_opened_by(pk: uuid.UUID, token: str) -> Conversation | None:
    """That conversation, if the token is its own; absent and foreign are the same None."""
    conversation = Conversation.objects.select_related("assignee", "ticket").filter(pk=pk).first()
    if conversation is None or not token or len(token) > LONGEST or not opens(token, conversation):
        return None
    return conversation


def messages_after(pk: uuid.UUID, seq: int, limit: int = PAGE) -> list[Message]:
    """The next messages after ``seq``, in order."""
    found = Message.objects.select_related("author").filter(conversation_id=pk, seq__gt=seq)
    return list(found.order_by("seq")[:limit])


def notes_of(conversation: Conversation) -> list[Note]:
    """Internal notes; only staff edges may call this."""
    return list(conversation.notes.select_related("author"))


def queue_position(conversation: Conversation) -> int | None:
    """1 is next; None when it does not wait (or stands too far back to be told)."""
    if conversation.state != State.WAITING:
        return None
    return Conversation.objects.queue_positions().get(conversation.pk)


def transcript_of(conversation: Conversation) -> str:
    """What both sides said, one line each, without notes: they are another table."""
    lines = []
    for message in conversation.messages.select_related("author").order_by("seq"):
        at = timezone.localtime(message.at).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"[{at}] {_speaker(message)}{_said(message)}")
    return "\n".join(lines)


def _speaker(message: Message) -> str:
    label = str(Message.Author(message.author_kind).label)
    return f"{label} {message.author}：" if message.author else f"{label}："


def _said(message: Message) -> str:
    return message.text if message.kind == Message.Kind.TEXT else f"（{Message.Event(message.text).label}）"
