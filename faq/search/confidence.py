"""How sure the engine is, as a share of right answers, and below what it says that it is not sure.

A logistic of a few signs, in two steps: the evidence that the question has an answer here at all, and what
that evidence is worth as a share of right first answers. Fields differ in both: where neighbours mean nearly
the same, much evidence is worth little. So every index fits its own judge on its own texts (exam.py), held
near the shipped one the more the fewer texts it has. benchmarks/calibrate_faq.py fits the shipped one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.7  # below it: "not sure", the nearest three, and a person
SURE = 0.95  # the question, or a variant of it, letter for letter

KNOWN_ENOUGH = 0.7  # share of the question's weight made of features the index has ever seen
NOT_SURE = 0.69  # the most that is said where more than one may be meant
TWIN = 0.001  # two entries whose scores are as good as equal
TIE = 0.05  # three entries whose scores are nearer than this: one may be right, but not which
LONG = 30  # characters; a question that is longer still says no more by that
SHORTEST = 2  # characters of a question that can be answered outright


class Signs(NamedTuple):
    """What is seen of a question beside one entry. All but the length are shares, 0 to 1."""

    likeness: float
    ratio: float  # rapidfuzz's, with the entry's nearest text
    length: int  # characters; a short question says less
    known: float
    background: float  # likeness of what comes after the first five: what any question of the kind gets
    expected: float  # likeness that one more text of the entry would have
    # Of the question beside its first entry, whichever entry is judged:
    kinship: float  # likeness of the first to the next eleven; where it is little, the question is about none
    core: float  # share of what is rarest in the question that the first has
    nearest: float  # likeness of the first's nearest text alone; one text says less than all together

    def figures(self) -> tuple[float, ...]:
        """As they are weighed, each divided by about how much it differs between questions."""
        likeness = self.likeness * min(1.0, self.known / KNOWN_ENOUGH)
        return (
            likeness / 0.12,
            self.ratio / 0.16,
            math.log(1 + min(self.length, LONG)) / 0.4,
            self.background / 0.05,
            self.expected / 0.08,
            self.kinship / 0.09,
            self.core / 0.25,
            self.nearest / 0.16,
        )


@dataclass(frozen=True)
class Judge:
    weights: tuple[float, ...]  # of the figures of the signs
    intercept: float
    slope: float

    def evidence(self, signs: Signs) -> float:
        """Log odds, but for a constant, that the question has an answer here."""
        return sum(weight * figure for weight, figure in zip(self.weights, signs.figures(), strict=True))

    def confidence(self, evidence: float, *, vague: bool = False) -> float:
        """Of what is vague, never enough for one clear answer."""
        sure = 1 / (1 + math.exp(-max(-500.0, min(500.0, self.intercept + self.slope * evidence))))
        return min(sure, NOT_SURE) if vague else sure


def logistic(
    columns: NDArray[Any],
    true: NDArray[Any],
    weight: NDArray[Any],
    prior: NDArray[Any],
    pull: Sequence[float],
) -> NDArray[Any]:
    """Constants of a weighted logistic regression, by Newton's method, each pulled to its ``prior``."""
    constants = prior.copy()
    pulled = np.diag(pull)
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(columns @ constants, -30, 30)))
        bend = (columns.T * (weight * p * (1 - p))) @ columns + pulled
        step = np.linalg.solve(bend, columns.T @ (weight * (true - p)) - pulled @ (constants - prior))
        constants = constants + step * min(1.0, 3.0 / max(1e-9, np.abs(step).max()))  # not past the hill
        if np.abs(step).max() < 1e-6:
            break
    return constants


SHIPPED = Judge((0.52, 0.25, 0.16, -0.2, -0.18, 0.22, 0.18, -0.22), -4.2, 1.7)
