"""Writing, reviewing and publishing articles."""

import datetime as dt

from django.db.models import Max
from django.utils.translation import gettext as _

from faq.models import Article, ArticleText, ArticleVersion, Status, Variant
from faq.permissions import edits_articles, publishes_articles, writes_article
from faq.states import VersionState
from faq.versions import mark_of, open_version, publication_gaps, text_gaps
from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User


def staff_of(actor: Actor) -> User:
    """The user, where the permission rule has already let in staff only."""
    if not isinstance(actor, User):
        raise ActionForbidden
    return actor


@creation("article.drafted", allowed=writes_article)
def create_article(*, actor: Actor, slug: str, text: ArticleText, note: str = "") -> Article:
    """A new article, which is a draft and nothing else until it is published."""
    writer = staff_of(actor)
    if Article.objects.filter(slug=slug).exists():
        raise ActionError(_("已经有一篇文章用了这个地址。"))
    article = Article(slug=slug, status=Status.DRAFT, edited_here=True)
    article.owner = writer if edits_articles(writer) else None
    _show(article, text)
    article.save()
    _begin(article, writer, text, note)
    return article


@action("article.drafted", allowed=writes_article)
def draft_article(
    article: Article, *, actor: Actor, text: ArticleText, mark: str, note: str = ""
) -> ArticleVersion:
    """Save the version in work; the first save begins it, beside what customers read.

    ``mark`` is mark_of() of when the writer began: if somebody saved since, nothing is written (409).
    """
    writer = staff_of(actor)
    if article.merged_into_id:
        raise ActionError(_("这篇文章已并入另一篇，请编辑那一篇，或先撤销合并。"), state=article.state)
    if mark_of(article) != mark:
        raise ActionError(_("您打开之后，已有人先保存了这篇文章。"), state=article.state)
    version = open_version(article)
    if version is None:
        return _begin(article, writer, text, note)
    if version.state == VersionState.REVIEW:
        raise ActionError(_("这一版正在审核，退回之后才能修改。"), state=version.state)
    for name, value in text.columns().items():
        setattr(version, name, value)
    version.revision += 1
    version.saved_at, version.note = clock.now(), note
    version.save()
    version.writers.add(writer)
    _name_by_draft(article, text)
    return version


def _begin(article: Article, writer: User, text: ArticleText, note: str) -> ArticleVersion:
    keep_published(article)
    now = clock.now()
    last = article.versions.aggregate(last=Max("number"))["last"] or 0
    version: ArticleVersion = article.versions.create(
        number=last + 1, author=writer, note=note, created_at=now, saved_at=now, **text.columns()
    )
    version.writers.add(writer)
    Article.objects.filter(pk=article.pk).update(edited_here=True)
    _name_by_draft(article, text)
    return version


def keep_published(article: Article) -> None:
    """What was published before anybody edited it here becomes the first version."""
    if article.status == Status.PUBLISHED and not article.versions.exists():
        article.versions.create(
            number=1,
            state=VersionState.PUBLISHED,
            created_at=article.updated_at,
            saved_at=article.updated_at,
            published_at=article.updated_at,
            **ArticleText.of(article).columns(),
        )


def _name_by_draft(article: Article, text: ArticleText) -> None:
    """An article that was never published goes by the question of its draft."""
    if not article.versions.filter(published_at__isnull=False).exists():
        Article.objects.filter(pk=article.pk).update(
            topic=text.topic, question=text.question, summary=text.summary
        )


def _show(article: Article, text: ArticleText) -> None:
    """Make ``text`` what customers read; variants and related articles need a saved row."""
    for name in ("topic", "question", "summary", "answer", "source", "basis", "basis_grade", "calculator"):
        setattr(article, name, getattr(text, name))
    article.keywords = list(text.keywords)


def _working(article: Article, mark: str = "") -> ArticleVersion:
    """The version in work, as it was when ``mark`` was taken."""
    version = open_version(article)
    if version is None:
        raise ActionError(_("没有正在编写的草稿，可能已有人先处理。"), state=article.state)
    if mark and mark_of(article) != mark:
        raise ActionError(_("您打开之后，已有人先保存了这篇文章。"), state=article.state)
    return version


