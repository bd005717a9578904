"""The bot's turn: after the commit of what the visitor said, once for each message, whatever crashes.

Nothing in memory decides: a conversation with the bot whose ``waiting_since`` is set has no answer yet.
Whoever finds one (the commit itself, a reconnect, the page, the sweep) calls ``answer_pending``; the lock
and the ``client_id`` made from the message make a second answer impossible.
"""

import uuid
from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from chat import events, pace, queries
from chat.actions.alarm import tell_supervisors
from chat.actions.base import append, estimate_wait, happened, speaker
from chat.actions.reply import (
    Reply,
    decide,
    flags_of,
    greeting,
    story_of,
    unanswered,
    unanswered_text,
    with_hours,
)
from chat.actions.routing import wake_router
from chat.errors import ChatError
from chat.models import Conversation, Message, Note
from chat.states import Handover, State
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.models import User
from helpdesk.core.permissions import is_system
from helpdesk.core.pool import in_background
from helpdesk.core.signals import question_unanswered
from helpdesk.core.staffing.queries import duty
from tickets.redflags import RedFlag

TRIES = 5  # the visitor may write faster than the bot reads
ANSWERS = uuid.UUID("6f6a3d7e-29d1-4a0e-9c5b-9d0d9b1c1e55")  # namespace of the answers' client_ids
LEARNS_FROM = (Handover.UNANSWERED, Handover.ASKED, Handover.ANGRY)


def bot() -> User:
    return User.system("bot")


def greet(conversation: Conversation) -> None:
    """The first words, in the transaction that makes the conversation."""
    with translation.override(conversation.language):
        said = greeting()
    append(conversation, speaker(bot()), said.text, data=said.data)
    conversation.save(update_fields=["last_seq"])


def wake(conversation: Conversation) -> None:
    """Answer soon after the commit; no client waits for it."""
    transaction.on_commit(partial(in_background, answer_pending, conversation.pk), robust=True)


def answer_pending(pk: uuid.UUID) -> Message | None:
    """Answer what the visitor said and nobody answered; None if there is nothing. Safe to repeat."""
    for _attempt in range(TRIES):
        conversation = Conversation.objects.unanswered_by_bot().filter(pk=pk).first()
        if conversation is None:
            return None
        said = queries.messages_after(pk, 0, conversation.last_seq)
        if not unanswered(said):  # answered between the two reads
            return None
        with translation.override(conversation.language):
            reply = decide(said)
            if reply.handover is not None:
                conversation.urgent = reply.urgent
                reply = with_way_out(reply, conversation)
            try:
                return answer_as_bot(conversation, actor=bot(), said=said, reply=reply)
            except ChatError as refused:
                if refused.code != "conflict":
                    raise
    return None


@action("conversation.answered_by_bot", allowed=is_system, audited=False)
def answer_as_bot(
    conversation: Conversation, *, actor: User, said: list[Message], reply: Reply
) -> Message | None:
    """Store the bot's reply to exactly what was ``said``; 409 if more was said since."""
    if conversation.state != State.BOT or conversation.waiting_since is None:
        return None
    if conversation.last_seq != said[-1].seq:
        raise ChatError("conflict", _("访客又说了别的。"), state=conversation.state)
    client_id = uuid.uuid5(ANSWERS, f"{conversation.pk}:{said[-1].seq}")
    message = append(conversation, speaker(actor), reply.text, client_id=client_id, data=reply.data)
    conversation.waiting_since = None
    if reply.handover is None:
        conversation.flags_seq = said[-1].seq  # it has looked for red flags itself
        conversation.save(update_fields=["last_seq", "waiting_since", "flags_seq"])
    else:
        conversation.urgent = reply.urgent
        _hand_over(conversation, said, reply.handover, reply.flags)
    return message


def _hand_over(
    conversation: Conversation, said: list[Message], why: Handover, flags: Sequence[RedFlag] = ()
) -> None:
    conversation.hand_over()
    now = clock.now()
    conversation.handover, conversation.queued_at, conversation.waiting_since = why, now, now
    conversation.flags, conversation.flags_seq = [flag.code for flag in flags], 0  # people hear of all of it
    estimate_wait(conversation)
    happened(conversation, Message.Event.QUEUED)
    conversation.save()
    wake_router()
    note = Note.objects.create(conversation=conversation, author=bot(), text=_story(said, why, flags), at=now)
    events.note_added(note)
    missing = unanswered_text(said) if why in LEARNS_FROM else ""
    if missing:
        question_unanswered.send(Conversation, about=conversation, text=missing, at=now)
    if conversation.urgent:
        tell_supervisors(conversation, flags)
    events.conversation_moved(conversation)


def _story(said: list[Message], why: Handover, flags: Sequence[RedFlag]) -> str:
    with translation.override("zh-hans"):  # the desk's own language, not the visitor's
        return "\n".join(filter(None, [flags_of(flags), story_of(said, why)]))


def with_way_out(reply: Reply, conversation: Conversation) -> Reply:
    """The same, and when nobody is there who may take it: when people are back, and a way to leave word."""
    if pace.anybody_for(conversation):
        return reply
    now = clock.now()
    planned = duty(now)  # within the hours of a shift nobody knows when somebody comes
    return with_hours(reply, None if planned.is_open(now) else planned.next_opening(now))
