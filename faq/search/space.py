"""A sparse vector space with one vector an entry: the centre of the entry's texts."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

Features = Mapping[str, float]  # feature → weight of its family
Extract = Callable[[str], Features]


class Posting:
    """One feature: its number, its rarity, and the entries that have it with their weights.

    Arrays, because a query walks hundreds of postings that no cache holds.
    """

    __slots__ = ("entries", "number", "rarity", "weights")

    def __init__(self, number: int, rarity: float) -> None:
        self.number, self.rarity = number, rarity
        self.entries = array("L")
        self.weights = array("d")


SIZE_BONUS = 0.1  # power of the number of texts: what is asked in many ways is asked often
BUDGET, BUDGET_SHARE = 120, 50  # postings read to find candidates: so many, and one for so many entries
KEPT = 15  # best candidates, which are then scored by all features


class Space:
    """Cosine against the centres, with the rarity of a feature counted over entries."""

    def __init__(
        self,
        entries: Sequence[Sequence[str]],
        of_text: Extract,
        of_query: Extract | None = None,
        instead: Callable[[str], str] = str,
    ) -> None:
        """``instead`` names the feature to try where an entry has never had the one asked for."""
        self._of_query = of_query or of_text
        self._instead = instead
        vectors = [[of_text(text) for text in texts] for texts in entries]
        seen = Counter(f for texts in vectors for f in set().union(*texts))
        total = len(vectors)
        self._unseen = math.log(1 + total) + 1
        self._budget = BUDGET + total // BUDGET_SHARE
        self._postings = {
            feature: Posting(number, math.log((1 + total) / (1 + count)) + 1)
            for number, (feature, count) in enumerate(seen.items())
        }
        self._vectors = [self._post(number, texts) for number, texts in enumerate(vectors)]

    def _post(self, number: int, texts: Iterable[Features]) -> dict[int, float]:
        """Enter one entry everywhere it belongs; its vector, by number of feature, is what scores it."""
        vector: dict[int, float] = {}
        for feature, weight in self._centre(texts).items():
            posting = self._postings[feature]
            posting.entries.append(number)
            posting.weights.append(weight)
            vector[posting.number] = weight
        return vector

    def _centre(self, texts: Iterable[Features]) -> dict[str, float]:
        centre: dict[str, float] = defaultdict(float)
        count = 0
        for text in texts:
            vector = {f: w * self._postings[f].rarity for f, w in text.items()}
            length = norm(vector.values())
            count += 1
            for feature, weight in vector.items():
                centre[feature] += weight / length
        length = norm(centre.values()) / max(1, count) ** SIZE_BONUS
        return {f: w / length for f, w in centre.items()} if centre else {}

    def scores(self, text: str) -> tuple[dict[int, float], float]:
        """Entry number → likeness for the likely entries, and the known share of the question."""
        known: list[tuple[Posting, float]] = []
        unknown = 0.0
        for feature, weight in self._of_query(text).items():
            posting = self._postings.get(feature)
            if posting is None:
                unknown += (weight * self._unseen) ** 2
                posting = self._postings.get(self._instead(feature))
            if posting is not None:
                known.append((posting, weight * posting.rarity))
        if not known:
            return {}, 0.0
        length = math.hypot(*[weight for _, weight in known])
        query = [(posting.number, weight / length) for posting, weight in known]
        found = {
            number: sum([w * vector[f] for f, w in query if f in vector])
            for number in self._candidates(known)
            if (vector := self._vectors[number])
        }
        return found, length / math.hypot(length, math.sqrt(unknown))

    def _candidates(self, known: list[tuple[Posting, float]]) -> list[int]:
        """The entries that share the rarest features; common ones are not followed once some are found."""
        found: dict[int, float] = {}
        spent = 0
        for posting, weight in sorted(known, key=rarest_first):
            spent += len(posting.entries)
            if spent > self._budget and found:
                break
            for number, value in zip(posting.entries, posting.weights, strict=True):
                found[number] = found.get(number, 0.0) + weight * value
        return best(found, KEPT)


def rarest_first(part: tuple[Posting, float]) -> float:
    return -part[0].rarity


def best(scores: Mapping[int, float], count: int) -> list[int]:
    """The ``count`` highest, in no order (a little more when they tie)."""
    if len(scores) <= count:
        return list(scores)
    least = sorted(scores.values())[-count]
    return [number for number, score in scores.items() if score >= least]


def norm(values: Iterable[float]) -> float:
    return math.hypot(*values) or 1.0
