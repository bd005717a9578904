"""Telling the past: stories pause at the instants of their steps, and all steps happen in order of time.

A story is a generator that yields the instant of its next step and then does it. So numbers, audit
entries and timelines come out in the order in which a real desk would have written them.
"""

import datetime as dt
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from helpdesk.core import clock
from helpdesk.core.models import Role, User

Story: TypeAlias = Iterator[dt.datetime]
OPENS, CLOSES = dt.time(8, 30), dt.time(20, 30)


def dice_for(name: str) -> Random:
    """The same desk every time: chance comes from the story's name."""
    return Random(f"helpdesk {name}")  # noqa: S311  # no secret hangs on it


@dataclass
class Desk:
    """Who is there, and when the telling ends."""

    now: dt.datetime
    staff: dict[str, User]
    customer: User

    def agents(self) -> list[User]:
        return [user for user in self.staff.values() if user.role == Role.AGENT]

    def ago(self, **span: float) -> dt.datetime:
        return self.now - dt.timedelta(**span)

    def later(self, at: dt.datetime, hours: float) -> dt.datetime:
        """That many hours on; at night it waits for the morning, unless that has not come yet."""
        then = at + dt.timedelta(hours=hours)
        opened = in_hours(then)
        return opened if opened < self.now else then

    def satisfaction(self, topic: str, at: dt.datetime) -> float:
        """How many in a hundred were content then. Repayment has been falling for seven weeks;
        overdue recovered nine weeks ago; the rest is steady."""
        weeks = (self.now - at) / dt.timedelta(weeks=1)
        if topic == "repayment":
            return 0.82 if weeks > 7 else 0.40 + 0.04 * weeks
        if topic == "overdue":
            return 0.52 if weeks > 9 else 0.80
        return STEADY.get(topic, 0.76)

    def score(self, topic: str, at: dt.datetime, dice: Random) -> int:
        if dice.random() < self.satisfaction(topic, at):
            return dice.choice((4, 5, 5))
        return dice.choice((1, 1, 2, 2, 3))


# (days ago, share): the desk has been getting busier.
SPREAD = (((7, 56), 45), ((56, 120), 25), ((120, 360), 30))


def days_ago(dice: Random) -> float:
    span = dice.choices([days for days, _ in SPREAD], [share for _, share in SPREAD])[0]
    return dice.uniform(*span)


STEADY = {"privacy": 0.84, "application": 0.80, "fees": 0.70, "security": 0.86, "complaints": 0.62}


def in_hours(at: dt.datetime) -> dt.datetime:
    """The instant itself in opening hours, else a while into the next opening, as spread as it was."""
    local = at.astimezone(clock.business_zone())
    if OPENS <= local.time() <= CLOSES:
        return at
    day = local.date() + dt.timedelta(days=local.time() > CLOSES)
    opening = dt.datetime.combine(day, OPENS, tzinfo=clock.business_zone())
    return opening + dt.timedelta(minutes=local.minute * 2, seconds=local.second)


def tell(stories: Iterable[Story], now: dt.datetime) -> None:
    """Let every step happen at its instant, the earliest first; what lies after now has not happened."""
    waiting = [(at, number, story) for number, story in enumerate(stories) for at in [next(story)]]
    heapq.heapify(waiting)
    while waiting:
        at, number, story = heapq.heappop(waiting)
        if at > now:
            return
        with clock.at(at):
            then = next(story, None)
        if then is not None:
            heapq.heappush(waiting, (max(then, at), number, story))


def instants(desk: Desk, dice: Random, number: int, *, lately: float) -> list[dt.datetime]:
    """In the last year, mostly by day. ``lately``: 1 spreads them evenly, more brings them nearer."""
    found: list[dt.datetime] = []
    while len(found) < number:
        day = clock.local_date(desk.ago(days=364 * dice.random() ** lately))
        time = dt.time(int(dice.triangular(7, 24, 20)), dice.randrange(60), dice.randrange(60))
        at = dt.datetime.combine(day, time, tzinfo=clock.business_zone())
        if at <= desk.now:
            found.append(at)
    return found
