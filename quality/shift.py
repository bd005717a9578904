"""When the level of a weekly series changed for the worse: a scan over all weeks in which it may have.

The reasoning and its measured rate of false alarms are in docs/quality.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from quality import stats

WEEKS = 26  # complete weeks that are looked at
BEFORE = 6  # weeks of the level before, at least
AFTER = 2, 8  # weeks of the new level: one week alone is not yet a change, an older change is no news
FALSE = 0.01  # at most this chance of any false alarm in one night, over all quiet series together
LEAST_RATIO = 1.2  # a smaller rise of the volume is not worth an alert, however certain
LEAST_GAP = 0.05  # of a share
ENOUGH = 10  # cases or answers on either side


@dataclass(frozen=True)
class Tally:
    """Of ``n`` cases or answers ``hits`` count. Of a volume every case counts."""

    hits: int = 0
    n: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.hits + other.hits, self.n + other.n)

    @property
    def share(self) -> float | None:
        return self.hits / self.n if self.n else None


@dataclass(frozen=True)
class Shift:
    """A change of level: after it ``after`` in ``weeks_after`` weeks, before it ``before``."""

    before: Tally
    after: Tally
    weeks_before: int
    weeks_after: int
    is_share: bool
    chance: float  # of such a change, or a greater one, in a series that did not change
    noise: float  # how much more the weeks scatter than chance makes them (1: no more)

    @property
    def level_before(self) -> float:
        return (self.before.share or 0.0) if self.is_share else self.before.n / self.weeks_before

    @property
    def level_after(self) -> float:
        return (self.after.share or 0.0) if self.is_share else self.after.n / self.weeks_after

    @property
    def matters(self) -> bool:
        """Large enough to be worth somebody's time, and of enough people."""
        if min(self.before.n, self.after.n) < ENOUGH:
            return False
        gap = abs(self.level_after - self.level_before)
        if self.is_share:
            return gap >= LEAST_GAP
        low, high = sorted((self.level_after, self.level_before))
        return high >= LEAST_RATIO * low


def total(weeks: Sequence[Tally]) -> Tally:
    return sum(weeks, Tally())


def noise_of(*parts: Sequence[Tally], is_share: bool) -> float:
    """How much more the weeks scatter around the level of their own part than chance alone makes them."""
    observed, expected, spread = [], [], []
    for part in parts:
        whole = total(part)
        for week in part:
            share = whole.share or 0.0
            observed.append(float(week.hits if is_share else week.n))
            expected.append(week.n * share if is_share else whole.n / len(part))
            spread.append(week.n * share * (1 - share) if is_share else whole.n / len(part))
    counted = sum(variance > 0 for variance in spread)
    return stats.dispersion(observed, expected, spread, counted - len(parts))


def scan(weeks: Sequence[Tally], *, is_share: bool, rises: bool) -> Shift | None:
    """The likeliest change to the worse (``rises``: of a figure that should be low), the newest week last.

    ``chance`` is that of the best split times the number of splits (Bonferroni); None where there are too
    few weeks. Counts are divided by the noise of the weeks before, so that a series that always scatters
    does not alarm each time it does.
    """
    longest = min(AFTER[1], len(weeks) - BEFORE)
    splits = range(AFTER[0], longest + 1)
    best: Shift | None = None
    for after in splits:
        split = weeks[: len(weeks) - after], weeks[len(weeks) - after :]
        noise = noise_of(split[0], is_share=is_share)
        before, now = total(split[0]), total(split[1])
        share = after / len(weeks)
        chance = _chance(before, now, share, noise, is_share=is_share, rises=rises)
        if best is None or chance * len(splits) < best.chance:
            best = Shift(
                before, now, len(weeks) - after, after, is_share, min(1.0, chance * len(splits)), noise
            )
    return best


def _chance(before: Tally, now: Tally, time: float, noise: float, *, is_share: bool, rises: bool) -> float:
    """One-sided and exact, given what there was in all."""
    if not is_share:
        now_n, all_n = round(now.n / noise), round((before.n + now.n) / noise)
        return (
            stats.binomial_tail(now_n, all_n, time)
            if rises
            else stats.binomial_tail(all_n - now_n, all_n, 1 - time)
        )
    sides = []
    for tally in (now, before):
        n = round(tally.n / noise)
        wanted = tally.hits if rises else tally.n - tally.hits
        sides += [min(n, round(wanted / noise)), n]
    return stats.hypergeometric_tail(*sides)


def alarms(found: Sequence[Shift]) -> list[bool]:
    """Which of tonight's changes are real, many series being looked at, and large enough to tell."""
    real = stats.discoveries([shift.chance for shift in found], FALSE)
    return [sure and shift.matters for sure, shift in zip(real, found, strict=True)]
