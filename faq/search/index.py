"""The index: what entries there are, and which of them a question means."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rapidfuzz import fuzz

from faq.search.confidence import SURE, confidence, evidence
from faq.search.features import initialled, spoken, written, written_and_heard
from faq.search.normalise import normalise
from faq.search.sound import cut, has_letters, latin_runs, sound_of_pair
from faq.search.space import Space, best
from faq.search.synonyms import Synonyms

Reason = Literal["exact", "words", "sound", "initials"]

RERANKED = 12  # candidates that rapidfuzz compares text by text
RATIO_WEIGHT = 0.35  # of rapidfuzz's ratio beside the likeness of the space


@dataclass(frozen=True)
class Entry:
    """One answer's question and the other ways it is asked."""

    id: Hashable
    question: str
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    entry_id: Hashable
    confidence: float  # 0..1, see faq/search/confidence.py
    matched_text: str  # the question or variant nearest to what was typed
    reason: Reason


@dataclass(frozen=True)
class Question:
    text: str  # as searched: normalised, English read as Chinese
    latin: float = 0.0  # share of it that is Pinyin or initials
    abbreviated: bool = False  # some of its letters are no syllables


class Candidate(NamedTuple):
    """An entry beside a question, with the figures that its confidence comes from."""

    score: float
    number: int
    likeness: float
    ratio: float
    text: str  # of the entry, nearest to the question


NOTHING = Candidate(0.0, -1, 0.0, 0.0, "")


class Ranking(NamedTuple):
    candidates: list[Candidate]  # best first
    known: float  # share of the question that the index has ever seen
    length: int

    def lead(self) -> float:
        """How far the first is ahead of the second."""
        first, second = (*self.candidates[:2], NOTHING, NOTHING)[:2]
        return first.score - second.score

    def evidence(self, place: int) -> float:
        return evidence(self.candidates[place].likeness, self.known, self.length)


class Index:
    """Immutable once built; searching shares nothing that changes."""

    def __init__(self, entries: Sequence[Entry], synonyms: Synonyms) -> None:
        self._synonyms = synonyms
        self.ids = [entry.id for entry in entries]
        self._originals = [_distinct([entry.question, *entry.variants]) for entry in entries]
        self._texts = [list(originals) for originals in self._originals]
        self._words = Space(
            self._texts, written_and_heard(synonyms), written(synonyms), instead=sound_of_pair
        )
        self._sounds = Space(self._texts, spoken)
        self._initials = Space(self._texts, initialled)

    @classmethod
    def build(cls, entries: Iterable[Entry], synonyms: Synonyms | None = None) -> "Index":
        return cls(list(entries), synonyms or Synonyms.load())

    def __len__(self) -> int:
        return len(self.ids)

    def search(self, query: str, limit: int = 5) -> list[Match]:
        """The entries that ``query`` most likely means, surest first; none for a text without words."""
        question = self.read(query)
        if not question.text:
            return []
        ranking = self.rank(question, max(limit, RERANKED))
        matches: list[Match] = []
        sure = 1.0
        for place, candidate in enumerate(ranking.candidates[:limit]):
            told = ranking.evidence(place)
            sure = min(sure, confidence(told, 0.0 if place else ranking.lead()))
            matches.append(self._match(question, candidate, sure))
        return matches

    def read(self, query: str) -> Question:
        text = normalise(query)
        if not has_letters(text):
            return Question(text)
        text = self._synonyms.from_english(text)
        runs = latin_runs(text)
        letters = sum(len(run) for run in runs)
        return Question(text, letters / max(1, len(text)), any(not cut(run)[1] for run in runs))

    def rank(self, question: Question, count: int) -> Ranking:
        """The likeliest entries, each with the one of its texts that rapidfuzz finds nearest."""
        likeness, known = self._likeness(question)
        found = []
        for number in best(likeness, count):
            ratio, text = max([(fuzz.ratio(question.text, text), text) for text in self._texts[number]])
            score = likeness[number] + RATIO_WEIGHT * ratio / 100
            found.append(Candidate(score, number, likeness[number], ratio / 100, text))
        found.sort(key=lambda candidate: (-candidate.score, candidate.number))
        return Ranking(found, known, len(question.text))

    def _likeness(self, question: Question) -> tuple[dict[int, float], float]:
        """Words alone for Chinese; the more letters there are, the more the sound decides."""
        words, known = self._words.scores(question.text)
        if not question.latin:
            return words, known
        heard, clear = (self._initials if question.abbreviated else self._sounds).scores(question.text)
        share = question.latin
        mixed = {n: (1 - share) * score for n, score in words.items()}
        for number, score in heard.items():
            mixed[number] = mixed.get(number, 0.0) + share * score
        return mixed, (1 - share) * known + share * clear

    def _match(self, question: Question, found: Candidate, sure: float) -> Match:
        reason: Reason = "words"
        if found.ratio == 1:
            reason, sure = "exact", max(sure, SURE)
        elif question.latin > 0.5:
            reason = "initials" if question.abbreviated else "sound"
        return Match(self.ids[found.number], sure, self._originals[found.number][found.text], reason)


def _distinct(texts: Iterable[str]) -> dict[str, str]:
    """Normalised → as written, first spelling kept, in order; a text without words is none."""
    seen: dict[str, str] = {}
    for text in texts:
        seen.setdefault(normalise(text), text)
    seen.pop("", None)
    return seen
