"""The index: what entries there are, and which of them a question means."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Literal

from rapidfuzz import fuzz, process

from faq.search.confidence import SURE, confidence, evidence
from faq.search.features import initialled, spoken, written
from faq.search.normalise import normalise
from faq.search.sound import cut, latin_runs
from faq.search.space import Space
from faq.search.synonyms import Synonyms

Reason = Literal["exact", "words", "sound", "initials"]

RERANKED = 30  # candidates that rapidfuzz compares text by text
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
class _Question:
    text: str  # as searched: normalised, English read as Chinese
    latin: float  # share of it that is Pinyin or initials
    abbreviated: bool  # some of its letters are no syllables


class Index:
    """Immutable once built; searching shares nothing that changes."""

    def __init__(self, entries: Sequence[Entry], synonyms: Synonyms) -> None:
        self._synonyms = synonyms
        self._ids = [entry.id for entry in entries]
        self._originals = [_distinct([entry.question, *entry.variants]) for entry in entries]
        self._texts = [list(originals) for originals in self._originals]
        self._words = Space(self._texts, written(synonyms))
        self._sounds = Space(self._texts, spoken)
        self._initials = Space(self._texts, initialled)

    @classmethod
    def build(cls, entries: Iterable[Entry], synonyms: Synonyms | None = None) -> "Index":
        return cls(list(entries), synonyms or Synonyms.load())

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, query: str, limit: int = 5) -> list[Match]:
        """The entries that ``query`` most likely means, surest first; none for a text without words."""
        question = self._read(query)
        if not question.text:
            return []
        likeness, known = self._likeness(question)
        near = nlargest(max(RERANKED, limit), likeness, key=likeness.__getitem__)
        nearest = {number: self._nearest(question.text, number) for number in near}
        score = {n: likeness[n] + RATIO_WEIGHT * nearest[n][0] for n in near}
        near.sort(key=lambda n: (-score[n], n))
        sure = self._sure(question, known, [(likeness[n], score[n]) for n in near])
        return [self._match(question, n, sure[i], *nearest[n]) for i, n in enumerate(near[:limit])]

    def _sure(self, question: _Question, known: float, found: list[tuple[float, float]]) -> list[float]:
        """Confidences in order, never rising; only the first can be ahead of another."""
        second = found[1][1] if len(found) > 1 else 0.0
        sure: list[float] = []
        for likeness, score in found:
            told = evidence(likeness, known, len(question.text))
            value = confidence(told, 0.0 if sure else score - second)
            sure.append(min([value, *sure[-1:]]))
        return sure

    def _read(self, query: str) -> _Question:
        text = self._synonyms.from_english(normalise(query))
        runs = latin_runs(text)
        letters = sum(len(run) for run in runs)
        return _Question(text, letters / max(1, len(text)), any(not cut(run)[1] for run in runs))

    def _likeness(self, question: _Question) -> tuple[dict[int, float], float]:
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

    def _nearest(self, text: str, number: int) -> tuple[float, str]:
        best = process.extractOne(text, self._texts[number], scorer=fuzz.ratio)
        return (best[1] / 100, best[0]) if best else (0.0, "")

    def _match(self, question: _Question, number: int, sure: float, ratio: float, text: str) -> Match:
        reason: Reason = "words"
        if ratio == 1:
            reason, sure = "exact", max(sure, SURE)
        elif question.latin > 0.5:
            reason = "initials" if question.abbreviated else "sound"
        return Match(self._ids[number], sure, self._originals[number].get(text, ""), reason)


def _distinct(texts: Iterable[str]) -> dict[str, str]:
    """Normalised → as written, first spelling kept, in order."""
    seen: dict[str, str] = {}
    for text in texts:
        seen.setdefault(normalise(text), text)
    return seen
