"""The numbers of the searches page over a long log: SQLite of its own, or the server in DATABASE_URL.

    python -m benchmarks.bench_searches [rows=100000]

Medians of nine readings, over 8 and over 52 weeks: the whole page, and its two heaviest parts.
"""
# ruff: noqa: E402  # Django is set up before anything of it is imported

import argparse
import io
import os
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable

os.environ["HELPDESK_MODE"] = "test"
os.environ.setdefault("HELPDESK_DATA_DIR", tempfile.mkdtemp())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

import django

django.setup()

import datetime as dt

from django.core.management import call_command
from django.test.utils import setup_databases, teardown_databases

from faq import analytics
from faq.models import Article, SearchLog
from helpdesk.core import clock
from quality.searches import search_figures


def fill(rows: int) -> None:
    dice = random.Random(5)
    articles = list(Article.objects.published().prefetch_related("variants"))
    ways = [text for a in articles for text in (a.question, *(v.text for v in a.variants.all()))]
    now = clock.now()

    def search() -> SearchLog:
        at = now - dt.timedelta(days=dice.uniform(0, 364))
        nothing, opened = dice.random() < 0.08, dice.random() < 0.6
        top = None if nothing else dice.choice(articles)
        return SearchLog(
            at=at,
            on=clock.local_date(at),
            first_at=at,
            visitor=uuid.UUID(int=dice.getrandbits(128)),
            query=dice.choice(ways) + dice.choice(("", "", "啊", "呢", str(dice.randrange(400)))),
            language="zh-hans",
            results=0 if nothing else 4,
            top=top,
            topic=top.topic if top else "",
            confidence=dice.random(),
            clicked=top if opened else None,
            position=1 if opened and top else None,
            opened_after=int(dice.lognormvariate(3, 1)) if opened and top else None,
            helpful=dice.choice((None, None, None, True, False)),
            contacted_at=at if dice.random() < 0.1 else None,
        )

    SearchLog.objects.bulk_create((search() for _ in range(rows)), batch_size=1000)


def timed(read: Callable[[], object]) -> float:
    spent = []
    for _ in range(9):
        start = time.perf_counter()
        read()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1000


def report(rows: int, weeks: int) -> None:
    log, today = SearchLog.objects.all(), clock.today()
    inside = analytics.searches_in(log, (today - dt.timedelta(weeks=weeks), today))
    print(
        f"{rows:,} rows, {weeks:>2} weeks ({inside.count():,} in them): "
        f"whole page {timed(lambda: search_figures(log, weeks, '', today=today)):.0f} ms, "
        f"answers to write {timed(lambda: analytics.answers_to_write(inside, 20)):.0f} ms, "
        f"counts {timed(lambda: analytics.counts_by_day(inside)):.0f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    rows = parser.parse_args().rows
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        call_command("load_faq", stdout=io.StringIO())
        fill(rows)
        for weeks in (8, 52):
            report(rows, weeks)
    finally:
        teardown_databases(databases, verbosity=0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
