"""Variants accepted from the search log, and articles that were one question asked twice."""

from collections.abc import Iterable

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from faq.actions.edit import keep_published, staff_of
from faq.models import (
    Article,
    ArticleMerge,
    ArticleVote,
    DismissedVariant,
    DistinctArticles,
    Status,
    Variant,
)
from faq.permissions import edits_articles, is_public, publishes_articles
from faq.states import VersionState
from faq.versions import open_version
from helpdesk.core import clock
from helpdesk.core.actions import action, lock_together
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.signals import feedback_moved

Version = VersionState


# --- Variants ----------------------------------------------------------------------------------
@action("article.variant_accepted", allowed=edits_articles & is_public)
def accept_variant(article: Article, *, actor: Actor, text: str) -> Variant:
    """One more way to ask for the article, found at once; a draft in work gets it too."""
    variant, _made = article.variants.get_or_create(text=text)
    keep_published(article)
    _rewrite_variants(article, add=[text])
    _touch(article)
    return variant


@action("article.variant_removed", allowed=edits_articles)
def remove_variant(article: Article, *, actor: Actor, text: str) -> Article:
    """Undoes ``accept_variant``."""
    article.variants.filter(text=text).delete()
    _rewrite_variants(article, remove=[text])
    _touch(article)
    return article


@action("article.variant_dismissed", allowed=edits_articles)
def dismiss_variant(article: Article, *, actor: Actor, text: str) -> DismissedVariant:
    """Do not suggest this text for this article again."""
    by = staff_of(actor)
    return DismissedVariant.objects.get_or_create(article=article, text=text, defaults={"by": by})[0]


@action("article.variant_recalled", allowed=edits_articles)
def recall_variant(article: Article, *, actor: Actor, text: str) -> Article:
    """Undoes ``dismiss_variant``."""
    article.dismissed_variants.filter(text=text).delete()
    return article


