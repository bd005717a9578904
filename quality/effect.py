"""Before and after a change took effect: what the figures say, and when they cannot say it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy

from helpdesk.core.small import FEWEST
from quality import stats
from quality.shift import ENOUGH, Tally, noise_of, total
from quality.stats import Interval

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)
LEAST, MOST = 4, 13  # weeks on either side


class Effect(models.TextChoices):
    """What the figures before and after say."""

    BETTER = "better", pgettext_lazy("effect", "变好")
    WORSE = "worse", pgettext_lazy("effect", "变差")
    UNCLEAR = "unclear", pgettext_lazy("effect", "数据还不能判断")
    FEW = "few", pgettext_lazy("effect", "样本太少，不能判断")
    EARLY = "early", pgettext_lazy("effect", "时间还不够")


@dataclass(frozen=True)
class Window:
    """Whole weeks of the same number on both sides of the day of effect; that day is the first one after."""

    effective_on: dt.date
    weeks: int

    @property
    def before(self) -> tuple[dt.date, dt.date]:
        return self.effective_on - self.weeks * WEEK, self.effective_on - DAY

    @property
    def after(self) -> tuple[dt.date, dt.date]:
        return self.effective_on, self.effective_on + self.weeks * WEEK - DAY

    @property
    def enough_on(self) -> dt.date:
        """The first day on which there are weeks enough."""
        return self.effective_on + LEAST * WEEK


def window(effective_on: dt.date, *, today: dt.date, most: int = MOST) -> Window:
    """As many complete weeks as have passed since then, at most ``most``."""
    return Window(effective_on, max(0, min(most, (today - effective_on) // WEEK)))


@dataclass(frozen=True)
class Comparison:
    """One series on both sides, in blocks of seven days."""

    before: Sequence[Tally]
    after: Sequence[Tally]
    is_share: bool
    better_up: bool

    @property
    def sums(self) -> tuple[Tally, Tally]:
        return total(self.before), total(self.after)

    @property
    def few(self) -> bool:
        """Too few people to show a share at all."""
        return self.is_share and min(tally.n for tally in self.sums) < FEWEST

    @property
    def noise(self) -> float:
        """How much more the weeks scatter than chance makes them; it widens the interval."""
        return noise_of(self.before, self.after, is_share=self.is_share) if self.before else 1.0

    @property
    def change(self) -> float | None:
        """The difference of two shares, or the ratio of two volumes."""
        before, after = self.sums
        if self.is_share:
            known = before.share is not None and after.share is not None
            return (after.share or 0.0) - (before.share or 0.0) if known else None
        return after.n / before.n if before.n else None

    @property
    def interval(self) -> Interval | None:
        """95 %: of a difference after Newcombe, of a ratio exact; both of the counts divided by the noise."""
        before, after = self.sums
        noise = self.noise
        if self.is_share:
            if not (before.n and after.n):
                return None
            return stats.difference(
                after.hits / noise, after.n / noise, before.hits / noise, before.n / noise
            )
        if not (before.n or after.n):
            return None
        return stats.rate_ratio(round(after.n / noise), 1, round(before.n / noise), 1)

    @property
    def effect(self) -> Effect:
        before, after = self.sums
        if len(self.after) < LEAST:
            return Effect.EARLY
        enough = min(before.n, after.n) if self.is_share else max(before.n, after.n)
        if enough < ENOUGH or self.interval is None:
            return Effect.FEW
        low, high = self.interval
        same = 0.0 if self.is_share else 1.0
        if low <= same <= high:
            return Effect.UNCLEAR
        return Effect.BETTER if (low > same) == self.better_up else Effect.WORSE

    @property
    def figures(self) -> dict[str, Any]:
        """What is kept of it when the action is judged."""
        before, after = self.sums
        low, high = self.interval or (None, None)
        return {
            "weeks": len(self.after),
            "hits_before": before.hits,
            "n_before": before.n,
            "hits_after": after.hits,
            "n_after": after.n,
            "change": _kept(self.change),
            "low": _kept(low),
            "high": _kept(high),
            "noise": _kept(self.noise),
        }


def _kept(number: float | None) -> float | None:
    """JSON knows no infinity."""
    return None if number is None or number == float("inf") else round(number, 6)
