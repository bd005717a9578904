"""The public pages, as a browser without scripts sees them."""

import re

import pytest
from django.urls import reverse

from faq.models import ArticleVote, SearchLog, Status
from faq.queries import search_articles
from tests.faq.factories import make_article, make_articles

pytestmark = pytest.mark.django_db
HOME, SEARCH, SUGGEST = reverse("faq:home"), reverse("faq:search"), reverse("faq:suggest")


def text_of(response):
    html = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def page(client, url, code=200, **data):
    response = client.get(url, data)
    assert response.status_code == code
    return response


def knowledge(*_):
    make_article()
    make_article("methods", "有哪些还款方式？", ("怎么还钱",), summary="有四种方式。")
    make_article("overdue", "逾期了会有什么后果？", ("晚还一天会怎样",), topic="overdue")
    make_article("secret", "草稿里的还款问题？", (), status=Status.DRAFT)


# --- Home ----------------------------------------------------------------------------------------
def test_home_lists_topics_with_their_published_articles_and_the_popular(client):
    knowledge()
    make_article("voted", "最受欢迎的问题？", (), topic="fees", helpful=9)
    response = page(client, HOME)
    assert [(t.topic, t.articles) for t in response.context["topics"]] == [
        ("repayment", 2),
        ("overdue", 1),
        ("fees", 1),
    ]
    assert [a.slug for a in response.context["popular"]] == ["voted", "early-repayment", "overdue", "methods"]
    assert "草稿里" not in text_of(response)


def test_home_without_articles_says_so_and_offers_a_person(client):
    assert "还没有已发布的问题" in text_of(page(client, HOME))


@pytest.mark.parametrize("count", [3, 30])
def test_home_query_count(client, django_assert_num_queries, count):
    make_articles(count)
    with django_assert_num_queries(2):
        page(client, HOME)


# --- Search --------------------------------------------------------------------------------------
def test_search_shows_a_clear_answer_with_its_summary(client):
    knowledge()
    response = page(client, SEARCH, q="怎么还钱")
    assert response.context["best"].article.slug == "methods"
    assert "有四种方式。" in text_of(response)
    assert "很可能就是" in text_of(response)
    assert "不太确定" not in text_of(response)
    assert not re.search(r"0\.\d\d|\d+ ?%", text_of(response))


def test_search_marks_the_words_that_match(client):
    knowledge()
    assert "可以<mark>提前还款</mark>吗？" in page(client, SEARCH, q="提前還款").content.decode()


def test_search_that_is_not_sure_says_so_and_offers_three_and_a_person(client):
    for n, what in enumerate(("还款日", "还款卡", "还款金额", "还款记录")):
        make_article(f"a{n}", f"怎么修改{what}？", ())
    response = page(client, SEARCH, q="修改还款")
    assert response.context["best"] is None
    assert len(response.context["hits"]) == 3
    assert "不太确定。您是不是想问下面的问题？" in text_of(response)
    links = re.findall(r'href="([^"]+)"', response.content.decode())
    asked = "question=%E4%BF%AE%E6%94%B9%E8%BF%98%E6%AC%BE&amp;topic=repayment"
    assert {f"{reverse('chat:visitor')}?{asked}", f"{reverse('tickets:new')}?{asked}"} <= set(links)


def test_search_that_finds_nothing_is_polite_and_carries_the_question(client):
    knowledge()
    response = page(client, SEARCH, q="kubernetes & <b>")
    assert "没有找到“kubernetes &amp; &lt;b&gt;”的答案" in text_of(response)
    assert "?question=kubernetes%20%26%20%3Cb%3E&amp;topic=" in response.content.decode()
    assert SearchLog.objects.get().results == 0


def test_search_log_has_no_personal_data_and_the_click(client):
    knowledge()
    response = page(client, SEARCH, q="我13812345678怎么还钱")
    log = SearchLog.objects.get()
    assert (log.query, log.language, log.clicked) == ("我***怎么还钱", "zh-hans", None)
    assert log.top
    assert log.top.slug == response.context["hits"][0].article.slug
    page(client, log.top.get_absolute_url() + f"?s={log.pk}")
    log.refresh_from_db()
    assert log.clicked == log.top


@pytest.mark.parametrize("number", ["{pk}", "999999", "x", "", "-1", "١", "9" * 30])
def test_a_search_of_another_session_is_not_touched(client, client_of, number):
    knowledge()
    page(client_of("anonymous"), SEARCH, q="怎么还钱")
    log = SearchLog.objects.get()
    page(client, reverse("faq:article", args=["methods"]), s=number.format(pk=log.pk))
    log.refresh_from_db()
    assert log.clicked is None


