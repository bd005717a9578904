"""What was said as it reads now. An edit is an event of its own; the message it corrects stays as it was."""

from collections.abc import Iterable
from dataclasses import dataclass

from chat.models import Message


@dataclass(frozen=True)
class Words:
    """What one side said, and the number under which it said so last: the message, or its correction."""

    seq: int
    text: str


def is_event(message: Message) -> bool:
    return message.kind == Message.Kind.EVENT


def is_edit(message: Message) -> bool:
    return is_event(message) and message.text == Message.Event.EDITED


def edits_of(messages: Iterable[Message]) -> dict[int, Words]:
    """Number of a message → what it says now; the later edit counts."""
    return {one.data["seq"]: Words(one.seq, one.data["text"]) for one in messages if is_edit(one)}


def words_of_visitor(messages: Iterable[Message]) -> list[Words]:
    """In the order in which it was said, or corrected."""
    messages = list(messages)
    edits = edits_of(messages)
    said = [one for one in messages if one.author_kind == Message.Author.VISITOR]
    return sorted((edits.get(one.seq, Words(one.seq, one.text)) for one in said), key=lambda one: one.seq)


def text_of_visitor(messages: Iterable[Message]) -> str:
    """All that the visitor said, as a case begins with it."""
    return "\n".join(one.text for one in words_of_visitor(messages))[:5000]
