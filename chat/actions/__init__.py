"""Every write to a conversation, one function per verb; modules by verb family."""

from chat.actions.bot import answer_pending
from chat.actions.canned import add_canned, change_canned, put_back_canned, withdraw_canned
from chat.actions.desk import (
    accept_conversation,
    add_note,
    convert_conversation,
    mark_spam,
    release_conversation,
    reveal_message,
    transfer_conversation,
    unmark_spam,
    whisper,
)
from chat.actions.edit import edit_message
from chat.actions.files import keep_file
from chat.actions.flags import look_again, raise_flags
from chat.actions.index import index_conversations
from chat.actions.keep import ask_deletion, mail_transcript
from chat.actions.left import end_conversation, end_left, go_on, visitor_here, wants_sign
from chat.actions.post import REFUSALS, Draft, Outcome, post_message, post_messages
from chat.actions.pre_chat import set_pre_chat
from chat.actions.retention import delete_on_request
from chat.actions.routing import (
    decline_offer,
    duty_changed,
    expire_offer,
    nudge_router,
    offer_conversation,
    return_to_queue,
    route,
    wake_router,
    withdraw_offer,
)
from chat.actions.talk import (
    close_conversation,
    leave_message,
    mark_read,
    rate_conversation,
    set_language,
    set_wrap_up,
    start_conversation,
)

__all__ = [
    "REFUSALS",
    "Draft",
    "Outcome",
    "accept_conversation",
    "add_canned",
    "add_note",
    "answer_pending",
    "ask_deletion",
    "change_canned",
    "close_conversation",
    "convert_conversation",
    "decline_offer",
    "delete_on_request",
    "duty_changed",
    "edit_message",
    "end_conversation",
    "end_left",
    "expire_offer",
    "go_on",
    "index_conversations",
    "keep_file",
    "leave_message",
    "look_again",
    "mail_transcript",
    "mark_read",
    "mark_spam",
    "nudge_router",
    "offer_conversation",
    "post_message",
    "post_messages",
    "put_back_canned",
    "raise_flags",
    "rate_conversation",
    "release_conversation",
    "return_to_queue",
    "reveal_message",
    "route",
    "set_language",
    "set_pre_chat",
    "set_wrap_up",
    "start_conversation",
    "transfer_conversation",
    "unmark_spam",
    "visitor_here",
    "wake_router",
    "wants_sign",
    "whisper",
    "withdraw_canned",
    "withdraw_offer",
]
