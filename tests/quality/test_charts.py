"""The drawing: gaps stay gaps, scales hold what they show."""

import datetime as dt

import pytest

from quality.charts import BARS_FLOOR, FLOOR, TOP, draw, nice_ceiling
from quality.figures import Tally, Week

MONDAY = dt.date(2026, 9, 28)


def weeks(*tallies: Tally) -> list[Week]:
    mondays = [MONDAY + dt.timedelta(weeks=n) for n in range(len(tallies))]
    return [Week(m, m + dt.timedelta(days=6), tally) for m, tally in zip(mondays, tallies, strict=True)]


def rated(satisfied: int, answers: int, volume: int = 0) -> Tally:
    return Tally(volume=volume, answers=answers, satisfied=satisfied, points=answers)


def test_line_and_band_break_where_nobody_answered():
    chart = draw(weeks(rated(8, 10), rated(7, 10), Tally(volume=3), rated(5, 10)))
    assert [len(line.split()) for line in chart.lines] == [2, 1]
    assert [len(band.split()) for band in chart.bands] == [4, 2]
    assert [slot.point is None for slot in chart.slots] == [False, False, True, False]


def test_volume_of_zero_is_a_bar_without_height():
    chart = draw(weeks(rated(8, 10, volume=0), rated(8, 10, volume=4)))
    assert [slot.bar.height for slot in chart.slots] == ["0.0", "60.0"]
    assert [float(slot.bar.y) + float(slot.bar.height) for slot in chart.slots] == [BARS_FLOOR] * 2


def test_nothing_at_all_can_be_drawn():
    chart = draw(weeks(Tally(), Tally()))
    assert (chart.lines, chart.bands) == ([], [])
    assert [tick.label for tick in chart.counts] == ["0", "1"]
    assert [tick.label for tick in chart.shares] == ["0%", "20%", "40%", "60%", "80%", "100%"]


def test_share_axis_begins_below_the_lowest_band():
    chart = draw(weeks(rated(80, 100), rated(60, 100)))
    assert [tick.label for tick in chart.shares] == ["40%", "60%", "80%", "100%"]
    assert [tick.at for tick in chart.shares] == ["176.0", "122.7", "69.3", "16.0"]


@pytest.mark.parametrize("satisfied", [0, 1, 50, 99, 100])
def test_band_stays_inside_its_panel(satisfied):
    chart = draw(weeks(rated(satisfied, 100), rated(1, 1)))
    heights = [float(point.split(",")[1]) for band in chart.bands for point in band.split()]
    assert TOP <= min(heights) <= max(heights) <= FLOOR


@pytest.mark.parametrize(
    ("number", "ceiling"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (5, 5), (6, 10), (11, 20), (41, 50), (99, 100), (401, 500)],
)
def test_volume_axis_ends_at_a_round_number(number, ceiling):
    assert nice_ceiling(number) == ceiling


@pytest.mark.parametrize("count", [8, 13, 26, 52])
def test_dates_fit_and_the_last_week_is_named(count):
    chart = draw(weeks(*[rated(5, 10)] * count))
    assert len(chart.dates) <= 9
    assert chart.dates[-1].label == (MONDAY + dt.timedelta(weeks=count - 1)).strftime("%m-%d")
