"""An index examines itself: what its evidence is worth is seen by asking it what it was not told.

A fifth of the entries is left out whole, and of the others a text or two; an index of the rest is asked the
texts that were left out. Many questions then have no answer in it, and of the others it shows how often the
first answer is the right one. Nothing is needed but the entries, and nothing is kept but a few constants.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faq.search.confidence import SHIPPED, Judge, logistic

if TYPE_CHECKING:
    from faq.search.index import Entry, Index

LEFT_OUT = 5  # one entry in so many
ROUNDS = 5  # at most, each with other entries left out
ENOUGH = 400  # questions with an answer, and as many without
OF_AN_ENTRY = 4  # texts asked, at most, of one that was left out
UNANSWERED = 0.2  # share of the traffic that no entry answers
FEWEST = 30  # entries with variants; fewer say too little about questions in general
# Variants an entry at which the index's own weights and the shipped ones count the same: an index without a
# text or two of every entry is another one where there are few, and nearly the same where there are many.
HALF = 10.0
FREE = 0.001
# How strongly each weight is held to the shipped one, in questions: what one exam says is partly chance, and
# all of its questions are about the field.
PULL = 100.0
SLOPE_PULL = 10.0
LEAST_SLOPE = 0.2


class Answer(NamedTuple):
    figures: tuple[float, ...]  # of the signs of the first candidate
    answered: bool  # the index had the entry that the question is from
    right: bool  # and put it first


def examine(entries: Sequence["Entry"], build: Callable[[list["Entry"]], "Index"]) -> Judge:
    """The judge that fits these entries; the shipped one where too few have variants."""
    variants = sum(len(entry.variants) for entry in entries) / max(1, len(entries))
    return fit(answers(entries, build), SHIPPED, variants / (variants + HALF))


def answers(entries: Sequence["Entry"], build: Callable[[list["Entry"]], "Index"]) -> list[Answer]:
    rng = random.Random(1)  # noqa: S311  the same entries, the same judge
    several = sum(len(entry.variants) > 1 for entry in entries)
    if several < max(FEWEST, len(entries) / 3):
        return []  # hardly anything could be held back
    order = list(range(len(entries)))
    rng.shuffle(order)
    found: list[Answer] = []
    for first in range(min(ROUNDS, LEFT_OUT, 1 + ENOUGH // len(entries))):
        absent = set(order[first::LEFT_OUT])
        known, asked = _split(entries, absent, rng)
        index = build(known)
        found += _ask(index, asked)
    return found


def _split(
    entries: Sequence["Entry"], absent: set[int], rng: random.Random
) -> tuple[list["Entry"], list[tuple[str, "Entry | None"]]]:
    """What the index is told, and questions with the entry that they are from or None."""
    known: list[Entry] = []
    with_answer: list[tuple[str, Entry | None]] = []
    without: list[tuple[str, Entry | None]] = []
    for number, entry in enumerate(entries):
        texts = list(dict.fromkeys(filter(None, entry.variants)))
        if number in absent:
            texts = [entry.question, *texts]
            without += [(text, None) for text in rng.sample(texts, min(OF_AN_ENTRY, len(texts)))]
            continue
        held = rng.sample(texts, _held_back(len(texts)))
        kept = type(entry)(entry.id, entry.question, tuple(text for text in texts if text not in held))
        known.append(kept)
        with_answer += [(text, kept) for text in held]
    asked = [rng.sample(texts, min(ENOUGH, len(texts))) for texts in (with_answer, without)]
    return known, asked[0] + asked[1]


def _held_back(variants: int) -> int:
    return (0, 0, 1, 1, 1)[variants] if variants < 5 else 2


def _ask(index: "Index", asked: Sequence[tuple[str, "Entry | None"]]) -> Iterator[Answer]:
    for text, entry in asked:
        question = index.read(text)
        if question.latin or not question.text:
            continue
        ranking = index.rank(question)
        if ranking.candidates:
            first = index.ids[ranking.candidates[0].number]
            figures = ranking.signs(0).figures()
            yield Answer(figures, entry is not None, entry is not None and first == entry.id)


def fit(found: Sequence[Answer], near: Judge, trust: float = 1.0) -> Judge:
    answered = np.array([answer.answered for answer in found], bool)
    if answered.all() or not answered.any():
        return near
    figures = np.array([answer.figures for answer in found])
    columns = np.c_[np.ones(len(figures)), figures - figures.mean(0)]
    prior = np.array([0.0, *near.weights])
    pull = [FREE, *[PULL] * len(near.weights)]
    weights = logistic(columns, answered, _shares(answered, 0.5), prior, pull)[1:]
    weights = trust * weights + (1 - trust) * prior[1:]
    # What the evidence is worth, around its mean, so that the pull is on the slope and not on the height.
    evidence = figures @ weights
    middle = evidence.mean()
    right = np.array([answer.right for answer in found], bool)
    columns = np.c_[np.ones(len(figures)), evidence - middle]
    worth = _shares(answered, 1 - UNANSWERED)
    height, slope = logistic(columns, right, worth, np.array([0.0, near.slope]), (FREE, SLOPE_PULL))
    slope = max(LEAST_SLOPE, slope)
    return Judge(tuple(weights.tolist()), float(height - slope * middle), float(slope))


def _shares(answered: NDArray[Any], share: float) -> NDArray[Any]:
    """Weights by which those with an answer are this share of all."""
    is_so = answered.mean()
    weights: NDArray[Any] = np.where(answered, share / is_so, (1 - share) / (1 - is_so))
    return weights