@action("article.submitted", allowed=writes_article)
def submit_article(article: Article, *, actor: Actor) -> ArticleVersion:
    """Ask for a review. What nobody may publish as it is, is sent to nobody."""
    version = _working(article)
    if gaps := text_gaps(version):
        raise ActionError(_("现在不能提交审核。"), state=version.state, missing=gaps)
    version.submit()
    version.refusal = ""
    version.save()
    return version


@action("article.sent_back", allowed=edits_articles)
def send_back_article(article: Article, *, actor: Actor, reason: str) -> ArticleVersion:
    """The writers read the reason and go on with the draft."""
    version = _working(article)
    if not reason.strip():
        raise ActionError(_("请填写内容。"), state=version.state)
    version.send_back()
    version.refusal, version.reviewer = reason, staff_of(actor)
    version.revision += 1
    version.save()
    return version


@action("article.published", allowed=publishes_articles)
def publish_article(article: Article, *, actor: Actor, mark: str = "") -> ArticleVersion:
    """From now on customers read the version in work, and searches find it.

    With ``mark`` it is refused (409) where the version is not the one that the reviewer saw.
    """
    version = _working(article, mark)
    if article.merged_into_id:
        raise ActionError(_("这篇文章已并入另一篇，请先撤销合并。"), state=version.state)
    if version.state == VersionState.REVIEW and (gaps := publication_gaps(version, actor)):
        raise ActionError(_("现在不能发布。"), state=version.state, missing=gaps)
    version.publish()
    for shown in article.versions.filter(state=VersionState.PUBLISHED):
        shown.supersede()
        shown.save()
    version.reviewer, version.published_at = staff_of(actor), clock.now()
    version.save()
    text = version.text
    article.publish()
    _show(article, text)
    article.save()
    article.variants.exclude(text__in=text.variants).delete()
    have = set(article.variants.values_list("text", flat=True))
    article.variants.bulk_create(Variant(article=article, text=t) for t in text.variants if t not in have)
    article.related.set(Article.objects.filter(slug__in=text.related).exclude(pk=article.pk))
    return version


@action("article.discarded", allowed=writes_article)
def discard_draft(article: Article, *, actor: Actor) -> ArticleVersion:
    """Give up the version in work; what customers read stays. ``take_up_draft`` undoes it."""
    version = _working(article)
    version.discard()
    version.revision += 1
    version.save()
    return version


@action("article.taken_up", allowed=writes_article)
def take_up_draft(article: Article, *, actor: Actor, number: int) -> ArticleVersion:
    """Go on with a draft that was given up."""
    version = article.versions.get(number=number)
    if open_version(article):
        raise ActionError(_("这篇文章已有另一份草稿。"), state=version.state)
    version.take_up()
    version.revision += 1
    version.save()
    return version


@action("article.withdrawn", allowed=edits_articles)
def withdraw_article(article: Article, *, actor: Actor) -> Article:
    """Customers no longer find or read it; ``restore_article`` undoes it."""
    keep_published(article)
    article.withdraw()
    article.edited_here = True
    article.save()
    return article


@action("article.restored", allowed=edits_articles)
def restore_article(article: Article, *, actor: Actor) -> Article:
    """Bring it back to what it was: published, or a draft that never was."""
    if article.merged_into_id:
        raise ActionError(_("这篇文章已并入另一篇，请先撤销合并。"), state=article.state)
    if article.status != Status.WITHDRAWN:
        raise ActionError(_("当前状态下不能执行此操作，可能已有人先处理。"), state=article.state)
    shown = article.versions.filter(state=VersionState.PUBLISHED).first()
    if shown is None:
        article.return_to_draft()
    elif gaps := text_gaps(shown):
        raise ActionError(_("现在不能发布。"), state=article.state, missing=gaps)
    else:
        article.restore()
    article.save()
    return article


@action("article.scheduled", allowed=edits_articles)
def schedule_article(
    article: Article, *, actor: Actor, owner: User | None, review_by: dt.date | None
) -> Article:
    """Who looks after it, and by when it must be looked at again. No new version: the text is the same."""
    Article.objects.filter(pk=article.pk).update(owner=owner, review_by=review_by)
    return article
