"""Variants from the search log, and merging what is one question asked twice."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from faq import actions
from faq.models import ArticleVote, SearchLog, Status
from faq.queries import search_articles
from faq.suggesting import alike, alike_to, variant_suggestions
from faq.versions import mark_of, text_in_work
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from tests.faq.factories import make_article

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)


def searched(query, times=1, *, days_ago=0, **fields):
    for _ in range(times):
        with clock.at(clock.now() - dt.timedelta(days=days_ago)):
            log = actions.log_search(
                actor=Guest(), query=query, language="zh-hans", hits=[], visitor=uuid.uuid4()
            )
        SearchLog.objects.filter(pk=log.pk).update(**fields)


def suggested(article=None):
    return [(row.article.slug, row.text, row.times) for row in variant_suggestions(article)]


# --- Suggestions ---------------------------------------------------------------------------------
def test_variants_are_suggested_from_searches_without_an_answer():
    article = make_article()
    searched("提前把钱还掉", 7)
    searched("提前还了行不行", 5)
    searched("提前还清划算不", 4)  # too few people: it may be somebody's own words
    searched("提前还款怎么弄", 5, clicked=article)  # somebody found the answer this way
    searched("提前结清贷款", 5, confidence=0.9)  # the answer was shown at once
    searched("想一次还清", 5)  # is one already
    searched("提前还款13812345678", 5)  # masked: nobody searches for that
    searched("提前还款很久以前", 5, days_ago=91)
    searched("🙂🙂", 5)  # near nothing
    assert suggested() == [
        ("early-repayment", "提前把钱还掉", 7),
        ("early-repayment", "提前还了行不行", 5),
    ]
    assert suggested(article) == suggested()
    assert suggested(make_article("other", "忘记密码怎么办？", ())) == []


def test_accept_variant_is_found_at_once_and_can_be_undone(cast):
    article = make_article()
    searched("提前把钱还掉", 5)
    actions.accept_variant(article, actor=cast.analyst, text="提前把钱还掉")
    assert search_articles("提前把钱还掉")[0].matched == "提前把钱还掉"
    assert suggested() == []
    actions.remove_variant(article, actor=cast.analyst, text="提前把钱还掉")
    assert [hit.matched for hit in search_articles("提前把钱还掉")] == ["可以提前还款吗？"]
    assert suggested() == [("early-repayment", "提前把钱还掉", 5)]


def test_accept_variant_survives_the_publication_of_a_draft_that_was_in_work(cast):
    article = make_article()
    text = text_in_work(article)
    actions.draft_article(article, actor=cast.analyst, text=text, mark=mark_of(article))
    actions.accept_variant(article, actor=cast.analyst, text="提前把钱还掉")
    actions.submit_article(article, actor=cast.analyst)
    actions.publish_article(article, actor=cast.analyst)
    assert sorted(v.text for v in article.variants.all()) == sorted(["想一次还清", "提前把钱还掉"])


def test_dismiss_variant_is_remembered_and_can_be_undone(cast):
    article = make_article()
    searched("提前把钱还掉", 5)
    actions.dismiss_variant(article, actor=cast.analyst, text="提前把钱还掉")
    assert suggested() == []
    actions.recall_variant(article, actor=cast.analyst, text="提前把钱还掉")
    assert suggested() == [("early-repayment", "提前把钱还掉", 5)]


def test_agents_accept_no_variants(cast):
    with pytest.raises(ActionForbidden):
        actions.accept_variant(make_article(), actor=cast.agent, text="随便")


# --- Duplicates ----------------------------------------------------------------------------------
@pytest.fixture
def two():
    keep = make_article("keep", "可以提前还款吗？", ("想一次还清", "两篇都有"))
    gone = make_article("gone", "能不能提前还款？", ("两篇都有", "提前结清"))
    return keep, gone


def test_articles_that_ask_alike_are_candidates_until_told_apart(cast, two):
    keep, gone = two
    make_article("other", "怎么投诉？", ())
    assert [(row.first, row.second) for row in alike()[0]] == [(keep, gone)]
    assert [(row.first, row.second) for row in alike_to(gone)] == [(keep, gone)]
    actions.distinguish_articles(gone, actor=cast.analyst, other=keep)
    assert alike() == ([], 0)
    actions.compare_again(keep, actor=cast.analyst, other=gone)
    assert len(alike()[0]) == 1


def vote(article, number, helpful):
    actions.vote_article(article, actor=Guest(), voter=uuid.UUID(int=number), helpful=helpful)


def everything(*articles):
    """All that a merge may touch, to compare before and after."""
    for article in articles:
        article.refresh_from_db()
    return [
        (
            article.status,
            article.merged_into_id,
            sorted(v.text for v in article.variants.all()),
            sorted(other.slug for other in article.related.all()),
            sorted(v.voter.int for v in article.votes.all()),
            (article.helpful, article.not_helpful),
        )
        for article in articles
    ]


def test_merge_articles_moves_everything_and_undo_puts_it_back(cast, two, client):
    keep, gone = two
    naming, both = make_article("naming", "问题甲？", ()), make_article("both", "问题乙？", ())
    far = make_article("far", "问题丙？", ())
    naming.related.add(gone)
    both.related.add(gone, keep)
    gone.related.add(far, keep)
    vote(gone, 1, True)
    vote(gone, 2, False)
    vote(keep, 2, True)
    before = everything(keep, gone, naming, both)
    merge = actions.merge_articles(gone, actor=cast.analyst, into=keep)
    texts = sorted(["想一次还清", "两篇都有", "提前结清", "能不能提前还款？"])
    assert everything(keep, gone, naming, both) == [
        (Status.PUBLISHED, None, texts, ["far"], [1, 2], (2, 0)),
        (Status.WITHDRAWN, keep.pk, ["两篇都有"], ["far", "keep"], [2], (0, 1)),
        (Status.PUBLISHED, None, [], ["keep"], [], (0, 0)),
        (Status.PUBLISHED, None, [], ["gone", "keep"], [], (0, 0)),
    ]
    assert [hit.article for hit in search_articles("能不能提前还款？")] == [keep]
    response = client.get(reverse("faq:article", args=["gone"]))
    assert (response.status_code, response["Location"]) == (302, "/faq/keep/")
    actions.unmerge_articles(merge, actor=cast.analyst)
    assert everything(keep, gone, naming, both) == before
    assert client.get(reverse("faq:article", args=["gone"])).status_code == 200
    assert ArticleVote.objects.count() == 3
    with pytest.raises(ActionError):
        actions.unmerge_articles(merge, actor=cast.analyst)


def test_an_address_leads_on_over_two_merges(cast, two, client):
    keep, gone = two
    last = make_article("last", "能否提前还贷款？", ())
    first = actions.merge_articles(gone, actor=cast.analyst, into=keep)
    actions.merge_articles(keep, actor=cast.analyst, into=last)
    assert client.get("/faq/gone/")["Location"] == "/faq/last/"
    with pytest.raises(ActionError):
        actions.unmerge_articles(first, actor=cast.analyst)


@pytest.mark.parametrize("role", ["agent", "administrator", "customer"])
def test_only_who_publishes_merges(cast, two, role):
    with pytest.raises(ActionForbidden):
        actions.merge_articles(two[1], actor=cast.by_role(role), into=two[0])


def test_a_merged_article_is_neither_restored_nor_edited(cast, two):
    keep, gone = two
    actions.merge_articles(gone, actor=cast.analyst, into=keep)
    with pytest.raises(ActionError):
        actions.restore_article(gone, actor=cast.analyst)
    with pytest.raises(ActionError):
        actions.draft_article(gone, actor=cast.analyst, text=text_in_work(gone), mark=mark_of(gone))
    with pytest.raises(ActionError):
        actions.merge_articles(keep, actor=cast.analyst, into=keep)
