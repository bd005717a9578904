"""What several verbs share: who speaks, what text is, and the next number in a conversation."""

import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chat import events, pace, queries, sql
from chat.errors import ChatError
from chat.models import Conversation, Message
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.forms import MAX_TEXT
from helpdesk.core.ids import new_id
from helpdesk.core.models import Role, User
from helpdesk.core.screen import screen
from helpdesk.core.strict_json import storable

INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


@dataclass(frozen=True)
class Speaker:
    kind: Message.Author
    user: User | None
    key: str  # whose client_ids these are


def speaker(actor: Actor) -> Speaker:
    if not isinstance(actor, User):
        return Speaker(Message.Author.VISITOR, None, "visitor")
    if actor.role == Role.SYSTEM:
        return Speaker(Message.Author.BOT, actor, "bot")
    if actor.role == Role.CUSTOMER:
        return Speaker(Message.Author.VISITOR, actor, "visitor")
    return Speaker(Message.Author.AGENT, actor, f"user:{actor.pk}")


SYSTEM = Speaker(Message.Author.SYSTEM, None, "system")


def check_text(text: str) -> str:
    """Something to read, storable, and not too long; otherwise a refusal that says which."""
    if not storable(text):
        raise ChatError("bad_text", _("消息里有无法保存的字符。"), status=400)
    if all(unicodedata.category(char) in INVISIBLE for char in text):
        raise ChatError("text_empty", _("请输入消息内容。"), status=400)
    if len(text) > MAX_TEXT:
        too_long = _("最多 %(limit)d 字，现在是 %(count)d 字。")
        raise ChatError("text_too_long", too_long % {"limit": MAX_TEXT, "count": len(text)}, status=400)
    return text


def spoken(
    conversation: Conversation, who: Speaker, text: str, client_id: uuid.UUID, *, silent: bool = False
) -> tuple[Message, list[Message]]:
    """What somebody typed as the next message, as it may be kept, and what both sides are told about it.

    ``silent``: it may say nothing, because it carries files.
    """
    text = check_text(text) if text.strip() or not silent else ""
    kept = screen(text, mask=who.kind == Message.Author.VISITOR)
    message = next_message(conversation, who, kept.text, client_id=client_id, sealed=kept.sealed)
    if not kept.secret:
        return message, []
    event = Message.Kind.EVENT
    told = next_message(conversation, SYSTEM, Message.Event.SECRET, kind=event, data={"by": who.kind})
    return message, [told]


def next_message(  # the conversation's row is locked by the calling action
    conversation: Conversation,
    who: Speaker,
    text: str,
    *,
    kind: Message.Kind = Message.Kind.TEXT,
    client_id: uuid.UUID | None = None,
    sealed: str = "",
    data: dict[str, Any] | None = None,
) -> Message:
    """The next message, not saved yet; the caller saves the conversation, whose ``last_seq`` it takes."""
    conversation.last_seq += 1
    values = {
        "id": new_id(),
        "conversation_id": conversation.pk,
        "seq": conversation.last_seq,
        "client_id": client_id,
        "author_kind": who.kind,
        "author_id": who.user and who.user.pk,
        "author_key": who.key,
        "kind": kind,
        "text": text,
        "sealed": sealed,
        "data": data or {},
        "at": clock.now(),
    }
    return sql.made(Message, values, conversation=conversation, author=who.user)


def append(conversation: Conversation, who: Speaker, text: str, **fields: Any) -> Message:
    """Store the next message at once; the caller saves the conversation."""
    message = next_message(conversation, who, text, **fields)
    message.save(force_insert=True)
    events.message_posted(message)
    return message


def estimate_wait(conversation: Conversation) -> None:
    """What its visitor is told on queueing, to be compared with what happens; the caller saves."""
    place = queries.queue_position(conversation)
    conversation.wait_estimate = place and pace.pace_of(conversation).wait(place)


def happened(conversation: Conversation, event: Message.Event, **data: str) -> Message:
    """An event as a message of its own, so that both sides see it in its place."""
    return append(conversation, SYSTEM, event, kind=Message.Kind.EVENT, data=data)
