"""Editors see why a question finds what it finds."""

import pytest
from django.urls import reverse

from faq.search import Entry, Index
from faq.search.explain import explain
from tests.faq.factories import ENTRIES, make_article

INDEX = Index.build(ENTRIES)


@pytest.mark.parametrize("query", ["怎么还钱啊", "提前还款要手续费吗", "扣我两次钱", "yuqi", "hkfs"])
def test_the_parts_are_what_the_score_is_the_sum_of(query):
    told = explain(INDEX, query)
    assert [because.match for because in told.found] == INDEX.search(query)
    for because in told.found:
        assert because.typed + because.related + because.spelling == pytest.approx(because.score)
        assert min(because.typed, because.spelling) >= 0


def test_the_words_that_count_most_come_first():
    index = Index.build([Entry(1, "怎么还款"), Entry(2, "怎么注销"), Entry(3, "怎么投诉")])
    counted = explain(index, "怎么注销账号").found[0].counted
    assert set(counted[:3]) <= {"注销", "注", "销", "≈注销"}


def test_it_is_said_why_nothing_is_answered_outright():
    alike = Index.build([Entry(n, text) for n, text in enumerate(["还款甲", "还款乙", "还款丙", "还款丁"])])
    told = explain(alike, "还款")
    assert (told.sure, told.level, told.short, told.unseen) == (False, True, False, False)
    assert explain(alike, "还").short
    assert explain(INDEX, "还款去火星坐飞船旅行").unseen
    assert explain(INDEX, "😀").found == []
    assert explain(INDEX, "怎么投诉").sure


@pytest.mark.django_db
def test_the_page_shows_candidates_and_keeps_the_question(client_of):
    make_article()
    client = client_of("supervisor")
    page = client.get(reverse("faq:why"), {"q": "提前還款"})
    assert [row["article"].slug for row in page.context["found"]] == ["early-repayment"]
    row = page.context["found"][0]
    assert row["typed"] + row["related"] + row["spelling"] == 100
    assert 'value="提前還款"' in page.content.decode()
    for query in ("", "😀", "' OR 1=1", "<script>", "x" * 3000):
        assert client.get(reverse("faq:why"), {"q": query}).status_code == 200
