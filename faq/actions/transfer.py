"""Articles that come from a file, row by row as drafts, and articles taken out as one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from faq.actions.edit import (
    create_article,
    discard_draft,
    draft_article,
    schedule_article,
    staff_of,
    withdraw_article,
)
from faq.models import Article, ArticleImport, ArticleText, ImportRow, Status
from faq.permissions import edits_articles, reads_drafts
from faq.states import OPEN
from faq.versions import mark_of
from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User

State, Outcome = ArticleImport.State, ImportRow.Outcome


@dataclass(frozen=True)
class Schedule:
    """Owner and review-by date as a file has them."""

    owner: User | None
    review_by: dt.date | None


@creation("import.checked", allowed=edits_articles)
def check_import(
    *, actor: Actor, name: str, ignored: Sequence[str], rows: Sequence[ImportRow]
) -> ArticleImport:
    """Keep what a file says and what it would change; no article is touched."""
    made = ArticleImport.objects.create(name=name, ignored=list(ignored), by=staff_of(actor), at=clock.now())
    for row in rows:
        row.source = made
    ImportRow.objects.bulk_create(rows, batch_size=200)
    return made


@action("import.started", allowed=edits_articles)
def start_import(source: ArticleImport, *, actor: Actor) -> ArticleImport:
    source.start()
    source.save()
    return source


@action("import.written", allowed=edits_articles, audited=False)
def write_row(
    row: ImportRow,
    *,
    actor: Actor,
    slug: str,
    text: ArticleText,
    schedule: Schedule | None = None,
) -> ImportRow:
    """One row as a draft; what it did to the article is on record under the article's own verbs."""
    if row.worked or row.source.state != State.RUNNING:
        raise ActionError(_("这一行已经处理过。"))
    note = _("从文件“%(name)s”第 %(number)d 行导入") % {
        "name": row.source.name[:80],
        "number": row.number,
    }
    article = Article.objects.filter(slug=slug).first()
    if article is None:
        article = create_article(actor=actor, slug=slug, text=text, note=note)
        row.version = article.versions.get()
    elif ArticleText.of(article) != text:
        row.version = draft_article(article, actor=actor, text=text, mark=mark_of(article), note=note)
    if schedule:
        row.before = {"owner": article.owner_id, "review_by": f"{article.review_by or ''}"}
        schedule_article(article, actor=actor, owner=schedule.owner, review_by=schedule.review_by)
    row.slug, row.worked = slug, True
    row.save()
    return row


@action("import.refused", allowed=edits_articles, audited=False)
def refuse_row(row: ImportRow, *, actor: Actor, faults: Sequence[str]) -> ImportRow:
    """What could be written when the file was checked, and cannot any more."""
    row.outcome, row.faults, row.worked = Outcome.REFUSED, list(faults), True
    row.save()
    return row


@action("import.finished", allowed=edits_articles)
def finish_import(source: ArticleImport, *, actor: Actor) -> ArticleImport:
    if source.rows.filter(worked=False).exclude(outcome__in=(Outcome.SAME, Outcome.REFUSED)).exists():
        raise ActionError(_("还有没有写入的行。"), state=source.state)
    source.finish()
    source.save()
    return source


@action("import.undone", allowed=edits_articles)
def undo_import(source: ArticleImport, *, actor: Actor) -> ArticleImport:
    """Give up every draft that the file made and nobody has gone on with; put schedules back."""
    source.undo()
    source.save()
    for row in source.rows.filter(worked=True).exclude(outcome=Outcome.REFUSED).select_related("version"):
        article = Article.objects.filter(slug=row.slug).first()
        if article is None:
            continue
        version = row.version
        if version and version.state in OPEN and version.revision == 1:
            discard_draft(article, actor=actor)
            if article.status == Status.DRAFT and row.outcome == Outcome.CREATE:
                withdraw_article(article, actor=actor)
        if row.before and row.outcome == Outcome.UPDATE:
            was = row.before
            Article.objects.filter(pk=article.pk).update(
                owner=was["owner"], review_by=was["review_by"] or None
            )
    return source


@action("articles.exported", allowed=reads_drafts)
def export_articles(person: User, *, actor: Actor, rows: int, kind: str) -> None:
    """On record who took the articles out, and as what; nothing else is written."""
