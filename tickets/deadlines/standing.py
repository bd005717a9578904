"""The clock of a case as it stands, out of the database."""

import datetime as dt
from collections.abc import Iterable

from helpdesk.core import clock
from helpdesk.core.calendar import Calendar
from tickets.deadlines.counting import Fact, Standing, derive
from tickets.deadlines.packs import Milestone, Pack, lookup
from tickets.models import Clock, ClockEvent, Ticket


def fact_of(event: ClockEvent) -> Fact:
    return Fact(
        kind=event.kind,
        rule=event.rule,
        n=event.n,
        unit=event.unit,
        on=event.on,
        at=event.at,
        notice_sent_on=event.notice_sent_on,
        is_approved=event.approved_by_id is not None,
    )


def standing_of(running: Clock) -> Standing:
    """Three queries: events, the pack, its calendar."""
    return fold(list(running.events.all()))


def fold(events: list[ClockEvent]) -> Standing:
    pack = lookup(events[-1].rule)[0]
    return fold_with(events, pack, pack.calendar())


def fold_with(events: Iterable[ClockEvent], pack: Pack, known: Calendar) -> Standing:
    return derive(map(fact_of, events), known, pack.hours(known))


def is_over(standing: Standing) -> bool:
    """Whether the due date, or the hour, has passed: never while the clock is stopped."""
    if standing.is_stopped:
        return False
    if standing.due_at:
        return clock.now() > standing.due_at
    return clock.today() > standing.not_before


def promised_on(pack: Pack, milestone: Milestone) -> dt.date | None:
    """When a clock that starts today would be due; None where nobody has published that year."""
    n, now = milestone.n, clock.now()
    fact = Fact(ClockEvent.Kind.STARTED, pack.rule(milestone.code), n, milestone.unit, clock.today(), now)
    known = pack.calendar()
    return derive([fact], known, pack.hours(known)).due_on


def started_on(ticket: Ticket) -> dt.date:
    """The day from which the main clock of a case counts."""
    return standing_of(ticket.main_clock).started_on


def is_extended(ticket: Ticket, pack: Pack) -> bool:
    """An approved extension under this pack outlives a reclassification."""
    running, milestone = lookup(ticket.due_rule)
    return running == pack and milestone.needs_notice


def latest_left(running: Clock) -> dt.date:
    """The latest day that a classification may still give to a clock whose day has passed: the one that it
    let pass. Where its day was over when it was set, the one before that: what was wrong can be put right.
    """
    events = list(running.events.all())
    held, passed = dt.date.min, False
    for n, event in enumerate(events, 1):
        standing = fold(events[:n])
        day = standing.not_before
        if event.kind in (ClockEvent.Kind.STARTED, ClockEvent.Kind.RESTARTED):
            held, passed = day, False
        elif not passed and event.on <= day:
            held = day
        until = events[n].on if n < len(events) else clock.today()
        passed = passed or (standing.is_running and event.on <= day < until)
    return held


def reclassified(running: Clock, pack: Pack, milestone: Milestone) -> Standing:
    """What a clock would say under another rule from today on; nothing is stored."""
    kind, rule = ClockEvent.Kind.RECLASSIFIED, pack.rule(milestone.code)
    fact = Fact(kind, rule, milestone.n, milestone.unit, clock.today(), clock.now())
    known = pack.calendar()
    return derive([*map(fact_of, running.events.all()), fact], known, pack.hours(known))
