"""Intervals against published figures."""

from math import inf

import pytest

from quality.stats import (
    binomial_tail,
    difference,
    discoveries,
    dispersion,
    hypergeometric_tail,
    rate_ratio,
    wilson,
)


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


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        ((11, 800), (21, 3011), 0.8584, 4.2773),  # the worked example of R's poisson.test
        ((41, 28010), (15, 19017), 1.0057, 3.6093),  # Boice and Monson 1977, breast cancer after X-rays
        ((0, 1), (5, 1), 0.0, 1.0913),
    ],
)
def test_rate_ratio_is_the_published_interval(now, before, low, high):
    assert [round(edge, 4) for edge in rate_ratio(*now, *before)] == [low, high]


def test_rate_ratio_of_nothing_before_has_no_upper_end():
    assert rate_ratio(5, 1, 0, 1)[1] == inf


@pytest.mark.parametrize(
    ("hits", "n", "share", "tail"),
    [(8, 10, 0.5, 56 / 1024), (0, 10, 0.3, 1.0), (10, 10, 0.5, 1 / 1024), (11, 10, 0.5, 0.0)],
)
def test_binomial_tail_counts_the_ways(hits, n, share, tail):
    assert binomial_tail(hits, n, share) == pytest.approx(tail)


@pytest.mark.parametrize(
    ("table", "tail"),
    [
        ((3, 4, 1, 4), 17 / 70),  # Fisher's lady tasting tea
        ((10, 12, 3, 18), 0.0004652),  # Fisher's twins of convicts, R's fisher.test
    ],
)
def test_hypergeometric_tail_is_fishers(table, tail):
    assert hypergeometric_tail(*table) == pytest.approx(tail, rel=1e-4)


def test_dispersion_is_pearsons_and_never_below_one():
    assert dispersion([5, 15], [10, 10], [10, 10], 1) == 5.0
    assert dispersion([10, 10], [10, 10], [10, 10], 1) == 1.0


def test_discoveries_are_those_of_the_paper():
    """The fifteen tests of thrombolysis in Benjamini and Hochberg 1995: four hold at 5 %."""
    chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    chances += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert discoveries(chances, 0.05) == [True] * 4 + [False] * 11
    assert discoveries(chances[::-1], 0.05) == [False] * 11 + [True] * 4
    assert discoveries([], 0.05) == []
