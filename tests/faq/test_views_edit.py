"""The editors' pages: what they offer, what they keep, and what a preview shows."""

import re

import pytest
from django.forms import ChoiceField
from django.utils import translation

from faq import actions
from faq.actions import remind
from faq.forms.article import ArticleForm
from faq.models import Article
from faq.states import VersionState
from faq.templatetags.faq import DONE
from faq.versions import mark_of, text_in_work
from tests.faq.factories import make_article, make_articles

pytestmark = pytest.mark.django_db


def fields(article, **changes):
    values = text_in_work(article).columns()
    typed = {name: "\n".join(v) if isinstance(v, list) else v for name, v in values.items()}
    return typed | {"mark": mark_of(article)} | changes


def save(client, article, **changes):
    address = f"/knowledge/articles/{article.slug}/draft/"
    return client.post(address, fields(article) | changes)


def test_from_a_new_question_to_the_customer(client_of, client):
    writer, reviewer = client_of("agent"), client_of("supervisor")
    typed = {
        "question": "怎样开具结清证明？",
        "summary": "还清后可以在线开具。",
        "answer": "登录后点**结清证明**。",
        "topic": "repayment",
        "source": "演示说明",
        "variants": "结清证明在哪\n结清证明在哪\n\n",
    }
    place = writer.post("/knowledge/new/", typed)["Location"]
    article = Article.objects.get()
    assert article.slug == "zen-yang-kai-ju-jie-qing-zheng-ming"
    assert article.versions.get().variants == ["结清证明在哪"]
    assert client.get(article.get_absolute_url()).status_code == 404
    assert writer.post(f"{place}submit/")["Location"] == place
    page = reviewer.get(place)
    assert "审核通过并发布" in page.content.decode()
    reviewer.post(f"{place}publish/", {"mark": page.context["mark"]})
    assert "结清证明" in client.get(article.get_absolute_url()).content.decode()


def test_the_second_of_two_editors_gets_409_with_the_difference_and_keeps_the_text(client_of):
    article = make_article()
    first, second = client_of("analyst"), client_of("supervisor")
    opened = mark_of(article)
    assert save(first, article, answer="先保存的利息说明").status_code == 302
    late = save(second, article, answer="后保存的罚息说明", mark=opened)
    page = late.content.decode()
    assert late.status_code == 409
    assert "<del>先</del><ins>后</ins>保存的<del>利息</del><ins>罚息</ins>说明" in page
    assert late.context["form"]["answer"].value() == "后保存的罚息说明"
    assert text_in_work(article).answer == "先保存的利息说明"
    again = save(second, article, answer="后保存的罚息说明", mark=late.context["form"]["mark"].value())
    assert again.status_code == 302
    assert text_in_work(article).answer == "后保存的罚息说明"


def test_a_refused_form_keeps_all_that_was_typed(client_of):
    article = make_article()
    response = save(client_of("analyst"), article, question="", answer="写了很久", basis="某法")
    form = response.context["form"]
    assert response.status_code == 400
    assert set(form.errors) == {"question", "basis_grade"}
    assert (form["answer"].value(), form["basis"].value()) == ("写了很久", "某法")


def test_related_articles_are_named_by_address_or_by_question(client_of):
    article, other = make_article(), make_article("other", "怎么投诉？", ())
    make_article("third", "忘记密码怎么办？", ())
    client = client_of("analyst")
    typed = "http://desk.example/faq/other/\n忘记密码怎么办？"
    assert save(client, article, related=typed).status_code == 302
    assert text_in_work(article).related == ("other", "third")
    refused = save(client, article, related="no-such")
    assert refused.context["form"].errors == {"related": ["没有“no-such”这篇文章。"]}
    assert other.slug == "other"


