"""How long the queue takes: the place of each waiting visitor and an honest guess of the wait.

Chats in hand end after what chats have taken lately; with ``slots`` of them going on at once, one ends every
handling ÷ slots. Whoever fits into free slots waits only for an answer to the offer. With nobody on duty
there is no number. ``benchmarks/bench_wait.py`` measures how far off this is.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Avg, F

from chat.models import Conversation, Offer
from chat.states import OfferState, State
from helpdesk.core import clock
from helpdesk.core.staffing.queries import on_duty

HANDLING = 480.0  # seconds, until chats of this desk have shown it
LATELY = 50  # ended chats from which the handling time is taken
ANSWER = 15.0  # seconds from an offer to its acceptance
KEPT = 5  # seconds for which a pace is not computed again


@dataclass(frozen=True)
class Pace:
    slots: int
    free: int
    handling: float  # seconds

    def wait(self, place: int) -> int | None:
        """Seconds until the visitor at this place (from 1) is answered; None when nobody is there."""
        if self.slots <= 0:
            return None
        ends = max(0, place - self.free)
        return round(ANSWER + ends * self.handling / self.slots)


def pace_of(team: int | None, now: dt.datetime | None = None) -> Pace:
    key = f"chat.pace.{team}"
    known: Pace | None = cache.get(key)
    if known is None:
        known = measure(team, now or clock.now())
        cache.set(key, known, KEPT)
    return known


def measure(team: int | None, now: dt.datetime) -> Pace:
    here = on_duty(now).filter(user__team=team) if team else on_duty(now)
    slots = sum(here.values_list("capacity", flat=True))
    people = here.values("user_id")
    busy = Conversation.objects.filter(state=State.ACTIVE, assignee__in=people).count()
    busy += Offer.objects.filter(state=OfferState.OPEN, agent__in=people).count()
    ended = Conversation.objects.filter(state=State.CLOSED, accepted_at__isnull=False)
    if team:
        ended = ended.filter(team=team)
    lately = ended.order_by("-closed_at").values("pk")[:LATELY]
    taken = Conversation.objects.filter(pk__in=list(lately.values_list("pk", flat=True)))
    mean = taken.aggregate(mean=Avg(F("closed_at") - F("accepted_at")))["mean"]
    return Pace(slots, max(0, slots - busy), mean.total_seconds() if mean else HANDLING)


def places() -> dict[uuid.UUID, tuple[int, int | None]]:
    """Place and estimated wait in seconds of every waiting conversation that is told its place."""
    teams = dict(Conversation.objects.waiting().values_list("pk", "team_id"))
    found = Conversation.objects.queue_positions().items()
    return {pk: (place, pace_of(teams.get(pk)).wait(place)) for pk, place in found}


def error_of_estimates(since: dt.datetime) -> tuple[int, float] | None:
    """How many visitors were told a wait and got an answer, and the mean absolute error in seconds."""
    told = Conversation.objects.filter(wait_estimate__isnull=False, queued_at__gte=since)
    errors = [
        abs(estimate - (accepted - queued).total_seconds())
        for estimate, accepted, queued in told.values_list("wait_estimate", "accepted_at", "queued_at")
        if accepted is not None and estimate is not None
    ]
    return (len(errors), sum(errors) / len(errors)) if errors else None
