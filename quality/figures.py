"""The numbers of the quality pages and what may be read from them."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import pgettext_lazy

from helpdesk.core.models import Topic
from helpdesk.core.small import FEWEST
from quality.stats import Interval, difference, wilson

SATISFIED = 4  # a score of 4 or 5 counts as satisfied
ENOUGH = 10  # answers on either side, below which no change is called


class Verdict(models.TextChoices):
    """What the change between two periods allows to say."""

    WORSE = "worse", pgettext_lazy("trend", "变差")
    UNCLEAR = "unclear", pgettext_lazy("trend", "样本不足，尚不能判断")
    BETTER = "better", pgettext_lazy("trend", "变好")
    NONE = "none", pgettext_lazy("trend", "没有可比的评价")


@dataclass
class Tally:
    """Cases that came in and answers that were given, of some topic in some time."""

    volume: int = 0
    answers: int = 0
    satisfied: int = 0
    points: int = 0

    def __iadd__(self, other: "Tally") -> "Tally":
        self.volume += other.volume
        self.answers += other.answers
        self.satisfied += other.satisfied
        self.points += other.points
        return self

    @property
    def csat(self) -> float | None:
        """The share of satisfied answers; None is a gap, never a zero."""
        return self.satisfied / self.answers if self.answers else None

    @property
    def interval(self) -> Interval | None:
        return wilson(self.satisfied, self.answers) if self.answers else None

    @property
    def mean(self) -> float | None:
        return self.points / self.answers if self.answers else None

    @property
    def too_few(self) -> bool:
        return self.answers < FEWEST


@dataclass(frozen=True)
class Change:
    """Satisfaction now against the period before."""

    now: Tally
    before: Tally

    @property
    def points(self) -> float | None:
        if self.now.csat is None or self.before.csat is None:
            return None
        return self.now.csat - self.before.csat

    @property
    def interval(self) -> Interval | None:
        if self.points is None:
            return None
        return difference(self.now.satisfied, self.now.answers, self.before.satisfied, self.before.answers)

    @property
    def comparable(self) -> bool:
        """Both sides have enough answers to be shown at all."""
        return not (self.now.too_few or self.before.too_few)

    @property
    def verdict(self) -> Verdict:
        if self.interval is None:
            return Verdict.NONE
        low, high = self.interval
        if min(self.now.answers, self.before.answers) < ENOUGH or low <= 0 <= high:
            return Verdict.UNCLEAR
        return Verdict.BETTER if low > 0 else Verdict.WORSE

    @property
    def volume(self) -> int:
        return self.now.volume - self.before.volume

    @property
    def volume_share(self) -> float | None:
        return self.volume / self.before.volume if self.before.volume else None


@dataclass(frozen=True)
class Week:
    """One ISO week in the business zone."""

    monday: dt.date
    until: dt.date  # Sunday, or today while the week is running
    tally: Tally = field(default_factory=Tally)
    running: bool = False

    @property
    def label(self) -> str:
        return self.monday.strftime("%G-W%V")


@dataclass(frozen=True)
class TopicRow:
    """One topic: week by week, and against the period before."""

    topic: Topic
    weeks: list[Week]
    change: Change


@dataclass(frozen=True)
class Trends:
    """Everything that the trends page shows, from one reading of the database."""

    since: dt.date
    until: dt.date
    since_before: dt.date
    until_before: dt.date
    weeks: list[Week]  # oldest first
    topics: list[TopicRow]  # what is getting worse first
    change: Change

    @property
    def now(self) -> Tally:
        return self.change.now

    @property
    def before(self) -> Tally:
        return self.change.before

    @property
    def worse(self) -> list[TopicRow]:
        return [row for row in self.topics if row.change.verdict == Verdict.WORSE]

    @property
    def empty(self) -> bool:
        return not (self.now.answers or self.now.volume)


ORDER = list(Verdict)


def by_fall(row: TopicRow) -> tuple[int, float]:
    """Sorts what surely fell first, the deepest fall on top, and what cannot be compared last."""
    verdict = row.change.verdict if row.change.comparable else Verdict.NONE
    return ORDER.index(verdict), row.change.points or 0.0
