"""Looking for a conversation of any time: words, days, agent, topic, score. Pages go by key.

Who may see what is ``conversations_visible_to``; nothing here widens it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import F, Q

from chat.models import Conversation, ConversationQuerySet, Message
from chat.queries import conversations_visible_to
from chat.search import Query, SearchRow
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.models import User
from tickets.queries import accounts_with
from tickets.search import Whole
from tickets.search import few as cases_found

PER_PAGE = 30
FEW = 1_000  # found conversations that are looked up one by one; see tickets/search.py
SPAM = "spam"
FIRST = 5  # up to which number the visitor's first words are looked for
LEAD, SHOWN = 12, 48  # characters of an excerpt: before the word that is looked for, and in all


@dataclass(frozen=True)
class Wanted:
    """What a history page asks for; unknown values select nothing, they never widen the list."""

    text: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    agent: int | None = None
    topic: str = ""
    score: int | None = None
    state: str = ""  # one State, or "spam"; empty: all but spam


def found(user: User, wanted: Wanted) -> ConversationQuerySet:
    """Newest first."""
    rows = conversations_visible_to(user).filter(_when(wanted), spam=wanted.state == SPAM)
    if wanted.state in State.values:
        rows = rows.filter(state=wanted.state)
    if wanted.agent is not None:
        rows = rows.filter(assignee_id=wanted.agent)
    if wanted.topic:
        rows = rows.filter(Q(wrap_up=wanted.topic) | Q(wrap_up="", topic=wanted.topic))
    if wanted.score is not None:
        rows = rows.filter(score=wanted.score)
    if text := wanted.text.replace("\0", "").strip():
        rows = rows.filter(_words(text))
    return rows.order_by("-created_at", "-id")


def _when(wanted: Wanted) -> Q:
    when = Q()
    if wanted.since:
        when &= Q(created_at__gte=clock.start_of_day(wanted.since))
    if wanted.until:
        when &= Q(created_at__lt=clock.end_of_day(wanted.until))
    return when


def _words(text: str) -> Q:
    """All the words in one conversation, a whole name, or a whole contact of its customer or case."""
    query = Query(text)
    if not query:
        return Q(pk__in=[])
    matches = SearchRow.objects.filter(tokens__matches=query)
    few = list(matches.values_list("indexed__conversation", flat=True)[: FEW + 1])
    found = Q(indexed__search__tokens__matches=query) if len(few) > FEW else Q(pk__in=few)
    if accounts := accounts_with(text):
        found |= Q(customer__in=accounts)
    if cases := cases_found(Whole(text)):
        found |= Q(ticket__in=cases)
    return found


def excerpts(rows: Sequence[Conversation], text: str) -> dict[UUID, str]:
    """What tells each apart: the newest line with a word looked for, else what its visitor said first."""
    words = text.replace("\0", "").lower().split()
    said = Message.objects.filter(conversation__in=rows, kind=Message.Kind.TEXT).exclude(text="")
    first = said.filter(author_kind=Message.Author.VISITOR, seq__lte=FIRST).order_by("-seq")
    lines = dict(first.values_list("conversation_id", "text"))
    if rows and words:
        hit = reduce(or_, (Q(text__icontains=word) for word in words))
        hits = said.filter(hit).order_by("-seq").values_list("conversation_id", "text")[:FEW]
        lines |= dict(reversed(hits))
    return {pk: _cut(line, words) for pk, line in lines.items()}


def _cut(line: str, words: list[str]) -> str:
    places = (line.lower().find(word) for word in words)
    start = max(0, min((at for at in places if at >= 0), default=0) - LEAD)
    end = start + SHOWN
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")


def open_now() -> ConversationQuerySet:
    """Every conversation that goes on, for supervisors: the urgent first, then who waits longest."""
    rows = Conversation.objects.open().filter(spam=False).with_people()
    return rows.order_by("-urgent", F("waiting_since").asc(nulls_last=True), "created_at", "id")
