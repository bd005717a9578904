"""What a row of an imported file means for the articles that are there, without writing anything.

A column that the file does not have leaves what is there; an empty cell empties it. A list (variants,
keywords, related) is one entry a line in its cell. ``status`` is for the reader of an export alone: what
is imported becomes a draft and is reviewed like any other.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from faq.actions.transfer import Schedule
from faq.forms.article import ArticleForm, owners
from faq.models import Article, ArticleText, ArticleVersion, Calculator, Grade, ImportRow
from faq.sheets import SheetRow
from helpdesk.core.cells import Cell
from helpdesk.core.models import Topic, User

Outcome = ImportRow.Outcome
LISTS = ("keywords", "variants", "related")
COLUMNS = (
    *("slug", "topic", "question", "summary", "answer", "source", "basis", "basis_grade", "calculator"),
    *(*LISTS, "owner", "review_by", "status"),
)
LABELLED = {"topic": Topic, "basis_grade": Grade, "calculator": Calculator}
DATES = ["%Y-%m-%d", "%Y/%m/%d"]


@dataclass
class Plan:
    """What would become of a row; ``text`` and ``schedule`` only where it can be written."""

    row: SheetRow
    outcome: str
    slug: str = ""
    changes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    article: Article | None = None
    text: ArticleText | None = None
    schedule: Schedule | None = None


def export_rows(articles: Iterable[Article]) -> Iterable[list[Cell]]:
    """One row an article, as customers read it, in the order of COLUMNS."""
    for article in articles:
        values = ArticleText.of(article).columns()
        values |= {
            "slug": article.slug,
            "owner": article.owner.username if article.owner else "",
            "review_by": f"{article.review_by or ''}",
            "status": article.status,
        }
        yield ["\n".join(v) if isinstance(v := values[name], list) else v for name in COLUMNS]


def with_everything(articles: Any) -> Any:
    """In the four queries that reading the text of many articles needs."""
    return articles.select_related("owner").prefetch_related("variants", "related")


def plan(rows: Iterable[SheetRow], coming: Collection[str] = ()) -> list[Plan]:
    """Rows of a file against the articles of this moment; ``coming``: addresses that its other rows make."""
    rows = list(rows)
    slugs = {row.cells.get("slug", "") for row in rows} - {""}
    opened = Prefetch("versions", ArticleVersion.objects.open(), to_attr="in_work")
    found = with_everything(Article.objects.filter(slug__in=slugs)).prefetch_related(opened)
    articles = {article.slug: article for article in found}
    people = {user.username: user for user in owners()}
    seen: set[str] = set()
    plans = []
    for row in rows:
        plans.append(_plan(row, articles, people, seen, {*coming, *slugs}))
        seen.add(row.cells.get("slug", ""))
    return plans


def _plan(
    row: SheetRow,
    articles: dict[str, Article],
    people: dict[str, User],
    seen: set[str],
    coming: Collection[str],
) -> Plan:
    slug = row.cells.get("slug", "").strip()
    article = articles.get(slug)
    planned = Plan(row, Outcome.REFUSED, slug, faults=list(row.faults), article=article)
    if slug and slug in seen:
        planned.faults.append(_("文件里前面的一行已经写了这个地址。"))
    if slug and article is None:
        planned.faults += _slug_faults(slug)
    if article is not None and article.merged_into_id:
        planned.faults.append(_("这篇文章已并入另一篇。"))
    if article is not None and article.in_work:  # type: ignore[attr-defined]  # prefetched by plan()
        planned.faults.append(_("这篇文章有正在编写的草稿，请先发布或放弃它。"))
    form = ArticleForm(_typed(row, article), coming=coming)
    if not form.is_valid():
        planned.faults += [
            _("%(label)s：%(said)s") % {"label": form.fields[name].label, "said": error}
            for name, errors in form.errors.items()
            for error in errors
        ]
    schedule = _schedule(row, article, people, planned.faults)
    if planned.faults:
        return planned
    planned.text, planned.schedule = form.text, schedule
    planned.changes = _changes(article, form.text, schedule)
    planned.outcome = Outcome.UPDATE if planned.changes else Outcome.SAME
    if article is None:
        planned.outcome = Outcome.CREATE
    return planned


def _slug_faults(slug: str) -> list[str]:
    try:
        validate_slug(slug)
    except forms.ValidationError:
        return [_("地址只能用字母、数字和连字符。")]
    return [_("地址最多 %d 个字符。") % 60] if len(slug) > 60 else []


def _typed(row: SheetRow, article: Article | None) -> dict[str, Any]:
    """What stands in the file over what is there, as the form expects it."""
    known = ArticleText.of(article).columns() if article else {}
    typed = {name: "\n".join(v) if isinstance(v, list) else v for name, v in known.items()}
    for name in (*typed, *COLUMNS):
        if name in row.cells:
            typed[name] = row.cells[name]
    for name, choices in LABELLED.items():
        codes = {str(label): value for value, label in choices.choices}
        value = str(typed.get(name, "")).strip()
        typed[name] = codes.get(value, value)
    return typed


def _schedule(
    row: SheetRow, article: Article | None, people: dict[str, User], faults: list[str]
) -> Schedule | None:
    """Owner and review-by date of a row that has such a column; None where it has neither."""
    if not {"owner", "review_by"} & row.cells.keys():
        return None
    owner = article.owner if article else None
    review_by = article.review_by if article else None
    if "owner" in row.cells:
        name = row.cells["owner"].strip()
        owner = people.get(name)
        if name and owner is None:
            faults.append(_("没有“%(name)s”这个用户名，或此人不能负责文章。") % {"name": name[:40]})
    if "review_by" in row.cells:
        try:
            review_by = forms.DateField(required=False, input_formats=DATES).clean(row.cells["review_by"])
        except forms.ValidationError:
            faults.append(_("复核日期要写成 2026-03-01 这样。"))
    return Schedule(owner, review_by)


def _changes(article: Article | None, text: ArticleText, schedule: Schedule | None) -> list[str]:
    if article is None:
        return []
    was, becomes = ArticleText.of(article).columns(), text.columns()
    names = [name for name in was if was[name] != becomes[name]]
    if "related" in names and set(was["related"]) == set(becomes["related"]):
        names.remove("related")
    if schedule and schedule.owner != article.owner:
        names.append("owner")
    if schedule and schedule.review_by != article.review_by:
        names.append("review_by")
    return names
