"""Why a question finds what it finds: the figures behind one ranking, for editors."""

from dataclasses import dataclass

from faq.search.confidence import SHORTEST, THRESHOLD
from faq.search.features import readable
from faq.search.index import RATIO_WEIGHT, Index, Match

COUNTED = 8  # words named for one entry
UNSEEN = 0.7  # share of the question the index knows, below which that is told


@dataclass(frozen=True)
class Because:
    """One entry beside the question. The three parts are what its score is the sum of."""

    match: Match
    score: float
    typed: float  # words of the question that the entry has
    related: (
        float  # other words that the likeliest entries have with them; the sound of what was typed as Pinyin
    )
    spelling: float  # rapidfuzz's, with the text that is nearest
    counted: list[str]  # the words of the question that count most for this entry


@dataclass(frozen=True)
class Explanation:
    asked: str  # as searched
    found: list[Because]
    known: float  # share of the question that the index has ever seen
    short: bool
    level: bool  # three are as near as each other
    sure: bool

    @property
    def unseen(self) -> bool:
        return self.known < UNSEEN


def explain(index: Index, query: str, limit: int = 5) -> Explanation:
    question = index.read(query)
    matches = index.search(query, limit)
    if not matches:
        return Explanation(question.text, [], 0.0, short=False, level=False, sure=False)
    ranking = index.rank(question)
    found: list[Because] = []
    for match, candidate in zip(matches, ranking.candidates, strict=False):
        shared = index.shared(question, candidate.number)
        spelling = RATIO_WEIGHT * candidate.ratio
        typed = min(sum(shared.values()), candidate.score - spelling)
        counted = sorted(shared, key=lambda feature: -shared[feature])
        words = list(dict.fromkeys(filter(None, map(readable, counted))))[:COUNTED]
        related = candidate.score - spelling - typed
        found.append(Because(match, candidate.score, typed, related, spelling, words))
    short = ranking.length < SHORTEST
    level = ranking.vague and not short
    return Explanation(question.text, found, ranking.known, short, level, matches[0].confidence >= THRESHOLD)
