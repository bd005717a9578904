"""Pages by key: the next page starts after a row, not after a number of rows.

The cost of a page does not grow with what lies before it, and a row that is added meanwhile shifts
nothing. The order must end in a unique column.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Func, IntegerField, Q, Subquery

Row = TypeVar("Row")  # with the columns of the order as attributes
Key = tuple[Any, ...]

COUNTED = 1_000  # a list says how many rows there are up to here, and "more than" beyond


class CappedCount(Subquery):
    """How many rows a query has, at most ``COUNTED + 1``; it never reads more than that."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"

    def __init__(self, rows: "models.QuerySet[Any]", most: int = COUNTED) -> None:
        super().__init__(rows.order_by().values("pk")[: most + 1], output_field=IntegerField())


class FirstOfEach(Func):
    """The keys of several short ordered queries, for ``pk__in``.

    A union of them would do, but SQLite orders and limits no member of a union; in brackets it does.
    """

    template = "(%(expressions)s)"
    arg_joiner = " UNION ALL "

    def __init__(self, queries: "Sequence[models.QuerySet[Any]]") -> None:
        super().__init__(*map(_Bracketed, queries), output_field=IntegerField())


class _Bracketed(Subquery):
    template = "SELECT * FROM (%(subquery)s) AS bracketed"

    def __init__(self, rows: "models.QuerySet[Any]") -> None:
        super().__init__(rows.values("pk"), output_field=IntegerField())

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().as_sql(*args, **kwargs)
        except EmptyResultSet:  # known without asking: still a member of the union
            return "SELECT 0 WHERE 1 = 0", ()


@dataclass(frozen=True)
class Cursor:
    """Where a page starts: after a key, or (``back``) before it."""

    key: Key
    back: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    previous: str = ""  # cursor texts for the address; empty where there is no such page
    next: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


def read_cursor(text: str) -> Cursor | None:
    """A cursor out of an address; anything that is none starts from the beginning.

    Its parts are a day (2026-12-01) or a whole number each, separated by ``_``; ``before_`` turns it round.
    """
    back = text.startswith("before_")
    try:
        key = tuple(_part(part) for part in text.removeprefix("before_").split("_"))
    except ValueError:
        return None
    return Cursor(key, back)


def _part(text: str) -> Any:
    if "-" in text:
        return dt.date.fromisoformat(text)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


def write_cursor(key: Key, *, back: bool = False) -> str:
    return ("before_" if back else "") + "_".join(map(str, key))


def key_of(row: object, order: Sequence[str]) -> Key:
    return tuple(getattr(row, name.removeprefix("-")) for name in order)


def turned(order: Sequence[str]) -> list[str]:
    return [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order]


def beyond(order: Sequence[str], key: Key) -> Q:
    """Rows after a key. The first column's bound stands alone too, so that an index can start there."""
    found = Q()
    same = Q()
    for name, value in zip(order, key, strict=True):
        column, sign = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        found |= same & Q(**{f"{column}__{sign}": value})
        same &= Q(**{column: value})
    first = order[0].removeprefix("-")
    bound = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": key[0]})
    return found if len(key) == 1 else bound & found


def fits(cursor: Cursor | None, kinds: Sequence[type]) -> bool:
    """Whether a cursor has a value of the right kind for each column of an order."""
    return cursor is not None and [type(part) for part in cursor.key] == list(kinds)


def page_of(found: "list[Row]", order: Sequence[str], cursor: Cursor | None, size: int) -> Page[Row]:
    """A page out of up to ``size + 1`` rows, read in the direction of the cursor."""
    more, rows = len(found) > size, found[:size]
    back = cursor is not None and cursor.back
    if back:
        rows.reverse()
    if not rows:
        return Page([])
    has_previous = more if back else cursor is not None
    has_next = True if back else more
    return Page(
        rows,
        write_cursor(key_of(rows[0], order), back=True) if has_previous else "",
        write_cursor(key_of(rows[-1], order)) if has_next else "",
    )
