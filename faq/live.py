"""The index of the published articles, in this process, never more than a second behind the database.

At most twice a second a search asks the database, in one cheap query, whether anything changed. If so it
reads the questions; a thread makes the new index and swaps it in while searches go on with the old one.
Only who would otherwise see something older than a second waits: the first search of the process, the
first after a pause, and one after an edit in this very process.
"""

import threading
import time
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.signals import post_delete, post_save

from faq.models import Article, Status, Variant
from faq.search import Entry, Index

INTERVAL = 0.5  # seconds between two looks at the database
PATIENCE = 1.0  # seconds an answer may be out of date

Version = tuple[Any, ...]


def version_in_database() -> Version:
    published = Count("pk", filter=Q(status=Status.PUBLISHED), distinct=True)
    seen = Article.objects.aggregate(
        Max("updated_at"), Max("variants__pk"), Count("variants"), published=published
    )
    return tuple(seen.values())


def entries_in_database() -> list[Entry]:
    """The keywords of an article count as one more way to ask for it."""
    articles = Article.objects.published().prefetch_related("variants")
    return [
        Entry(
            article.pk,
            article.question,
            (*(variant.text for variant in article.variants.all()), " ".join(article.keywords)),
        )
        for article in articles
    ]


class LiveIndex:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._version: Version | None = None
        self._asked = 0.0
        self._edited = True  # by this process, since the last look

    def edited(self, **_: Any) -> None:
        """A signal receiver: the next search looks at the database and waits for what it finds."""
        self._edited = True

    def get(self) -> Index:
        """The index to search now."""
        index = self._index
        if index is not None and not self._edited and time.monotonic() - self._asked < INTERVAL:
            return index
        wait = index is None or self._edited or time.monotonic() - self._asked > PATIENCE
        if not self._lock.acquire(blocking=wait) and index is not None:
            return index
        try:
            return self._refresh(wait=wait)
        finally:
            self._lock.release()

    def _refresh(self, *, wait: bool) -> Index:
        forced, self._edited = self._edited, False
        version = version_in_database()
        self._asked = time.monotonic()
        if self._index is not None and version == self._version and not forced:
            return self._index
        entries = entries_in_database()
        self._version = version
        if wait or self._index is None:
            self._index = Index.build(entries)
        else:
            threading.Thread(target=self._build, args=(entries, version), name="faq-index").start()
        return self._index

    def _build(self, entries: list[Entry], version: Version) -> None:
        index = Index.build(entries)
        with self._lock:
            if version == self._version:
                self._index = index


live_index = LiveIndex()
for model in (Article, Variant):
    for signal in (post_save, post_delete):
        signal.connect(live_index.edited, sender=model, dispatch_uid=f"faq.live.{model.__name__}")
