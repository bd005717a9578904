"""Cohen's κ against worked examples from the literature, its interval against a formula and a simulation."""

import random
from collections import Counter
from math import sqrt

import pytest

from quality.agreement import Said, agreement, kappa
from quality.stats import Z

Table = dict[tuple[str, str], int]


def pairs(table: Table) -> list[tuple[str, str]]:
    return [pair for pair, often in table.items() for _ in range(often)]


def square(*rows: tuple[int, ...]) -> Table:
    return {(str(i), str(j)): often for i, row in enumerate(rows) for j, often in enumerate(row)}


# Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), table 18.1, of 100 patients.
DIAGNOSES = square((75, 1, 4), (5, 4, 1), (0, 0, 10))


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (DIAGNOSES, 0.676),
        # Cohen (1968), Psychological Bulletin 70, 213-220, table 1: 200 patients.
        (square((88, 14, 18), (10, 40, 10), (2, 6, 12)), 0.492),
        # Three that agree alike and mean different things: 50 and 100 items.
        (square((20, 5), (10, 15)), 0.400),
        (square((45, 15), (25, 15)), 0.130),
        (square((25, 35), (5, 35)), 0.259),
        (square((5, 0), (0, 5)), 1.0),
        (square((0, 5), (5, 0)), -1.0),
    ],
)
def test_kappa_of_worked_examples(table, expected):
    assert kappa(table) == pytest.approx(expected, abs=0.0006)


def test_one_answer_throughout_has_no_kappa():
    assert kappa({("yes", "yes"): 30}) is None
    assert agreement([[("yes", "yes")] * 9] * 9).said == Said.SAME


def test_few_reviews_say_nothing():
    review = [("yes", "yes"), ("no", "yes")]
    assert (agreement([review] * 4).said, agreement([review] * 4).kappa) == (Said.FEW, None)
    assert agreement([review] * 5).said == Said.KAPPA
    assert agreement([]).said == Said.FEW


def test_without_any_difference_no_interval_is_claimed():
    found = agreement([[("yes", "yes"), ("no", "no")]] * 8)
    assert (found.kappa, found.interval) == (1.0, None)


def test_the_interval_of_single_items_is_that_of_the_formula():
    """Fleiss, Cohen and Everitt (1969) give the standard error 0.088 for the diagnoses."""
    low, high = agreement([[pair] for pair in pairs(DIAGNOSES)]).interval or (0, 0)
    assert (high - low) / (2 * Z) == pytest.approx(0.088, abs=0.004)


def test_items_of_one_review_do_not_count_as_independent():
    """Nine alike items in a review say hardly more than one: the interval must not shrink to a third."""
    single = agreement([[pair] for pair in pairs(DIAGNOSES)]).interval or (0, 0)
    ninefold = agreement([[pair] * 9 for pair in pairs(DIAGNOSES)]).interval or (0, 0)
    assert ninefold == pytest.approx(single, abs=1e-9)


def test_the_interval_covers():
    """Forty reviews of nine items, some harder than others: about 95 % of intervals hold the truth."""
    dice = random.Random(7)  # no secret

    def review() -> list[tuple[str, str]]:
        wrong, rare = dice.choice((0.02, 0.25)), dice.choice((0.1, 0.4))
        found = []
        for _ in range(9):
            truth = "no" if dice.random() < rare else "yes"
            other = "yes" if truth == "no" else "no"
            seen = [other if dice.random() < wrong else truth for _ in range(2)]
            found.append((seen[0], seen[1]))
        return found

    truth = kappa(Counter(pair for _ in range(8_000) for pair in review()))
    assert truth is not None
    held = 0
    for _ in range(200):
        low, high = agreement([review() for _ in range(40)]).interval or (2, 2)
        held += low <= truth <= high
    assert 200 * 0.95 - 3.5 * sqrt(200 * 0.95 * 0.05) <= held
