"""How long the database takes to commit one small row: no durable chat can be faster than that."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

TEXT = "x" * 200  # as long as a usual message


@contextmanager
def committing(url: str, folder: Path) -> Iterator[Callable[[], None]]:
    """A call that stores one row as safely as the chat does, on the server of ``url`` or in ``folder``."""
    if url:
        with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as server:
            server.execute("CREATE TABLE bench_commits (text text)")
            try:
                yield lambda: _ignore(server.execute("INSERT INTO bench_commits VALUES (%s)", [TEXT]))
            finally:
                server.execute("DROP TABLE bench_commits")
        return
    file = sqlite3.connect(folder / "commits.sqlite3", isolation_level=None)
    try:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE IF NOT EXISTS bench_commits (text text)")
        yield lambda: _ignore(file.execute("INSERT INTO bench_commits VALUES (?)", [TEXT]))
    finally:
        file.close()


def _ignore(_: object) -> None:
    pass


def paced(commit: Callable[[], None], *, rate: int, seconds: float) -> tuple[float, float]:
    """Median and 99th percentile of a commit in ms, ``rate`` of them a second."""
    taken = []
    due = time.perf_counter()
    end = due + seconds
    while due < end:
        time.sleep(max(0.0, due - time.perf_counter()))
        began = time.perf_counter()
        commit()
        taken.append((time.perf_counter() - began) * 1000)
        due += 1 / rate
    taken.sort()
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]
