"""Every write to a conversation, one function per verb; modules by verb family."""

from chat.actions.desk import (
    accept_conversation,
    add_note,
    convert_conversation,
    release_conversation,
    transfer_conversation,
)
from chat.actions.talk import (
    close_conversation,
    mark_read,
    post_message,
    rate_conversation,
    start_conversation,
)

__all__ = [
    "accept_conversation",
    "add_note",
    "close_conversation",
    "convert_conversation",
    "mark_read",
    "post_message",
    "rate_conversation",
    "release_conversation",
    "start_conversation",
    "transfer_conversation",
]
