"""Correcting what was said: a new event in the same log. The message itself is never changed."""

import datetime as dt

from django.utils.translation import gettext as _

from chat import events
from chat.actions import bot, flags
from chat.actions.base import SYSTEM, check_text, next_message, speaker
from chat.errors import ChatError
from chat.models import Conversation, Message
from chat.permissions import may_edit
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.screen import screen

WITHIN = dt.timedelta(minutes=1)


@action("conversation.message_edited", allowed=may_edit, audited=False)  # the messages are the record
def edit_message(conversation: Conversation, *, actor: Actor, seq: int, text: str) -> Message:
    """Both sides read ``text`` in place of an own message of the last minute; the event that says so.

    The same correction again answers the event of before. Errors: ``closed``, ``too_late``, 404.
    """
    who = speaker(actor)
    message = conversation.messages.get(seq=seq)
    if message.author_key != who.key or message.kind != Message.Kind.TEXT:
        raise ActionForbidden("conversation.message_edited")
    kept = screen(check_text(text), mask=who.kind == Message.Author.VISITOR)
    before = _last_edit(conversation, seq)
    if before is not None and before.data["text"] == kept.text:
        return before
    if conversation.state == State.CLOSED:
        raise ChatError("closed", _("对话已结束，不能再修改。"), state=conversation.state)
    if clock.now() - message.at > WITHIN:
        raise ChatError("too_late", _("发出一分钟以后不能再修改。"), state=conversation.state)
    event = next_message(
        conversation,
        SYSTEM,
        Message.Event.EDITED,
        kind=Message.Kind.EVENT,
        data={"seq": seq, "text": kept.text, "by": who.kind},
        sealed=kept.sealed,
    )
    told = [event]
    if kept.secret:
        secret = Message.Event.SECRET
        told.append(
            next_message(conversation, SYSTEM, secret, kind=Message.Kind.EVENT, data={"by": who.kind})
        )
    for one in told:
        one.save(force_insert=True)
    if who.kind == Message.Author.VISITOR:
        _heard_again(conversation, event)
    conversation.save(update_fields=["last_seq", "waiting_since"])
    events.messages_posted(told)
    return event


def _heard_again(conversation: Conversation, event: Message) -> None:
    """A correction is something said: the bot answers it, and it is looked through for red flags."""
    if conversation.state == State.BOT:
        conversation.waiting_since = conversation.waiting_since or event.at
        bot.wake(conversation)
    else:
        flags.look_soon([(conversation.pk, event.data["text"])])


def _last_edit(conversation: Conversation, seq: int) -> Message | None:
    edits = conversation.messages.filter(kind=Message.Kind.EVENT, text=Message.Event.EDITED, seq__gt=seq)
    return next((one for one in edits.order_by("-seq") if one.data["seq"] == seq), None)
