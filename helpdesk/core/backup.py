"""One file with all that a desk has stored: database, uploaded files, anchors. Its keys are not in it."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient


class BackupError(Exception):
    """Nothing was changed; the message says why."""


def back_up(target: Path) -> None:
    """While the desk is at work: everything up to now, and some of what is written meanwhile."""
    if target.exists():
        raise BackupError(f"{target} exists")
    with TemporaryDirectory(dir=target.parent) as made:  # nobody else can read it
        whole, dump = Path(made) / "whole.zip", Path(made) / _database()
        with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
            # Anchors first: they must not tell of more than the database; files last: it tells of them.
            _add(archive, "anchors")
            _dump(dump)
            archive.write(dump, dump.name)
            _add(archive, "media")
        whole.chmod(0o600)
        whole.rename(target)


def restore(source: Path) -> None:
    """Into an empty database and an empty folder only. Anchors that are still there stay: they know more."""
    empty = {name: folder for name, folder in _folders().items() if not any(folder.glob("*"))}
    if connection.introspection.table_names():
        raise BackupError("the database is not empty")
    if "media" not in empty:
        raise BackupError(f"{_folders()['media']} is not empty")
    with TemporaryDirectory(dir=settings.DATA_DIR) as made, ZipFile(source) as archive:
        if _database() not in archive.namelist():
            raise BackupError(f"{source} has no {_database()}: it is of another kind of database")
        _load(Path(archive.extract(_database(), made)))
        for member in archive.infolist():
            name, _, member.filename = member.filename.partition("/")
            if name in empty:
                archive.extract(member, empty[name])


def _folders() -> dict[str, Path]:
    return {"anchors": Path(settings.ANCHOR_DIR), "media": Path(settings.MEDIA_ROOT)}


def _add(archive: ZipFile, name: str) -> None:
    folder = _folders()[name]
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            archive.write(file, f"{name}/{file.relative_to(folder).as_posix()}")


def _database() -> str:
    return f"database.{connection.vendor}"


def _dump(file: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(file)) as copy:
            connection.connection.backup(copy)
    else:
        _postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={file}")


def _load(file: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(file)) as copy:
            copy.backup(connection.connection)
    else:
        _postgresql("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(file))


def _postgresql(program: str, *options: str) -> None:
    """Django knows how to tell psql where the database is; its sisters understand the same words."""
    words, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, name = words[1:]
    command = [program, *where, f"--dbname={name}", *options]
    try:
        subprocess.run(command, env=os.environ | (environment or {}), check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise BackupError(str(error)) from error
