"""URL × method × role for the help centre: open to all, drafts to nobody."""

from faq.models import Article, Status
from tests.access import Row
from tests.faq.factories import make_article


def published(cast):
    return {"slug": _slug("published", Status.PUBLISHED)}


def draft(cast):
    return {"slug": _slug("draft", Status.DRAFT)}


def absent(cast):
    return {"slug": "no-such-article"}


def _slug(slug, status):
    """The table asks once a role; the article is made the first time."""
    if not Article.objects.filter(slug=slug).exists():
        make_article(slug=slug, status=status)
    return slug


ACCESS = [
    Row("faq:home", "200"),
    Row("faq:home", "405", method="POST"),
    Row("faq:search", "200", data={"q": "提前还款"}),
    Row("faq:search", "302", label="without a question"),
    Row("faq:suggest", "200", data={"q": "提前"}),
    Row("faq:calculator", "200"),
    Row("faq:calculator", "200", data={"kind": "cost", "received": "100", "count": "1", "payment": "101"}),
    Row("faq:calculator", "422", data={"amount": "-1"}, label="with a number that is none"),
    Row("faq:calculator", "405", method="POST"),
    Row("faq:topic", "200", kwargs=lambda cast: {"topic": "repayment"}),
    Row("faq:article", "200", kwargs=published, label="published"),
    Row("faq:article", "404", kwargs=draft, label="draft"),
    Row("faq:article", "404", kwargs=absent, label="absent"),
    Row("faq:vote", "302", method="POST", kwargs=published, data={"helpful": "yes"}, label="published"),
    Row("faq:vote", "404", method="POST", kwargs=draft, data={"helpful": "yes"}, label="draft"),
    Row("faq:vote", "404", method="POST", kwargs=absent, data={"helpful": "yes"}, label="absent"),
    Row("faq:vote", "405", kwargs=published, label="published"),
]
