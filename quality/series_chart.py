"""Where the points, levels and limits of one series stand, drawn by quality/series/_chart.html."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, sqrt

from helpdesk.core.small import FEWEST
from quality.charts import LABELS, LEFT, RIGHT, Mark, Point, Tick, n, nice_ceiling, placed
from quality.shift import Tally

WIDTH, HEIGHT = 720, 260
TOP, FLOOR = 28, 226
SIGMAS = 3  # of the control limits (Shewhart 1931)
WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True)
class SeriesWeek:
    """One week with its place. ``value`` is a share or a number of cases; None where too few answered."""

    monday: dt.date
    tally: Tally
    value: float | None
    low: float | None
    high: float | None
    out: bool  # outside of the limits, on the side that is worse
    x: str
    width: str
    point: Point | None

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        return self.monday, self.monday + WEEK - dt.timedelta(days=1)

    @property
    def label(self) -> str:
        return self.monday.strftime("%G-W%V")


@dataclass(frozen=True)
class SeriesChart:
    weeks: list[SeriesWeek]
    lines: list[str]
    limits: list[str]
    center: str
    ticks: list[Tick]
    dates: list[Tick]
    marks: list[Mark]
    is_share: bool
    level: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    floor: int = FLOOR
    tall: int = FLOOR - TOP

    @property
    def since(self) -> dt.date:
        return self.weeks[0].monday

    @property
    def until(self) -> dt.date:
        return self.weeks[-1].monday + WEEK - dt.timedelta(days=1)


def draw(
    first: dt.date,
    sums: Sequence[Tally],
    marks: Sequence[Mark],
    *,
    is_share: bool,
    better_up: bool,
    level: float,
    noise: float,
) -> SeriesChart:
    """``level`` and ``noise`` are those of the quiet weeks; three sigma around are the limits."""
    step = (RIGHT - LEFT) / len(sums)
    values = [_value(tally, is_share=is_share) for tally in sums]
    bands = [_limits(tally, level, noise, is_share=is_share) for tally in sums]
    tops = [v for v in values if v is not None] + [band[1] for band in bands if band]
    highest = 1.0 if is_share else float(nice_ceiling(ceil(max([1.0, *tops]))))

    def x(place: float) -> float:
        return LEFT + (place + 0.5) * step

    def y(value: float) -> float:
        return FLOOR - value / highest * (FLOOR - TOP)

    weeks = []
    for place, (tally, value, band) in enumerate(zip(sums, values, bands, strict=True)):
        low, high = band or (None, None)
        weeks.append(
            SeriesWeek(
                monday=first + place * WEEK,
                tally=tally,
                value=value,
                low=low,
                high=high,
                out=value is not None and band is not None and _worse(value, band, better_up=better_up),
                x=n(x(place) - step / 2),
                width=n(step),
                point=None if value is None else Point(n(x(place)), n(y(value))),
            )
        )
    limits = []
    for known, run in groupby(enumerate(bands), key=lambda pair: pair[1] is not None):
        if known:
            ends = [(x(i), band) for i, band in run if band]
            edge = [(at, band[1]) for at, band in ends] + [(at, band[0]) for at, band in ends[::-1]]
            limits.append(" ".join(f"{n(at)},{n(y(value))}" for at, value in edge))
    lines = [
        " ".join(f"{week.point.x},{week.point.y}" for week in run if week.point)
        for known, run in groupby(weeks, key=lambda week: week.point is not None)
        if known
    ]
    every, last = ceil(len(weeks) / LABELS), len(weeks) - 1
    ticks = (0, 0.2, 0.4, 0.6, 0.8, 1.0) if is_share else (0, highest / 2, highest)
    return SeriesChart(
        weeks=weeks,
        lines=lines,
        limits=limits,
        center=n(y(level)),
        ticks=[Tick(n(y(at)), f"{at:.0%}" if is_share else f"{at:g}") for at in ticks],
        dates=[
            Tick(n(x(place)), week.monday.strftime("%m-%d"))
            for place, week in enumerate(weeks)
            if (last - place) % every == 0
        ],
        marks=placed(marks, first, len(sums), step),
        is_share=is_share,
        level=level,
    )


def _worse(value: float, limits: tuple[float, float], *, better_up: bool) -> bool:
    return value < limits[0] if better_up else value > limits[1]


def _value(tally: Tally, *, is_share: bool) -> float | None:
    if not is_share:
        return float(tally.n)
    return tally.share if tally.n >= FEWEST else None


def _limits(tally: Tally, level: float, noise: float, *, is_share: bool) -> tuple[float, float] | None:
    """Of a p-chart or a u-chart, widened by the noise (Laney 2002)."""
    if is_share and tally.n < FEWEST:
        return None
    variance = level * (1 - level) / tally.n if is_share else level
    half = SIGMAS * sqrt(variance * noise)
    return max(0.0, level - half), min(1.0, level + half) if is_share else level + half
