"""What visitors do, and what both sides do: start, speak, read, rate, close."""

import uuid

from django.utils.translation import gettext as _

from chat import events
from chat.actions.base import append, check_text, happened, speaker
from chat.errors import ChatError
from chat.models import Conversation, Message
from chat.permissions import is_assignee, may_close, may_post, may_rate, may_read, may_start
from chat.states import State
from chat.tokens import hash_of, new_token
from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import Role, Topic, User
from helpdesk.core.signals import feedback_given


@creation("conversation.started", allowed=may_start)
def start_conversation(
    *,
    actor: Actor,
    language: str = "zh-hans",
    topic: str = Topic.OTHER,
    name: str = "",
    customer: User | None = None,
) -> Conversation:
    """A new conversation in the queue; ``.token`` on it is the visitor's secret, shown this once."""
    token = new_token()
    if customer is None and isinstance(actor, User) and actor.role == Role.CUSTOMER:
        customer = actor
    conversation = Conversation.objects.create(
        token_hash=hash_of(token),
        customer=customer,
        name=name,
        language=language,
        topic=topic,
        created_at=clock.now(),
    )
    events.conversation_moved(conversation)
    conversation.token = token
    return conversation


@action("conversation.message_posted", allowed=may_post, audited=False)  # the messages are the record
def post_message(
    conversation: Conversation, *, actor: Actor, client_id: uuid.UUID, text: str
) -> tuple[Message, bool]:
    """Store a message once, with the next number; a repeated ``client_id`` answers the stored one."""
    who = speaker(actor)
    stored = Message.objects.filter(conversation=conversation, author_key=who.key, client_id=client_id)
    for before in stored.order_by():
        return before, False
    if who.kind == Message.Author.AGENT and not is_assignee(actor, conversation):
        raise ActionForbidden("conversation.message_posted")
    if conversation.state == State.CLOSED:
        raise ChatError("closed", _("对话已结束，这条消息没有保存。"), state=conversation.state)
    message = append(conversation, who, check_text(text), client_id=client_id)
    waited = conversation.waiting_since
    if who.kind == Message.Author.AGENT:
        conversation.waiting_since = None
    elif waited is None:
        conversation.waiting_since = message.at
    conversation.save(update_fields=["last_seq", "waiting_since"])
    if conversation.waiting_since != waited:
        events.row_changed(conversation)
    return message, True


@action("conversation.read", allowed=may_read, audited=False)
def mark_read(conversation: Conversation, *, actor: Actor, seq: int) -> int:
    """Remember that one side has seen everything up to ``seq``; it never goes back."""
    who = speaker(actor).kind
    field = "agent_read" if who == Message.Author.AGENT else "visitor_read"
    known: int = getattr(conversation, field)
    seq = min(seq, conversation.last_seq)
    if seq <= known:
        return known
    setattr(conversation, field, seq)
    conversation.save(update_fields=[field])
    events.read_marked(conversation, who, seq)
    return seq


@action("conversation.closed", allowed=may_close)
def close_conversation(conversation: Conversation, *, actor: Actor) -> Conversation:
    """Either side ends it; what was said stays readable and can still be rated."""
    conversation.close()
    conversation.closed_at = clock.now()
    conversation.waiting_since = None
    happened(conversation, Message.Event.CLOSED, by=speaker(actor).kind)
    conversation.save()
    events.conversation_moved(conversation)
    return conversation


@action("conversation.rated", allowed=may_rate)
def rate_conversation(
    conversation: Conversation, *, actor: Actor, score: int, text: str = ""
) -> Conversation:
    """The visitor's judgement, once; the quality team hears of it."""
    if not 1 <= score <= 5:
        raise ChatError("bad_field", _("请选择 1 到 5 分。"), status=400)
    if conversation.score is not None:
        raise ChatError("already_rated", _("您已经评价过这次对话。"), state=conversation.state)
    if text:
        check_text(text)
    conversation.score = score
    conversation.save(update_fields=["score"])
    feedback_given.send(
        Conversation, about=conversation, score=score, resolved=None, text=text, at=clock.now()
    )
    events.state_changed(conversation)
    events.row_changed(conversation)
    return conversation
