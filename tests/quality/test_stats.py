"""Intervals against published figures."""

import pytest

from quality.stats import difference, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0000, 0.2775),
        (10, 10, 0.7225, 1.0000),
        (1, 1, 0.2065, 1.0000),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998 (one proportion), method 3
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilson_is_the_published_interval(hits, n, low, high):
    assert [round(edge, 4) for edge in wilson(hits, n)] == [low, high]


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),  # Newcombe 1998 (two proportions), method 10
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_difference_is_the_published_interval(now, before, low, high):
    assert [round(edge, 4) for edge in difference(*now, *before)] == [low, high]


def test_difference_turns_its_sign_with_its_sides():
    low, high = difference(30, 50, 40, 50)
    assert difference(40, 50, 30, 50) == pytest.approx((-high, -low))
