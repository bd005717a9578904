"""The queue: which cases a page of it shows, in which order, and how many there are behind each tab.

Nothing here costs more when the desk has more cases. Pages go by key, counts stop at a thousand (of what
words find, at fifty), and what an agent may see is asked for branch by branch (own, team's, nobody's),
because each branch has an index in the order of the list and their disjunction has none.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property, reduce
from operator import or_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, TextField

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.keyset import (
    COUNTED,
    Cursor,
    FirstOfEach,
    Page,
    beyond,
    fits,
    page_of,
    turned,
)
from helpdesk.core.models import Role, User
from helpdesk.core.standins import SOME_DAY, SOMEBODY, THEIR_TEAM, somebody
from tickets import numbers, search
from tickets.columns import QueueRow
from tickets.models import Alert, RedFlag, Ticket, TicketQuerySet
from tickets.states import State

PER_PAGE = 30
FOUND_COUNTED = 50  # what words find is counted up to here: each is looked at in the index of words
BY_DUE_DATE = ("due_on", "id")  # most urgent first
BY_RECEIPT = ("-id",)  # newest first, as a search shows them


@dataclass(frozen=True)
class QueueFilter:
    """What a queue page asks for; unknown values select nothing, they never widen the list."""

    scope: str = "all"  # mine, team, unassigned, all
    state: str = "open"  # open, any, or one State
    topic: str = ""
    kind: str = ""
    severity: str = ""
    business: str = ""
    cause: str = ""
    channel: str = ""
    red_flag: str = ""  # a code, or "any"; dismissed ones do not count
    team: int | None = None
    assignee: int | None = None
    received_from: dt.date | None = None  # local days, both included
    received_to: dt.date | None = None
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    overdue: bool = False
    today: dt.date | None = None  # from which it is counted, the present day where there is none
    text: str = ""  # number, words of what was written, or a whole name or contact

    @property
    def order(self) -> tuple[str, ...]:
        return BY_RECEIPT if self.words else BY_DUE_DATE

    @property
    def words(self) -> str:
        return self.text.replace("\0", "").strip()

    @property
    def found(self) -> Q:
        """What the words find."""
        return self._looked_up[0]

    @property
    def is_common(self) -> bool:
        """More cases have the words than would be listed one by one."""
        return self._looked_up[1]

    @cached_property
    def _looked_up(self) -> tuple[Q, bool]:
        """Once, however often the filter is used."""
        return _found(self.words) if self.words else (Q(), False)


@dataclass(frozen=True)
class Count:
    """A number of rows that was not counted beyond ``most``."""

    number: int
    most: int = COUNTED

    @property
    def is_more(self) -> bool:
        return self.number > self.most

    def __str__(self) -> str:
        return f"{self.most}+" if self.is_more else str(self.number)

    def __bool__(self) -> bool:
        return self.number > 0


def branches(actor: Actor) -> list[Q]:
    """What an actor may see, as conditions that exclude each other; together ``tickets_visible_to``."""
    if not isinstance(actor, User):
        return []
    if actor.role == Role.CUSTOMER:
        return [Q(customer=actor)]
    if actor.role != Role.AGENT:
        return [Q()]
    own, nobodys = Q(assignee=actor), Q(team__isnull=True, review_of__isnull=True)
    not_own = Q(assignee__isnull=True) | ~Q(assignee=actor)
    found = [own, nobodys & not_own]
    elsewhere = ~Q(team__isnull=True) | Q(review_of__isnull=False)
    if actor.team_id is not None:
        found.append(Q(team=actor.team_id) & not_own)
        elsewhere &= ~Q(team=actor.team_id) | Q(team__isnull=True)
    return [*found, Q(customer=actor) & not_own & elsewhere]


def _scoped(actor: Actor, scope: str) -> list[Q]:
    """The branches that can have rows in a scope, narrowed to it."""
    match scope:
        case "all":
            return branches(actor)
        case "mine" if isinstance(actor, User) and actor.role != Role.CUSTOMER:
            return [Q(assignee=actor)]
        case "mine":
            return [branch & Q(assignee=actor) for branch in branches(actor)]
        case "team" if isinstance(actor, User) and actor.team_id and actor.role != Role.CUSTOMER:
            return [Q(team=actor.team_id)]
        case "unassigned":
            return [branch & Q(assignee__isnull=True) for branch in branches(actor)]
    return []


EQUAL = ("topic", "kind", "severity", "business", "cause", "channel", "team", "assignee")


def _filtered(actor: Actor, wanted: QueueFilter, found: Q | None = None) -> list[TicketQuerySet]:
    by_number = numbers.looks_like_number(wanted.words)  # whoever types a whole number means that one case
    tickets = Ticket.objects.filter(Q() if by_number else _state(wanted.state), _days(wanted))
    for name in EQUAL:
        if value := getattr(wanted, name):
            tickets = tickets.filter(**{name: value})
    if wanted.overdue:
        tickets = tickets.filter(overdue_now(wanted.today))
    if wanted.red_flag:
        tickets = tickets.filter(pk__in=_flagged(wanted.red_flag))
    if wanted.words:
        tickets = tickets.filter(wanted.found if found is None else found)
    scoped = _scoped(actor, wanted.scope)
    if len(scoped) > 1 and found is None and _along_the_words(wanted):
        return [tickets.filter(reduce(or_, scoped))]
    return [tickets.filter(branch) for branch in scoped]


def _along_the_words(wanted: QueueFilter) -> bool:
    """SQLite's index of words has the cases in their order and is left off where the page is full, but only
    if one query reads it and the order is asked of it: 2 ms instead of 135 among 100,000 cases."""
    return connection.vendor == "sqlite" and bool(wanted.words) and wanted.is_common


def standing_flags() -> QuerySet[RedFlag]:
    return RedFlag.objects.exclude(state=RedFlag.State.DISMISSED)


def _flagged(code: str) -> QuerySet[RedFlag, int]:
    flags = standing_flags() if code == "any" else standing_flags().filter(code=code)
    return flags.values_list("ticket", flat=True)


def _days(wanted: QueueFilter) -> Q:
    """The days between which a case was received, and is due."""
    bounds = {
        "received_at__gte": wanted.received_from and clock.start_of_day(wanted.received_from),
        "received_at__lt": wanted.received_to and clock.end_of_day(wanted.received_to),
        "due_on__gte": wanted.due_from,
        "due_on__lte": wanted.due_to,
    }
    return Q(**{name: bound for name, bound in bounds.items() if bound})


def _found(text: str) -> tuple[Q, bool]:
    """What a search finds: a case by its number, or cases by words; and whether those are many."""
    if numbers.looks_like_number(text):
        return Q(number=numbers.normalise_number(text)), False
    query = search.Query(text)
    ids = search.few(query) if query else []
    return (Q(search__tokens__matches=query), True) if ids is None else (Q(pk__in=ids), False)


def _matching(text: str) -> Q:
    """The same without a query of its own: for counting, where no order tempts a planner."""
    if numbers.looks_like_number(text):
        return Q(number=numbers.normalise_number(text))
    query = search.Query(text)
    return Q(search__tokens__matches=query) if query else Q(pk__in=[])


def overdue_now(today: dt.date | None = None) -> Q:
    return Q(unfinished=True, due_stopped=False, due_on__lt=today or clock.today())


def _state(state: str) -> Q:
    if state == "any":  # a merged one is read in the case it went into
        return ~Q(state=State.MERGED)
    return Q(unfinished=True) if state == "open" else Q(state=state)


@dataclass(frozen=True)
class QueuePage(Page[QueueRow]):
    """``found`` is how many cases there are in all, where reading the page has told."""

    found: Count | None = None


def queue_page(
    actor: Actor,
    wanted: QueueFilter | None = None,
    cursor: Cursor | None = None,
    size: int = PER_PAGE,
    *,
    red_flags: bool = False,
) -> QueuePage:
    """One page of the cases an actor asked for, with all that a row shows, in one query.

    ``red_flags`` brings those along that nobody has dismissed, in a second query. The first page of a search
    reads as far as one counts: counted by itself, every case with the words would be looked up once more.
    """
    wanted = wanted or QueueFilter()
    kinds = [dt.date, int] if wanted.order == BY_DUE_DATE else [int]
    start = cursor if fits(cursor, kinds) else None
    read = wanted.order if start is None or not start.back else turned(wanted.order)
    found = [rows.filter(beyond(read, start.key)) if start else rows for rows in _filtered(actor, wanted)]
    counting = start is None and bool(wanted.words)
    most = max(size, FOUND_COUNTED) if counting else size
    rows = found[0] if len(found) == 1 else _merged(found, read, most)
    along = [name.replace("id", "search") for name in read] if _along_the_words(wanted) else read
    shown = _shown(rows.order_by(*along)[: most + 1], red_flags)
    page = page_of(shown[: size + 1], wanted.order, start, size)
    found_all = Count(min(len(shown), FOUND_COUNTED + 1), FOUND_COUNTED) if counting else None
    return QueuePage(page.rows, page.previous, page.next, found_all)


SEALED = ExpressionWrapper(F("complainant"), TextField())
HAS_WORDS = Exists(Alert.objects.filter(ticket=OuterRef("pk"), kind=Alert.Kind.MESSAGE, read_at=None))


def _shown(rows: TicketQuerySet, red_flags: bool) -> list[QueueRow]:
    """What a row of the queue shows, without an instance of a case, which costs three times as much."""
    columns = QueueRow._fields[: QueueRow._fields.index("sealed")]
    names = ("team__name", "assignee__name", "assignee__username")
    found = list(rows.values_list(*columns, SEALED, HAS_WORDS, *names))
    flags: dict[int, list[tuple[str, str]]] = {}
    if red_flags:
        standing = standing_flags().filter(ticket__in=[row[0] for row in found])
        for case, *flag in standing.values_list("ticket", "code", "level"):
            flags.setdefault(case, []).append((flag[0], flag[1]))
    return [
        QueueRow._make([*known, team or "", name or username or "", tuple(flags.get(known[0], ()))])
        for *known, team, name, username in found
    ]


def _merged(branches: list[TicketQuerySet], read: Sequence[str], size: int) -> TicketQuerySet:
    """The first rows of every branch, among which the first rows of all are."""
    if not branches:
        return Ticket.objects.none()
    return Ticket.objects.filter(pk__in=FirstOfEach([rows.order_by(*read)[: size + 1] for rows in branches]))


def queue_counts(
    actor: User, wanted: QueueFilter | None = None, views: Mapping[int, QueueFilter] | None = None
) -> dict[str, Count]:
    """How many open cases there are behind each tab of the queue, and what ``wanted`` finds; one query.

    The same query counts what each of ``views`` finds, as ``view_<key>``.
    """
    counted = _tabs(actor)
    if wanted is not None:
        tab = next((name for name, tab in TABS.items() if tab == wanted), None)
        counted["found"] = counted[tab] if tab else _counted(actor, wanted)
    for key, view in (views or {}).items():
        counted[f"view_{key}"] = _counted(actor, view, _matching(view.words))
    return _counts(counted)


@dataclass(frozen=True)
class Counted:
    """Branches to count, in SQL with its values, each up to ``most``."""

    branches: list[tuple[str, tuple[Any, ...]]]
    most: int


def _counted(actor: User, wanted: QueueFilter, found: Q | None = None) -> Counted:
    most = FOUND_COUNTED if wanted.words else COUNTED
    written = []
    for rows in _filtered(actor, wanted, found):
        with suppress(EmptyResultSet):  # known without asking
            written.append(rows.order_by().values("pk")[: most + 1].query.sql_with_params())
    return Counted(written, most)


TABS = {scope: QueueFilter(scope=scope) for scope in ("all", "mine", "team", "unassigned")} | {
    "overdue": QueueFilter(overdue=True)
}


def _tabs(actor: User) -> dict[str, Counted]:
    """The same SQL for everybody of a role, which Django takes ten times as long to write as it runs."""
    values = {str(SOMEBODY): actor.pk, str(THEIR_TEAM): actor.team_id, str(SOME_DAY): str(clock.today())}
    return {
        name: Counted(
            [(sql, tuple(values.get(str(value), value) for value in params)) for sql, params in tab.branches],
            tab.most,
        )
        for name, tab in _tabs_of(Role(actor.role), actor.team_id is not None).items()
    }


@cache
def _tabs_of(role: Role, has_team: bool) -> dict[str, Counted]:
    actor = somebody(role, has_team=has_team)
    return {
        name: _counted(actor, replace(tab, today=SOME_DAY) if tab.overdue else tab)
        for name, tab in TABS.items()
    }


def _counts(counted: Mapping[str, Counted]) -> dict[str, Count]:
    """One query for all of them; what is asked for twice is counted once."""
    asked = {branch: one.most for one in counted.values() for branch in one.branches}
    numbers: dict[tuple[str, tuple[Any, ...]], int] = {}
    if asked:
        columns = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) AS counted)" for sql, _params in asked)  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns}", [value for _sql, params in asked for value in params])
            numbers = dict(zip(asked, cursor.fetchone(), strict=True))
    return {
        name: Count(sum(numbers[branch] for branch in one.branches), one.most)
        for name, one in counted.items()
    }
