"""The searches page: the help centre's numbers by week and by topic, against the period before."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from faq import analytics
from faq.analytics import AnswersToWrite, Counts, Outcome, Times
from faq.models import SearchLog
from helpdesk.core.models import Topic
from helpdesk.core.small import FEWEST
from quality.queries import DAY, WEEK, Days, monday_of, period
from quality.stats import Interval, wilson

GROUPS = 20
WORST = 10


@dataclass(frozen=True)
class SearchWeek:
    """One ISO week in the business zone."""

    monday: dt.date
    until: dt.date  # Sunday, or today while the week is running
    counts: Counts
    running: bool

    @property
    def label(self) -> str:
        return self.monday.strftime("%G-W%V")


@dataclass(frozen=True)
class SearchTopic:
    """``code`` is empty for searches that found nothing."""

    code: str
    now: Counts
    before: Counts
    weeks: list[SearchWeek]

    @property
    def label(self) -> str:
        return str(Topic(self.code).label) if self.code else _("没有找到主题")


@dataclass(frozen=True)
class Failing:
    """An article with the interval of the share of its readers who were not helped."""

    outcome: Outcome

    @property
    def share(self) -> float:
        return self.outcome.failed / self.outcome.opened

    @property
    def interval(self) -> Interval:
        return wilson(self.outcome.failed, self.outcome.opened)

    @property
    def few(self) -> bool:
        return self.outcome.opened < FEWEST


@dataclass(frozen=True)
class Searches:
    """Everything that the page shows, from one reading of the log."""

    since: dt.date
    until: dt.date
    since_before: dt.date
    until_before: dt.date
    now: Counts
    before: Counts
    weeks: list[SearchWeek]  # oldest first
    topics: list[SearchTopic]  # the most searched first
    to_open: Times
    to_help: Times
    worst: list[Failing]
    to_write: AnswersToWrite

    @property
    def empty(self) -> bool:
        return not self.now.searches


def search_figures(log: QuerySet[SearchLog], weeks: int, topic: str, *, today: dt.date) -> Searches:
    """This period of whole weeks, the running one included, and the one before of the same number of days."""
    since, until = period(weeks, today=today)
    before: Days = (since - weeks * WEEK, until - weeks * WEEK)
    daily = analytics.counts_by_day(analytics.searches_in(log, (before[0], until), topic))
    weekly, earlier = _split(daily, since, before[1])
    now = analytics.searches_in(log, (since, until), topic)
    codes = sorted({code for _monday, code in weekly} | set(earlier))
    topics = [_topic(code, weekly, earlier[code], (since, until)) for code in codes]
    return Searches(
        since=since,
        until=until,
        since_before=before[0],
        until_before=before[1],
        now=_total(row.now for row in topics),
        before=_total(row.before for row in topics),
        weeks=_weeks(weekly, codes, (since, until)),
        topics=sorted(topics, key=lambda row: -row.now.searches),
        to_open=analytics.times_to(now, "opened_after"),
        to_help=analytics.times_to(now, "helped_after"),
        worst=worst(analytics.outcomes(now)),
        to_write=analytics.answers_to_write(now, GROUPS),
    )


def worst(found: Iterable[Outcome]) -> list[Failing]:
    """Surest failures first: by the lower bound, so that two of two do not stand above sixty of a hundred."""
    failing = [Failing(outcome) for outcome in found if outcome.failed]
    shown = [row for row in failing if not row.few]
    return sorted(shown, key=lambda row: (-row.interval[0], row.outcome.article.pk))[:WORST]


Weekly = dict[tuple[dt.date, str], Counts]  # (Monday, topic)


def _split(
    daily: dict[tuple[dt.date, str], Counts], since: dt.date, until_before: dt.date
) -> tuple[Weekly, dict[str, Counts]]:
    weekly: Weekly = defaultdict(Counts)
    before: dict[str, Counts] = defaultdict(Counts)
    for (day, topic), counts in daily.items():
        if day >= since:
            weekly[monday_of(day), topic] += counts
        elif day <= until_before:
            before[topic] += counts
    return weekly, before


def _topic(code: str, weekly: Weekly, before: Counts, days: Days) -> SearchTopic:
    weeks = _weeks(weekly, [code], days)
    return SearchTopic(code, _total(week.counts for week in weeks), before, weeks)


def _weeks(weekly: Weekly, codes: list[str], days: Days) -> list[SearchWeek]:
    since, until = days
    last = monday_of(until)
    mondays = [since + n * WEEK for n in range((last - since) // WEEK + 1)]
    return [
        SearchWeek(
            monday=monday,
            until=until if monday == last else monday + 6 * DAY,
            counts=_total(weekly[monday, code] for code in codes),
            running=monday == last,
        )
        for monday in mondays
    ]


def _total(all_counts: Iterable[Counts]) -> Counts:
    total = Counts()
    for counts in all_counts:
        total += counts
    return total
