"""Words that mean the same; English questions read as Chinese ones."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from faq.search.normalise import normalise
from faq.search.sound import cut

CONCEPT_MARK = "="  # no normalised text has it
FILE = Path(__file__).with_name("synonyms.toml")


@dataclass(frozen=True)
class Synonyms:
    """``concepts``: word → ``=name of its concept``. ``english``: phrase → Chinese."""

    concepts: dict[str, str]
    english: dict[str, str]

    @classmethod
    def load(cls, concepts: Mapping[str, Iterable[str]] | None = None) -> "Synonyms":
        """``concepts``: name → words; those that came with the product where there are none."""
        with FILE.open("rb") as file:
            shipped = tomllib.load(file)
        groups = concepts or shipped["concepts"]
        words = {normalise(word): f"{CONCEPT_MARK}{name}" for name, said in groups.items() for word in said}
        return cls(words, shipped["english"])

    @cached_property
    def _by_start(self) -> dict[str, list[str]]:
        starts: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.concepts, key=len, reverse=True):
            starts[word[0]].append(word)
        return dict(starts)

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![a-z])(?:{_longest_first(self.english).pattern})(?![a-z])")

    def concepts_in(self, text: str) -> list[str]:
        """The concept behind every word found: the longest at each place, and none inside another."""
        found: list[str] = []
        end = 0
        for at, character in enumerate(text):
            if at >= end and character in self._by_start:
                word = next((w for w in self._by_start[character] if text.startswith(w, at)), "")
                if word:
                    found.append(self.concepts[word])
                    end = at + len(word)
        return found

    def from_english(self, text: str) -> str:
        """An English question in Chinese words; anything else, Pinyin above all, is left alone."""
        words = re.findall(r"[a-z]+", text)
        known = [w for phrase in self._phrases.findall(text) for w in phrase.split()]
        if not known or (len(known) < len(words) and all(cut(word)[1] for word in known)):
            return text
        translated = self._phrases.sub(lambda m: self.english[m[0]], text)
        return translated.replace(" ", "") or text


def _longest_first(words: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