def test_preview_is_the_customers_page_with_the_draft(client_of, client):
    article = make_article()
    save(client_of("analyst"), article, answer="只在草稿里的**一句**")
    preview = client_of("agent").get("/knowledge/articles/early-repayment/preview/").content.decode()
    assert "只在草稿里的<strong>一句</strong>" in preview
    assert "预览：第 2 版（草稿）" in preview
    assert "/vote/" not in preview
    shown = client.get("/faq/early-repayment/").content.decode()
    assert "只在草稿里" not in shown
    old = client_of("agent").get("/knowledge/articles/early-repayment/preview/?version=1").content.decode()
    assert "<strong>提前还款</strong>" in old


@pytest.mark.parametrize("number", ["0", "9", "x", "１", "-1", "9" * 40])
def test_versions_that_are_none_are_not_found(client_of, number):
    article = make_article()
    save(client_of("analyst"), article, answer="新")
    client = client_of("analyst")
    base = "/knowledge/articles/early-repayment"
    for address in ("preview/?version=", "diff/?to=", "draft/?from="):
        assert client.get(f"{base}/{address}{number}").status_code == 404
    assert client.post(f"{base}/take-up/", {"number": number}).status_code == 404


def test_diff_compares_any_two_versions(client_of):
    article = make_article()
    client = client_of("analyst")
    save(client, article, summary="先看合同。")
    page = client.get("/knowledge/articles/early-repayment/diff/").content.decode()
    assert "<ins>" in page
    assert "从第 1 版到第 2 版" in page
    back = client.get("/knowledge/articles/early-repayment/diff/?from=2&to=1")
    assert [field.name for field in back.context["changes"]] == ["summary"]


def test_an_old_version_can_be_written_from(client_of, cast):
    article = make_article()
    client = client_of("analyst")
    save(client, article, answer="第二版")
    actions.submit_article(article, actor=cast.analyst)
    actions.publish_article(article, actor=cast.analyst)
    form = client.get("/knowledge/articles/early-repayment/draft/?from=1").context["form"]
    assert form["answer"].value() == "登录后点**提前还款**。"


def test_the_gate_says_why_on_the_page(client_of):
    article = make_article()
    client = client_of("analyst")
    save(client, article, basis="某法第 1 条", basis_grade="M")
    refused = client.post("/knowledge/articles/early-repayment/submit/")
    assert refused.status_code == 409
    assert "涉及的规则只核实到“未核实”" in refused.content.decode()
    assert article.versions.open().get().state == VersionState.DRAFT


def test_a_verb_says_how_to_undo_it(client_of):
    make_article()
    client = client_of("analyst")
    page = client.post("/knowledge/articles/early-repayment/withdraw/", follow=True).content.decode()
    assert 'action="/knowledge/articles/early-repayment/restore/"' in page
    accepted = {"text": "提前 还款&怎么弄", "next": "/knowledge/suggestions/"}
    client.post("/knowledge/articles/early-repayment/restore/")
    response = client.post("/knowledge/articles/early-repayment/variants/accept/", accepted)
    assert response["Location"] == "/knowledge/suggestions/"
    page = client.get("/knowledge/suggestions/").content.decode()
    undo = page.split('action="/knowledge/articles/early-repayment/variants/remove/')[1].split('"')[0]
    client.post(f"/knowledge/articles/early-repayment/variants/remove/{undo.replace('&amp;', '&')}")
    assert [v.text for v in Article.objects.get().variants.all()] == ["想一次还清"]


def test_a_foreign_address_is_no_way_back(client_of):
    make_article()
    data = {"text": "甲", "next": "https://evil.example/"}
    response = client_of("analyst").post("/knowledge/articles/early-repayment/variants/accept/", data)
    assert response["Location"] == "/knowledge/articles/early-repayment/"


def listed(client, query=""):
    return [article.slug for article in client.get(f"/knowledge/?{query}").context["page"]]


