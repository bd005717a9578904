"""What a question is compared by. Weights were fitted by measurement: docs/search.md."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from faq.search.sound import initial_features, sound_features
from faq.search.space import Features, damped
from faq.search.synonyms import Synonyms

CHARACTER = 1.0
PAIR = 0.8
CONCEPT = 0.8
SOUND = 0.3


def written(synonyms: Synonyms) -> Callable[[str], Features]:
    """Characters, pairs of neighbours (with the two ends), concepts, and a little of the sound."""

    def extract(text: str) -> Features:
        framed = f"^{text}$"
        return {
            **damped(Counter(text), CHARACTER),
            **damped(Counter(a + b for a, b in pairwise(framed)), PAIR),
            **damped(Counter("=" + name for name in synonyms.concepts_in(text)), CONCEPT),
            **damped(Counter("~" + part for part in sound_features(text)), SOUND),
        }

    return extract


def spoken(text: str) -> Features:
    return damped(Counter(sound_features(text)), 1.0)


def initialled(text: str) -> Features:
    return damped(Counter(initial_features(text)), 1.0)
