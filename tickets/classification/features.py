"""What of a narrative the model looks at: runs of characters, words, cues, and the red-flag patterns."""

import re
from dataclasses import dataclass

import rjieba

from tickets import redflags
from tickets.classification.cues import CUES
from tickets.redflags.reading import read

RUNS = (1, 2, 3)
BREAK = re.compile(r"[\s,，。、!！?？;；:：.“”\"'()（）]+")


@dataclass(frozen=True)
class Seen:
    """The features of a text, each with the places that show it (none for what no place shows)."""

    text: str
    places: dict[str, list[tuple[int, int]]]
    flags: tuple[redflags.RedFlag, ...]

    @property
    def foreign(self) -> bool:
        return redflags.is_foreign(self.text)


def see(text: str) -> Seen:
    text = text[: redflags.MAX_CHARS]
    shown = read(text).plain
    plain = re.sub(r"\d", "0", shown)
    places: dict[str, list[tuple[int, int]]] = {}
    start = 0
    for piece in re.split(f"({BREAK.pattern})", plain):
        if piece and not BREAK.fullmatch(piece):
            for size in RUNS:
                for at in range(len(piece) - size + 1):
                    places.setdefault(piece[at : at + size], []).append((start + at, start + at + size))
            at = 0
            for word in rjieba.cut(piece):
                if len(word) > 1:
                    places.setdefault(f"w:{word}", []).append((start + at, start + at + len(word)))
                at += len(word)
        start += len(piece)
    if "?" in plain:
        places["?"] = []
    for name, cue in CUES.items():
        if found := [match.span() for match in cue.finditer(shown)]:
            places[f"cue:{name}"] = found
    flags = tuple(redflags.find(text))
    for flag in flags:
        places[f"flag:{flag.code}"] = [
            (at, at + len(word)) for word in flag.words if (at := text.find(word)) >= 0
        ]
    return Seen(text, places, flags)
