"""How often the scan for changes is wrong on quiet data, and how soon it sees a real change.

    python -m benchmarks.bench_alerts [years]

A board of 49 series as a desk has them is looked at after each week of a year, as the nightly job does.
"""

import sys
from collections.abc import Iterator

import numpy as np

from quality.shift import Tally, alarms, scan

YEARS = 40
LOOKED_AT = 26
SEED = 7


def counts(dice: np.random.Generator, mean: float, noise: float, weeks: int) -> "np.ndarray":
    """Poisson, or with a variance ``noise`` times as large."""
    means = mean if noise == 1 else dice.gamma(mean / (noise - 1), noise - 1, weeks)
    return dice.poisson(means, weeks)


def volume(dice: np.random.Generator, mean: float, noise: float, weeks: int) -> list[Tally]:
    return [Tally(int(n), int(n)) for n in counts(dice, mean, noise, weeks)]


def share(dice: np.random.Generator, mean: float, part: float, noise: float, weeks: int) -> list[Tally]:
    sizes = counts(dice, mean, 1, weeks)
    parts = part if noise == 1 else dice.beta(part * 20, (1 - part) * 20, weeks)
    return [Tally(int(hits), int(n)) for hits, n in zip(dice.binomial(sizes, parts), sizes, strict=True)]


def board(dice: np.random.Generator, noise: float, weeks: int) -> Iterator[tuple[list[Tally], bool, bool]]:
    """Volumes of 3 to 120 a week, satisfaction of 3 to 60 answers, overdue shares of 2 to 15 cases."""
    for _ in range(24):
        yield volume(dice, dice.choice([3, 8, 15, 40, 120]), noise, weeks), False, True
    for _ in range(16):
        mean, part = dice.choice([3, 8, 20, 60]), dice.choice([0.6, 0.75, 0.85])
        yield share(dice, mean, part, noise, weeks), True, False
    for _ in range(9):
        yield share(dice, dice.choice([2, 5, 15]), dice.choice([0.05, 0.15]), 1, weeks), True, True


def false_alarms(dice: np.random.Generator, noise: float) -> int:
    """Of one quiet year. After an alarm its series is looked at from the change on, as the job does."""
    series = list(board(dice, noise, LOOKED_AT + 52))
    since, raised = [0] * len(series), 0
    for end in range(LOOKED_AT + 1, LOOKED_AT + 53):
        found = [
            (place, shift)
            for place, (weeks, is_share, rises) in enumerate(series)
            if (shift := scan(weeks[max(since[place], end - 26) : end], is_share=is_share, rises=rises))
        ]
        for (place, shift), real in zip(found, alarms([shift for _, shift in found]), strict=True):
            if real:
                raised += 1
                since[place] = end - shift.weeks_after
    return raised


def weeks_to_alarm(changed: list[Tally], *, is_share: bool) -> int | None:
    """How many weeks of the new level it takes, one series among 49."""
    for weeks in range(1, 9):
        seen = changed[weeks : 26 + weeks]
        shift = scan(seen, is_share=is_share, rises=not is_share)
        quiet = [scan([Tally(10, 10)] * 26, is_share=False, rises=True)] * 48
        if shift and alarms([shift, *(one for one in quiet if one)])[0]:
            return weeks
    return None


def main(years: int) -> None:
    for noise in (1.0, 1.5, 2.5):
        dice = np.random.default_rng(SEED)
        raised = [false_alarms(dice, noise) for _ in range(years)]
        told = f"{sum(raised) / years:.2f} false alarms a year, at most {max(raised)} in one"
        print(f"quiet, weeks scatter {noise}×: {told}", flush=True)
    dice = np.random.default_rng(SEED)
    for name, is_share, before, after in (
        ("volume 10 → 20", False, (10,), (20,)),
        ("volume 40 → 60", False, (40,), (60,)),
        ("volume 10 → 15", False, (10,), (15,)),
        ("satisfaction 80 % → 50 % of 10", True, (10, 0.8), (10, 0.5)),
        ("satisfaction 80 % → 60 % of 20", True, (20, 0.8), (20, 0.6)),
        ("satisfaction 80 % → 65 % of 40", True, (40, 0.8), (40, 0.65)),
    ):
        make = share if is_share else volume
        seen = [
            weeks_to_alarm([*make(dice, *before, 1, 26), *make(dice, *after, 1, 8)], is_share=is_share)
            for _ in range(200)
        ]
        told = sorted(weeks for weeks in seen if weeks)
        middle = f", half of those within {told[len(told) // 2]} weeks" if told else ""
        print(f"{name}: seen within 8 weeks in {len(told) / 2:.0f} %{middle}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else YEARS)
