"""How far two reviewers agree beyond chance. No database here."""

from collections import Counter
from collections.abc import Sequence
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


def kappa(pairs: Sequence[Pair]) -> float | None:
    """κ = (p_o - p_e) / (1 - p_e), Cohen (1960), Educational and Psychological Measurement 20, 37-46.

    p_o is the share of equal answers, p_e the one that two reviewers with these habits would reach by chance:
    the sum over the answers of (share of the first) × (share of the second). None where p_e is 1.
    """
    n = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(first[answer] * second[answer] for answer in first)  # p_e n²
    if by_chance == n * n:
        return None
    equal = sum(one == other for one, other in pairs)
    return (equal * n - by_chance) / (n * n - by_chance)


def agreement(reviews: Sequence[Sequence[Pair]]) -> Agreement:
    """κ over the items of reviews that two people scored, with a 95 % interval.

    The items of one review were judged by the same two people about the same work, so they do not count as so
    many independent ones: the interval is the jackknife's, which leaves out one review at a time (Efron and
    Stein 1981, Annals of Statistics 9, 586-596), cut at -1 and 1.
    """
    pairs = [pair for review in reviews for pair in review]
    n = len(reviews)
    if n < FEWEST or not pairs:
        return Agreement(Said.FEW, n, len(pairs))
    agreed = sum(one == other for one, other in pairs) / len(pairs)
    whole = kappa(pairs)
    if whole is None:
        return Agreement(Said.SAME, n, len(pairs), agreed)
    without = [
        kappa([p for k, review in enumerate(reviews) if k != left for p in review]) for left in range(n)
    ]
    known = [value for value in without if value is not None]
    interval = _around(whole, known) if len(known) == n else None
    return Agreement(Said.KAPPA, n, len(pairs), agreed, whole, interval)


def _around(whole: float, without: Sequence[float]) -> Interval | None:
    n, mean = len(without), sum(without) / len(without)
    error = sqrt((n - 1) / n * sum((value - mean) ** 2 for value in without))
    return (max(-1.0, whole - Z * error), min(1.0, whole + Z * error)) if error > 1e-12 else None
