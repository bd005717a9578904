"""Rows of several tables in one statement.

A page about one thing shows a little of many tables. A query for each costs a round trip and its share of the
ORM each; here they are the members of one ``UNION ALL``, every row a JSON list of its columns.

    found = together(notes=thing.notes.all(), files=thing.files.all())
    keep(thing, notes=found["notes"])    # from now on thing.notes.all() asks nobody
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import CharField, Expression, JSONField, Model, QuerySet, Value
from django.db.models.fields.files import FileField

from helpdesk.core.models import User

Decoder = Callable[[Any], Any]


class _Columns(Expression):
    """All columns of a row, in the order of the model, as a JSON list."""

    output_field = JSONField()

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self._listed(compiler, connection, "JSON_ARRAY")

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return self._listed(compiler, connection, "JSONB_BUILD_ARRAY")

    def _listed(self, compiler: Any, connection: Any, function: str) -> Any:
        table = compiler.quote_name_unless_alias(compiler.query.get_initial_alias())
        quote = connection.ops.quote_name
        fields = compiler.query.model._meta.concrete_fields
        columns = ", ".join(f"{table}.{quote(field.column)}" for field in fields)
        return f"{function}({columns})", ()


@dataclass(frozen=True)
class Together:
    """One statement for the rows of several tables, and the values that it was written with."""

    sql: str
    values: tuple[Any, ...]
    models: dict[str, type[Model]]

    def rows(self, instead: Mapping[Any, Any] | None = None) -> dict[str, list[Any]]:
        """The rows of each query in the order of its model; one query. Rows come whole, without joined ones.

        ``instead`` has the values to put in the place of others.
        """
        found: dict[str, list[Any]] = {name: [] for name in self.models}
        values = [instead.get(value, value) for value in self.values] if instead else self.values
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            for name, columns in cursor.fetchall():
                found[name].append(_instance(self.models[name], json.loads(columns)))
        for name, rows in found.items():
            _sort(rows, self.models[name]._meta.ordering or ())
        return found


def written(**querysets: QuerySet[Any]) -> Together:
    """To be kept: writing the statement costs as much as a hundred of its rows."""
    first, *rest = [
        rows.order_by()
        .annotate(part_=Value(name, output_field=CharField()), row_=_Columns())
        .values_list("part_", "row_")
        for name, rows in querysets.items()
    ]
    sql, values = first.union(*rest, all=True).query.sql_with_params()
    return Together(sql, values, {name: rows.model for name, rows in querysets.items()})


def together(**querysets: QuerySet[Any]) -> dict[str, list[Any]]:
    """Their rows; one query, or none where it is known that there are none."""
    try:
        statement = written(**querysets)
    except EmptyResultSet:
        return {name: [] for name in querysets}
    return statement.rows()


def _instance(model: type[Model], values: Sequence[Any]) -> Model:
    names, decoders = _shape(model, connection.vendor)
    decoded = [
        value if decode is None or value is None else decode(value)
        for decode, value in zip(decoders, values, strict=True)
    ]
    return model.from_db(connection.alias, names, decoded)


@cache
def _shape(model: type[Model], vendor: str) -> tuple[list[str], list[Decoder | None]]:
    fields = model._meta.concrete_fields
    return [field.attname for field in fields], [_decoder(field, vendor) for field in fields]


def _decoder(field: Any, vendor: str) -> Decoder | None:
    """How a value comes back out of JSON; None where it already is what it was."""
    if isinstance(field, models.GeneratedField):
        field = field.output_field
    if isinstance(field, JSONField):
        return json.loads if vendor == "sqlite" else None  # stored there as text
    if hasattr(field, "from_db_value"):
        return lambda value: field.from_db_value(value, None, connection)
    if isinstance(field, models.DateTimeField):
        return lambda value: _aware(field.to_python(value))
    if isinstance(field, models.ForeignKey | FileField):
        return None
    return field.to_python  # type: ignore[no-any-return]


def _aware(at: dt.datetime) -> dt.datetime:
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _sort(rows: list[Any], ordering: Sequence[Any]) -> None:
    for name in reversed(ordering or ("pk",)):
        rows.sort(key=attrgetter(name.removeprefix("-")), reverse=name.startswith("-"))


# --- Tying rows to each other -------------------------------------------------------------------


def keep(parent: Model, **rows: list[Any]) -> None:
    """Rows of reverse relations, as if they had been prefetched."""
    kept = parent.__dict__.setdefault("_prefetched_objects_cache", {})
    for name, found in rows.items():
        queryset = getattr(parent, name).get_queryset()
        queryset._result_cache = found
        queryset._prefetch_done = True
        kept[name] = queryset


def tie(rows: Iterable[Model], name: str, targets: Mapping[Any, Model]) -> None:
    """The foreign key of these rows, where its target is known."""
    for row in rows:
        if target := targets.get(getattr(row, f"{name}_id")):
            setattr(row, name, target)


def tie_people(rows: Iterable[Model]) -> None:
    """Everybody whom these rows name; one query."""
    people = [(row, name, attname) for row in rows for name, attname in _people_of(type(row))]
    keys = {key for row, _name, attname in people if (key := getattr(row, attname)) is not None}
    found = User.objects.in_bulk(keys)
    for row, name, attname in people:
        if person := found.get(getattr(row, attname)):
            setattr(row, name, person)


@cache
def _people_of(model: type[Model]) -> list[tuple[str, str]]:
    fields = model._meta.concrete_fields
    return [(f.name, f.attname) for f in fields if f.is_relation and f.related_model is User]
