"""Rows of the quality lists with their way in, for those who may open what they are about."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from chat.permissions import reads_history
from chat.queries import conversations_visible_to
from helpdesk.core.models import Topic, User
from helpdesk.core.permissions import works_cases
from quality.models import Door, Feedback, Review
from tickets.models import Channel
from tickets.queries import tickets_visible_to


@dataclass(frozen=True)
class Answer:
    """One feedback row; ``url`` is empty where the reader may not open what it is about."""

    row: Feedback
    url: str


@dataclass(frozen=True)
class Arrival:
    """One case or chat that came in."""

    at: dt.datetime
    door: Door
    number: str  # of a case; a chat has none
    topic: Topic
    channel: Channel
    url: str


@dataclass(frozen=True)
class Shown:
    """A review with the way to the case or chat that it is of; empty where the reader may not open it."""

    row: Review
    url: str


def reviews(reader: User, rows: Iterable[Review]) -> list[Shown]:
    found = list(rows)
    open_to = _urls(
        reader,
        numbers=[row.ticket.number for row in found if row.ticket],
        chats=[row.conversation_id for row in found if row.conversation_id],
    )
    return [
        Shown(row, open_to.get(row.ticket.number if row.ticket else str(row.conversation_id), ""))
        for row in found
    ]


def answers(reader: User, rows: Iterable[Feedback]) -> list[Answer]:
    found = list(rows)
    open_to = _urls(
        reader,
        numbers=[row.ticket.number for row in found if row.ticket],
        chats=[row.conversation_id for row in found if row.conversation_id],
    )

    def url(row: Feedback) -> str:
        if row.article:
            return row.article.get_absolute_url()
        return open_to.get(row.ticket.number if row.ticket else str(row.conversation_id), "")

    return [Answer(row, url(row)) for row in found]


def arrivals(reader: User, rows: Iterable[dict[str, Any]]) -> list[Arrival]:
    found = list(rows)
    chats = {row["key"]: uuid.UUID(row["key"]) for row in found if row["door"] == Door.CHAT}
    numbers = [row["key"] for row in found if row["door"] == Door.TICKET]
    open_to = _urls(reader, numbers=numbers, chats=list(chats.values()))
    return [
        Arrival(
            at=row["at"],
            door=Door(row["door"]),
            number="" if row["key"] in chats else row["key"],
            topic=Topic(row["topic"]),
            channel=Channel(row["via"]),
            url=open_to.get(str(chats.get(row["key"], row["key"])), ""),
        )
        for row in found
    ]


def _urls(reader: User, *, numbers: list[str], chats: list[uuid.UUID]) -> dict[str, str]:
    """The addresses of those that the reader may open; at most two queries, however many rows."""
    tickets = tickets_visible_to(reader).filter(number__in=numbers or [""])
    found = {
        number: reverse("tickets:ticket", args=[number])
        for number in tickets.values_list("number", flat=True)
    }
    # Who chats opens a conversation in the workspace, who reads past chats in their records.
    page = (works_cases(reader) and "chat:conversation") or (reads_history(reader) and "chat:record")
    if page:
        visible = conversations_visible_to(reader).filter(pk__in=chats or [uuid.UUID(int=0)])
        found |= {str(pk): reverse(page, args=[pk]) for pk in visible.values_list("pk", flat=True)}
    return found
