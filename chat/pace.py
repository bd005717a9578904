"""How long the queue takes: the place of each waiting visitor and an honest guess of the wait.

Chats in hand end after what chats have taken lately; with ``slots`` of them going on at once, one ends every
handling ÷ slots. Whoever fits into free slots waits only for an answer to the offer. Slots are those of the
people who may get the chat: of its team, with its skill and language, and supervisors only for the urgent.
With none of them on duty there is no number. ``benchmarks/bench_wait.py`` measures how far off this is.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Avg, F

from chat.hands import Hand, hands
from chat.models import QUEUE_SHOWN, Conversation, places_among
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.memo import once, remembered

HANDLING = 480.0  # seconds, until chats of this desk have shown it
LATELY = 50  # ended chats from which the handling time is taken
ANSWER = 15.0  # seconds from an offer to its acceptance
AT_ONCE = 60  # seconds within which the urgent are answered, as long as no such chat has waited longer
ERROR_DAYS, ERROR_KEPT = 7, 600  # of which the error is told, and for how many seconds it is kept
KEPT = 5  # seconds for which a pace is not computed again
Places = dict[uuid.UUID, tuple[int, int | None]]


@dataclass(frozen=True)
class Pace:
    slots: int
    free: int
    handling: float  # seconds
    late: bool = False  # the urgent wait longer than they should: no number is honest

    def wait(self, place: int) -> int | None:
        """Seconds until the visitor at this place (from 1) is answered; None when nobody can tell."""
        if self.slots <= 0 or self.late:
            return None
        ends = max(0, place - self.free)
        return round(ANSWER + ends * self.handling / self.slots)


def pace_of(conversation: Conversation) -> Pace:
    """Of the people who may get this conversation: it is the same for all of its kind."""
    key = _kind(conversation)
    known: Pace | None = cache.get(key)
    if known is None:
        known = measure(conversation)
        cache.set(key, known, KEPT)
    return known


def _kind(conversation: Conversation) -> str:
    kind = (conversation.team_id, conversation.topic, conversation.language, conversation.urgent)
    return "chat.pace." + ".".join(map(str, kind))


def measure(conversation: Conversation) -> Pace:
    """Slots that somebody is being asked to fill are free: what is asked about stands in the queue itself."""
    able = [hand for hand in _hands() if hand.serves(conversation)]
    slots, free = (
        sum(hand.capacity for hand in able),
        sum(max(0, hand.capacity - hand.held) for hand in able),
    )
    if conversation.urgent:  # offered at once, whatever people have in hand
        free = QUEUE_SHOWN
    return Pace(slots, free, _handling(conversation.team_id), conversation.urgent and _urgent_wait())


def anybody_for(conversation: Conversation) -> bool:
    """Somebody is on duty who may get it, now or when they have room."""
    return any(hand.serves(conversation) for hand in _hands())


@once
def _hands() -> list[Hand]:
    return hands(clock.now())


@once
def _urgent_wait() -> bool:
    """Somebody urgent has stood in the queue for longer than all of them are promised."""
    long_ago = clock.now() - dt.timedelta(seconds=AT_ONCE)
    return Conversation.objects.waiting().filter(urgent=True, queued_at__lte=long_ago).exists()


@once
def _handling(team: int | None) -> float:
    """Seconds that the latest chats of this team took; of the whole desk where there is no team."""
    ended = Conversation.objects.filter(state=State.CLOSED, accepted_at__isnull=False, spam=False)
    if team:
        ended = ended.filter(team=team)
    lately = ended.order_by("-closed_at").values("pk")[:LATELY]
    taken = Conversation.objects.filter(pk__in=list(lately.values_list("pk", flat=True)))
    mean: dt.timedelta | None = taken.aggregate(mean=Avg(F("closed_at") - F("accepted_at")))["mean"]
    return mean.total_seconds() if mean else HANDLING


def places(*, anew: bool = False) -> Places:
    """Place and estimated wait in seconds of every waiting conversation that is told its place.

    ``anew``: no pace that was kept is good enough.
    """
    queue = list(Conversation.objects.waiting().only("team", "topic", "language", "urgent")[:QUEUE_SHOWN])
    if not queue:
        return {}
    kinds = {_kind(one): one for one in queue}
    paces: dict[str, Pace] = {} if anew else cache.get_many(kinds)
    with remembered():
        measured = {kind: measure(one) for kind, one in kinds.items() if kind not in paces}
    cache.set_many(measured, KEPT)
    paces |= measured
    found = places_among((one.pk, one.team_id) for one in queue)
    return {one.pk: (found[one.pk], paces[_kind(one)].wait(found[one.pk])) for one in queue}


def recent_error() -> tuple[int, float] | None:
    """The same for the last days, for a page that is fetched again and again."""

    def counted() -> tuple[int, float] | None:
        return error_of_estimates(clock.now() - dt.timedelta(days=ERROR_DAYS))

    found: tuple[int, float] | None = cache.get_or_set("chat.pace.error", counted, ERROR_KEPT)
    return found


def error_of_estimates(since: dt.datetime) -> tuple[int, float] | None:
    """How many visitors were told a wait and got an answer, and the mean absolute error in seconds."""
    told = Conversation.objects.filter(wait_estimate__isnull=False, queued_at__gte=since, spam=False)
    errors = [
        abs(estimate - (accepted - queued).total_seconds())
        for estimate, accepted, queued in told.values_list("wait_estimate", "accepted_at", "queued_at")
        if accepted is not None and estimate is not None
    ]
    return (len(errors), sum(errors) / len(errors)) if errors else None
