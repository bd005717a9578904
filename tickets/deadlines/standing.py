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
    """Whether the due date, or the hour, has passed."""
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


def gives_more(ticket: Ticket, pack: Pack, milestone: Milestone) -> bool:
    """True if that milestone of the running pack is further away than the running one."""
    running, current = lookup(ticket.due_rule)
    return running == pack and milestone.n > current.n
