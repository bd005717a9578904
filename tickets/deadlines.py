"""Clocks are data: due dates computed from rule packs and from the append-only events of a case.

Day 1 is the day after receipt; periods are calendar days. A due date is a local date in the business
zone. It is not moved past holidays: the next working day is shown beside it as the latest arguable one,
or as undetermined where nobody has published that year's calendar yet.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import chinese_calendar

from tickets.models import DeadlineEvent, Severity, Ticket

RULES = Path(__file__).parent / "rules"
SHOWN_AS_LAW = ("V1", "V2")


@dataclass(frozen=True)
class Milestone:
    code: str
    days: int
    grade: str
    after: str = ""  # the milestone that this one may replace
    needs_notice: bool = False


@dataclass(frozen=True)
class Pack:
    id: str
    version: int
    name: str
    source: str
    effective_from: dt.date
    kinds: tuple[str, ...]
    by_severity: dict[str, str]
    milestones: dict[str, Milestone]
    review_window_days: int
    review_window_grade: str

    def rule(self, code: str) -> str:
        return f"{self.id}@{self.version}:{code}"


def _pack(raw: dict[str, Any]) -> Pack:
    milestones = {code: Milestone(code, **fields) for code, fields in raw.pop("milestones").items()}
    return Pack(milestones=milestones, kinds=tuple(raw.pop("kinds")), **raw)


@cache
def packs() -> tuple[Pack, ...]:
    """Every rule pack, read once; an ill-formed file stops the start rather than a case."""
    return tuple(_pack(tomllib.loads(path.read_text("utf-8"))) for path in sorted(RULES.glob("*.toml")))


def pack_for(kind: str, on: dt.date) -> Pack:
    """The newest pack for a kind of case that was in force on a day."""
    fitting = [pack for pack in packs() if kind in pack.kinds and pack.effective_from <= on]
    return max(fitting, key=lambda pack: (pack.effective_from, pack.version))


def lookup(rule: str) -> tuple[Pack, Milestone]:
    """The pack and milestone that a rule name such as ``cn_nfra_2020_3@1:decision_simple`` means."""
    name, _, code = rule.partition(":")
    pack = next(pack for pack in packs() if f"{pack.id}@{pack.version}" == name)
    return pack, pack.milestones[code]


def milestone_for(ticket: Ticket, on: dt.date) -> tuple[Pack, Milestone]:
    """What times this case by its kind and severity; before classification, as an ordinary one."""
    pack = pack_for(ticket.kind, on)
    key = "review" if ticket.review_of_id else ticket.severity or Severity.ORDINARY
    return pack, pack.milestones[pack.by_severity[key]]


def due(started_on: dt.date, milestone: tuple[Pack, Milestone]) -> dt.date:
    return started_on + dt.timedelta(days=milestone[1].days)


def started_on(ticket: Ticket) -> dt.date:
    """The day from which the running clock counts."""
    return derive(ticket.deadline_events.all()).started_on


def is_extended(ticket: Ticket, pack: Pack) -> bool:
    """An approved extension under this pack outlives a reclassification."""
    running, milestone = lookup(ticket.due_rule)
    return running == pack and milestone.needs_notice


def gives_more(ticket: Ticket, pack: Pack, milestone: Milestone) -> bool:
    """True if that milestone of the running pack is further away than the running one."""
    running, current = lookup(ticket.due_rule)
    return running == pack and milestone.days > current.days


def extensions(ticket: Ticket) -> list[Milestone]:
    """What the running rule may be extended to."""
    pack, current = lookup(ticket.due_rule)
    return [milestone for milestone in pack.milestones.values() if milestone.after == current.code]


@dataclass(frozen=True)
class Clock:
    """The state of a clock after some events."""

    rule: str
    started_on: dt.date
    days: int
    ended_on: dt.date | None

    @property
    def due_on(self) -> dt.date:
        return self.started_on + dt.timedelta(days=self.days)


def derive(events: Iterable[DeadlineEvent]) -> Clock:
    """Fold the events of a case, oldest first, into its clock."""
    clock: Clock | None = None
    for event in events:
        if event.kind in (DeadlineEvent.Kind.STARTED, DeadlineEvent.Kind.RESTARTED):
            clock = Clock(event.rule, event.on, event.days, None)
        elif clock is None:
            raise ValueError("a clock must start before anything happens to it")
        elif event.kind == DeadlineEvent.Kind.ENDED:
            clock = Clock(clock.rule, clock.started_on, clock.days, event.on)
        else:
            clock = Clock(event.rule, clock.started_on, event.days, clock.ended_on)
    if clock is None:
        raise ValueError("no events")
    return clock


def next_working_day(day: dt.date) -> dt.date | None:
    """The day itself if people work on it, else the next one; None where a calendar is unpublished."""
    try:
        while not chinese_calendar.is_workday(day):
            day += dt.timedelta(days=1)
    except NotImplementedError:
        return None
    return day


@dataclass(frozen=True)
class Explanation:
    """Why a case is due on that day, in parts that a page puts into words."""

    rule: str
    name: str
    source: str
    grade: str
    shown_as_law: bool  # False: never present it to a customer as a rule of law
    started_on: dt.date
    first_day: dt.date
    days: int
    unit: str
    due_on: dt.date
    latest_on: dt.date | None  # the due date, rolled to a working day
    undetermined: bool  # True: that year's calendar is not published, latest_on is unknown
    ended_on: dt.date | None
    events: tuple[DeadlineEvent, ...]


def explain_deadline(ticket: Ticket) -> Explanation:
    """One query."""
    events = tuple(ticket.deadline_events.select_related("by"))
    clock = derive(events)
    pack, milestone = lookup(clock.rule)
    latest = next_working_day(clock.due_on)
    return Explanation(
        rule=clock.rule,
        name=pack.name,
        source=pack.source,
        grade=milestone.grade,
        shown_as_law=milestone.grade in SHOWN_AS_LAW,
        started_on=clock.started_on,
        first_day=clock.started_on + dt.timedelta(days=1),
        days=clock.days,
        unit="calendar",
        due_on=clock.due_on,
        latest_on=latest,
        undetermined=latest is None,
        ended_on=clock.ended_on,
        events=events,
    )
