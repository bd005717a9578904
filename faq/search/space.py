"""A sparse vector space with one vector an entry: the centre of the entry's texts."""

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Extract = Callable[[str], Iterable[str]]  # the features of a text, each once

SIZE_BONUS = 0.1  # power of the number of texts: what is asked in many ways is asked often
BUDGET = 10_000  # postings read to find candidates, those of the rarest features first
KEPT = 32  # best candidates, which are then scored by all features
KIN = 12  # likeliest entries that are asked how alike they are
FEEDBACK_WEIGHT = 0.35  # of the candidates' other words beside the question's own
DAMPING = 0.75  # power of a feature's frequency by which it counts less for that
USUAL = 0.22  # likeness of two texts of one entry, where no entry has two
AS_USUAL = 2.0  # texts that an entry is taken to have which are alike as in other entries


class Found(NamedTuple):
    """Entry number → likeness, and what is seen of the question as a whole."""

    likeness: dict[int, float]
    known: float = 0.0  # share of it that was ever seen
    core: float = 0.0  # share of what is rarest in it that the likeliest entry has
    kinship: float = 0.0  # likeness of the likeliest entry to the next ones, in the mean
    asked: Mapping[int, float] = {}  # as a vector of length one


class Rows:
    """Sparse rows, one after another in long arrays, because a query walks hundreds that no cache holds."""

    def __init__(self, row: Array, column: Array, weight: Array, rows: int) -> None:
        """From cells that are in order of their row."""
        self._start = np.searchsorted(row, np.arange(rows + 1)).tolist()
        self._column = column.astype(np.int32)
        self._weight = weight.astype(np.float32)

    def length(self, row: int) -> int:
        return int(self._start[row + 1] - self._start[row])

    def of(self, rows: Sequence[int]) -> tuple[Array, Array, list[int]]:
        """Column and weight of every cell in these rows, and how many cells each row has."""
        cells = [slice(self._start[row], self._start[row + 1]) for row in rows]
        columns = np.concatenate([self._column[cell] for cell in cells])
        weights = np.concatenate([self._weight[cell] for cell in cells])
        return columns, weights, [cell.stop - cell.start for cell in cells]


