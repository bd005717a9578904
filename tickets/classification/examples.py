"""The examples that the shipped model learns from, and the part of them that is kept apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).parent.parent / "content" / "examples.txt"
APART = 5  # every fifth example is never learned from


@dataclass(frozen=True)
class Example:
    """A narrative with its labels (codes of tickets/taxonomy.py and tickets/models)."""

    text: str
    kind: str
    business: str
    cause: str  # "" where the kind has none
    flags: frozenset[str] = frozenset()
    severity: str = ""  # "" where nobody said


@cache
def shipped() -> tuple[Example, ...]:
    return tuple(_read(PATH.read_text(encoding="utf-8")))


def split(examples: tuple[Example, ...]) -> tuple[list[Example], list[Example]]:
    """Those to learn from, and those kept apart."""
    learn = [example for n, example in enumerate(examples) if n % APART != APART - 1]
    return learn, [example for n, example in enumerate(examples) if n % APART == APART - 1]


def _read(content: str) -> Iterator[Example]:
    kind = business = cause = ""
    for line in content.splitlines():
        if line.startswith("["):
            kind, business, cause = line.strip("[]").split()
            cause = "" if cause == "-" else cause
        elif line and not line.startswith("#"):
            text, _tab, flags = line.partition("\t")
            yield Example(text, kind, business, cause, frozenset(flags.split()))
