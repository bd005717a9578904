"""What the search log learns: a search, the answer opened from it, whether that helped, and who asked on."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction

from faq.models import Article, SearchLog
from faq.permissions import is_unopened
from faq.queries import Hit, searches_of
from helpdesk.core import audit, clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.masking import anonymise
from helpdesk.core.models import User
from helpdesk.core.permissions import anyone

LOGGED = SearchLog._meta.get_field("query").max_length
RUN = dt.timedelta(minutes=30)  # without a search for this long, the next one is a new question


@creation("search.made", allowed=anyone, audited=False)
def log_search(
    *,
    actor: Actor,
    query: str,
    language: str,
    hits: list[Hit],
    visitor: uuid.UUID | None = None,
    suggested: bool = False,
) -> SearchLog:
    """Remember what was asked, without personal data, so that what finds nothing can be written."""
    now = clock.now()
    before = searches_of(visitor, since=now - RUN).first()
    return SearchLog.objects.create(
        at=now,
        on=clock.local_date(now),
        visitor=visitor,
        first_at=before.first_at if before else now,
        query=anonymise(query)[:LOGGED],
        language=language,
        suggested=suggested,
        results=len(hits),
        shown=[hit.article.pk for hit in hits],
        top=hits[0].article if hits else None,
        topic=hits[0].article.topic if hits else "",
        confidence=hits[0].confidence if hits else 0,
    )


@action("search.opened", allowed=is_unopened, audited=False)
def open_from_search(search: SearchLog, *, actor: Actor, article: Article) -> SearchLog:
    search.clicked = article
    search.position = search.shown.index(article.pk) + 1 if article.pk in search.shown else None
    search.opened_after = _seconds_since(search.first_at)
    search.save(update_fields=["clicked", "position", "opened_after"])
    return search


@action("search.judged", allowed=anyone, audited=False)
def judge_search(search: SearchLog, *, actor: Actor, helpful: bool) -> SearchLog:
    """The vote of the visitor who opened the answer from this search."""
    search.helpful = helpful
    search.helped_after = _seconds_since(search.first_at) if helpful else None
    search.save(update_fields=["helpful", "helped_after"])
    return search


@action("search.contacted", allowed=anyone, audited=False)
def note_contact(search: SearchLog, *, actor: Actor) -> int:
    """A chat or a case of the visitor who made ``search``: all theirs of the last day were followed by it."""
    undecided = searches_of(search.visitor).filter(contacted_at=None)
    return undecided.update(contacted_at=clock.now())


def forget_searches(*, actor: User, dry_run: bool = False) -> int:
    """Delete what is older than ``SEARCH_LOG_DAYS``; answers the number of rows, which goes on record."""
    first_kept = clock.today() - dt.timedelta(days=settings.SEARCH_LOG_DAYS)
    old = SearchLog.objects.filter(on__lt=first_kept)
    if dry_run:
        return old.count()
    with transaction.atomic():
        rows, _ = old.delete()
        if rows:
            data = {"rows": rows, "before": first_kept}
            audit.record("searches.forgotten", actor=actor, target=actor, data=data)
    return rows


def _seconds_since(instant: dt.datetime) -> int:
    return max(0, int((clock.now() - instant).total_seconds()))
