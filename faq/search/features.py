"""What a question is compared by. Weights were fitted by measurement: docs/search.md."""

from collections.abc import Callable
from operator import add

from faq.search.sound import initial_features, sound_features, sound_pairs
from faq.search.space import Features
from faq.search.synonyms import Synonyms

CHARACTER = 1.0
PAIR = 0.8
CONCEPT = 0.8
SOUND = 0.3


def written(synonyms: Synonyms) -> Callable[[str], Features]:
    """Characters, pairs of neighbours (with the two ends), concepts."""

    def extract(text: str) -> Features:
        framed = f"^{text}$"
        return {
            **dict.fromkeys(text, CHARACTER),
            **dict.fromkeys(map(add, framed, framed[1:]), PAIR),
            **dict.fromkeys(synonyms.concepts_in(text), CONCEPT),
        }

    return extract


def written_and_heard(synonyms: Synonyms) -> Callable[[str], Features]:
    """For the indexed texts: a little of the sound too, for a question that has a homophone."""
    extract = written(synonyms)
    return lambda text: {**extract(text), **dict.fromkeys(sound_pairs(text), SOUND)}


def spoken(text: str) -> Features:
    return dict.fromkeys(sound_features(text), 1.0)


def initialled(text: str) -> Features:
    return dict.fromkeys(initial_features(text), 1.0)
