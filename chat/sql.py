"""Reading and writing many rows at once, as each database does it fastest (docs/performance.md).

SQLite runs in this process: a prepared statement for every row. PostgreSQL is a conversation: one statement
for all rows, which travel as one JSON text. Tables and columns are the models' own names.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.db import transaction as transactions
from django.db.models.base import ModelState
from psycopg.pq import TransactionStatus

Row = TypeVar("Row", bound=models.Model)
Change = Callable[[Any], Any]
Statement = tuple[str, list[Any]]  # and its values: on SQLite, for each row of what is written
PLAIN = (models.CharField, models.TextField, models.PositiveIntegerField, models.BigAutoField)
SQLITE: dict[type[Any], Change] = {  # as Django keeps them there
    models.UUIDField: lambda value: value and value.hex,
    models.DateTimeField: lambda value: value and str(value.astimezone(dt.UTC).replace(tzinfo=None)),
    models.JSONField: json.dumps,
}
SPOKEN = (models.UUIDField, models.DateTimeField, models.JSONField)  # PostgreSQL reads them in a JSON text
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def made(model: type[Row], values: dict[str, Any], **related: models.Model | None) -> Row:
    """A new instance with these columns, at a tenth of what its constructor costs; no signals."""
    row = model.__new__(model)
    row.__dict__.update(values, _state=ModelState())
    row._state.fields_cache = {name: other for name, other in related.items() if other is not None}
    return row


def stored(model: type[Row], values: dict[str, Any], **related: models.Model | None) -> Row:
    """The same for a row that is in the database; what is not given is read where it is asked for."""
    row = made(model, values, **related)
    row._state.adding, row._state.db = False, connection.alias
    return row


@contextmanager
def transaction() -> Iterator[None]:
    """As Django's, but PostgreSQL hears its beginning with the first ``run`` and its end with the ``last``
    one: two turns instead of four. Inside another transaction it is an ordinary savepoint.
    """
    is_outermost = not connection.in_atomic_block
    with transactions.atomic():
        if is_outermost and connection.vendor == "postgresql":
            connection.connection.autocommit = True
        yield


def _begins_and_ends() -> bool:
    """In such a transaction, which begins and ends by what ``run`` says."""
    is_inside = connection.vendor == "postgresql" and connection.in_atomic_block
    return is_inside and bool(connection.connection.autocommit)


def run(
    *statements: Statement, meanwhile: Callable[[], None] | None = None, last: bool = False
) -> list[list[tuple[Any, ...]]]:
    """The rows that each of them finds; PostgreSQL hears all of them in one turn.

    ``meanwhile`` is called before this thread waits longest: for PostgreSQL while it carries them out, for
    SQLite while it commits. Nothing is written in the transaction after its ``last`` statements.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            found = [_run_here(cursor, *statement) for statement in statements]
            if meanwhile:
                meanwhile()
            return found
        if meanwhile:
            meanwhile()
        texts = [statement for statement, _ in statements]
        if is_ours := _begins_and_ends():
            is_new = connection.connection.info.transaction_status == TransactionStatus.IDLE
            texts = ["BEGIN"] * is_new + texts + ["COMMIT"] * last
        cursor.execute(";".join(texts), [value for _, values in statements for value in values])
        if is_ours and is_new:
            cursor.nextset()
        found = []
        for number in range(len(statements)):
            if number:
                cursor.nextset()
            found.append(list(cursor.fetchall()) if cursor.description else [])
        return found


