"""Reading what editors work on: the list, the version in work, and what a publication still lacks."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from faq.models import (
    Article,
    ArticleMerge,
    ArticleQuerySet,
    ArticleText,
    ArticleVersion,
    ReviewReminder,
    Status,
)
from faq.permissions import publishes_articles, reads_drafts
from faq.states import VersionState
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.models import AuditEntry

SOON = dt.timedelta(days=14)  # a review-by date that is nearer than this is due


@dataclass(frozen=True)
class ArticleFilter:
    """What the editors' list shows; ``status`` is a Status or a state of the version in work."""

    text: str = ""
    status: str = ""
    topic: str = ""
    due: bool = False


def articles_editable_by(actor: Actor) -> ArticleQuerySet:
    """Every article for the staff, with the state of the version in work as ``working``; none for others."""
    if not reads_drafts(actor):
        return Article.objects.none()
    opened = ArticleVersion.objects.open().filter(article=OuterRef("pk"))
    return Article.objects.annotate(working=Subquery(opened.values("state")[:1]))


def versions_visible_to(actor: Actor, article: Article) -> QuerySet[ArticleVersion]:
    versions = article.versions.select_related("author", "reviewer")
    return versions if reads_drafts(actor) else versions.none()


def filtered(articles: ArticleQuerySet, wanted: ArticleFilter) -> ArticleQuerySet:
    """Newest change first."""
    found = articles.select_related("owner")
    drafts = ArticleVersion.objects.filter(article=OuterRef("pk"), state=VersionState.DRAFT)
    in_review = ArticleVersion.objects.filter(article=OuterRef("pk"), state=VersionState.REVIEW)
    if wanted.status == Status.DRAFT:
        found = found.filter(Exists(drafts) | Q(status=Status.DRAFT) & ~Exists(in_review))
    elif wanted.status == VersionState.REVIEW:
        found = found.filter(Exists(in_review))
    elif wanted.status:
        found = found.filter(status=wanted.status)
    if wanted.topic:
        found = found.filter(topic=wanted.topic)
    if wanted.due:
        found = found.filter(review_is_due())
    if wanted.text:
        in_work = ArticleVersion.objects.open().filter(
            article=OuterRef("pk"), question__icontains=wanted.text
        )
        found = found.filter(
            Q(question__icontains=wanted.text) | Q(slug__icontains=wanted.text) | Exists(in_work)
        )
    return found.order_by("-updated_at", "-pk")


def review_is_due() -> Q:
    """Published, and its review-by date has come or is near."""
    return Q(status=Status.PUBLISHED, review_by__lte=clock.today() + SOON)


def open_version(article: Article) -> ArticleVersion | None:
    return article.versions.open().select_related("author").first()


def text_in_work(article: Article) -> ArticleText:
    """What an editor goes on from: the version in work, else what customers read."""
    return ArticleText.of(open_version(article) or article)


def mark_of(article: Article) -> str:
    """What a form was made from. If it has changed when the form comes back, somebody was first."""
    newest = article.versions.order_by("-number").first()
    return f"{newest.number}.{newest.revision}.{newest.state}" if newest else "0"


def publication_gaps(version: ArticleVersion, actor: Actor) -> list[str]:
    """Why this person cannot publish this version, in words; nothing if they can."""
    gaps = text_gaps(version)
    if not publishes_articles(actor):
        gaps.append(_("发布要由主管或质检分析员来做。"))
    if needs_second_person(version) and actor in version.writers.all():
        gaps.append(_("文章涉及规则，要由没有写过这一版的人审核发布。"))
    return gaps


def text_gaps(version: ArticleVersion) -> list[str]:
    """Why nobody can publish this version as it is."""
    gaps = []
    if version.text.is_unverified:
        gaps.append(
            _("涉及的规则只核实到“%(grade)s”：核实到原文或可靠的二手来源之前，文章只能留作草稿。")
            % {"grade": version.get_basis_grade_display()}
        )
    if version.basis and not version.basis_grade:
        gaps.append(_("写了涉及的规则，还没有写核实等级。"))
    return gaps


def needs_second_person(version: ArticleVersion) -> bool:
    """It states a rule, or the text that it replaces did: emptying the field is no way around."""
    article = version.article
    replaced = article.status != Status.DRAFT and ArticleText.of(article).states_a_rule
    return version.text.states_a_rule or replaced


def reminders_due() -> ArticleQuerySet:
    """Published articles whose date is near and of which nobody has been reminded for that date."""
    reminded = ReviewReminder.objects.filter(article=OuterRef("pk"), due=OuterRef("review_by"))
    return Article.objects.filter(review_is_due() & ~Exists(reminded)).order_by("review_by", "pk")


def needs_reminder(article: Article) -> bool:
    return reminders_due().filter(pk=article.pk).exists()


def history_of(article: Article) -> QuerySet[AuditEntry]:
    """What was done to the article, newest first; undoing a merge is done to the merge of two."""
    merges = ArticleMerge.objects.filter(Q(source=article) | Q(target=article)).values_list("pk", flat=True)
    here = Q(target_type=Article._meta.label_lower, target_id=str(article.pk))
    there = Q(target_type=ArticleMerge._meta.label_lower, target_id__in=[str(pk) for pk in merges])
    entries = AuditEntry.objects.filter(here | there, verb__startswith="article.")
    return entries.select_related("actor").order_by("-pk")[:50]
