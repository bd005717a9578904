"""How a due date came about, in parts that a page puts into words; and what it would be if."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.calendar import ONE_DAY, UNDETERMINED, Calendar, Undetermined
from tickets.deadlines.counting import Fact, Standing, derive
from tickets.deadlines.names import called
from tickets.deadlines.packs import Milestone, Pack, lookup
from tickets.deadlines.standing import fold_with
from tickets.models import Clock, ClockEvent, Ticket, Unit

Kind = ClockEvent.Kind
MOST_DAYS = 400  # of the arithmetic


@dataclass(frozen=True)
class Day:
    """A day of the arithmetic. ``number`` is which day of the period it is, None if it does not count."""

    on: dt.date
    number: int | None
    is_working: bool | None  # None: that year is not published
    is_make_up: bool
    name: str  # of the holiday
    is_stopped: bool


@dataclass(frozen=True)
class Explanation:
    """Why a clock is due on that day."""

    clock: Clock | None  # None: a what-if
    pack: Pack
    milestone: Milestone
    standing: Standing
    calendar_version: str
    events: tuple[ClockEvent, ...]

    @property
    def rule(self) -> str:
        return self.standing.rule

    @property
    def name(self) -> str:
        return called(self.pack.name)

    @property
    def is_overdue(self) -> bool:
        """It runs, and its day, or its minute in business hours, has gone by."""
        due_at, due_on = self.standing.due_at, self.standing.due_on
        late = due_at < clock.now() if due_at else due_on is not None and due_on < clock.today()
        return self.standing.is_running and late

    @property
    def source(self) -> str:
        return self.pack.source

    @property
    def grade(self) -> str:
        return self.milestone.grade

    @property
    def shown_as_law(self) -> bool:
        """False: never present it to a customer as a rule of law."""
        return self.milestone.is_law

    @property
    def started_on(self) -> dt.date:
        return self.standing.started_on

    @property
    def unit_label(self) -> str:
        return str(Unit(self.standing.unit).label)

    @property
    def first_day(self) -> dt.date:
        return self.standing.started_on + ONE_DAY

    @property
    def due_on(self) -> dt.date | None:
        return self.standing.due_on

    @property
    def latest_on(self) -> dt.date | None:
        return self.standing.latest_on

    @property
    def undetermined(self) -> bool:
        return bool(self.standing.undetermined)

    @property
    def unpublished(self) -> str:
        """Which year of which calendar is waited for, in words."""
        match = UNDETERMINED.fullmatch(self.standing.undetermined)
        if match is None:
            return self.standing.undetermined
        return _("%(calendar)s 日历的 %(year)s 年") % match.groupdict()

    @property
    def untold(self) -> set[int]:
        """The extensions and stops whose notice did not arrive in time; each was taken back."""
        undone = {Kind.RECLASSIFIED: Kind.EXTENDED, Kind.RESUMED: Kind.STOPPED}
        found, last = set(), dict[str, int]()
        for event in self.events:
            if event.reason_code == ClockEvent.UNTOLD:
                found.add(last[undone[Kind(event.kind)]])
            last[event.kind] = event.pk
        return found

    @property
    def ended_on(self) -> dt.date | None:
        return self.standing.ended_on

    def days(self, known: Calendar) -> list[Day]:
        """Day by day from the start to the due date, or to where nobody knows further."""
        return arithmetic(self.standing, known)


def explain_clock(clock: Clock) -> tuple[Explanation, Calendar]:
    """Three queries: events, the pack, its calendar; the events are there where the case was loaded whole."""
    events = tuple(clock.events.all())
    pack = lookup(events[-1].rule)[0]
    known = pack.calendar()
    standing = fold_with(events, pack, known)
    milestone = pack.milestones[standing.rule.partition(":")[2]]
    return Explanation(clock, pack, milestone, standing, known.version, events), known


def explain_deadline(ticket: Ticket) -> Explanation:
    """Of the main clock of a case; four queries."""
    return explain_clock(ticket.main_clock)[0]


def what_if(pack: Pack, facts: list[Fact], known: Calendar) -> Explanation:
    """The same for events that have not happened; nothing is stored."""
    standing = derive(facts, known, pack.hours(known))
    milestone = pack.milestones[standing.rule.partition(":")[2]]
    return Explanation(None, pack, milestone, standing, known.version, ())


def counted(rule: tuple[Pack, Milestone], on: dt.date) -> Explanation:
    """What a clock would say that started on that day."""
    pack, milestone = rule
    start = Fact(
        ClockEvent.Kind.STARTED,
        pack.rule(milestone.code),
        milestone.n,
        milestone.unit,
        on,
        clock.start_of_day(on),
    )
    return what_if(pack, [start], pack.calendar())


def arithmetic(standing: Standing, known: Calendar) -> list[Day]:
    if standing.unit == Unit.HOURS:
        return []
    days: list[Day] = []
    number = 0
    day = standing.started_on
    last = standing.due_on or standing.not_before
    while day < last and len(days) < MOST_DAYS:
        day += ONE_DAY
        stopped = not any(begin < day and (end is None or day <= end) for begin, end in standing.stretches)
        try:
            working: bool | None = known.is_working(day)
        except Undetermined:
            working = None
        counts = not stopped and (working is True if standing.unit == Unit.WORKING else True)
        number += counts
        make_up = working is True and known.is_make_up(day)
        days.append(Day(day, number if counts else None, working, make_up, known.name_of(day), stopped))
    return days
