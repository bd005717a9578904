"""Reading the articles that come with the product: one TOML file a topic in faq/content/.

An article that anybody has worked on here (``edited_here``: a draft, a withdrawal, a merge, a variant) is
the editors' from then on; its file is not read into it any more. All others follow their file.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from faq.models import UNVERIFIED, Article, Calculator, Status, Variant
from helpdesk.core.models import Topic

CONTENT = Path(__file__).parent / "content"
FIELDS = (
    "question",
    "summary",
    "answer",
    "source",
    "basis",
    "basis_grade",
    "keywords",
    "calculator",
)


@dataclass
class Outcome:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0  # edited here, and not what the file says
    refused: list[str] = field(default_factory=list)


def read(folder: Path = CONTENT) -> list[dict[str, Any]]:
    """Every article of the folder as a dict with its topic and file; raises ValueError naming a bad file."""
    articles: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name}: {error}") from error
        place = {"topic": content.get("topic", ""), "file": path.name}
        articles += [article | place for article in content.get("article", [])]
    return articles


def fault(article: dict[str, Any]) -> str:
    """Why an article cannot be loaded, or the empty string."""
    lacking = [n for n in ("slug", "question", "summary", "answer", "source") if not article.get(n)]
    if lacking:
        return f"lacks {', '.join(lacking)}"
    if article["topic"] not in Topic.values:
        return f"unknown topic {article['topic']!r}"
    if article.get("calculator", "") not in ("", *Calculator.values):
        return f"unknown calculator {article['calculator']!r}"
    if article.get("status", Status.DRAFT) not in Status.values:
        return f"unknown status {article['status']!r}"
    if article.get("status") == Status.PUBLISHED and article.get("basis_grade") in UNVERIFIED:
        return "rests on an unverified rule and so must stay a draft"
    return ""


@transaction.atomic
def load(articles: list[dict[str, Any]]) -> Outcome:
    """Create or update by slug; votes are kept, and what has not changed is not written."""
    outcome = Outcome()
    loaded: dict[str, dict[str, Any]] = {}
    for article in articles:
        if why := fault(article):
            outcome.refused.append(f"{article['file']}: {article.get('slug', '?')}: {why}")
        else:
            loaded[article["slug"]] = article
    rows = {row.slug: row for row in Article.objects.prefetch_related("variants", "related")}
    for slug, article in loaded.items():
        row = rows.get(slug)
        if row is None:
            outcome.created += 1
        elif _same(row, article):
            outcome.unchanged += 1
            continue
        elif row.edited_here:
            outcome.kept += 1
            continue
        else:
            outcome.updated += 1
        rows[slug] = _write(row or Article(slug=slug), article)
    for slug, article in loaded.items():
        if rows[slug].edited_here:
            continue
        related = {other for other in article.get("related", []) if other in rows}
        if related != {other.slug for other in rows[slug].related.all()}:
            rows[slug].related.set([rows[other] for other in related])
    return outcome


def _values(article: dict[str, Any]) -> dict[str, Any]:
    defaults = {"basis": "", "basis_grade": "", "keywords": []}
    values = {name: article.get(name, defaults.get(name, "")) for name in FIELDS}
    return values | {"topic": article["topic"], "answer": article["answer"].strip()}


def _same(row: Article, article: dict[str, Any]) -> bool:
    texts = {variant.text for variant in row.variants.all()}
    fields = all(getattr(row, name) == value for name, value in _values(article).items())
    status = row.status == article.get("status", Status.DRAFT)
    return fields and status and texts == set(article.get("variants", []))


def _write(row: Article, article: dict[str, Any]) -> Article:
    for name, value in _values(article).items():
        setattr(row, name, value)
    if article.get("status") == Status.PUBLISHED:
        row.publish()
    elif row.status != Status.DRAFT:
        row.return_to_draft()
    row.save()
    texts = list(dict.fromkeys(article.get("variants", [])))
    row.variants.exclude(text__in=texts).delete()
    have = set(row.variants.values_list("text", flat=True))
    Variant.objects.bulk_create(Variant(article=row, text=text) for text in texts if text not in have)
    return row
