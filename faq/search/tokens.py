"""Full-text search in what people write, also Chinese: pairs of characters, Latin words by their start.

Neither database can be asked to cut Chinese (SQLite's trigrams find nothing for 还款, PostgreSQL's default
parser sees one long word), so the cutting is ours: every character and every pair of neighbours is a
token, every Latin word or number is one. The databases only hold sets of tokens: an FTS5 table on SQLite,
a ``tsvector`` under a GIN index on PostgreSQL. Script, width and case are folded away first.

Names and contacts are encrypted, so they are found whole or not at all, by a keyed hash of the whole.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Lookup

from faq.search.normalise import fold
from helpdesk.core.contacts import keyed_hashes

LONGEST_DOCUMENT = 20_000  # characters of one text that are indexed
LONGEST_QUERY = 100
SHORTEST_START = 3  # a shorter start of a word would be the start of too many
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_NUMBER = re.compile(r"0+(?=[1-9])")
_CONTACT_NOISE = re.compile(r"[\s\-()（）]")
_HOME = re.compile(r"^\+?86(?=1[0-9]{10}$)")
_MOBILE = re.compile(r"1[0-9]{10}")


def _han(text: str) -> str:
    """Characters as a word that no database cuts or changes."""
    return "c" + "".join(f"{ord(character):04x}" for character in text)


def _runs(text: str) -> list[str]:
    return _RUN.findall(fold(text))


def tokens_of(text: str) -> set[str]:
    """All that a text can be found by."""
    found: set[str] = set()
    for run in _runs(text[:LONGEST_DOCUMENT]):
        if run.isascii():
            found.add(f"w{run[:40]}")
            if run.isdigit():  # 000123 is found as 123 too
                found.add(f"w{_NUMBER.sub('', run)[:40]}")
        else:
            found.update(_han(one) for one in run)
            found.update(_han(a + b) for a, b in pairwise(run))
    return found


def _plain(value: str) -> str:
    return _HOME.sub("", _CONTACT_NOISE.sub("", fold(value).strip()))


def _hashed(plain: str) -> list[str]:
    return [f"h{found[:24]}" for found in keyed_hashes("tickets.search", plain)]


def secret_token(value: str) -> str:
    """The token of something encrypted: equal values have equal tokens, and nothing leads back."""
    return _hashed(_plain(value))[0]


def secret_tokens(value: str) -> list[str]:
    """All that it may be stored under: by older keys, and with the +86 that once stayed before spaces."""
    plain = _plain(value)
    home = ("", "+86", "86") if _MOBILE.fullmatch(plain) else ("",)
    return [found for before in home for found in _hashed(before + plain)]


def document(texts: Iterable[str], secrets: Iterable[str] = ()) -> str:
    """What is stored for a row that can be found by these."""
    found: set[str] = set().union(*map(tokens_of, texts))
    return " ".join(sorted(found | {secret_token(value) for value in secrets if value.strip()}))


class Query:
    """A search as typed: all its words, or a name or contact that it is as a whole."""

    def __init__(self, text: str) -> None:
        text = text[:LONGEST_QUERY]
        self.words: list[str] = []
        self.starts: list[str] = []  # Latin words are found by their start, numbers only whole
        for run in _runs(text):
            if run.isascii() and (len(run) < SHORTEST_START or run.isdigit()):
                self.words.append(f"w{run}")
            elif run.isascii():
                self.starts.append(f"w{run}")
            elif len(run) == 1:
                self.words.append(_han(run))
            else:
                self.words.extend(_han(a + b) for a, b in pairwise(run))
        self.wholes = secret_tokens(text)

    def __bool__(self) -> bool:
        return bool(self.words or self.starts)

    def for_sqlite(self) -> str:
        parts = [*self.words, *(f"{start}*" for start in self.starts)]
        return " OR ".join([f"({' AND '.join(parts)})", *self.wholes])

    def for_postgresql(self) -> str:
        parts = [*self.words, *(f"{start}:*" for start in self.starts)]
        return " | ".join([f"({' & '.join(parts)})", *self.wholes])


class Whole:
    """A search for one encrypted value, as a whole."""

    def __init__(self, value: str) -> None:
        self.tokens = secret_tokens(value)

    def for_sqlite(self) -> str:
        return " OR ".join(self.tokens)

    def for_postgresql(self) -> str:
        return " | ".join(self.tokens)


class TokensField(models.TextField):  # type: ignore[type-arg]
    """A set of tokens, as text separated by spaces."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"

    def from_db_value(self, value: str, expression: Any, connection: BaseDatabaseWrapper) -> str:
        return value.replace("'", "")


@TokensField.register_lookup
class Matches(Lookup):
    """``tokens__matches=Query("还款")``"""

    lookup_name = "matches"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} @@ %s::tsquery", [*params, self.rhs.for_postgresql()]

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} MATCH %s", [*params, self.rhs.for_sqlite()]
