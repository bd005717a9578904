"""Which cases a search finds; the cutting of texts into tokens is in faq/search/tokens.py."""

from collections.abc import Iterable
from typing import ClassVar

from django.db import connection, models

from faq.search.tokens import (
    Query,
    TokensField,
    Whole,
    document,
    secret_token,
    secret_tokens,
    tokens_of,
)

__all__ = [
    "Query",
    "SearchRow",
    "TokensField",
    "Whole",
    "add",
    "document",
    "exchange",
    "few",
    "replace",
    "secret_token",
    "tokens_of",
]
FEW = 1_000
NEWEST, OFTEN = 3_000, 20  # what turns up so often among the newest cases soon fills a page
ON_POSTGRESQL = """
    SELECT CASE WHEN (
        SELECT COUNT(*) FROM (
            SELECT 1 FROM (
                SELECT tokens FROM tickets_searchrow ORDER BY rowid DESC LIMIT %(newest)s
            ) AS newest WHERE tokens @@ %(words)s::tsquery LIMIT %(often)s
        ) AS seen
    ) < %(often)s THEN ARRAY(
        SELECT rowid FROM tickets_searchrow WHERE tokens @@ %(words)s::tsquery LIMIT %(few)s
    ) END
"""


class SearchRow(models.Model):
    """What one case is found by. Its table is made by a migration, a different one for each database."""

    ticket = models.OneToOneField(
        "tickets.Ticket", models.CASCADE, primary_key=True, db_column="rowid", related_name="search"
    )
    tokens = TokensField()

    objects: ClassVar[models.Manager["SearchRow"]] = models.Manager()

    class Meta:
        app_label = "tickets"

    def __str__(self) -> str:
        return f"{self.pk}"


def few(query: Query | Whole) -> list[int] | None:
    """The cases that a query finds, in no order; None if they are more than a thousand, or if words turn up
    often among the newest cases: PostgreSQL's index gives the first only after all (30 ms of 125,000).

    A planner cannot know how rare a word is that it has never seen, and reads the whole table in the order
    of the list to find nothing. Few cases are therefore found through the index of words first; only what
    is common is looked for along the list, where it soon turns up.
    """
    if isinstance(query, Query) and connection.vendor == "postgresql":
        return _few_on_postgresql(query)
    rows = SearchRow.objects.filter(tokens__matches=query).values_list("pk", flat=True)[: FEW + 1]
    found = list(rows)
    return found if len(found) <= FEW else None


def _few_on_postgresql(query: Query) -> list[int] | None:
    values: dict[str, str | int] = {
        "words": query.for_postgresql(),
        "newest": NEWEST,
        "often": OFTEN,
        "few": FEW + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(ON_POSTGRESQL, values)
        found: list[int] | None = cursor.fetchone()[0]
    return found if found is not None and len(found) <= FEW else None


def exchange(ticket_id: int, gone: Iterable[str], secrets: Iterable[str]) -> None:
    """Let a case be found by these names and contacts, and no longer by those that are gone."""
    rows = SearchRow.objects.filter(pk=ticket_id)
    lost = {token for value in gone for token in secret_tokens(value)}
    kept = document([], secrets).split()
    before = rows.values_list("tokens", flat=True).get().split()
    rows.update(tokens=" ".join(sorted({*before} - lost | {*kept})))


def add(ticket_id: int, texts: Iterable[str], secrets: Iterable[str] = ()) -> None:
    """Let a case be found by these texts too; call it in the transaction that writes them."""
    new = document(texts, secrets)
    before = SearchRow.objects.filter(pk=ticket_id).values_list("tokens", flat=True).first()
    if before is None:
        SearchRow.objects.bulk_create([SearchRow(ticket_id=ticket_id, tokens=new)])
        return
    merged = " ".join(sorted({*before.split(), *new.split()}))
    if merged != before:
        SearchRow.objects.filter(pk=ticket_id).update(tokens=merged)


def replace(ticket_id: int, texts: Iterable[str], secrets: Iterable[str] = ()) -> None:
    """Let a case be found by these texts alone."""
    SearchRow.objects.filter(pk=ticket_id).update(tokens=document(texts, secrets))