@pytest.mark.parametrize(
    "query", ["😀😀", "'; DROP TABLE faq_article;--", "%", "还" * 2_000, "\ud83d", "<script>"]
)
def test_search_survives_anything(client, query):
    knowledge()
    assert page(client, SEARCH, q=query.encode("utf-8", "replace").decode()).context["best"] is None


def test_search_of_a_long_question_says_what_it_used(client):
    knowledge()
    assert "只用了前 200 个字来搜索" in text_of(page(client, SEARCH, q="还" * 201))
    assert "个字来搜索" not in text_of(page(client, SEARCH, q="还" * 200))


def test_search_with_nul_is_refused_politely(client):
    page(client, SEARCH, 400, q="a\0b")


@pytest.mark.parametrize("count", [3, 30])
def test_search_query_count(client_of, django_assert_num_queries, count):
    make_articles(count)
    client = client_of("anonymous")
    page(client, SEARCH, q="还款")
    search_articles("还款")
    with django_assert_num_queries(9):
        page(client, SEARCH, q="第1个关于还款的问题")


# --- Suggestions ---------------------------------------------------------------------------------
def test_suggest_lists_links_and_logs_nothing(client):
    knowledge()
    response = page(client, SUGGEST, q="huankuanf")
    assert re.findall(r'href="([^"]+)"', response.content.decode())[0] == "/faq/methods/?asked=huankuanf"
    assert SearchLog.objects.count() == 0


def test_a_suggestion_that_is_chosen_is_a_search_that_was_answered(client):
    knowledge()
    chosen = page(client, reverse("faq:article", args=["methods"]), 302, asked="huankuanf")
    log = SearchLog.objects.get()
    assert chosen["Location"] == f"/faq/methods/?s={log.pk}"
    assert (log.query, log.suggested, log.clicked) == ("huankuanf", True, None)
    page(client, chosen["Location"])
    log.refresh_from_db()
    assert (log.clicked and log.clicked.slug, log.position) == ("methods", 1)


def test_suggest_nothing_for_nothing(client):
    knowledge()
    assert page(client, SUGGEST, q="").content.strip() == b""
    assert page(client, SUGGEST).content.strip() == b""
    assert "还没有找到相近的问题" in text_of(page(client, SUGGEST, q="kubernetes"))


# --- Topic and article ---------------------------------------------------------------------------
def test_topic_says_how_many_and_hides_drafts(client):
    knowledge()
    response = page(client, reverse("faq:topic", args=["repayment"]))
    assert [a.slug for a in response.context["articles"]] == ["early-repayment", "methods"]
    assert "共 2 个问题" in text_of(response)


def test_an_empty_topic_says_so_and_an_unknown_one_is_absent(client):
    assert "这个主题还没有问题" in text_of(page(client, reverse("faq:topic", args=["other"])))
    page(client, "/topics/weather/", 404)


@pytest.mark.parametrize("count", [3, 30])
def test_topic_query_count(client, django_assert_num_queries, count):
    make_articles(count)
    with django_assert_num_queries(2):
        page(client, reverse("faq:topic", args=["repayment"]))


def test_article_shows_answer_and_source_and_never_its_internal_basis(client):
    article = make_article(
        basis="某内部规则第九条", basis_grade="V2", answer="**重点**<script>alert(1)</script>"
    )
    article.related.add(make_article("methods", "有哪些还款方式？", ()))
    article.related.add(make_article("secret", "草稿？", (), status=Status.DRAFT))
    response = page(client, article.get_absolute_url())
    html = response.content.decode()
    assert "<strong>重点</strong>" in html
    assert "<script>alert" not in html
    assert "演示说明" in text_of(response)
    assert "某内部规则" not in html
    assert [a.slug for a in response.context["related"]] == ["methods"]


def test_article_carries_what_was_asked_to_a_person(client):
    knowledge()
    page(client, SEARCH, q="怎么还钱啊")
    url = reverse("faq:article", args=["methods"])
    asked = page(client, url, s=SearchLog.objects.get().pk).content.decode()
    assert "/chat/?question=%E6%80%8E%E4%B9%88%E8%BF%98%E9%92%B1%E5%95%8A&amp;topic=repayment" in asked
    assert "/chat/?question=%E6%9C%89%E5%93%AA%E4%BA%9B" in page(client, url).content.decode()


