"""What the chat makes good by itself. Each task is level-triggered: it acts on what is due now."""

import logging

from chat.actions import answer_pending, index_conversations, route
from chat.actions.retention import delete_old
from chat.models import Conversation
from helpdesk.core.jobs import job

log = logging.getLogger(__name__)
BATCH = 200  # a run that finds more leaves the rest to the next one


@job(minutes=1)
def answer_as_bot() -> int:
    """Answer what a crash between a message and its answer left over; the number answered."""
    answered = 0
    for pk in Conversation.objects.unanswered_by_bot().values_list("pk", flat=True)[:BATCH]:
        try:
            answered += answer_pending(pk) is not None
        except Exception as error:  # the next rows must not suffer
            log.error("conversation %s was not answered: %s", pk, type(error).__name__)
    return answered


@job(minutes=1)
def route_chats() -> int:
    """For when no desk and no visitor is connected to a server that would do it within seconds."""
    return route()


@job(minutes=1)
def index_chats() -> int:
    """Let the search find what was said since; the number of conversations brought up to date."""
    return index_conversations()


@job(minutes=60)
def forget_chats() -> int:
    """Delete what has been kept long enough (docs/chat-history.md); the number deleted."""
    return delete_old()
