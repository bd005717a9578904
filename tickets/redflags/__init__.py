"""Red flags in what a customer writes: signs that a person should look at, never a verdict.

``find(text)`` is pure: no database, no model, a few milliseconds for a usual narrative.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from tickets.redflags.english import is_foreign
from tickets.redflags.kinds import LEVELS, NAMES, Level
from tickets.redflags.patterns import PATTERNS, PATTERNS_OF_ENGLISH
from tickets.redflags.reading import Text, read, speaks

__all__ = ["LEVELS", "NAMES", "Level", "RedFlag", "find", "is_foreign"]

MAX_CHARS = 20_000  # the filing form takes 5,000; what is longer is read up to here
MOST_MATCHES = 40  # of one pattern; a text that repeats itself shows nothing new after that

# A fee kept back from the payout is one matter (RF09); it is a second one only where the price is told too.
RATE = re.compile("利率|利息|年化|罚息|高利贷|利滚利|[%％]")


@dataclass(frozen=True)
class RedFlag:
    """``words`` are the stretches of the text that caused it, exactly as they were written."""

    code: str
    level: Level
    words: tuple[str, ...]


def find(text: str, breathe: Callable[[], object] | None = None) -> list[RedFlag]:
    """The red flags of a text, most urgent first, then by code.

    ``breathe`` is called before each of them is looked for: by who must let others have the interpreter.
    """
    shown = read(text[:MAX_CHARS])
    found = []
    for code, patterns in (PATTERNS_OF_ENGLISH if is_foreign(shown.plain) else PATTERNS).items():
        if breathe:
            breathe()
        here = [pattern for pattern in patterns if pattern.search(shown.plain)]  # nearly always none
        spans = [span for pattern in here for span in _spans(shown, code, pattern)]
        if spans:
            words = tuple(dict.fromkeys(text[start:end] for start, end in sorted(spans)))
            found.append(RedFlag(code, LEVELS[code], words))
    if any(flag.code == "RF09" for flag in found):
        found = [flag for flag in found if flag.code != "RF10" or RATE.search("".join(flag.words))]
    return sorted(found, key=lambda flag: (flag.level, flag.code))


def _spans(shown: Text, code: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    matches = islice(pattern.finditer(shown.plain), MOST_MATCHES)
    return [m.span() for m in matches if speaks(shown, code, m.start(), m.end())]
