"""The index of the published articles, in this process, never more than a second behind the database.

A server follows the database in a thread of its own (``follow``): twice a second two cheap queries tell
whether anything changed; if so it reads the questions, builds the next index and swaps it in, while searches
go on with the one there is. No request waits, but for one that comes before there is any index.

Commands and tests follow nothing: there a search looks itself (``wait``), twice a second or after an edit.
"""

import gc
import logging
import threading
import time
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.db.models import Count, Max, Q
from django.db.models.signals import post_delete, post_save

from faq.models import Article, Status, Synonym, Variant
from faq.search import Entry, Index
from faq.search.confidence import SHIPPED
from faq.search.synonyms import Synonyms

INTERVAL = 0.5  # seconds between two looks at the database

logger = logging.getLogger(__name__)

Version = tuple[Any, ...]


def version_in_database() -> Version:
    published = Count("pk", filter=Q(status=Status.PUBLISHED), distinct=True)
    seen = Article.objects.aggregate(
        Max("updated_at"), Max("variants__pk"), Count("variants"), published=published
    )
    words = Synonym.objects.aggregate(Max("updated_at"), Count("pk"))
    return (*seen.values(), *words.values())


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


def synonyms_in_database() -> Synonyms:
    return Synonyms.load(dict(Synonym.objects.values_list("concept", "words")))


class LiveIndex:
    def __init__(self) -> None:
        self._lock = threading.Lock()  # of whoever looks at the database
        self._index: Index | None = None
        self._version: Version | None = None
        self._looked = 0.0
        self._edited = threading.Event()  # by this process, since the last look
        self._edited.set()
        self._following = False

    def edited(self) -> None:
        """Whatever the version says, the questions are read again at the next look."""
        self._edited.set()

    def get(self) -> Index:
        """The index to search now: at once in a server, and elsewhere after a look at the database."""
        index = self._index
        if index is not None and (self._following or self._fresh):
            return index
        return self.wait()

    def wait(self) -> Index:
        """The index of what the database says now, however long that takes to build."""
        with self._lock:
            if self._index and self._fresh:
                return self._index
            return self._look()

    def follow(self) -> None:
        """Keep up with the database in a thread, from now until the process ends."""
        self._following = True
        threading.Thread(target=self._follow, name="faq-index", daemon=True).start()

    @property
    def _fresh(self) -> bool:
        return not self._edited.is_set() and time.monotonic() - self._looked < INTERVAL

    def _follow(self) -> None:
        while self._following:
            first = self._index is None
            try:
                with self._lock:
                    self._look()
                if first:
                    gc.freeze()  # what a process begins with stays; the collector need not walk it again
            except Exception:
                logger.exception("The search index is not up to date; searches go on with the one there is")
                time.sleep(INTERVAL)
            finally:
                close_old_connections()
            self._edited.wait(INTERVAL)
        connection.close()

    def stop(self) -> None:
        """Follow no longer."""
        self._following = False
        self._edited.set()

    def _look(self) -> Index:
        forced = self._edited.is_set()
        self._edited.clear()
        try:
            version = version_in_database()
            index = self._index
            if index is None or forced or version != self._version:
                # With the judge there was, so that an edit is found at once; then with its own.
                judge = index.judge if index else SHIPPED
                self._index = Index(entries_in_database(), synonyms_in_database(), judge)
                self._index = index = self._index.examined()
        except Exception:
            self._edited.set()
            raise
        self._version, self._looked = version, time.monotonic()
        return index


live_index = LiveIndex()


def _edited(**_: Any) -> None:
    """Now for this process's own search, and once more when others can see the edit."""
    live_index.edited()
    transaction.on_commit(live_index.edited)


for model in (Article, Variant, Synonym):
    for signal in (post_save, post_delete):
        signal.connect(_edited, sender=model, dispatch_uid=f"faq.live.{model.__name__}")
