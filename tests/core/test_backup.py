"""A desk that was backed up at work stands again in an empty place, to the last row and file."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from helpdesk.core.administration.actions import create_team
from helpdesk.core.backup import BackupError, restore
from tests.chat.test_kill9 import database_url


@pytest.fixture
def elsewhere(transactional_db, tmp_path) -> Iterator[dict[str, str]]:
    """The environment of a desk with a folder and a database of its own, both empty."""
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
    name = f"{connection.settings_dict['NAME']}_elsewhere"
    if connection.vendor == "postgresql":
        url = f"{database_url()}_elsewhere"
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
    yield os.environ | {
        "HELPDESK_DATA_DIR": str(tmp_path / "elsewhere"),
        "DATABASE_URL": url,
        "DATA_KEYS": ",".join(settings.DATA_KEYS),
        "ANCHOR_KEY": settings.ANCHOR_KEY,
    }
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def manage(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def contents(url: str) -> list[str]:
    """Everything in a database as text: tables, rows, indexes and triggers."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return list(database.iterdump())
    dump = subprocess.run(["pg_dump", "--no-owner", url], capture_output=True, text=True, check=True)  # noqa: S603, S607
    # PostgreSQL words conditions anew when it reads them; newer versions mark each dump by chance.
    return [line for line in dump.stdout.splitlines() if "ARRAY[" not in line and "restrict" not in line]


def test_all_that_was_stored_stands_again(elsewhere, cast, tmp_path):
    create_team(actor=cast.administrator, name="备份组")
    call_command("anchor_audit")
    letter = Path(settings.MEDIA_ROOT) / "evidence" / "1" / "回单.pdf"
    letter.parent.mkdir(parents=True)
    letter.write_bytes(b"%PDF-1.7 %%EOF")
    file = tmp_path / "desk.zip"
    call_command("backup", file)
    assert file.stat().st_mode & 0o777 == 0o600

    there = Path(elsewhere["HELPDESK_DATA_DIR"])
    (there / "media").mkdir(parents=True)
    (there / "media" / "left.pdf").touch()
    assert f"{there / 'media'} is not empty" in manage(elsewhere, "restore", str(file)).stderr
    (there / "media" / "left.pdf").unlink()
    done = manage(elsewhere, "restore", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    before, after = contents(database_url()), contents(elsewhere["DATABASE_URL"])
    assert any("备份组" in line for line in after)
    assert after == before
    assert (there / "media" / "evidence" / "1" / "回单.pdf").read_bytes() == letter.read_bytes()
    sound = manage(elsewhere, "verify_audit")
    assert "all sound" in sound.stdout, sound.stderr
    assert "newest anchor:" in sound.stdout

    again = manage(elsewhere, "restore", str(file))
    assert "the database is not empty" in again.stderr
    assert contents(elsewhere["DATABASE_URL"]) == before


def test_nothing_is_written_over(transactional_db, tmp_path):
    file = tmp_path / "desk.zip"
    file.write_bytes(b"an older one")
    with pytest.raises(CommandError, match="exists"):
        call_command("backup", file)
    assert file.read_bytes() == b"an older one"
    with pytest.raises(BackupError, match="not empty"):
        restore(file)
