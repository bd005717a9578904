"""The queue, its filters, the search and a case's page on desks of different sizes, in one run.

    python -m benchmarks.bench_tickets [--sizes 10000,100000] [--rounds 15]

``DATABASE_URL`` names a PostgreSQL server on which databases of its own are made and dropped; without it,
SQLite files. Each size is a process of its own, asked in turn, so that a noisy minute hits all alike.
A page's time is the whole request in the application: session, permission, queries, template.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from typing import Any

from benchmarks.asked import Asked

PAGES = {
    "queue, supervisor": ("chief", "/tickets/queue/"),
    "queue, agent": ("agent3", "/tickets/queue/?scope=all"),
    "queue, agent's own": ("agent3", "/tickets/queue/?scope=mine"),
    "filter: overdue": ("chief", "/tickets/queue/?overdue=on"),
    "filter: kind, severity": ("chief", "/tickets/queue/?kind=suggestion&severity=major"),
    "filter: any state": ("chief", "/tickets/queue/?state=any"),
    "filter: closed, team": ("agent3", "/tickets/queue/?state=closed&scope=team"),
    "search: common word": ("chief", "/tickets/queue/?state=any&text=还款"),
    "search: two words": ("chief", "/tickets/queue/?state=any&text=征信记录 查不到"),
    "search: rare word": ("chief", "/tickets/queue/?state=any&text=螺蛳粉"),
    "search: absent word": ("chief", "/tickets/queue/?state=any&text=没有此词"),
    "search: number": ("chief", "/tickets/queue/?state=any&text=C-2026-0007777"),
    "search: agent, open": ("agent3", "/tickets/queue/?text=违约金"),
    "a case": ("chief", "/tickets/{case}/"),
}


# --- One desk, in a process of its own -----------------------------------------------------------
def serve(cases: int) -> None:
    """Fill the database, then answer each line of standard input (a page's name) with its milliseconds."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "helpdesk.settings"
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks.ticket_data import fill, one_by_hand  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    fill(cases)
    case = one_by_hand().number
    print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)
    answer({name: (who, path.replace("{case}", case)) for name, (who, path) in PAGES.items()})


def answer(pages: dict[str, tuple[str, str]]) -> None:
    """Each line of standard input is a page's name; its milliseconds and queries go out.

    As a server that has run for a minute: its memory settled, the model of the suggestions at hand.
    """
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from helpdesk.core.models import User  # noqa: PLC0415
    from helpdesk.core.started import settle_memory  # noqa: PLC0415
    from tickets.classification.kept import shipped_model  # noqa: PLC0415

    shipped_model()
    settle_memory()
    clients = {}
    for name in {who for who, _path in pages.values()}:
        clients[name] = Client(SERVER_NAME="127.0.0.1")
        clients[name].force_login(User.objects.get(username=name))
    queries: dict[str, int] = {}
    for name in map(str.strip, sys.stdin):
        who, path = pages[name]
        if name not in queries:  # counted once, because counting takes time
            with CaptureQueriesContext(connection) as captured:
                clients[who].get(path)
            queries[name] = len(captured)
        started = time.perf_counter()
        found = clients[who].get(path)
        taken = time.perf_counter() - started
        if found.status_code != 200:
            raise SystemExit(f"{path}: {found.status_code}")
        print(json.dumps({"ms": taken * 1000, "queries": queries[name]}), flush=True)


class Desk(Asked):
    """The process of one size."""

    def __init__(self, cases: int, folder: str) -> None:
        self.cases, self.database = cases, ""
        env = {**os.environ, "HELPDESK_MODE": "demo", "HELPDESK_DATA_DIR": f"{folder}/{cases}"}
        if url := os.environ.get("DATABASE_URL", ""):
            self.server, self.database = url, f"bench_tickets_{cases}_{os.getpid()}"
            self._sql(f'CREATE DATABASE "{self.database}"')
            env["DATABASE_URL"] = url.rsplit("/", 1)[0] + f"/{self.database}"
        command = [sys.executable, "-m", "benchmarks.bench_tickets", "--serve", str(cases)]
        super().__init__(f"the desk of {cases} cases", command, env)

    def _sql(self, statement: str) -> None:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(
            self.server.replace("postgres://", "postgresql://"), autocommit=True
        ) as connection:
            connection.execute(statement)

    def end(self) -> None:
        super().end()
        if self.database:
            self._sql(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", type=int, default=0)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return 0
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        desks = []
        try:
            for size in sizes:
                desks.append(Desk(size, folder))
                print(
                    f"{size:9,} cases, ten lines each: filled in {desks[-1].read()['seconds']:.0f} s",
                    flush=True,
                )
            times = measure(desks, options.rounds)
        finally:
            for desk in desks:
                desk.end()
    report(sizes, times)
    return 0


def measure(desks: list[Desk], rounds: int) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """Every page on every desk by turns; the first round only warms up."""
    times: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for turn in range(rounds + 1):
        for page in PAGES:
            for desk in desks:
                found = desk.ask(page)
                if turn:
                    times.setdefault((page, desk.cases), []).append(found)
    return times


def report(sizes: list[int], times: dict[tuple[str, int], list[dict[str, Any]]]) -> None:
    database = os.environ.get("DATABASE_URL", "sqlite").split(":")[0]
    print(
        f"{database}; median ms a request"
        + "".join(f"{size:>12,}" for size in sizes)
        + "   top ÷ least   queries"
    )
    for page in PAGES:
        median = [statistics.median(one["ms"] for one in times[page, size]) for size in sizes]
        queries = max(one["queries"] for size in sizes for one in times[page, size])
        row = "".join(f"{value:12.1f}" for value in median)
        print(f"{page:{len(database) + 21}}{row}{median[-1] / median[0]:14.2f}{queries:10}")


if __name__ == "__main__":
    sys.exit(main())