def test_article_without_picked_relations_shows_the_nearest(client):
    article = make_article()
    make_article("fee", "提前还款要收手续费吗？", ("提前还有没有违约金",))
    make_article("privacy", "你们如何保护隐私？", (), topic="privacy")
    assert [a.slug for a in page(client, article.get_absolute_url()).context["related"]] == ["fee"]


@pytest.mark.parametrize(("count", "queries"), [(0, 3), (3, 2), (30, 2)])
def test_article_query_count(client, django_assert_num_queries, count, queries):
    article = make_article()
    article.related.set(make_articles(count))
    search_articles("还款")
    with django_assert_num_queries(queries):
        page(client, article.get_absolute_url())


@pytest.mark.parametrize(
    ("language", "question", "notice"),
    [
        ("zh-hans", "可以提前还款吗？", False),
        ("zh-hant", "可以提前還款嗎？", False),
        ("en", "可以提前还款吗？", True),
    ],
)
def test_article_in_the_script_of_the_reader(client, language, question, notice):
    article = make_article()
    client.cookies["django_language"] = language
    html = page(client, article.get_absolute_url()).content.decode()
    code = "zh-Hant" if language == "zh-hant" else "zh-Hans"
    assert f'<h1 lang="{code}">{question}</h1>' in html
    assert ('class="notice" data-tone="info"' in html) is notice


# --- Votes ---------------------------------------------------------------------------------------
def test_vote_once_a_session_and_changeable(client, client_of):
    article = make_article()
    url = reverse("faq:vote", args=[article.slug])
    for choice in ("yes", "yes", "no"):
        response = client.post(url, {"helpful": choice})
        assert (response.status_code, response["Location"]) == (302, "/faq/early-repayment/#vote")
    client_of("anonymous").post(url, {"helpful": "yes"})
    article.refresh_from_db()
    assert (article.helpful, article.not_helpful, ArticleVote.objects.count()) == (1, 1, 2)
    assert "您选了“没帮助”" in text_of(page(client, article.get_absolute_url()))


def test_vote_by_htmx_answers_with_the_box_alone(client):
    article = make_article()
    url = reverse("faq:vote", args=[article.slug])
    response = client.post(url, {"helpful": "no", "reason": "太长"}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.content.decode().strip().startswith("<section")
    assert "您选了“没帮助”" in text_of(response)
    assert ArticleVote.objects.get().reason == "太长"


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize(
    ("reason", "said"), [("长" * 1_001, "最多 1000 字，现在是 1001 字。"), ("a\0b", "空字符")]
)
def test_a_bad_reason_is_kept_and_explained(client, htmx, reason, said):
    article = make_article()
    url = reverse("faq:vote", args=[article.slug])
    response = client.post(url, {"helpful": "no", "reason": reason}, headers=htmx)
    assert response.status_code == 422
    assert said in text_of(response)
    assert reason.split("\0")[0] in response.content.decode()
    assert ArticleVote.objects.count() == 0


def test_a_vote_without_a_choice_is_refused(client):
    article = make_article()
    assert client.post(reverse("faq:vote", args=[article.slug]), {}).status_code == 422
    assert client.post(reverse("faq:vote", args=[article.slug]), {"helpful": "maybe"}).status_code == 422
    assert ArticleVote.objects.count() == 0


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
def test_votes_are_limited_for_one_address_and_the_reason_stays(client_of, settings, htmx):
    settings.VOTES_PER_ADDRESS = 2
    article = make_article()
    sent = {"helpful": "no", "reason": "没有说手续费"}
    url = reverse("faq:vote", args=[article.slug])
    answers = [client_of().post(url, sent, headers=htmx) for _n in range(3)]
    assert answers[-1].status_code == 429
    assert "请 10 分钟后再提交" in text_of(answers[-1])
    assert "没有说手续费" in answers[-1].content.decode()
    assert ArticleVote.objects.count() == 2


def test_searches_of_a_busy_address_are_answered_and_not_remembered(client, settings):
    settings.SEARCHES_PER_ADDRESS = 1
    article = make_article()
    pages = [client.get(reverse("faq:search"), {"q": article.question}) for _n in range(2)]
    links = [f'href="{article.get_absolute_url()}?s=' in page.content.decode() for page in pages]
    assert (links, SearchLog.objects.count()) == ([True, False], 1)
    assert f'href="{article.get_absolute_url()}"' in pages[1].content.decode()
    opened = client.get(article.get_absolute_url(), {"asked": article.question})
    assert opened["Location"] == article.get_absolute_url()
