"""Where the lines and bars of the weekly chart stand: plain geometry, drawn by quality/_chart.html."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil, floor

from quality.figures import Week

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT = 8, 676  # the scales stand on the right, where the newest weeks are
TOP, FLOOR = 16, 176  # the satisfaction panel
BARS_TOP, BARS_FLOOR = 208, 268  # the volume panel
LABELS = 9  # dates that fit under the axis
NICE = (1, 2, 4, 5, 10)


@dataclass(frozen=True)
class Tick:
    at: str
    label: str


@dataclass(frozen=True)
class Point:
    x: str
    y: str


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Mark:
    """A day that a chart points out: the beginning of an alert or of an action's effect."""

    on: dt.date
    label: str
    kind: str  # alert, action
    x: str = ""


@dataclass(frozen=True)
class Slot:
    """The column of one week; the mouse finds its numbers here."""

    week: Week
    x: str
    width: str
    bar: Bar
    point: Point | None


@dataclass(frozen=True)
class Chart:
    """``lines`` and ``bands`` come in pieces: a week with too few answers is a gap, not a zero."""

    weeks: list[Week]
    slots: list[Slot]
    lines: list[str]
    bands: list[str]
    shares: list[Tick]
    counts: list[Tick]
    dates: list[Tick]
    marks: list[Mark]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bars_floor: int = BARS_FLOOR
    tall: int = BARS_FLOOR - TOP

    @property
    def since(self) -> dt.date:
        return self.weeks[0].monday

    @property
    def until(self) -> dt.date:
        return self.weeks[-1].until


def draw(weeks: list[Week], marks: Sequence[Mark] = ()) -> Chart:
    step = (RIGHT - LEFT) / len(weeks)
    lowest = _lowest(weeks)
    highest = nice_ceiling(max(week.tally.volume for week in weeks))

    def x(index: int) -> float:
        return LEFT + (index + 0.5) * step

    def y(share: float) -> float:
        return FLOOR - (share - lowest) / (1 - lowest) * (FLOOR - TOP)

    def bar(index: int, volume: int) -> Bar:
        tall = volume / highest * (BARS_FLOOR - BARS_TOP)
        return Bar(n(x(index) - step * 0.32), n(BARS_FLOOR - tall), n(step * 0.64), n(tall))

    def slot(index: int, week: Week) -> Slot:
        csat = None if week.tally.too_few else week.tally.csat
        point = None if csat is None else Point(n(x(index)), n(y(csat)))
        return Slot(week, n(x(index) - step / 2), n(step), bar(index, week.tally.volume), point)

    lines, bands = [], []
    for run in _runs(weeks):
        known = [(x(i), week.tally.csat or 0.0, week.tally.interval or (0.0, 0.0)) for i, week in run]
        lines.append(" ".join(f"{n(at)},{n(y(csat))}" for at, csat, _ in known))
        edge = [(at, high) for at, _, (_, high) in known] + [(at, low) for at, _, (low, _) in known[::-1]]
        bands.append(" ".join(f"{n(at)},{n(y(share))}" for at, share in edge))
    return Chart(
        weeks=weeks,
        slots=[slot(i, week) for i, week in enumerate(weeks)],
        lines=lines,
        bands=bands,
        shares=[Tick(n(y(share / 100)), f"{share}%") for share in range(round(lowest * 100), 101, 20)],
        counts=[Tick(n(BARS_FLOOR), "0"), Tick(n(BARS_TOP), str(highest))],
        dates=_dates(weeks, x),
        marks=placed(marks, weeks[0].monday, len(weeks), step),
    )


def placed(marks: Iterable[Mark], first: dt.date, weeks: int, step: float) -> list[Mark]:
    """Those that lie on the chart, with their place."""
    days = 7 * weeks
    inside = [mark for mark in marks if 0 <= (mark.on - first).days < days]
    return [replace(mark, x=n(LEFT + (mark.on - first).days / 7 * step)) for mark in inside]


def n(number: float) -> str:
    """A coordinate: a point as decimal mark in every language."""
    return f"{number:.1f}"


def nice_ceiling(number: int) -> int:
    """The smallest 1, 2, 4 or 5 times a power of ten that is not below ``number``."""
    power = 1
    while True:
        for factor in NICE:
            if factor * power >= number:
                return factor * power
        power *= 10


def _lowest(weeks: list[Week]) -> float:
    """Where the share axis begins: the fifth below the lowest band, so that a change can be seen."""
    known = [week.tally.interval for week in weeks if not week.tally.too_few]
    lows = [interval[0] for interval in known if interval]
    return min(0.8, floor(min(lows) * 5) / 5) if lows else 0.0


def _runs(weeks: list[Week]) -> list[list[tuple[int, Week]]]:
    """Neighbouring weeks with enough answers to show a share."""
    parts = groupby(enumerate(weeks), key=lambda pair: not pair[1].tally.too_few)
    return [list(run) for answered, run in parts if answered]


def _dates(weeks: list[Week], x: Callable[[int], float]) -> list[Tick]:
    every = ceil(len(weeks) / LABELS)
    last = len(weeks) - 1
    return [
        Tick(n(x(i)), week.monday.strftime("%m-%d"))
        for i, week in enumerate(weeks)
        if (last - i) % every == 0
    ]
