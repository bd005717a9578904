"""What a question is compared by. Weights were fitted by measurement: docs/search.md."""

from collections import Counter
from collections.abc import Callable
from operator import add

from faq.search.sound import initial_features, sound_features, sound_pairs
from faq.search.space import Features, damped
from faq.search.synonyms import Synonyms

CHARACTER = 1.0
PAIR = 0.8
CONCEPT = 0.8
SOUND = 0.3


def written(synonyms: Synonyms) -> Callable[[str], Features]:
    """Characters, pairs of neighbours (with the two ends), concepts."""

    def extract(text: str) -> dict[str, float]:
        framed = f"^{text}$"
        return {
            **damped(Counter(text), CHARACTER),
            **damped(Counter(map(add, framed, framed[1:])), PAIR),
            **damped(Counter(synonyms.concepts_in(text)), CONCEPT),
        }

    return extract


def written_and_heard(synonyms: Synonyms) -> Callable[[str], Features]:
    """For the indexed texts: a little of the sound too, for a question that has a homophone."""
    extract = written(synonyms)
    return lambda text: {**extract(text), **damped(Counter(sound_pairs(text)), SOUND)}


def spoken(text: str) -> Features:
    return damped(Counter(sound_features(text)), 1.0)


def initialled(text: str) -> Features:
    return damped(Counter(initial_features(text)), 1.0)
