"""Knowledge-base articles and what readers leave behind (``article``), and the work on them (``editing``)."""

from faq.models.article import (
    UNVERIFIED,
    Article,
    ArticleQuerySet,
    ArticleVote,
    Calculator,
    Grade,
    SearchLog,
    Variant,
)
from faq.models.editing import (
    ArticleImport,
    ArticleMerge,
    ArticleText,
    ArticleVersion,
    DismissedVariant,
    DistinctArticles,
    ImportRow,
    ReviewReminder,
)
from faq.models.synonym import Synonym
from faq.states import Status

__all__ = [
    "UNVERIFIED",
    "Article",
    "ArticleImport",
    "ArticleMerge",
    "ArticleQuerySet",
    "ArticleText",
    "ArticleVersion",
    "ArticleVote",
    "Calculator",
    "DismissedVariant",
    "DistinctArticles",
    "Grade",
    "ImportRow",
    "ReviewReminder",
    "SearchLog",
    "Status",
    "Synonym",
    "Variant",
]
