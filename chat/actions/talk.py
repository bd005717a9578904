"""What visitors do, and what both sides do: start, read, rate, close."""

from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from chat import events, queries
from chat.actions import bot as assistant
from chat.actions.base import check_text, estimate_wait, happened, speaker
from chat.actions.cases import add_to_case, file_case
from chat.actions.files import sent_files
from chat.actions.routing import end_offers, idle_from_now, wake_router
from chat.errors import ChatError
from chat.models import Conversation, Message
from chat.permissions import is_visitor, may_close, may_rate, may_read, may_set_wrap_up, may_start
from chat.states import State
from chat.tokens import hash_of, new_token
from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.models import Role, Topic, User
from helpdesk.core.screen import screen
from helpdesk.core.signals import feedback_given
from tickets.models import Kind, Ticket


@creation("conversation.started", allowed=may_start)
def start_conversation(
    *,
    actor: Actor,
    language: str = "zh-hans",
    topic: str = Topic.OTHER,
    name: str = "",
    customer: User | None = None,
    bot: bool = False,
    searched: Sequence[str] = (),
    consent: bool = False,
) -> Conversation:
    """A new conversation, in the queue or with the bot. ``.token`` is the visitor's secret, this once.

    400 ``consent_needed`` when the desk asks to agree to something and ``consent`` is not given.
    """
    terms = queries.pre_chat().consent
    if terms and not consent:
        raise ChatError("consent_needed", _("请先勾选同意，再开始对话。"), status=400)
    token = new_token()
    if customer is None and isinstance(actor, User) and actor.role == Role.CUSTOMER:
        customer = actor
    conversation = Conversation(
        token_hash=hash_of(token),
        customer=customer,
        name=name,
        language=language,
        topic=topic,
        state=State.BOT if bot else State.WAITING,
        created_at=(now := clock.now()),
        queued_at=now,
        searched=list(searched),
        consent=terms,
    )
    estimate_wait(conversation)
    conversation.save(force_insert=True)
    if bot:
        assistant.greet(conversation)
    else:
        wake_router()
    events.conversation_moved(conversation)
    conversation.token = token
    return conversation


@action("conversation.language_set", allowed=is_visitor)
def set_language(conversation: Conversation, *, actor: Actor, language: str) -> Conversation:
    """The visitor reads in another language now: the bot answers in it, and people who speak it are asked."""
    conversation.language = language
    conversation.save(update_fields=["language"])
    if conversation.state == State.WAITING:
        wake_router()
    events.conversation_moved(conversation)
    return conversation


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


def end_now(conversation: Conversation, *, by: str) -> None:
    """Closed, in the transaction of whoever ends it; the caller saves."""
    conversation.close()
    add_to_case(conversation)
    conversation.closed_at = clock.now()
    conversation.waiting_since = None
    idle_from_now(conversation.assignee_id)
    happened(conversation, Message.Event.CLOSED, by=by)


@action("conversation.closed", allowed=may_close)
def close_conversation(conversation: Conversation, *, actor: Actor, wrap_up: str = "") -> Conversation:
    """Either side ends it; what was said stays readable and can still be rated.

    ``wrap_up`` is the topic that it was about, as the agent says.
    """
    if wrap_up and is_visitor(actor, conversation):
        raise ChatError("bad_field", _("只有客服可以选择结束时的主题。"), status=400)
    end_now(conversation, by=speaker(actor).kind)
    conversation.wrap_up = wrap_up
    conversation.save()
    end_offers(conversation, None)
    wake_router()
    events.conversation_moved(conversation)
    return conversation


@action("conversation.wrap_up_set", allowed=may_set_wrap_up)
def set_wrap_up(conversation: Conversation, *, actor: User, wrap_up: str) -> Conversation:
    """What it was about, said after it has ended: by its visitor, or by itself."""
    if conversation.is_open:
        raise ChatError("conflict", _("对话还没有结束，请在结束时选择主题。"), state=conversation.state)
    conversation.wrap_up = wrap_up
    conversation.save(update_fields=["wrap_up"])
    events.row_changed(conversation)
    return conversation


@action("conversation.message_left", allowed=may_rate)
def leave_message(conversation: Conversation, *, actor: Actor, contact: str, text: str) -> Ticket:
    """Nobody is there: what the visitor leaves becomes a case, once, and the conversation ends."""
    if conversation.ticket is not None:
        raise ChatError("conflict", _("这次对话已经登记过工单。"), state=conversation.state)
    with translation.override(settings.LANGUAGE_CODE):  # for the desk, not in the visitor's language
        request = _("请回复留言。")
    ticket = file_case(
        conversation,
        actor=actor,
        kind=Kind.ENQUIRY,
        contact=contact,
        narrative=check_text(text),
        request=request,
        transcript=queries.transcript_of(conversation),
        searched=conversation.searched,
        files=sent_files(conversation, skip_unreadable=True),
    )
    conversation.ticket = ticket
    if "secret" in ticket.screened:
        happened(conversation, Message.Event.SECRET, by=speaker(actor).kind)
    happened(conversation, Message.Event.TICKET, number=ticket.number)
    if conversation.is_open:
        end_now(conversation, by=speaker(actor).kind)
        end_offers(conversation, None)
    conversation.save()
    events.conversation_moved(conversation)
    return ticket


@action("conversation.rated", allowed=may_rate)
def rate_conversation(
    conversation: Conversation, *, actor: Actor, score: int, text: str = ""
) -> Conversation:
    """The visitor's judgement, once; the quality team hears of it."""
    if not 1 <= score <= 5:
        raise ChatError("bad_field", _("请选择 1 到 5 分。"), status=400)
    if conversation.score is not None:
        raise ChatError("already_rated", _("您已经评价过这次对话。"), state=conversation.state)
    kept = screen(check_text(text) if text else "", mask=True)
    conversation.score = score
    if kept.secret:
        happened(conversation, Message.Event.SECRET, by=speaker(actor).kind)
    conversation.save(update_fields=["score", "last_seq"])
    feedback_given.send(
        Conversation, about=conversation, score=score, resolved=None, text=kept.text, at=clock.now()
    )
    events.state_changed(conversation)
    events.row_changed(conversation)
    return conversation
