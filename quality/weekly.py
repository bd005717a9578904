"""The figures of series, read day by day: a fixed number of queries, whatever the period."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, DateField, F, Q, QuerySet
from django.db.models.functions import TruncDate

from helpdesk.core import clock
from helpdesk.core.small import FEWEST
from quality.figures import SATISFIED
from quality.models import Feedback
from quality.queries import DAY, SERVED, WEEK, Days, Scope, conversations_in, tickets_in
from quality.series import OF_CASES, WATCHED, Dimension, Measure, Series
from quality.shift import Tally
from tickets.models import Channel, Ticket
from tickets.states import State

NOT_DECIDED = (State.DECLINED, State.WITHDRAWN, State.MERGED)  # whether in time or not is no question
Daily = dict[str, dict[dt.date, Tally]]  # by value of the dimension, then by day
PRODUCTS = 12  # products with the most cases that are watched


def daily(measure: str, dimension: str, days: Days, value: str | None = None) -> Daily:
    """Of every value of a dimension, or of one."""
    found: Daily = defaultdict(lambda: defaultdict(Tally))
    for rows in _rows(measure, dimension, days, value):
        for day, key, hits, n in rows:
            found[key][day] += Tally(hits, n)
    return found


def _rows(measure: str, dimension: str, days: Days, value: str | None) -> Iterable[Iterable[Any]]:
    if measure == Measure.VOLUME:
        yield from _volume(dimension, days, value)
    elif measure == Measure.CSAT:
        answers = Feedback.objects.filter(given_on__range=days, door__in=SERVED)
        hits = Count("pk", filter=Q(score__gte=SATISFIED))
        yield _by_day(answers.annotate(day=F("given_on")), dimension, value, hits)
    else:
        yield _by_day(due_in(days).annotate(day=F("due_on")), dimension, value, Count("pk", filter=LATE))


def due_in(days: Days) -> QuerySet[Ticket]:
    """Cases that fell due on these days, of which the last is over. With a stopped clock none does."""
    first, last = days
    over = (first, min(last, clock.today() - DAY))
    decided_on = TruncDate("resolved_at", tzinfo=clock.business_zone())
    known = Ticket.objects.filter(due_on__range=over, due_undetermined=False, due_stopped=False)
    due = known.exclude(state__in=NOT_DECIDED)
    return due.annotate(decided_on=decided_on)


LATE = Q(decided_on__isnull=True) | Q(decided_on__gt=F("due_on"))


def cases_in(series: Series, days: Days) -> QuerySet[Ticket]:
    """New cases of a series. Of a cause or product those that a chat became count, too."""
    if series.dimension in OF_CASES:
        first, last = clock.start_of_day(days[0]), clock.end_of_day(days[1])
        found = Ticket.objects.filter(received_at__gte=first, received_at__lt=last)
        return found.filter(**{series.dimension: series.value})
    return tickets_in(scope_of(series), days)


def scope_of(series: Series) -> Scope:
    """The filters of the trends page that show a series of everything, a topic or a channel."""
    return Scope(**{series.dimension: series.value} if series.dimension in ("topic", "channel") else {})


def _volume(dimension: str, days: Days, value: str | None) -> Iterable[Iterable[Any]]:
    zone = clock.business_zone()
    one = Count("pk")
    of_cases = dimension in OF_CASES
    if of_cases:
        first, last = clock.start_of_day(days[0]), clock.end_of_day(days[1])
        cases: QuerySet[Any] = Ticket.objects.filter(received_at__gte=first, received_at__lt=last)
        cases = cases.exclude(**{dimension: ""})
    else:
        cases = tickets_in(Scope(), days)
    received = TruncDate("received_at", tzinfo=zone, output_field=DateField())
    yield _by_day(cases.annotate(day=received), dimension, value, one)
    if of_cases or (dimension == Dimension.CHANNEL and value not in (None, Channel.CHAT)):
        return
    created = TruncDate("created_at", tzinfo=zone, output_field=DateField())
    chats = conversations_in(Scope(), days).annotate(day=created)
    if dimension == Dimension.CHANNEL:
        yield ((day, Channel.CHAT.value, hits, n) for day, _key, hits, n in _by_day(chats, "all", None, one))
    else:
        yield _by_day(chats, dimension, value, one)


def _by_day(rows: QuerySet[Any], dimension: str, value: str | None, hits: Count) -> Iterable[Any]:
    rows = rows.order_by()
    if dimension == Dimension.ALL:
        return ((day, "", h, n) for day, h, n in rows.values_list("day").annotate(h=hits, n=Count("pk")))
    if value is not None:
        rows = rows.filter(**{dimension: value})
    found: QuerySet[Any] = rows.values_list("day", dimension).annotate(h=hits, n=Count("pk"))
    return found


def blocks(found: dict[dt.date, Tally], first: dt.date, weeks: int) -> list[Tally]:
    """Blocks of seven days from ``first`` on."""
    sums = [Tally() for _ in range(weeks)]
    for day, tally in found.items():
        place = (day - first) // WEEK
        if 0 <= place < weeks:
            sums[place] += tally
    return sums


def weekly(series: Series, first: dt.date, weeks: int) -> list[Tally]:
    """One series in blocks of seven days from ``first`` on; at most two queries."""
    days = (first, first + weeks * WEEK - DAY)
    found = daily(series.measure, series.dimension, days, series.value)
    return blocks(found.get(series.value, {}), first, weeks)


def every_series(first: dt.date, weeks: int) -> dict[Series, list[Tally]]:
    """All watched series in weeks from a Monday on, without those of too few people."""
    days = (first, first + weeks * WEEK - DAY)
    found: dict[Series, list[Tally]] = {}
    for measure, dimensions in WATCHED.items():
        for dimension in dimensions:
            by_value = daily(measure, dimension, days)
            if dimension == Dimension.PRODUCT:
                by_value = {value: by_value[value] for value in frequent(by_value)}
            for value, of_days in by_value.items():
                if value or dimension == Dimension.ALL:
                    found[Series(measure, dimension, value)] = blocks(of_days, first, weeks)
    return {series: sums for series, sums in found.items() if sum(week.n for week in sums) >= FEWEST}


def frequent(by_value: Daily) -> Sequence[str]:
    """Products that enough cases name. The text is free: a rare one may be somebody's own."""
    totals = {value: sum(tally.n for tally in of_days.values()) for value, of_days in by_value.items()}
    known = [value for value, total in totals.items() if total >= FEWEST and value]
    return sorted(known, key=lambda value: (-totals[value], value))[:PRODUCTS]


def products(today: dt.date) -> list[str]:
    """Those of the last half year, the most frequent first."""
    return list(frequent(daily(Measure.VOLUME, Dimension.PRODUCT, (today - 26 * WEEK, today))))
