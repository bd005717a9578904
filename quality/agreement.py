"""How far two reviewers agree beyond chance. No database here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from helpdesk.core.small import FEWEST
from quality.stats import Interval, Z

Pair = tuple[str, str]  # what the first and the second reviewer answered about one item


class Said(StrEnum):
    """What can be said of the agreement."""

    FEW = "few"  # fewer reviews than may be told
    SAME = "same"  # both gave one and the same answer throughout: there is no chance to compare with
    KAPPA = "kappa"


@dataclass(frozen=True)
class Agreement:
    said: Said
    reviews: int
    items: int
    agreed: float | None = None  # the plain share of equal answers
    kappa: float | None = None
    interval: Interval | None = None  # None: they never differ in it, so nothing tells how far off it may be


def kappa(often: Mapping[Pair, int]) -> float | None:
    """κ = (p_o - p_e) / (1 - p_e), Cohen (1960), Educational and Psychological Measurement 20, 37-46.

    p_o is the share of equal answers, p_e the one that two reviewers with these habits would reach by chance:
    the sum over the answers of (share of the first) × (share of the second). None where p_e is 1.
    """
    n, first, second = sum(often.values()), Counter[str](), Counter[str]()
    for (one, other), count in often.items():
        first[one] += count
        second[other] += count
    by_chance = sum(first[answer] * second[answer] for answer in first)  # p_e n²
    if by_chance == n * n:
        return None
    equal = sum(count for (one, other), count in often.items() if one == other)
    return (equal * n - by_chance) / (n * n - by_chance)


def agreement(reviews: Sequence[Sequence[Pair]]) -> Agreement:
    """κ over the items of reviews that two people scored, with a 95 % interval.

    The items of one review were judged by the same two people about the same work, so they do not count as so
    many independent ones: the interval is the jackknife's, which leaves out one review at a time (Efron and
    Stein 1981, Annals of Statistics 9, 586-596), cut at -1 and 1.
    """
    tables = [Counter(review) for review in reviews]
    often = Counter(pair for review in reviews for pair in review)
    n, items = len(reviews), often.total()
    if n < FEWEST or not items:
        return Agreement(Said.FEW, n, items)
    agreed = sum(count for (one, other), count in often.items() if one == other) / items
    whole = kappa(often)
    if whole is None:
        return Agreement(Said.SAME, n, items, agreed)
    without = [value for table in tables if (value := kappa(often - table)) is not None]
    return Agreement(
        Said.KAPPA, n, items, agreed, whole, _around(whole, without) if len(without) == n else None
    )


def _around(whole: float, without: Sequence[float]) -> Interval | None:
    n, mean = len(without), sum(without) / len(without)
    error = sqrt((n - 1) / n * sum((value - mean) ** 2 for value in without))
    return (max(-1.0, whole - Z * error), min(1.0, whole + Z * error)) if error > 1e-12 else None
