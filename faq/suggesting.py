"""What the search log and the engine suggest to editors: variants to add, and articles that may be one."""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass

from django.db.models import Count, Q
from rapidfuzz import fuzz

from faq.live import live_index
from faq.models import Article, DismissedVariant, DistinctArticles, SearchLog, Status, Variant
from faq.search.confidence import THRESHOLD
from faq.search.normalise import normalise
from helpdesk.core import clock
from helpdesk.core.small import FEWEST

PERIOD = dt.timedelta(days=90)
LOOKED_AT = 200  # different searches that are worked through, the most frequent first
NEAR = 0.15  # confidence from which an article may be what was meant
MASK = "**"  # of a phone number or the like, masked before it was stored: nobody searches for that
SHORTEST = 2
ALIKE = 55.0  # rapidfuzz ratio (0 to 100) of their nearest texts from which two articles may be one
SLICE = 100  # articles looked at in one request


@dataclass(frozen=True)
class VariantSuggestion:
    """A text that customers searched for without an answer, and the article that it may mean."""

    article: Article
    text: str
    times: int


@dataclass(frozen=True)
class Alike:
    """Two articles that may be one; ``likeness``: 0 to 100, of the texts by which they are nearest."""

    first: Article
    second: Article
    first_text: str
    second_text: str
    likeness: int


def variant_suggestions(article: Article | None = None) -> list[VariantSuggestion]:
    """Searches of the last 90 days that nobody opened an answer from, most frequent first.

    A search that the engine was sure of showed its answer; only the others count as not answered. What only
    few people searched for is theirs, and is not shown.
    """
    unanswered = Q(clicked__isnull=True, confidence__lt=THRESHOLD)
    asked = (
        SearchLog.objects.filter(at__gte=clock.now() - PERIOD)
        .values("query")
        .annotate(
            times=Count("pk", filter=unanswered),
            answered=Count("pk", filter=~unanswered),
            people=Count("visitor", distinct=True),
        )
        .filter(times__gt=0, answered=0, people__gte=FEWEST)
        .order_by("-times", "query")
    )
    searches = [(row["query"], row["times"]) for row in asked[:LOOKED_AT] if _fits(row["query"])]
    index = live_index.get()
    nearest = {text: match[0] for text, _ in searches if (match := index.search(text, 1))}
    near = {text: match for text, match in nearest.items() if match.confidence >= NEAR}
    found_ids = {match.entry_id for match in near.values()}
    articles: dict[Hashable, Article] = dict(Article.objects.published().in_bulk(found_ids))
    known = _known([article.pk for article in articles.values()])
    return [
        VariantSuggestion(found, text, times)
        for text, times in searches
        if text in near
        and (found := articles.get(near[text].entry_id))
        and (article is None or found == article)
        and (found.pk, normalise(text)) not in known
    ]


def _fits(text: str) -> bool:
    longest = Variant._meta.get_field("text").max_length or 0
    return SHORTEST <= len(text.strip()) <= longest and MASK not in text


def _known(articles: list[int]) -> set[tuple[int, str]]:
    """What is a variant of these articles already, is their question, or was dismissed."""
    rows = [
        *Article.objects.filter(pk__in=articles).values_list("pk", "question"),
        *Variant.objects.filter(article__in=articles).values_list("article", "text"),
        *DismissedVariant.objects.filter(article__in=articles).values_list("article", "text"),
    ]
    return {(pk, normalise(text)) for pk, text in rows}


def alike(after: int = 0) -> tuple[list[Alike], int]:
    """Pairs of published articles that may be one, the likeliest first.

    Looks at one slice of the articles, those with a key above ``after``; the second value is where the
    next slice begins, 0 where there is none.
    """
    chosen = list(Article.objects.published().filter(pk__gt=after).order_by("pk")[: SLICE + 1])
    more = chosen[SLICE - 1].pk if len(chosen) > SLICE else 0
    return _pairs(chosen[:SLICE]), more


def alike_to(article: Article) -> list[Alike]:
    """The same for one article."""
    return _pairs([article]) if article.status == Status.PUBLISHED else []


def _pairs(articles: list[Article]) -> list[Alike]:
    """The engine names the candidates of each article; the texts by which they are nearest decide."""
    index = live_index.get()
    matches = [(article, match) for article in articles for match in index.search(article.question, 4)]
    rows = Article.objects.published().in_bulk({match.entry_id for _, match in matches})
    others: dict[Hashable, Article] = dict(rows)
    distinct = set(DistinctArticles.objects.values_list("first", "second"))
    pairs: dict[tuple[int, int], Alike] = {}
    for article, match in matches:
        other = others.get(match.entry_id)
        if other is None or other == article:
            continue
        ratio = fuzz.ratio(normalise(article.question), normalise(match.matched_text))
        ends = [(article, article.question), (other, match.matched_text)]
        (first, first_text), (second, second_text) = sorted(ends, key=lambda end: end[0].pk)
        pair = (first.pk, second.pk)
        known = pairs.get(pair)
        if ratio >= ALIKE and pair not in distinct and (known is None or known.likeness < ratio):
            pairs[pair] = Alike(first, second, first_text, second_text, round(ratio))
    return sorted(pairs.values(), key=lambda row: (-row.likeness, row.first.pk, row.second.pk))
