"""What the chat makes good by itself. Each task is level-triggered: it acts on what is due now."""

import datetime as dt
import logging

from django.db.models import QuerySet

from chat.actions import answer_pending, end_left, index_conversations, look_again, route
from chat.actions.retention import delete_old
from chat.mail import compose
from chat.models import Conversation, Mailing
from helpdesk.core import clock
from helpdesk.core.jobs import job

log = logging.getLogger(__name__)
BACK_OFF = dt.timedelta(minutes=5)  # doubled after each failure, of an alarm always the same
TRIES = 6
ALARMS_FOR = dt.timedelta(days=1)  # in which a letter that alarms is tried again
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


@job(minutes=1)
def look_for_flags() -> int:
    """Look once more through what was said to people, for what a crash or a rush left over."""
    number = 0
    while found := look_again():
        number += found
    return number


@job(minutes=5)
def end_left_chats() -> int:
    """End what its visitor has left (docs/routing.md); the number ended."""
    return end_left()


@job(minutes=1)
def mail_transcripts() -> int:
    """Send the transcripts that visitors asked for and that have not left yet; the number sent."""
    return _send(Mailing.objects.filter(alarm=False))


@job(minutes=1)
def mail_alarms() -> int:
    """The same for what supervisors must hear at once: it waits for no transcript."""
    return _send(Mailing.objects.filter(alarm=True))


def _send(mailings: QuerySet[Mailing]) -> int:
    due = mailings.filter(next_try_at__lte=clock.now()).order_by("next_try_at")[:BATCH]
    return sum(_sent(mailing) for mailing in due if _claimed(mailing))


def _claimed(mailing: Mailing) -> bool:
    """Of several workers one sends it; who dies on the way leaves it to the next try."""
    later = clock.now() + BACK_OFF * (1 if mailing.alarm else 2**mailing.tries)
    row = Mailing.objects.filter(pk=mailing.pk, next_try_at=mailing.next_try_at)
    return bool(row.update(tries=mailing.tries + 1, next_try_at=later))


def _sent(mailing: Mailing) -> bool:
    """The address is forgotten with the last try."""
    try:
        compose(mailing).send()
    except Exception as error:  # the next ones must not suffer; its text may name the address
        log.error("a letter about %s was not sent: %s", mailing.conversation_id, type(error).__name__)
        if _is_given_up(mailing):
            mailing.delete()
        return False
    mailing.delete()
    return True


def _is_given_up(mailing: Mailing) -> bool:
    if mailing.alarm:
        return clock.now() - mailing.at > ALARMS_FOR
    return mailing.tries + 1 >= TRIES


@job(minutes=60)
def forget_chats() -> int:
    """Delete what has been kept long enough (docs/chat-history.md); the number deleted."""
    return delete_old()
