"""The index in the process follows the database."""

import threading
import time

import pytest
from django.db import connection

from faq.live import INTERVAL, LiveIndex
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
    article.return_to_draft()
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


@pytest.fixture
def following():
    """Another process that serves: it hears no signal of ours."""
    index = LiveIndex()
    index.follow()
    index.wait()
    yield index
    index.stop()
    for thread in threading.enumerate():
        if thread.name == "faq-index":
            thread.join()


def until(condition):
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < 5
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.mark.django_db(transaction=True)
def test_another_process_sees_an_edit_within_a_second(following):
    article = make_article()
    until(lambda: [m.entry_id for m in following.get().search("提前还款")] == [article.pk])
    make_article("card", "怎么更换银行卡？", ())
    found = "怎么更换银行卡？"
    assert until(lambda: found in {m.matched_text for m in following.get().search("更换银行卡")}) < 1


@pytest.mark.django_db(transaction=True)
def test_a_process_that_nobody_searched_in_is_up_to_date_all_the_same(following):
    make_article("card", "怎么更换银行卡？", ())
    time.sleep(2 * INTERVAL)
    assert following.get().search("更换银行卡")[0].matched_text == "怎么更换银行卡？"


@pytest.mark.django_db(transaction=True)
def test_no_search_of_a_server_waits_for_a_rebuild(following, django_assert_num_queries):
    old = following.get()
    make_articles(40)
    following.edited()
    with django_assert_num_queries(0):
        while (new := following.get()) is old:
            assert len(old) == 0
    assert len(new) == 40


@pytest.mark.django_db(transaction=True)
def test_a_server_outlives_a_database_that_is_away(following, caplog):
    make_article()
    until(lambda: len(following.get()) == 1)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE faq_synonym RENAME TO faq_synonym_away")
    try:
        make_article("card", "怎么更换银行卡？", ())
        until(lambda: "The search index is not up to date" in caplog.text)
        assert len(following.get()) == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE faq_synonym_away RENAME TO faq_synonym")
    until(lambda: len(following.get()) == 2)


def test_elsewhere_a_search_looks_itself():
    """A command or a test follows nothing."""
    other = LiveIndex()
    assert len(other.get()) == 0
    make_article("card", "怎么更换银行卡？", ())
    time.sleep(INTERVAL)
    assert len(other.get()) == 1


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
