"""Folding the events of a clock into its due date. No database here.

Day 1 is the day after the clock starts. A stop keeps what has elapsed; what is left runs on from the day on
which it resumes. A due date is a local date and is not moved past holidays: the next working day is shown
beside it as the latest arguable one. Where nobody has published a year's calendar, a date is undetermined.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from helpdesk.core import clock
from helpdesk.core.calendar import ONE_DAY, Calendar, Undetermined
from helpdesk.core.hours import Hours
from tickets.models import ClockEvent, Unit

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Fact:
    """What an event says, also of one that has not happened (what-if)."""

    kind: str
    rule: str
    n: int
    unit: str
    on: dt.date
    at: dt.datetime
    notice_sent_on: dt.date | None = None
    is_approved: bool = False


@dataclass(frozen=True)
class Standing:
    """A clock after some events. Dates are of the business zone."""

    rule: str
    n: int
    unit: str
    started_on: dt.date
    started_at: dt.datetime
    # Stretches in which it ran; the last one is open while it runs.
    stretches: tuple[tuple[dt.date, dt.date | None], ...]
    due_on: dt.date | None  # while it is stopped: the earliest that is possible
    due_at: dt.datetime | None  # only of business hours
    latest_on: dt.date | None  # rolled to a working day; None where that is not known
    undetermined: str  # why a date is not known, or ""
    not_before: dt.date  # the due date, or the first day of the year that is not published
    ended_on: dt.date | None = None
    ignored: tuple[Fact, ...] = ()  # extensions without approval or notice in time, stops after the due date

    @property
    def stands_still(self) -> bool:
        """Stopped, or ended while it was."""
        return self.stretches[-1][1] is not None

    @property
    def is_stopped(self) -> bool:
        return not self.ended_on and self.stands_still

    @property
    def is_running(self) -> bool:
        return not self.ended_on and not self.stands_still


@dataclass(frozen=True)
class _Run:
    """What the fold carries along."""

    fact: Fact
    started: Fact
    stretches: tuple[tuple[Fact, Fact | None], ...]
    ended_on: dt.date | None = None
    ignored: tuple[Fact, ...] = ()


def derive(facts: Iterable[Fact], calendar: Calendar, hours: Hours | None = None) -> Standing:
    """Events of one clock, oldest first. Raises ValueError if it never started."""
    run: _Run | None = None
    for fact in facts:
        if fact.kind in (ClockEvent.Kind.STARTED, ClockEvent.Kind.RESTARTED):
            ignored = run.ignored if run else ()
            run = _Run(fact, fact, ((fact, None),), ignored=ignored)
        elif run is None:
            raise ValueError("a clock must start before anything happens to it")
        else:
            run = _after(run, fact, calendar, hours)
    if run is None:
        raise ValueError("no events")
    return _standing(run, calendar, hours)


def _after(run: _Run, fact: Fact, calendar: Calendar, hours: Hours | None) -> _Run:  # noqa: PLR0911  # one line a kind
    *before, (begin, end) = run.stretches
    match fact.kind:
        case ClockEvent.Kind.STOPPED if end is None:
            if fact.on > _standing(run, calendar, hours).not_before:
                return replace(run, ignored=(*run.ignored, fact))  # what was missed stays missed
            return replace(run, stretches=(*before, (begin, fact)))
        case ClockEvent.Kind.RESUMED if end is not None:
            return replace(run, stretches=(*run.stretches, (fact, None)))
        case ClockEvent.Kind.EXTENDED if not _holds(run, fact, calendar, hours):
            return replace(run, ignored=(*run.ignored, fact))
        case ClockEvent.Kind.EXTENDED | ClockEvent.Kind.RECLASSIFIED:
            return replace(run, fact=fact)
        case ClockEvent.Kind.ENDED:
            return replace(run, ended_on=fact.on)
        case ClockEvent.Kind.RECEIVED:
            return _from(run, fact)
    return replace(run, ignored=(*run.ignored, fact))


def _from(run: _Run, fact: Fact) -> _Run:
    """The same clock, running again if it had ended, as if it had started on that day."""
    first, *rest = run.stretches
    started = replace(run.started, on=fact.on)
    return replace(run, started=started, stretches=((started, first[1]), *rest), ended_on=None)


def _holds(run: _Run, fact: Fact, calendar: Calendar, hours: Hours | None) -> bool:
    """An extension counts with an approval and a notice that was sent before the last day of the period.
    While the clock is stopped, that day does not come."""
    sent = fact.notice_sent_on
    if not fact.is_approved or sent is None or sent < run.started.on:
        return False
    now = _standing(run, calendar, hours)
    return now.is_stopped or (sent < now.not_before and fact.on <= now.not_before)


def _standing(run: _Run, calendar: Calendar, hours: Hours | None) -> Standing:
    due_on: dt.date | None = None
    due_at = latest_on = None
    unknown = ""
    try:
        due_on, due_at = _due(run, calendar, hours)
        not_before = due_on
    except Undetermined as error:
        unknown, not_before = str(error), dt.date(error.year, 1, 1)
    if due_on and run.fact.unit != Unit.HOURS:
        try:
            latest_on = calendar.roll(due_on)
        except Undetermined as error:
            unknown = str(error)
    return Standing(
        rule=run.fact.rule,
        n=run.fact.n,
        unit=run.fact.unit,
        started_on=run.started.on,
        started_at=run.started.at,
        stretches=tuple((begin.on, end.on if end else None) for begin, end in run.stretches),
        due_on=due_on,
        due_at=due_at,
        latest_on=latest_on,
        undetermined=unknown,
        not_before=not_before,
        ended_on=run.ended_on,
        ignored=run.ignored,
    )


def _due(run: _Run, calendar: Calendar, hours: Hours | None) -> tuple[dt.date, dt.datetime | None]:
    *closed, (begin, end) = run.stretches
    n = run.fact.n
    if run.fact.unit == Unit.HOURS:
        if hours is None:
            raise ValueError("business hours are not known")
        past = [*closed, (begin, end)] if end else closed
        gone = sum((hours.elapsed(a.at, b.at) for a, b in past if b), dt.timedelta())
        due_at = hours.add((end or begin).at, max(n * HOUR - gone, dt.timedelta()))
        return clock.local_date(due_at), due_at
    past = [*closed, (begin, end)] if end else closed
    last = (end or begin).on
    if run.fact.unit == Unit.WORKING:
        elapsed = sum(calendar.between(a.on, b.on) for a, b in past if b)
        return calendar.add(last, max(n - elapsed, 0)), None
    days = (_plus_months(run.started.on, n) - run.started.on).days if run.fact.unit == Unit.MONTHS else n
    return last + ONE_DAY * max(days - sum((b.on - a.on).days for a, b in past if b), 0), None


def _plus_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + ONE_DAY * (day.day - 1), first_of_next - ONE_DAY)
