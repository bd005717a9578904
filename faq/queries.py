"""Reading the knowledge base."""

from dataclasses import dataclass

from django.db.models import Count, Window
from django.db.models.functions import RowNumber

from faq.live import live_index
from faq.models import Article, ArticleQuerySet
from faq.search import Reason
from helpdesk.core.actors import Actor
from helpdesk.core.models import Topic


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
