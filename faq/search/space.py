"""A sparse vector space with one vector an entry: the centre of the entry's texts."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nlargest

Features = Mapping[str, float]  # feature → weight of its family × damped count
Extract = Callable[[str], Features]

SIZE_BONUS = 0.1  # power of the number of texts: what is asked in many ways is asked often
COMMON = 300  # postings of a feature above which it only scores what rarer features found
ENOUGH = 60  # candidates after which common features stop adding new ones
KEPT = 120  # best partial scores that common features are added to


def damped(counts: Mapping[str, int], weight: float) -> dict[str, float]:
    return {feature: weight * (1 + math.log(n)) for feature, n in counts.items()}


class Space:
    """Cosine against the centres, with the rarity of a feature counted over entries."""

    def __init__(self, entries: Sequence[Sequence[str]], extract: Extract) -> None:
        self._extract = extract
        vectors = [[extract(text) for text in texts] for texts in entries]
        seen = Counter(f for texts in vectors for f in {f for vector in texts for f in vector})
        total = len(vectors)
        self._unseen = math.log(1 + total) + 1
        self._idf = {f: math.log((1 + total) / (1 + n)) + 1 for f, n in seen.items()}
        postings: dict[str, dict[int, float]] = defaultdict(dict)
        for number, texts in enumerate(vectors):
            for feature, weight in self._centre(texts).items():
                postings[feature][number] = weight
        self._postings = dict(postings)

    def _centre(self, texts: Iterable[Features]) -> dict[str, float]:
        centre: dict[str, float] = defaultdict(float)
        count = 0
        for text in texts:
            vector = {f: w * self._idf[f] for f, w in text.items()}
            length = norm(vector.values())
            count += 1
            for feature, weight in vector.items():
                centre[feature] += weight / length
        length = norm(centre.values()) / max(1, count) ** SIZE_BONUS
        return {f: w / length for f, w in centre.items()} if centre else {}

    def scores(self, text: str) -> tuple[dict[int, float], float]:
        """Entry number → likeness for the likely entries, and the known share of the question."""
        features = self._extract(text)
        weighted = {f: w * self._idf.get(f, self._unseen) for f, w in features.items()}
        known = {f: w for f, w in weighted.items() if f in self._postings}
        if not known:
            return {}, 0.0
        length = norm(known.values())
        found = self._accumulate({f: w / length for f, w in known.items()})
        return found, length / norm(weighted.values())

    def _accumulate(self, query: Mapping[str, float]) -> dict[int, float]:
        """Rare features find; common ones find only while little is found, and then only score."""
        found: dict[int, float] = defaultdict(float)
        parts = sorted(((self._postings[f], w) for f, w in query.items()), key=lambda part: len(part[0]))
        last = 0
        for postings, weight in parts:
            if len(postings) > COMMON and len(found) >= ENOUGH:
                break
            for number, value in postings.items():
                found[number] += weight * value
            last += 1
        if last == len(parts):
            return found
        kept = {n: found[n] for n in nlargest(KEPT, found, key=found.__getitem__)}
        for postings, weight in parts[last:]:
            for number in kept:
                if number in postings:
                    kept[number] += weight * postings[number]
        return kept


def norm(values: Iterable[float]) -> float:
    return math.sqrt(math.fsum(v * v for v in values)) or 1.0
