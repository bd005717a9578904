"""URL × method × role for the help centre: open to all, drafts to nobody."""

from faq.actions import transfer
from faq.models import Article, ArticleImport, ArticleMerge, Status, Synonym
from helpdesk.core import clock
from tests.access import Row
from tests.faq.factories import make_article


def published(cast):
    return {"slug": _slug("published", Status.PUBLISHED)}


def draft(cast):
    return {"slug": _slug("draft", Status.DRAFT)}


def absent(cast):
    return {"slug": "no-such-article"}


def an_import(cast):
    source = transfer.check_import(actor=cast.analyst, name="articles.csv", ignored=[], rows=[])
    return {"pk": source.pk}


def a_merge(cast):
    """One that was undone: asking again is refused, for who may ask at all."""
    rows = [Article.objects.get(slug=_slug(slug, Status.PUBLISHED)) for slug in ("published", "taken-in")]
    made = ArticleMerge.objects.create(
        source=rows[0], target=rows[1], by=cast.analyst, at=clock.now(), undone_at=clock.now()
    )
    return {"pk": made.pk}


def a_group(cast):
    group, _ = Synonym.objects.get_or_create(concept="代偿", defaults={"words": ["代偿", "垫付"]})
    return {"pk": group.pk}


def no_number(cast):
    return {"pk": ArticleImport.objects.count() + 1_000_000}


def verb(name, codes, **fields):
    """A form of the editors' pages: on an article, on none, and opened by its address."""
    opened = "302 403 302 302 302 302" if codes.split()[2] != "403" else "302 403 403 302 302 302"
    if codes.split()[2] == codes.split()[5] == "403":
        opened = "302 403 403 302 302 403"
    nobody = {
        "302 403 302 302 302 302": "302 403 404 404 404 404",
        "302 403 403 302 302 302": "302 403 403 404 404 404",
        "302 403 403 302 302 403": "302 403 403 404 404 403",
    }[opened]
    return [
        Row(name, codes, method="POST", kwargs=published, label="own", **fields),
        Row(name, nobody, method="POST", kwargs=absent, label="absent"),
        Row(name, opened, kwargs=published),
    ]


def _slug(slug, status):
    """The table asks once a role; the article is made the first time."""
    if not Article.objects.filter(slug=slug).exists():
        make_article(slug=slug, status=status)
    return slug


ACCESS = [
    Row("faq:home", "200"),
    Row("faq:home", "405", method="POST"),
    Row("faq:sitemap", "200"),
    Row("faq:robots", "200"),
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
    Row("faq:articles", "302 403 200 200 200 200"),
    Row("faq:articles", "302 403 405 405 405 405", method="POST"),
    Row("faq:new_article", "302 403 200 200 200 200"),
    Row("faq:new_article", "302 403 400 400 400 400", method="POST", label="empty"),
    Row("faq:suggestions", "302 403 403 200 200 200"),
    Row("faq:why", "302 403 403 200 200 200"),
    Row("faq:duplicates", "302 403 403 200 200 200"),
    Row("faq:synonyms", "302 403 403 200 200 200"),
    Row("faq:synonyms", "302 403 403 400 400 400", method="POST", label="empty"),
    *(
        row
        for name in ("faq:change_synonym", "faq:put_back_synonym")
        for row in (
            Row(name, "302 403 403 302 302 302", method="POST", kwargs=a_group, label="own"),
            Row(name, "302 403 403 404 404 404", method="POST", kwargs=no_number, label="absent"),
            Row(name, "302 403 403 405 405 405", kwargs=a_group),
        )
    ),
    Row("faq:export_articles", "302 403 200 200 200 200", kwargs=lambda cast: {"kind": "csv"}),
    Row("faq:export_articles", "302 403 404 404 404 404", kwargs=lambda cast: {"kind": "exe"}),
    Row("faq:import_articles", "302 403 403 200 200 200"),
    Row("faq:import_articles", "302 403 403 400 400 400", method="POST", label="empty"),
    Row("faq:import", "302 403 403 200 200 200", kwargs=an_import, label="own"),
    Row("faq:import", "302 403 403 404 404 404", kwargs=no_number, label="absent"),
    Row("faq:start_import", "302 403 403 302 302 302", method="POST", kwargs=an_import, label="own"),
    Row("faq:start_import", "302 403 403 404 404 404", method="POST", kwargs=no_number, label="absent"),
    Row("faq:step_import", "302 403 403 302 302 302", method="POST", kwargs=an_import, label="own"),
    Row("faq:step_import", "302 403 403 404 404 404", method="POST", kwargs=no_number, label="absent"),
    Row("faq:undo_import", "302 403 403 409 409 409", method="POST", kwargs=an_import, label="own"),
    Row("faq:undo_import", "302 403 403 404 404 404", method="POST", kwargs=no_number, label="absent"),
    Row("faq:undo_import", "302 403 403 405 405 405", kwargs=an_import),
    Row("faq:unmerge_articles", "302 403 403 409 409 403", method="POST", kwargs=a_merge, label="own"),
    Row("faq:unmerge_articles", "302 403 403 404 404 403", method="POST", kwargs=no_number, label="absent"),
    Row("faq:edit_article", "302 403 200 200 200 200", kwargs=published, label="own"),
    Row("faq:edit_article", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("faq:draft_article", "302 403 200 200 200 200", kwargs=published, label="own"),
    Row("faq:draft_article", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("faq:draft_article", "302 403 400 400 400 400", method="POST", kwargs=published, label="empty"),
    Row("faq:preview_article", "302 403 200 200 200 200", kwargs=draft, label="own"),
    Row("faq:preview_article", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    Row("faq:diff_article", "302 403 404 404 404 404", kwargs=published, label="without versions"),
    Row("faq:diff_article", "302 403 404 404 404 404", kwargs=absent, label="absent"),
    *verb("faq:submit_article", "302 403 409 409 409 409"),
    *verb("faq:send_back_article", "302 403 403 400 400 400"),
    *verb("faq:publish_article", "302 403 403 409 409 403"),
    *verb("faq:discard_draft", "302 403 409 409 409 409"),
    *verb("faq:take_up_draft", "302 403 404 404 404 404"),
    *verb("faq:withdraw_article", "302 403 403 302 409 409"),
    *verb("faq:restore_article", "302 403 403 409 409 409"),
    *verb("faq:schedule_article", "302 403 403 302 302 302"),
    *verb("faq:merge_articles", "302 403 403 400 400 403"),
    *verb("faq:distinguish_articles", "302 403 403 400 400 400"),
    *verb("faq:compare_again", "302 403 403 400 400 400"),
    *verb("faq:accept_variant", "302 403 403 409 409 409"),
    *verb("faq:remove_variant", "302 403 403 409 409 409"),
    *verb("faq:dismiss_variant", "302 403 403 409 409 409"),
    *verb("faq:recall_variant", "302 403 403 409 409 409"),
]
