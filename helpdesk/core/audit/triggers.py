"""The database refuses to change or delete an entry: the one place that knows how each of the two does it.

Whoever owns the database can drop these; the chain and the anchors show what was done then.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "core_auditentry"
UNIQUE = (("id",), ("chain", "n"), ("chain", "prev"))
REFUSED = f"{TABLE} is append-only"

# SQLite: INSERT OR REPLACE deletes the row in its way without asking a DELETE trigger, so it is refused too.
_IN_THE_WAY = " OR ".join("(" + " AND ".join(f"{c} = NEW.{c}" for c in columns) + ")" for columns in UNIQUE)
SQLITE = {
    f"{TABLE}_no_update": f"BEFORE UPDATE ON {TABLE}",
    f"{TABLE}_no_delete": f"BEFORE DELETE ON {TABLE}",
    f"{TABLE}_no_replace": (
        f"BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE {_IN_THE_WAY})"  # noqa: S608
    ),
}
POSTGRES = {
    f"{TABLE}_no_change": f"BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW",
    f"{TABLE}_no_truncate": f"BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make them where they are not. Altering the table on SQLite drops them, so every migrate does this."""
    absent = missing(connection)
    if not absent:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
            )
        for name in absent:
            if connection.vendor == "postgresql":
                cursor.execute(f"CREATE TRIGGER {name} {POSTGRES[name]} EXECUTE FUNCTION refuse_change()")
                # Also for a session that calls itself a replica.
                cursor.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}")
            else:
                refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
                cursor.execute(f"CREATE TRIGGER {name} {SQLITE[name]} {refuse}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """For unapplying the migration, and for tests that empty their database or play its owner."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in _wanted(connection):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Those that are not there or, on PostgreSQL, switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there: set[Any] = {row[0] for row in cursor.fetchall()}
    return [name for name in _wanted(connection) if name not in there]


def _wanted(connection: BaseDatabaseWrapper) -> dict[str, str]:
    return POSTGRES if connection.vendor == "postgresql" else SQLITE
