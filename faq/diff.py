"""What changed between two texts, line by line and inside a line word by word.

Chinese is cut into words by rjieba, so that 罚息 → 利息 reads as one word replaced and not as a letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

import rjieba
from django.db import models
from django.utils.functional import Promise

from faq.models import ArticleText, ArticleVersion

Kind = Literal["same", "gone", "new"]
CONTEXT = 2  # unchanged lines shown around a change
LONGEST = 4_000  # words of a passage compared word by word; a longer one is replaced as a whole
LIKE = 0.3  # two lines that share less of their words are one line gone and one line new


@dataclass(frozen=True)
class Piece:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Line:
    """One line of the difference; ``skipped`` unchanged lines were left out before it."""

    pieces: tuple[Piece, ...]
    skipped: int = 0

    @property
    def kind(self) -> str:
        kinds = {piece.kind for piece in self.pieces}
        return kinds.pop() if len(kinds) == 1 else "changed"


@dataclass(frozen=True)
class FieldDiff:
    name: str
    label: "str | Promise"
    lines: list[Line]


def words(text: str) -> list[str]:
    """Runs of letters or digits, Chinese words, and every other character by itself."""
    found: list[str] = []
    for run in re.findall(r"[\u3400-\u9fff]+|[A-Za-z]+|\d+(?:[.,]\d+)*|\s+|.", text):
        found += rjieba.cut(run) if "\u3400" <= run[0] <= "\u9fff" else [run]
    return found


def compare_line(old: str, new: str) -> tuple[Piece, ...]:
    """The words of one line that stayed, went and came."""
    before, after = words(old), words(new)
    if len(before) + len(after) > LONGEST:
        return Piece("gone", old), Piece("new", new)
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[i:j])))
            continue
        if i < j:
            pieces.append(Piece("gone", "".join(before[i:j])))
        if k < m:
            pieces.append(Piece("new", "".join(after[k:m])))
    return tuple(pieces)


def compare(old: str, new: str) -> list[Line]:
    """The lines that changed, with a little of what is around them; nothing where the texts are equal."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line((Piece("same", line),)) for line in before[i:j]]
        else:
            lines += _replaced(before[i:j], after[k:m])
    return list(_shortened(lines))


def _replaced(gone: Sequence[str], came: Sequence[str]) -> Iterator[Line]:
    """Lines that stand against each other and are alike word by word; all others as a whole."""
    for old, new in zip(gone, came, strict=False):
        pieces = compare_line(old, new)
        same = sum(len(piece.text) for piece in pieces if piece.kind == "same")
        if same >= LIKE * max(len(old), len(new)):
            yield Line(pieces)
        else:
            yield Line((Piece("gone", old),))
            yield Line((Piece("new", new),))
    yield from (Line((Piece("gone", line),)) for line in gone[len(came) :])
    yield from (Line((Piece("new", line),)) for line in came[len(gone) :])


def _shortened(lines: list[Line]) -> Iterator[Line]:
    changed = [number for number, line in enumerate(lines) if line.kind != "same"]
    near = {n for at in changed for n in range(at - CONTEXT, at + CONTEXT + 1)}
    skipped = 0
    for number, line in enumerate(lines):
        if number in near:
            yield Line(line.pieces, skipped)
            skipped = 0
        else:
            skipped += 1


def compare_texts(old: ArticleText, new: ArticleText) -> list[FieldDiff]:
    """The fields that differ, in the order of the form; lists one entry a line."""
    found = []
    for name, was in old.columns().items():
        becomes = new.columns()[name]
        if was != becomes:
            found.append(
                FieldDiff(name, _column(name).verbose_name, compare(_shown(name, was), _shown(name, becomes)))
            )
    return found


def _shown(name: str, value: str | list[str]) -> str:
    """A choice by its label, a list one entry a line."""
    if isinstance(value, list):
        return "\n".join(value)
    choices = dict(_column(name).flatchoices) if value else {}
    return str(choices.get(value, value))


def _column(name: str) -> "models.Field[Any, Any]":
    return next(column for column in ArticleVersion._meta.fields if column.name == name)
