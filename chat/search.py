"""Which conversations a search finds. Rows are made after the messages, never in their write path.

``Indexed`` says up to which message a conversation can be found; ``chat.tasks.index_conversations`` brings
behind ones up to date. Tokens are those of faq/search/tokens.py. Notes are searched by nobody.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from faq.search.tokens import Query, TokensField, document

__all__ = ["Indexed", "Query", "SearchRow", "behind", "store"]
MESSAGES = 2_000  # of one conversation that are indexed


class Indexed(models.Model):
    """A whole number for a conversation, as the databases' word indexes want, and how far it is indexed."""

    conversation = models.OneToOneField("chat.Conversation", models.CASCADE, related_name="indexed")
    seq = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["Indexed"]] = models.Manager()

    class Meta:
        app_label = "chat"

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.seq}"


class SearchRow(models.Model):
    """What one conversation is found by. A migration makes its table, another one for each database."""

    indexed = models.OneToOneField(
        Indexed, models.CASCADE, primary_key=True, db_column="rowid", related_name="search"
    )
    tokens = TokensField()

    objects: ClassVar[models.Manager["SearchRow"]] = models.Manager()

    class Meta:
        app_label = "chat"

    def __str__(self) -> str:
        return f"{self.pk}"


def behind() -> Q:
    """Conversations with messages that cannot be found yet."""
    return Q(last_seq__gt=0) & (Q(indexed=None) | Q(last_seq__gt=F("indexed__seq")))


def store(indexed: Indexed, texts: list[str], secrets: list[str]) -> None:
    """Let a conversation be found by exactly these."""
    tokens = document(texts, secrets)
    if not SearchRow.objects.filter(pk=indexed.pk).update(tokens=tokens):
        SearchRow.objects.bulk_create([SearchRow(indexed=indexed, tokens=tokens)])
