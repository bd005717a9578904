"""Moving a clock: every change is an event, and what the clock then says is stored beside it to be found."""

import datetime as dt
from dataclasses import dataclass

from helpdesk.core import clock as time
from helpdesk.core.actors import Actor
from helpdesk.core.models import User
from tickets import deadlines
from tickets.deadlines.escalation import steps_of
from tickets.models import Clock, ClockEvent, Escalation, Ticket

Rule = tuple[deadlines.Pack, deadlines.Milestone]
Kind = ClockEvent.Kind


@dataclass(frozen=True)
class Why:
    """What a change rests on."""

    reason: str = ""
    code: str = ""
    notice_sent_on: dt.date | None = None
    approved_by: User | None = None


NO_REASON = Why()


def open_clock(
    ticket: Ticket,
    purpose: str,
    rule: Rule,
    actor: Actor,
    *,
    subject: str = "",
    since: dt.datetime | None = None,
) -> Clock:
    """A further clock on a saved case, running since then, or from now."""
    pack, milestone = rule
    clock = Clock(ticket=ticket, purpose=purpose, subject=subject, rule=pack.rule(milestone.code))
    clock.save()
    move(clock, Kind.STARTED, rule, actor, on=time.local_date(since) if since else None, at=since)
    return clock


def move(
    clock: Clock,
    kind: str,
    rule: Rule,
    actor: Actor,
    why: Why = NO_REASON,
    *,
    on: dt.date | None = None,
    at: dt.datetime | None = None,
) -> deadlines.Standing:
    """Append an event and store what the clock now says. ``at`` is the instant from which hours count."""
    pack, milestone = rule
    known = pack.calendar()
    ClockEvent.objects.create(
        clock=clock,
        kind=kind,
        rule=pack.rule(milestone.code),
        n=milestone.n,
        unit=milestone.unit,
        on=on or time.today(),
        zone=time.business_zone().key,
        calendar_version=known.version,
        reason_code=why.code,
        reason=why.reason,
        notice_sent_on=why.notice_sent_on,
        approved_by=why.approved_by,
        by=actor if isinstance(actor, User) else None,
        at=at or time.now(),
    )
    standing = deadlines.fold_with(clock.events.all(), pack, known)
    store(clock, standing)
    return standing


def store(clock: Clock, standing: deadlines.Standing) -> None:
    """The columns that pages and sweeps search by. If it is the clock of the case, the caller saves that."""
    clock.rule = standing.rule
    clock.due_on, clock.due_at = standing.due_on, standing.due_at
    clock.latest_on, clock.undetermined = standing.latest_on, standing.undetermined
    running = Clock.State.STOPPED if standing.is_stopped else Clock.State.RUNNING
    clock.state = Clock.State.ENDED if standing.ended_on else running
    clock.next_step_at = next_step_at(clock, standing)
    clock.save()
    if clock.purpose == Clock.Purpose.CASE:
        clock.ticket.due_on, clock.ticket.due_rule = standing.not_before, standing.rule
        clock.ticket.due_undetermined = bool(standing.undetermined) and not standing.ended_on
        clock.ticket.due_stopped = standing.stands_still


def next_step_at(clock: Clock, standing: deadlines.Standing) -> dt.datetime | None:
    """The instant of the first step that was not told yet; now, where a date is not known."""
    told = set(clock.escalations.filter(for_day=standing.not_before).values_list("step", flat=True))
    if standing.undetermined and standing.is_running and Escalation.Step.UNDETERMINED not in told:
        return time.now()
    return next((at for at, step in steps_of(standing) if step not in told), None)