def _run_here(cursor: Any, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    if not isinstance(values[0], list):
        return list(cursor.execute(statement, values).fetchall())
    cursor.executemany(statement, values)
    return []


def locking(model: type[models.Model], pks: Collection[uuid.UUID], names: tuple[str, ...]) -> Statement:
    """Read rows as they are now and hold them until the transaction ends; in one order for all."""
    start = f"SELECT id, {', '.join(names)} FROM {model._meta.db_table} WHERE id"  # noqa: S608
    if connection.vendor == "sqlite":  # whose transactions hold everything
        return f"{start} IN ({_places(pks)})", [pk.hex for pk in pks]
    return f"{start} = ANY(%s::uuid[]) ORDER BY id FOR UPDATE", [_array(pks)]


def rows(model: type[Row], names: tuple[str, ...], found: list[tuple[Any, ...]]) -> dict[uuid.UUID, Row]:
    """What ``locking`` found."""
    made_of = {}
    for values in found:
        row = stored(model, dict(zip(("id", *names), values, strict=True)))
        for name, load in _loaders(model, ("id", *names), connection.vendor):
            setattr(row, name, load(getattr(row, name)))
        made_of[row.pk] = row
    return made_of


def finding(model: type[models.Model], name: str, given: Collection[uuid.UUID]) -> Statement:
    """Ids of the rows with one of these values; through the index, even if the table was never analysed."""
    one = f"SELECT id FROM {model._meta.db_table} WHERE {name}"  # noqa: S608
    if connection.vendor == "sqlite":
        return f"{one} IN ({_places(given)})", [value.hex for value in given]
    one = f"LATERAL ({one} = wanted OFFSET 0) AS found"
    return f"SELECT found.id FROM unnest(%s::uuid[]) AS wanted, {one}", [_array(given)]  # noqa: S608


def inserting(new: Sequence[models.Model]) -> Statement:
    """Store new rows of one model whose every field is set, primary key included."""
    model = type(new[0])
    names = tuple(field.attname for field in model._meta.concrete_fields)
    into = f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"
    if connection.vendor == "sqlite":
        return f"{into} VALUES ({_places(names)})", _values(new, names)
    return f"{into} SELECT {', '.join(names)} FROM {_given(model, names)}", [_text(new, names)]  # noqa: S608


def updating(changed: Sequence[models.Model], *names: str) -> Statement:
    """Save these fields of rows that are locked."""
    model, keyed = type(changed[0]), (*names, "id")
    table = model._meta.db_table
    if connection.vendor == "sqlite":
        changes = ", ".join(f"{name} = %s" for name in names)
        return f"UPDATE {table} SET {changes} WHERE id = %s", _values(changed, keyed)  # noqa: S608
    changes = ", ".join(f"{name} = new.{name}" for name in names)
    given = _given(model, keyed)
    return f"UPDATE {table} AS row SET {changes} FROM {given} WHERE row.id = new.id", [_text(changed, keyed)]  # noqa: S608


def _places(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _array(values: Collection[uuid.UUID]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


@cache
def _loaders(model: type[models.Model], names: tuple[str, ...], vendor: str) -> list[tuple[str, Change]]:
    """What makes our value of a database's, where that is not the same."""
    columns = [(name, _field(model, name).get_col(model._meta.db_table)) for name in names]
    return [
        (name, partial(load, expression=column, connection=connection))
        for name, column in columns
        for load in [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    ]


@cache
def _given(model: type[models.Model], names: tuple[str, ...]) -> str:
    """The rows as PostgreSQL reads them out of one JSON text."""
    kinds = [f"{name} {_field(model, name).db_type(connection)}" for name in names]
    return f"json_to_recordset(%s::json) AS new({', '.join(kinds)})"


@cache
def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return next(field for field in model._meta.concrete_fields if field.attname == name)


def _text(rows: Sequence[models.Model], names: tuple[str, ...]) -> str:
    return encode([dict(zip(names, values, strict=True)) for values in _values(rows, names)])


def _values(rows: Sequence[models.Model], names: tuple[str, ...]) -> list[list[Any]]:
    savers = _savers(type(rows[0]), names, connection.vendor)
    found = [list(values) for values in map(attrgetter(*names), rows)]
    for values in found:
        for place, save in savers:
            values[place] = save(values[place])
    return found


@cache
def _savers(model: type[models.Model], names: tuple[str, ...], vendor: str) -> list[tuple[int, Change]]:
    """What makes a database's value of ours, where that is not the same."""
    found = [(place, _saver(_field(model, name), vendor)) for place, name in enumerate(names)]
    return [(place, save) for place, save in found if save is not None]


def _saver(field: "models.Field[Any, Any]", vendor: str) -> Change | None:
    kind = type(field.target_field if isinstance(field, models.ForeignKey) else field)
    if kind in PLAIN or (vendor == "postgresql" and kind in SPOKEN):
        return None
    return SQLITE.get(kind) or (lambda value: field.get_db_prep_save(value, connection))
