"""What a question is compared by. Weights were fitted by measurement: docs/search.md."""

from itertools import pairwise

from faq.search.sound import initial_features, sound_features, sound_pairs
from faq.search.space import Extract
from faq.search.synonyms import CONCEPT_MARK, Synonyms

CHARACTER = 1.0
PAIR = 0.5
CONCEPT = 1.0
SOUND = 0.3


def written(synonyms: Synonyms) -> Extract:
    """Characters, pairs of neighbours (with the two ends), concepts."""

    def extract(text: str) -> dict[str, None]:
        framed = f"^{text}$"
        found = [*text, *[a + b for a, b in pairwise(framed)], *synonyms.concepts_in(text)]
        return dict.fromkeys(found)

    return extract


def written_and_heard(synonyms: Synonyms) -> Extract:
    """For the indexed texts: a little of the sound too, for a question that has a homophone."""
    extract = written(synonyms)
    return lambda text: {**dict.fromkeys(extract(text)), **dict.fromkeys(sound_pairs(text))}


def weight_of(feature: str) -> float:
    """By family, which a feature's form tells: a sound is two syllables with a space between them."""
    if feature.startswith(CONCEPT_MARK):
        return CONCEPT
    return (CHARACTER, PAIR, SOUND)[min(len(feature), 3) - 1]


def readable(feature: str) -> str:
    """As an editor reads it; nothing for an end of the question without a character."""
    if feature.startswith(CONCEPT_MARK):
        return f"≈{feature[len(CONCEPT_MARK) :]}"
    return feature.strip("^$")


def spoken(text: str) -> dict[str, None]:
    return dict.fromkeys(sound_features(text))


def initialled(text: str) -> dict[str, None]:
    return dict.fromkeys(initial_features(text))
