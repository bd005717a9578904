"""Before and after: worked figures, and honesty where the data cannot tell."""

import datetime as dt

import pytest

from quality.effect import Comparison, Effect, window
from quality.shift import Tally

ON = dt.date(2026, 9, 1)


def share(before, after, weeks=4):
    return Comparison([Tally(*before)] * weeks, [Tally(*after)] * weeks, is_share=True, better_up=True)


def volume(before, after, weeks=4):
    return Comparison(
        [Tally(before, before)] * weeks, [Tally(after, after)] * weeks, is_share=False, better_up=False
    )


@pytest.mark.parametrize(
    ("today", "weeks"),
    [("2026-09-01", 0), ("2026-09-07", 0), ("2026-09-08", 1), ("2026-09-29", 4), ("2027-09-01", 13)],
)
def test_windows_are_whole_weeks_of_equal_length(today, weeks):
    span = window(ON, today=dt.date.fromisoformat(today))
    assert span.weeks == weeks
    assert span.after == (ON, ON + dt.timedelta(days=7 * weeks - 1))
    assert span.before == (ON - dt.timedelta(days=7 * weeks), ON - dt.timedelta(days=1))


def test_enough_weeks_have_passed_after_the_last_of_them():
    span = window(ON, today=ON)
    assert span.enough_on == dt.date(2026, 9, 29)
    assert window(ON, today=span.enough_on).weeks == 4


@pytest.mark.parametrize(
    ("comparison", "effect"),
    [
        (share((12, 20), (18, 20)), Effect.BETTER),
        (share((18, 20), (12, 20)), Effect.WORSE),
        (share((14, 20), (15, 20)), Effect.UNCLEAR),
        (share((1, 2), (2, 2)), Effect.FEW),
        (share((12, 20), (18, 20), weeks=3), Effect.EARLY),
        (volume(20, 10), Effect.BETTER),
        (volume(10, 20), Effect.WORSE),
        (volume(10, 9), Effect.UNCLEAR),
        (volume(1, 1), Effect.FEW),
        (volume(5, 0), Effect.BETTER),
        (volume(0, 0), Effect.FEW),
        (share((0, 0), (18, 20)), Effect.FEW),
    ],
)
def test_the_effect_is_what_the_interval_says(comparison, effect):
    assert comparison.effect == effect


def test_the_interval_is_newcombes_of_the_sums():
    found = share((12, 20), (14, 17.5))
    assert (found.change, [round(edge, 4) for edge in found.interval]) == (
        pytest.approx(0.2),
        [0.0524, 0.3339],  # 56 of 70 against 48 of 80, Newcombe 1998
    )


def test_weeks_that_scatter_widen_the_interval():
    steady = volume(20, 12)
    wild = Comparison(
        [Tally(n, n) for n in (2, 38, 2, 38)], [Tally(12, 12)] * 4, is_share=False, better_up=False
    )
    assert (steady.effect, wild.effect) == (Effect.BETTER, Effect.UNCLEAR)
    assert wild.change == steady.change == 0.6


def test_few_answers_show_no_share_and_what_is_kept_fits_json():
    assert share((1, 1), (2, 2)).few is True
    assert volume(1, 1).few is False
    assert Comparison([Tally()] * 4, [Tally(5, 5)] * 4, is_share=False, better_up=False).figures == {
        "weeks": 4,
        "hits_before": 0,
        "n_before": 0,
        "hits_after": 20,
        "n_after": 20,
        "change": None,
        "low": pytest.approx(4.937, abs=0.001),
        "high": None,
        "noise": 1.0,
    }
