"""The index in the process follows the database."""

import threading
import time

import pytest
from django.db import connection

from faq.live import INTERVAL, PATIENCE, LiveIndex
from faq.models import Article, Status
from faq.queries import search_articles
from tests.faq.factories import make_article, make_articles

pytestmark = pytest.mark.django_db


def slugs(query):
    return [hit.article.slug for hit in search_articles(query)]


def test_an_edit_is_found_by_the_next_search():
    article = make_article()
    assert slugs("提前还款") == ["early-repayment"]
    article.question = "怎么更换银行卡？"
    article.save()
    article.variants.all().delete()
    assert slugs("更换银行卡") == ["early-repayment"]
    assert slugs("提前还清") == []


def test_a_new_variant_and_the_keywords_are_found():
    article = make_article(keywords=["代偿"])
    assert search_articles("代偿")[0].article == article
    article.variants.create(text="剩下的都给我结了")
    assert search_articles("剩下的都给我结了", 1)[0].confidence >= 0.9


def test_a_draft_is_never_found():
    article = make_article()
    assert slugs("提前还款") == ["early-repayment"]
    article.status = Status.DRAFT
    article.save()
    assert slugs("提前还款") == []


def test_an_article_withdrawn_behind_our_back_is_not_shown():
    """A bulk update sends no signal; the article is read again with every search all the same."""
    make_article()
    assert slugs("提前还款") == ["early-repayment"]
    Article.objects.update(status=Status.DRAFT)
    assert slugs("提前还款") == []


def test_searching_costs_one_query_between_two_looks(django_assert_num_queries):
    make_articles(3)
    search_articles("还款")
    with django_assert_num_queries(1):
        search_articles("关于还款")
    make_articles_more = [make_article(f"more-{n}", f"又一个还款问题{n}？", ()) for n in range(27)]
    assert len(make_articles_more) == 27
    search_articles("还款")
    with django_assert_num_queries(1):
        search_articles("关于还款")


@pytest.mark.django_db(transaction=True)
def test_another_process_sees_an_edit_within_a_second():
    """Another process is an index that hears no signal of ours; searches keep coming meanwhile."""
    article = make_article()
    other = LiveIndex()
    assert other.get().search("提前还款")[0].entry_id == article.pk
    make_article("card", "怎么更换银行卡？", ())
    edited = time.monotonic()
    while not any(match.matched_text == "怎么更换银行卡？" for match in other.get().search("更换银行卡")):
        assert time.monotonic() - edited < 1
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_has_slept_answers_from_what_is_there_now():
    make_article()
    other = LiveIndex()
    other.get()
    make_article("card", "怎么更换银行卡？", ())
    time.sleep(max(INTERVAL, PATIENCE) + 0.1)
    assert other.get().search("更换银行卡")[0].matched_text == "怎么更换银行卡？"


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_rebuild_while_searches_keep_coming():
    make_article()
    other = LiveIndex()
    old = other.get()
    make_article("card", "怎么更换银行卡？", ())
    time.sleep(INTERVAL + 0.05)
    assert other.get() is old
    for thread in threading.enumerate():
        if thread.name == "faq-index":
            thread.join()
    assert other.get() is not old
    assert len(other.get()) == 2


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_index():
    make_articles(3)
    other, seen = LiveIndex(), []

    def look():
        try:
            seen.append(other.get())
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 6
    assert len(set(map(id, seen))) == 1
