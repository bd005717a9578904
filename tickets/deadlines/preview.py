"""What a further version of a rule pack, or of a year of a calendar, would mean for the cases that run."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import Q

from helpdesk.core.calendar import Calendar
from tickets.deadlines.counting import Standing, derive
from tickets.deadlines.packs import Milestone, Pack, packs
from tickets.deadlines.standing import fact_of, fold_with
from tickets.models import Clock, Unit

MOST = 1_000  # running clocks that are counted again, the most urgent first
SHOWN = 50


@dataclass(frozen=True)
class Shift:
    """A running clock whose due date the new version would put elsewhere."""

    clock: Clock
    then: Standing


@dataclass(frozen=True)
class Preview:
    """``shifts`` are the first ones of ``differing``; clocks beyond MOST are not looked at."""

    looked_at: int
    is_more: bool
    differing: int
    shifts: list[Shift]
    milestones: list[tuple[Milestone | None, Milestone]]  # changed or new: before, after


def preview(new: Pack, old: Pack) -> Preview:
    """Folds every running clock again as if its pack had always read like this; three queries."""
    running = Clock.objects.exclude(state=Clock.State.ENDED).filter(rule__startswith=f"{new.code}@")
    ordered = running.select_related("ticket").prefetch_related("events").order_by("ticket__due_on", "id")
    clocks = list(ordered[: MOST + 1])
    known = new.calendar()
    shifts = [shift for clock in clocks[:MOST] if (shift := _shift(clock, new, known))]
    changed = [(old.milestones.get(code), m) for code, m in new.milestones.items()]
    return Preview(
        looked_at=min(len(clocks), MOST),
        is_more=len(clocks) > MOST,
        differing=len(shifts),
        shifts=shifts[:SHOWN],
        milestones=[(before, after) for before, after in changed if before != after],
    )


def recounted(known: Calendar) -> Preview:
    """Which running clocks of a calendar's packs would be due on another day if it read like this."""
    theirs = {str(pack): pack for pack in packs() if pack.calendar_name == known.name}
    running = Clock.objects.exclude(state=Clock.State.ENDED).select_related("ticket")
    counted = Q(events__unit__in=(Unit.WORKING, Unit.HOURS)) | Q(latest_on__isnull=False)
    ordered = (
        running.filter(counted | ~Q(undetermined=""))
        .distinct()
        .prefetch_related("events")
        .order_by("ticket__due_on", "id")
    )
    clocks = list(ordered[: MOST + 1])
    shifts = []
    for clock in clocks[:MOST]:
        if pack := theirs.get(clock.rule.partition(":")[0]):
            then = fold_with(clock.events.all(), pack, known)
            if _columns(clock) != (then.due_on, then.due_at, then.latest_on):
                shifts.append(Shift(clock, then))
    return Preview(min(len(clocks), MOST), len(clocks) > MOST, len(shifts), shifts, [])


def _columns(clock: Clock) -> tuple[dt.date | None, dt.datetime | None, dt.date | None]:
    return clock.due_on, clock.due_at, clock.latest_on


def _shift(clock: Clock, new: Pack, known: Calendar) -> Shift | None:
    facts = [fact_of(event) for event in clock.events.all()]
    read: Mapping[str, Milestone] = new.milestones
    codes = [fact.rule.partition(":")[2] for fact in facts]
    if not all(code in read for code in codes):  # it ran under another pack before
        return None
    again = [
        replace(fact, rule=new.rule(code), n=read[code].n, unit=read[code].unit)
        for fact, code in zip(facts, codes, strict=True)
    ]
    then = derive(again, known, new.hours(known))
    return Shift(clock, then) if (clock.due_on, clock.due_at) != (then.due_on, then.due_at) else None