class Space:
    """Cosine against the centres, with the rarity of a feature counted over entries."""

    def __init__(
        self,
        entries: Sequence[Sequence[str]],
        of_text: Extract,
        of_query: Extract | None = None,
        *,
        weigh: Callable[[str], float] = lambda feature: 1.0,
        instead: Callable[[str], str] | None = None,
        feedback: bool = False,
    ) -> None:
        """``weigh`` is how much a feature counts beside others of the same rarity.

        ``instead`` names the feature to try where no entry has the one asked for.

        With ``feedback`` the other words of the likeliest entries are asked for, too.
        """
        self._of_query = of_query or of_text
        self._weigh = weigh
        self._instead = instead
        self._feedback = feedback
        self._size = len(entries)
        self._unseen = math.log(1 + self._size) + 1
        owner, text, column = self._encode(entries, of_text)
        features = len(self._numbers)
        cells, cell = np.unique(owner * max(1, features) + column, return_inverse=True)
        owner, in_column = np.divmod(cells, max(1, features))
        seen = np.bincount(in_column, minlength=features)
        weight: Array = np.log((1 + self._size) / (1 + seen)) + 1
        weight *= np.fromiter(map(weigh, self._numbers), float, features)
        self._weights = weight.tolist()
        self._damping = np.maximum(1, seen) ** -DAMPING
        weight = weight[column]
        weight /= np.sqrt(np.bincount(text, weight**2))[text]
        weight = np.bincount(cell, weight, len(cells)).astype(float)
        texts_of = np.array([len(texts) for texts in entries], float)
        length = np.sqrt(np.maximum(1e-12, np.bincount(owner, weight**2, self._size)))
        self.expected = expected(texts_of, length).tolist()
        weight *= (texts_of**SIZE_BONUS / length)[owner]
        self._bonus = texts_of**SIZE_BONUS
        self._entries = Rows(owner, in_column, weight, self._size)
        order = np.argsort(in_column, kind="stable")
        self._postings = Rows(in_column[order], owner[order], weight[order], features)

    def _encode(self, entries: Sequence[Sequence[str]], of_text: Extract) -> tuple[Array, Array, Array]:
        """Of every feature of every text: whose text it is, which text, the feature's number."""
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        columns, owners, lengths = array("q"), array("q"), array("q")
        for owner, texts in enumerate(entries):
            for text in texts:
                found = [numbers[feature] for feature in of_text(text)]
                columns.extend(found)
                owners.append(owner)
                lengths.append(len(found))
        self._numbers = dict(numbers)
        text_of = np.repeat(np.arange(len(lengths)), np.array(lengths, int))
        return np.array(owners, int)[text_of], text_of, np.array(columns, int)

    def scores(self, text: str) -> Found:
        """The likely entries with their likeness, 0 to about 1."""
        features, weights, known = self._read(text)
        if not features:
            return Found({})
        asked = dict(zip(features, weights, strict=True))
        candidates = self._candidates(features, weights)
        query = np.zeros(len(self._numbers))
        query[features] = weights
        column, weight, lengths = self._entries.of(candidates)
        place = np.repeat(np.arange(len(candidates)), lengths)
        if self._feedback:
            query = self._with_related(query, place, column, FEEDBACK_WEIGHT * known)
        likeness = np.bincount(place, query[column] * weight, len(candidates))
        first = int(likeness.argmax())
        mine = place == first
        columns = column[mine]
        rarest = {feature: weight**4 for feature, weight in asked.items()}
        core = sum(rarest.get(feature, 0.0) for feature in columns.tolist()) / sum(rarest.values())
        own = np.zeros(len(query))
        own[columns] = weight[mine]
        bonus = self._bonus[candidates]
        alike = np.bincount(place, own[column] * weight, len(candidates)) / bonus / bonus[first]
        nearest = np.argsort(-likeness)[1:KIN]
        kinship = alike[nearest].mean() if len(nearest) else 0.0
        by_number = dict(zip(candidates, likeness.tolist(), strict=True))
        return Found(by_number, known, core, float(kinship), asked)

    def alike(self, asked: Mapping[int, float], text: str) -> float:
        """The question beside one text by itself."""
        features, weights, _ = self._read(text)
        return sum(
            asked.get(feature, 0.0) * weight for feature, weight in zip(features, weights, strict=True)
        )

    def shared(self, text: str, entry: int) -> dict[str, float]:
        """What every feature of the question adds to its likeness with one entry, without feedback."""
        features, weights, _ = self._read(text)
        columns, cells, _ = self._entries.of([entry])
        have = dict(zip(columns.tolist(), cells.tolist(), strict=True))
        names = list(self._numbers)
        asked = zip(features, weights, strict=True)
        return {names[number]: weight * have[number] for number, weight in asked if number in have}

    def _read(self, text: str) -> tuple[list[int], list[float], float]:
        """The question as a vector of length one, and how much of the question it is."""
        vector: dict[int, float] = {}
        unknown = 0.0
        for feature in self._of_query(text):
            number = self._numbers.get(feature)
            if number is not None:
                vector[number] = self._weights[number]
                continue
            weight = self._weigh(feature)
            unknown += (weight * self._unseen) ** 2
            other = self._instead(feature) if self._instead else ""
            number = self._numbers.get(other)
            if number is not None:
                vector[number] = self._weights[number] * weight / self._weigh(other)
        length = math.hypot(*vector.values())
        known = length / (math.hypot(length, math.sqrt(unknown)) or 1.0)
        return list(vector), [weight / length for weight in vector.values()], known

    def _candidates(self, features: list[int], weights: list[float]) -> list[int]:
        """The best entries by the rarest features; common ones are not followed once the budget is spent."""
        taken: list[int] = []
        left = BUDGET
        for place in sorted(range(len(features)), key=lambda place: self._postings.length(features[place])):
            left -= self._postings.length(features[place])
            if left < 0 and taken:
                break
            taken.append(place)
        entry, weight, lengths = self._postings.of([features[place] for place in taken])
        asked = np.repeat(np.array([weights[place] for place in taken], np.float32), lengths)
        return highest(np.bincount(entry, asked * weight, self._size), KEPT)

    def _with_related(self, query: Array, place: Array, column: Array, share: float) -> Array:
        """The question with a little of the words that the candidates have beside its own.

        Candidates count by how many of the question's rare words they have, words by how many of the
        candidates have them: customers' other words for the same thing, learnt from the variants.
        """
        shared = np.bincount(place, (query * self._damping)[column])
        related = np.bincount(column, shared[place], len(query)) * self._damping
        related *= share / (math.sqrt(related @ related) or 1.0)
        related += query
        related /= math.sqrt(related @ related)
        return related


def expected(texts: Array, length: Array) -> Array:
    """How alike one more text of each entry would be to the centre of those there are.

    A centre's length says how alike its texts are to each other; of few texts it says little.
    """
    others = np.maximum(0, texts - 1)
    pairs = np.where(others > 0, (length**2 - texts) / np.maximum(1, texts), 0.0)  # their sum, by others
    usual = (pairs.sum() + AS_USUAL * USUAL) / (others.sum() + AS_USUAL)
    alike = np.maximum(0, (pairs + AS_USUAL * usual) / (others + AS_USUAL))
    share: Array = np.sqrt(texts) * alike / np.sqrt(1 + others * alike)
    return share


def highest(scores: Array, count: int) -> list[int]:
    """Where the ``count`` highest of the scores above zero are, in no order."""
    best = scores.max(initial=0.0)
    for least in (best / 2, best / 4, 0.0):  # the fewer are left, the less there is to sort
        found = np.flatnonzero(scores > least)
        if len(found) >= count:
            break
    if len(found) > count:
        found = found[np.argpartition(scores[found], -count)[-count:]]
    return [int(number) for number in found]