def _rewrite_variants(article: Article, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
    """Bring the variants of the published version and of the one in work into line with the article."""
    for version in article.versions.filter(state__in=(Version.DRAFT, Version.REVIEW, Version.PUBLISHED)):
        kept = [text for text in version.variants if text not in set(remove)]
        version.variants = list(dict.fromkeys([*kept, *add]))
        version.revision += 1
        version.save()


def _touch(article: Article) -> None:
    """By save: the index of every process must be built again."""
    article.edited_here = True
    article.save()


# --- Duplicates --------------------------------------------------------------------------------
@action("article.distinguished", allowed=edits_articles)
def distinguish_articles(article: Article, *, actor: Actor, other: Article) -> DistinctArticles:
    """These two look alike and are not; do not suggest to merge them again."""
    first, second = sorted((article, other), key=lambda row: row.pk)
    by = staff_of(actor)
    return DistinctArticles.objects.get_or_create(first=first, second=second, defaults={"by": by})[0]


@action("article.compared_again", allowed=edits_articles)
def compare_again(article: Article, *, actor: Actor, other: Article) -> Article:
    """Undoes ``distinguish_articles``."""
    first, second = sorted((article, other), key=lambda row: row.pk)
    DistinctArticles.objects.filter(first=first, second=second).delete()
    return article


@action("article.merged", allowed=publishes_articles, also=("into",))
def merge_articles(article: Article, *, actor: Actor, into: Article) -> ArticleMerge:
    """Take ``article`` into another: variants, votes and links move, and its address leads there.

    The question becomes a variant. ``unmerge_articles`` puts back everything that is recorded as moved.
    """
    target = into
    if target == article:
        raise ActionError(_("一篇文章不能并入它自己。"), state=article.state)
    if article.status != Status.PUBLISHED or target.status != Status.PUBLISHED:
        raise ActionError(_("只能合并两篇已发布的文章。"), state=article.state)
    if open_version(article):
        raise ActionError(_("被并入的文章还有草稿，请先发布或放弃它。"), state=article.state)
    keep_published(article)
    keep_published(target)
    moved = {
        "variants": _move_variants(article, target),
        "votes": _move_votes(article, target),
        "links_to": _move_links_to(article, target),
        "links_from": _move_links_from(article, target),
    }
    article.withdraw()
    article.merged_into = target
    _touch(article)
    _touch(target)
    return ArticleMerge.objects.create(
        source=article, target=target, moved=moved, by=staff_of(actor), at=clock.now()
    )


def _move_variants(source: Article, target: Article) -> list[str]:
    """The source keeps its own list for the undoing; what the target had already is not in the answer."""
    have = {target.question, *target.variants.values_list("text", flat=True)}
    texts = [source.question, *source.variants.order_by("pk").values_list("text", flat=True)]
    moved = [text for text in dict.fromkeys(texts) if text not in have]
    source.variants.filter(text__in=moved).delete()
    target.variants.bulk_create(Variant(article=target, text=text) for text in moved)
    _rewrite_variants(target, add=moved)
    return moved


def _move_votes(source: Article, target: Article) -> list[int]:
    """Who voted on both keeps the vote on the target, and the other one stays where it was given."""
    voted = target.votes.values("voter")
    votes = list(source.votes.exclude(voter__in=voted).values_list("pk", flat=True))
    _give_votes(votes, source, target)
    return votes


def _give_votes(votes: list[int], giver: Article, taker: Article) -> None:
    rows = ArticleVote.objects.filter(pk__in=votes, article=giver)
    count = rows.aggregate(yes=Count("pk", filter=Q(helpful=True)), no=Count("pk", filter=Q(helpful=False)))
    feedback_moved.send(Article, giver=giver, taker=taker, at=list(rows.values_list("at", flat=True)))
    rows.update(article=taker)
    for row, sign in ((giver, -1), (taker, 1)):
        row.helpful += sign * count["yes"]
        row.not_helpful += sign * count["no"]


def _move_links_to(source: Article, target: Article) -> list[int]:
    """Articles that named the source as related name the target; those that named both stay with it."""
    link = Article.related.through
    naming = link.objects.filter(to_article=source)
    both = link.objects.filter(to_article=target).values("from_article")
    moving = naming.exclude(from_article__in=both).exclude(from_article=target)
    pages = list(moving.values_list("from_article", flat=True))
    moving.update(to_article=target)
    Article.objects.filter(pk__in=pages).update(edited_here=True)
    return pages


def _move_links_from(source: Article, target: Article) -> list[int]:
    have = {target.pk, source.pk, *target.related.values_list("pk", flat=True)}
    added = [pk for pk in source.related.order_by("pk").values_list("pk", flat=True) if pk not in have]
    target.related.add(*added)
    return added


@action("article.unmerged", allowed=publishes_articles)
def unmerge_articles(merge: ArticleMerge, *, actor: Actor) -> Article:
    """Put back what the merge moved, and publish the merged article again."""
    source, target = lock_together(merge.source, merge.target)
    if merge.undone_at or source.merged_into_id != target.pk:
        raise ActionError(_("这次合并已经撤销。"), state=merge.state)
    if target.merged_into_id:
        raise ActionError(_("文章后来又并入了另一篇，请先撤销后来的合并。"), state=merge.state)
    moved = merge.moved
    target.variants.filter(text__in=moved["variants"]).delete()
    _rewrite_variants(target, remove=moved["variants"])
    have = {source.question, *source.variants.values_list("text", flat=True)}
    source.variants.bulk_create(
        Variant(article=source, text=text) for text in moved["variants"] if text not in have
    )
    _give_votes(moved["votes"], target, source)
    link = Article.related.through
    link.objects.filter(to_article=target, from_article__in=moved["links_to"]).update(to_article=source)
    target.related.remove(*moved["links_from"])
    source.restore()
    source.merged_into = None
    _touch(source)
    _touch(target)
    merge.undone_at = clock.now()
    merge.save()
    return source
