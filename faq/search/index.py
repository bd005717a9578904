"""The index: what entries there are, and which of them a question means."""

from collections.abc import Hashable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rapidfuzz import fuzz, process

from faq.search.confidence import SHIPPED, SHORTEST, SURE, TIE, TWIN, Judge, Signs
from faq.search.exam import examine
from faq.search.features import initialled, spoken, weight_of, written, written_and_heard
from faq.search.normalise import normalise
from faq.search.sound import cut, has_letters, initials, latin_runs, sound, sound_of_pair
from faq.search.space import SIZE_BONUS, Found, Space
from faq.search.synonyms import Synonyms

Reason = Literal["exact", "words", "sound", "initials"]

RERANKED = 12  # candidates that rapidfuzz compares text by text
RATIO_WEIGHT = 0.25  # of rapidfuzz's ratio beside the likeness of the space
BACKGROUND = slice(5, 30)  # the places whose likeness says what any question of the kind gets


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
    expected: float  # likeness of one more text of the entry
    alike: float  # as the ratio, but for what was typed as Pinyin or initials by its sound


class Ranking(NamedTuple):
    candidates: list[Candidate]  # best first
    known: float  # share of the question that the index has ever seen
    length: int
    background: float
    core: float
    kinship: float
    nearest: float

    @property
    def vague(self) -> bool:
        """One of several may be meant, and nothing says which."""
        if self.length < SHORTEST:
            return True
        behind = [self.candidates[0].score - other.score for other in self.candidates[1:3]]
        return (len(behind) > 0 and behind[0] < TWIN) or (len(behind) > 1 and behind[1] < TIE)

    def signs(self, place: int) -> Signs:
        found = self.candidates[place]
        return Signs(
            found.likeness,
            found.alike,
            self.length,
            self.known,
            self.background,
            found.expected,
            self.kinship,
            self.core,
            self.nearest,
        )


class Index:
    """Immutable once built; searching shares nothing that changes."""

    def __init__(
        self, entries: Sequence[Entry], synonyms: Synonyms, judge: Judge = SHIPPED, *, heard: bool = True
    ) -> None:
        """Not ``heard``: without Pinyin and initials."""
        self._entries = entries
        self._synonyms = synonyms
        self.judge = judge
        self.ids = [entry.id for entry in entries]
        self._originals = [_distinct([entry.question, *entry.variants]) for entry in entries]
        self._texts = [list(originals) for originals in self._originals]
        self._words = Space(
            self._texts,
            written_and_heard(synonyms),
            written(synonyms),
            weigh=weight_of,
            instead=sound_of_pair,
            feedback=True,
        )
        aloud = self._texts if heard else []
        self._sounds = Space(aloud, spoken)
        self._initials = Space(aloud, initialled)

    @classmethod
    def build(cls, entries: Iterable[Entry], synonyms: Synonyms | None = None) -> "Index":
        return cls(list(entries), synonyms or Synonyms.load()).examined()

    def examined(self) -> "Index":
        """The same index with a judge of its own (exam.py), which takes about as long as building it."""
        words, other = self._synonyms, copy(self)
        other.judge = examine(self._entries, lambda known: Index(known, words, heard=False))
        return other

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
            evidence = self.judge.evidence(ranking.signs(place))
            sure = min(sure, self.judge.confidence(evidence, vague=ranking.vague))
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

    def rank(self, question: Question, count: int = RERANKED) -> Ranking:
        """The likeliest entries, each with the one of its texts that rapidfuzz finds nearest."""
        seen = self._seen(question)
        likeness = seen.likeness
        likely = sorted(likeness, key=lambda number: (-likeness[number], number))
        found = [self._candidate(question, number, likeness[number]) for number in likely[:count]]
        found.sort(key=lambda candidate: (-candidate.score, candidate.number))
        others = likely[BACKGROUND]
        background = sum(likeness[number] for number in others) / max(1, len(others))
        if not found:
            return Ranking([], seen.known, len(question.text), 0.0, 0.0, 0.0, 0.0)
        first, share = found[0], question.latin  # where letters are typed, the sound stands for the words
        core = (1 - share) * seen.core + share * first.alike
        nearest = first.likeness
        if len(self._texts[first.number]) > 1:
            nearest += (1 - share) * (self._words.alike(seen.asked, first.text) - nearest)
        return Ranking(found, seen.known, len(question.text), background, core, seen.kinship, nearest)

    def shared(self, question: Question, number: int) -> dict[str, float]:
        """What the words of the question add to the score of an entry, each by itself."""
        shared = self._words.shared(question.text, number)
        return {feature: (1 - question.latin) * weight for feature, weight in shared.items()}

    def _candidate(self, question: Question, number: int, likeness: float) -> Candidate:
        texts = self._texts[number]
        text, percent, _ = process.extractOne(question.text, texts, scorer=fuzz.ratio)
        score = likeness + RATIO_WEIGHT * percent / 100
        alike = (1 - question.latin) * percent / 100
        if question.latin:
            alike += question.latin * self._heard_alike(question, texts)
        plain = likeness / len(texts) ** SIZE_BONUS
        expected = self._words.expected[number]
        return Candidate(score, number, plain, percent / 100, text, expected, alike)

    def _heard_alike(self, question: Question, texts: Iterable[str]) -> float:
        """How much of the sound of the question one of the texts has, in one piece."""
        spell = initials if question.abbreviated else sound
        said = spell(question.text)
        return max(fuzz.partial_ratio(said, spell(text)) for text in texts) / 100

    def _seen(self, question: Question) -> Found:
        """Words alone for Chinese; the more letters there are, the more the sound decides."""
        words = self._words.scores(question.text)
        if not question.latin:
            return words
        heard = (self._initials if question.abbreviated else self._sounds).scores(question.text)
        share = question.latin
        mixed = {number: (1 - share) * score for number, score in words.likeness.items()}
        for number, score in heard.likeness.items():
            mixed[number] = mixed.get(number, 0.0) + share * score
        return words._replace(
            likeness=mixed,
            known=(1 - share) * words.known + share * heard.known,
            kinship=(1 - share) * words.kinship + share * heard.kinship,
        )

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
