"""Which cases a search finds; the cutting of texts into tokens is in faq/search/tokens.py."""

from collections.abc import Iterable
from typing import ClassVar

from django.db import models

from faq.search.tokens import Query, TokensField, Whole, document, secret_token, tokens_of

__all__ = [
    "Query",
    "SearchRow",
    "TokensField",
    "Whole",
    "add",
    "document",
    "few",
    "secret_token",
    "tokens_of",
]
FEW = 1_000


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
    """The cases that a query finds, in no order; None if they are more than a thousand.

    A planner cannot know how rare a word is that it has never seen, and reads the whole table in the order
    of the list to find nothing. Few cases are therefore found through the index of words first; only what
    is common is looked for along the list, where it soon turns up.
    """
    rows = SearchRow.objects.filter(tokens__matches=query).values_list("pk", flat=True)[: FEW + 1]
    found = list(rows)
    return found if len(found) <= FEW else None


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
