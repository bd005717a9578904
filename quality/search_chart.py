"""Where the lines and bars of the search chart stand, drawn by quality/searches/_chart.html."""

from dataclasses import dataclass
from itertools import groupby
from math import ceil

from quality.charts import Tick, n, nice_ceiling
from quality.searches import SearchWeek

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT = 8, 676
TOP, FLOOR = 16, 160  # the shares, 0 to 100 %
BARS_TOP, BARS_FLOOR = 192, 268  # the searches
LABELS = 9


@dataclass(frozen=True)
class Slot:
    """The column of one week: its bar, of which the foot found nothing."""

    week: SearchWeek
    x: str
    width: str
    bar_x: str
    bar_width: str
    bar_y: str
    bar_height: str
    nothing_y: str
    nothing_height: str


@dataclass(frozen=True)
class SearchChart:
    slots: list[Slot]
    click_through: list[str]  # lines in pieces: a week without searches is a gap, not a zero
    deflection: list[str]
    shares: list[Tick]
    counts: list[Tick]
    dates: list[Tick]
    weeks: list[SearchWeek]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bars_floor: int = BARS_FLOOR
    tall: int = BARS_FLOOR - TOP


def draw(weeks: list[SearchWeek]) -> SearchChart:
    step = (RIGHT - LEFT) / len(weeks)
    highest = nice_ceiling(max(week.counts.searches for week in weeks))

    def x(index: int) -> float:
        return LEFT + (index + 0.5) * step

    def tall(searches: int) -> float:
        return searches / highest * (BARS_FLOOR - BARS_TOP)

    def slot(index: int, week: SearchWeek) -> Slot:
        all_of_it, nothing = tall(week.counts.searches), tall(week.counts.nothing)
        return Slot(
            week=week,
            x=n(x(index) - step / 2),
            width=n(step),
            bar_x=n(x(index) - step * 0.32),
            bar_width=n(step * 0.64),
            bar_y=n(BARS_FLOOR - all_of_it),
            bar_height=n(all_of_it),
            nothing_y=n(BARS_FLOOR - nothing),
            nothing_height=n(nothing),
        )

    def line(shares: list[float | None]) -> list[str]:
        points = [
            None if share is None or week.counts.few else f"{n(x(index))},{n(FLOOR - share * (FLOOR - TOP))}"
            for index, (week, share) in enumerate(zip(weeks, shares, strict=True))
        ]
        return [" ".join(p for p in run if p) for known, run in groupby(points, key=bool) if known]

    every, last = ceil(len(weeks) / LABELS), len(weeks) - 1
    return SearchChart(
        slots=[slot(index, week) for index, week in enumerate(weeks)],
        click_through=line([week.counts.click_through for week in weeks]),
        deflection=line([week.counts.deflection for week in weeks]),
        shares=[Tick(n(FLOOR - share / 100 * (FLOOR - TOP)), f"{share}%") for share in (0, 25, 50, 75, 100)],
        counts=[Tick(n(BARS_FLOOR), "0"), Tick(n(BARS_TOP), str(highest))],
        dates=[
            Tick(n(x(index)), week.monday.strftime("%m-%d"))
            for index, week in enumerate(weeks)
            if (last - index) % every == 0
        ],
        weeks=weeks,
    )
