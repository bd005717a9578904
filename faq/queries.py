"""Reading the knowledge base."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Window
from django.db.models.functions import RowNumber

from faq.live import live_index
from faq.models import Article, ArticleQuerySet, SearchLog
from faq.search import Reason
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.models import Topic

CONTACT = dt.timedelta(hours=24)  # a contact within this time after a search belongs to it
CARRIED = 5  # searches that go with a visitor to a person


@dataclass(frozen=True)
class Hit:
    """An article that a question may mean. ``confidence``: the share of such answers that are right."""

    article: Article
    confidence: float
    matched: str  # the question or variant nearest to what was typed
    reason: Reason


@dataclass(frozen=True)
class TopicCount:
    topic: Topic
    articles: int


def articles_visible_to(actor: Actor) -> ArticleQuerySet:
    """Published articles, for everybody alike; drafts are nobody's until they are published."""
    return Article.objects.published()


def articles_that_took_in(slug: str) -> ArticleQuerySet:
    """The published article into which the article of this address was merged, over several merges too."""
    seen: set[int] = set()
    row = Article.objects.filter(slug=slug).first()
    while row and row.merged_into_id and row.pk not in seen:
        seen.add(row.pk)
        row = Article.objects.filter(pk=row.merged_into_id).first()
    return Article.objects.published().filter(pk=row.pk) if row and seen else Article.objects.none()


def search_articles(query: str, limit: int = 5) -> list[Hit]:
    """The published articles that ``query`` most likely means, surest first."""
    matches = live_index.get().search(query, limit)
    articles = Article.objects.published().in_bulk([match.entry_id for match in matches])
    return [
        Hit(article, match.confidence, match.matched_text, match.reason)
        for match in matches
        if (article := articles.get(match.entry_id))
    ]


def topics_with_counts(articles: ArticleQuerySet) -> list[TopicCount]:
    """Topics that have an article, in the order of the list of topics."""
    rows = articles.order_by().values_list("topic").annotate(Count("pk"))
    counts = dict(rows)
    return [TopicCount(topic, counts[topic]) for topic in Topic if topic in counts]


def popular(articles: ArticleQuerySet, count: int) -> ArticleQuerySet:
    """What helped most people first; before anybody has voted, the first of every topic, then the second."""
    place = Window(RowNumber(), partition_by="topic", order_by="id")
    return articles.annotate(place=place).order_by("-helpful", "place", "id")[:count]


def related_to(article: Article, articles: ArticleQuerySet, count: int, likely: float) -> list[Article]:
    """Picked by hand; if nobody has, the nearest by the engine that are at least this ``likely``."""
    if picked := list(articles.filter(pk__in=article.related.values("pk"))):
        return picked
    return nearest_to(article, count, likely)


def nearest_to(article: Article, count: int, likely: float) -> list[Article]:
    near = search_articles(article.question, count + 1)
    return [hit.article for hit in near if hit.article != article and hit.confidence >= likely][:count]


def searches_of(visitor: uuid.UUID | None, since: dt.datetime | None = None) -> QuerySet[SearchLog]:
    """What this visitor searched, newest first; by default in the time to which a contact belongs."""
    if visitor is None:
        return SearchLog.objects.none()
    found = SearchLog.objects.filter(visitor=visitor, at__gte=since or clock.now() - CONTACT)
    return found.order_by("-at", "-pk")


def latest_search_that_opened(article: Article, visitor: uuid.UUID) -> SearchLog | None:
    return searches_of(visitor).filter(clicked=article).first()


def words_searched_by(visitor: uuid.UUID | None) -> list[str]:
    """The last few different questions of this visitor, newest first, as they are logged."""
    queries = searches_of(visitor).values_list("query", flat=True)[: 4 * CARRIED]
    return list(dict.fromkeys(queries))[:CARRIED]