def test_the_list_filters_by_state_topic_text_and_review(client_of, cast):
    client = client_of("analyst")
    plain = make_article("plain", "可以提前还款吗？")
    working = make_article("working", "怎么投诉？", (), topic="complaints")
    reviewed = make_article("reviewed", "忘记密码怎么办？", ())
    make_article("unborn", "还没发布的问题？", (), status="draft")
    gone = make_article("gone", "下线的问题？", ())
    save(client, working, answer="新", question="怎样投诉最快？")
    save(client, reviewed, answer="新")
    actions.submit_article(reviewed, actor=cast.analyst)
    actions.withdraw_article(gone, actor=cast.analyst)
    Article.objects.filter(pk=plain.pk).update(review_by="2020-01-01")
    assert set(listed(client)) == {"plain", "working", "reviewed", "unborn", "gone"}
    assert set(listed(client, "status=draft")) == {"working", "unborn"}
    assert listed(client, "status=review") == ["reviewed"]
    assert listed(client, "status=withdrawn") == ["gone"]
    assert set(listed(client, "status=published")) == {"plain", "working", "reviewed"}
    assert listed(client, "topic=complaints") == ["working"]
    assert listed(client, "due=on") == ["plain"]
    assert listed(client, "text=最快") == ["working"]
    assert len(listed(client, "status=nonsense&topic=nonsense")) == 5


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_article_and_for_three(client_of, django_assert_num_queries, count):
    make_articles(count)
    client = client_of("analyst")
    client.get("/knowledge/")
    with django_assert_num_queries(5):
        client.get("/knowledge/")


def test_the_history_says_in_words_what_was_done(client_of, cast):
    article, other = make_article(), make_article("other", "另一个问题？", ())
    actions.unmerge_articles(
        actions.merge_articles(article, actor=cast.analyst, into=other), actor=cast.analyst
    )
    page = client_of("analyst").get(article.get_editing_url()).content.decode()
    assert re.findall(r"<p>([^<]+) · 己质检", page) == ["撤销合并", "并入另一篇"]
    page = client_of("analyst").get(other.get_editing_url()).content.decode()
    assert re.findall(r"<p>([^<]+) · 己质检", page) == ["撤销合并"]


def test_every_verb_on_articles_has_words():
    verbs = {getattr(verb, "verb", "") for verb in (*vars(actions).values(), *vars(remind).values())}
    assert {verb for verb in verbs if verb.startswith("article.")} - {"article.voted"} == set(DONE)


@pytest.mark.parametrize(("refused", "primary"), [(False, "提交审核"), (True, "继续写")])
def test_one_step_comes_first(client_of, cast, refused, primary):
    article = make_article()
    save(client_of("agent"), article, answer="改过的答案")
    if refused:
        actions.submit_article(article, actor=cast.agent)
        actions.send_back_article(article, actor=cast.supervisor, reason="请补充材料。")
    page = client_of("agent").get(article.get_editing_url()).content.decode()
    [first] = re.findall(r'class="button primary"[^>]*>(.+?)</(?:a|button)>', page, re.DOTALL)
    assert first.endswith(primary)


def test_what_cannot_be_saved_offers_no_button(client_of, cast):
    article = make_article()
    place = f"{article.get_editing_url()}draft/"
    assert "保存草稿" in client_of("agent").get(place).content.decode()
    save(client_of("agent"), article, answer="改过的答案")
    assert "保存草稿" not in client_of("other_agent").get(place).content.decode()
    actions.submit_article(article, actor=cast.agent)
    assert "保存草稿" not in client_of("agent").get(place).content.decode()
    late = save(client_of("agent"), article, answer="又写了一段")  # the page was open before
    assert (late.status_code, "又写了一段" in late.content.decode()) == (409, True)


def test_grades_to_choose_are_in_the_readers_language():
    with translation.override("en"):
        field = ArticleForm().fields["basis_grade"]
        assert isinstance(field, ChoiceField)
        labels = [str(label) for _value, label in field.choices]
    assert not [label for label in labels if re.search("[一-鿿]", label)]
