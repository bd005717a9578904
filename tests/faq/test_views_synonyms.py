"""Editors change the words that the search counts as one, and every search follows."""

import pytest
from django.urls import reverse

from faq.models import Synonym
from faq.queries import search_articles
from helpdesk.core.models import AuditEntry
from tests.faq.factories import make_article

pytestmark = pytest.mark.django_db
PAGE = reverse("faq:synonyms")


def group(concept="代偿", words=("代偿", "垫付"), **fields):
    return Synonym.objects.create(concept=concept, words=list(words), **fields)


def slugs(query):
    return [hit.article.slug for hit in search_articles(query)]


def test_the_list_begins_with_what_came_with_the_product(client_of):
    response = client_of("analyst").get(PAGE)
    assert "晚还" in Synonym.objects.get(concept="逾期").words
    assert response.context["page"].paginator.count == Synonym.objects.count() > 50
    assert len(response.context["groups"]) == 25


def test_a_group_is_found_by_any_of_its_words_and_the_list_stays_open(client_of):
    client, row = client_of("analyst"), group("代偿", ("代偿", "垫付款"))
    found = client.get(PAGE, {"q": "墊付"})
    assert [shown for shown, _form in found.context["groups"]] == [row]
    change = reverse("faq:change_synonym", args=[row.pk]) + "?q=%E5%9E%AB%E4%BB%98"
    assert f'action="{change}"' in client.get(PAGE, {"q": "垫付"}).content.decode()
    assert client.post(change, {"words": "代偿 垫付款 垫款"}).url == PAGE + "?q=%E5%9E%AB%E4%BB%98"
    assert "没有这样的同义词" in client.get(PAGE, {"q": "没有的词"}).content.decode()


def test_no_word_is_in_two_groups():
    words = [word for synonym in Synonym.objects.all() for word in synonym.words]
    assert len(words) == len(set(words))


def test_a_new_group_counts_in_the_next_search(client_of):
    make_article("advance", "代偿是什么？", ())
    make_article("card", "怎么换卡？", ())
    assert "advance" not in slugs("垫付")
    response = client_of("analyst").post(PAGE, {"concept": "代偿", "words": "代偿，垫付 垫款"})
    assert response.status_code == 302
    assert Synonym.objects.get(concept="代偿").words == ["代偿", "垫付", "垫款"]
    assert slugs("垫付") == ["advance"]


def test_a_change_is_put_back(client_of):
    client, row = client_of("supervisor"), group()
    client.post(reverse("faq:change_synonym", args=[row.pk]), {"words": "代偿"})
    row.refresh_from_db()
    assert (row.words, row.previous) == (["代偿"], ["代偿", "垫付"])
    client.post(reverse("faq:put_back_synonym", args=[row.pk]))
    row.refresh_from_db()
    assert row.words == ["代偿", "垫付"]
    verbs = AuditEntry.objects.filter(verb__startswith="synonym.").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["synonym.changed", "synonym.put_back"]


def test_a_group_without_words_counts_for_nothing(client_of):
    make_article("advance", "代偿是什么？", ())
    row = group()
    assert slugs("垫付") == ["advance"]
    client_of("analyst").post(reverse("faq:change_synonym", args=[row.pk]), {"words": " "})
    assert slugs("垫付") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("代偿 逾期", "“逾期”已经在“逾期”这一组里。"),
        ("长" * 21, f"“{'长' * 21}”太长，最多 20 个字。"),
        (" ".join(f"{n}号" for n in range(61)), "最多 60 个说法。"),
    ],
)
def test_refused_words_are_kept_in_the_form(client_of, words, said):
    row = group()
    response = client_of("analyst").post(reverse("faq:change_synonym", args=[row.pk]), {"words": words})
    assert response.status_code == 400
    shown = next(form for shown, form in response.context["groups"] if shown == row)
    assert (shown.errors["words"], shown["words"].value()) == ([said], words)
    row.refresh_from_db()
    assert row.words == ["代偿", "垫付"]


def test_a_name_that_is_taken_is_refused(client_of):
    group()
    response = client_of("analyst").post(PAGE, {"concept": "代偿", "words": "垫款"})
    assert response.status_code == 400
    assert response.context["new"].errors["concept"] == ["已经有“代偿”这一组，请直接修改它。"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count(client_of, django_assert_num_queries, count):
    client = client_of("analyst")
    for n in range(count):
        group(f"组{n}", (f"甲{n}", f"乙{n}"))
    with django_assert_num_queries(3):
        client.get(PAGE)
