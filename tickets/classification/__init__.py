"""What a narrative seems to be about: a suggestion with how sure it is and the words that caused it.

    suggestion = suggest(text)          # the shipped model
    suggestion = suggest(text, model)   # one that learned from the desk's corrections

The same text gets the same answer from the same version.
"""

from dataclasses import dataclass

from tickets.classification.features import see
from tickets.classification.kept import shipped_model
from tickets.classification.model import FIELDS, MOST_SURE, Guess, Model
from tickets.redflags import RedFlag

__all__ = ["FIELDS", "Guess", "Suggestion", "shipped_model", "suggest"]

SURE = 0.6  # of a kind, before it counts for the flags


@dataclass(frozen=True)
class Suggestion:
    version: str
    kind: Guess
    business: Guess
    cause: Guess
    severity: Guess
    flags: tuple[RedFlag, ...]
    foreign: bool = False  # not Chinese: the labels are a guess about nothing, the flags English patterns

    def __getitem__(self, field: str) -> Guess:
        return {"kind": self.kind, "business": self.business, "cause": self.cause, "severity": self.severity}[
            field
        ]


def suggest(text: str, model: Model | None = None) -> Suggestion:
    model = model or shipped_model()
    seen = see(text)
    guesses = model.guess(seen)
    kind = guesses["kind"]
    asked = kind.value in ("enquiry", "suggestion") and kind.confidence >= SURE
    flags = tuple(model.flags(seen, asked=asked))
    dangers = [flag for flag in flags if flag.level == "P0"]
    if dangers:  # a danger to a person or their money is major, whatever was learned
        starts = [(text.find(word), len(word)) for flag in dangers for word in flag.words]
        spans = tuple((at, at + length) for at, length in starts[:3])
        guesses["severity"] = Guess("major", MOST_SURE, spans)
    return Suggestion(model.version, flags=flags, foreign=seen.foreign, **guesses)
