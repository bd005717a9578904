"""Writing, review and publication: who, in which state, and what customers see meanwhile."""

import dataclasses
import datetime as dt

import pytest
from django.utils import translation

from faq import actions
from faq.models import Article, ArticleText, Status
from faq.queries import search_articles
from faq.states import VersionState
from faq.versions import mark_of, open_version, publication_gaps, text_in_work
from helpdesk.core import clock
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry
from tests.faq.factories import make_article, make_text

pytestmark = pytest.mark.django_db


def changed(article, **fields):
    return dataclasses.replace(text_in_work(article), **fields)


def draft(article, actor, **fields):
    text = changed(article, **fields)
    return actions.draft_article(article, actor=actor, text=text, mark=mark_of(article))


def submitted(article, actor, **fields):
    draft(article, actor, **fields)
    return actions.submit_article(article, actor=actor)


def working(article):
    return article.versions.open().get()


def states(article):
    return list(article.versions.order_by("number").values_list("number", "state"))


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", "from_state", "to_state"))


def test_create_article_is_a_draft_that_nobody_finds(cast):
    text = make_text(question="怎样开具结清证明？", variants=("结清证明在哪里开",))
    article = actions.create_article(actor=cast.analyst, slug="settled", text=text)
    article.refresh_from_db()
    assert (article.status, article.owner, article.edited_here) == (Status.DRAFT, cast.analyst, True)
    assert (states(article), working(article).text) == ([(1, "draft")], text)
    assert search_articles("结清证明") == []
    assert verbs() == [("article.drafted", "", "draft")]


def test_create_article_of_a_taken_address_is_refused(cast):
    make_article(slug="taken")
    with pytest.raises(ActionError):
        actions.create_article(actor=cast.analyst, slug="taken", text=make_text())
    assert Article.objects.count() == 1


def test_what_customers_read_and_find_stays_while_a_draft_is_written(cast):
    article = make_article()
    before = article.updated_at
    draft(article, cast.analyst, question="还能提前结清吗？", variants=("全新的一种问法",), answer="新答案")
    article.refresh_from_db()
    assert (article.question, article.updated_at) == ("可以提前还款吗？", before)
    assert [v.text for v in article.variants.all()] == ["想一次还清"]
    assert [hit.matched for hit in search_articles("全新的一种问法")] == ["想一次还清"]
    assert states(article) == [(1, "published"), (2, "draft")]
    actions.submit_article(article, actor=cast.analyst)
    actions.publish_article(article, actor=cast.supervisor)
    article.refresh_from_db()
    assert (article.question, article.answer) == ("还能提前结清吗？", "新答案")
    assert [hit.matched for hit in search_articles("全新的一种问法")] == ["全新的一种问法"]
    assert states(article) == [(1, "superseded"), (2, "published")]
    assert verbs() == [
        ("article.drafted", "published", "draft"),
        ("article.submitted", "draft", "review"),
        ("article.published", "review", "published"),
    ]


def test_the_first_version_is_what_was_published_before(cast):
    article = make_article()
    before = ArticleText.of(article)
    draft(article, cast.analyst, answer="新答案")
    assert article.versions.get(number=1).text == before


def test_publish_article_keeps_the_rows_of_variants_that_stay_and_links(cast):
    other = make_article("other", "怎么投诉？", ())
    article = make_article(variants=("想一次还清", "旧的"))
    kept = article.variants.get(text="想一次还清").pk
    submitted(article, cast.analyst, variants=("想一次还清", "新的"), related=("other",), keywords=("结清",))
    actions.publish_article(article, actor=cast.supervisor)
    assert dict(article.variants.values_list("text", "pk"))["想一次还清"] == kept
    assert sorted(v.text for v in article.variants.all()) == ["想一次还清", "新的"]
    assert list(article.related.all()) == [other]
    article.refresh_from_db()
    assert article.keywords == ["结清"]


# --- Two people --------------------------------------------------------------------------------
def test_a_rule_needs_a_reviewer_who_did_not_write_it(cast):
    article = make_article()
    submitted(article, cast.analyst, basis="某法第 1 条", basis_grade="V1")
    with pytest.raises(ActionError) as refused:
        actions.publish_article(article, actor=cast.analyst)
    assert refused.value.missing == ["文章涉及规则，要由没有写过这一版的人审核发布。"]
    assert states(article)[-1] == (2, "review")
    version = actions.publish_article(article, actor=cast.supervisor)
    assert (version.state, version.reviewer) == ("published", cast.supervisor)


def test_everybody_who_saved_it_counts_as_its_writer(cast):
    article = make_article()
    draft(article, cast.analyst, basis="某法第 1 条", basis_grade="V1")
    submitted(article, cast.supervisor, answer="改过")
    for writer in (cast.analyst, cast.supervisor):
        with pytest.raises(ActionError):
            actions.publish_article(article, actor=writer)


def test_emptying_the_rule_is_no_way_around_the_second_person(cast):
    article = make_article(basis="某法第 1 条", basis_grade="V1")
    submitted(article, cast.analyst, basis="", basis_grade="")
    with pytest.raises(ActionError):
        actions.publish_article(article, actor=cast.analyst)


def test_an_article_without_a_rule_may_be_published_by_its_writer(cast):
    article = make_article()
    submitted(article, cast.analyst, answer="改了一个错字")
    assert actions.publish_article(article, actor=cast.analyst).state == VersionState.PUBLISHED


@pytest.mark.parametrize("grade", ["M", "V3"])
def test_an_unverified_rule_stays_a_draft_and_the_gate_says_why(cast, grade):
    article = make_article()
    draft(article, cast.analyst, basis="某法第 1 条", basis_grade=grade)
    with pytest.raises(ActionError) as refused:
        actions.submit_article(article, actor=cast.analyst)
    label = {"M": "未核实", "V3": "较弱的二手来源"}[grade]
    why = f"涉及的规则只核实到“{label}”：核实到原文或可靠的二手来源之前，文章只能留作草稿。"
    assert refused.value.missing == [why]
    article.versions.filter(state="draft").update(state="review")  # however it got there
    assert publication_gaps(working(article), cast.supervisor) == [why]
    with pytest.raises(ActionError):
        actions.publish_article(article, actor=cast.supervisor)
    article.refresh_from_db()
    assert article.basis == ""


def test_publish_article_needs_a_review_first(cast):
    article = make_article()
    draft(article, cast.analyst, answer="新")
    with pytest.raises(ActionError):
        actions.publish_article(article, actor=cast.supervisor)
    article.refresh_from_db()
    assert article.answer == "登录后点**提前还款**。"


def test_a_reviewer_publishes_only_what_they_saw(cast):
    article = make_article()
    submitted(article, cast.analyst, answer="第一稿")
    seen = mark_of(article)
    actions.send_back_article(article, actor=cast.supervisor, reason="数字不对")
    submitted(article, cast.analyst, answer="第二稿")
    with pytest.raises(ActionError):
        actions.publish_article(article, actor=cast.supervisor, mark=seen)
    assert actions.publish_article(article, actor=cast.supervisor, mark=mark_of(article)).answer == "第二稿"


def test_send_back_article_says_why_and_opens_the_draft_again(cast):
    article = make_article()
    submitted(article, cast.analyst, answer="新")
    with pytest.raises(ActionError):
        draft(article, cast.analyst, answer="偷偷改")  # under review nobody changes it
    version = actions.send_back_article(article, actor=cast.supervisor, reason="数字不对")
    assert (version.state, version.refusal, version.reviewer) == ("draft", "数字不对", cast.supervisor)
    assert draft(article, cast.analyst, answer="改好了").answer == "改好了"
    assert actions.submit_article(article, actor=cast.analyst).refusal == ""


# --- Who ---------------------------------------------------------------------------------------
def test_an_agent_suggests_and_works_on_nobody_elses_draft(cast):
    article = make_article()
    draft(article, cast.agent, answer="坐席的建议")
    assert draft(article, cast.agent, answer="坐席改了建议").revision == 2
    for verb in (actions.submit_article, actions.discard_draft):
        with pytest.raises(ActionForbidden):
            verb(article, actor=cast.other_agent)
    with pytest.raises(ActionForbidden):
        draft(article, cast.other_agent, answer="别人的")
    actions.submit_article(article, actor=cast.agent)
    with pytest.raises(ActionForbidden):
        actions.publish_article(article, actor=cast.agent)
    assert actions.publish_article(article, actor=cast.analyst).answer == "坐席改了建议"


@pytest.mark.parametrize(
    ("role", "may"),
    [("customer", ""), ("agent", ""), ("supervisor", "wp"), ("analyst", "wp"), ("administrator", "w")],
)
def test_who_withdraws_and_who_publishes(cast, role, may):
    article, actor = make_article(), cast.by_role(role)
    submitted(article, cast.analyst, answer="新")
    done = ""
    for letter, verb in (("w", actions.withdraw_article), ("p", actions.publish_article)):
        try:
            verb(article, actor=actor)
            done += letter
        except ActionForbidden:
            continue
    assert done == may


# --- Two editors at once -------------------------------------------------------------------------
def test_the_second_save_is_refused_and_changes_nothing(cast):
    article = make_article()
    opened = mark_of(article)
    text = changed(article, answer="先保存的")
    actions.draft_article(article, actor=cast.analyst, text=text, mark=opened)
    late = changed(article, answer="后保存的")
    with pytest.raises(ActionError):
        actions.draft_article(article, actor=cast.supervisor, text=late, mark=opened)
    assert working(article).answer == "先保存的"
    again = actions.draft_article(article, actor=cast.supervisor, text=late, mark=mark_of(article))
    assert (again.answer, again.revision) == ("后保存的", 2)
    assert list(again.writers.order_by("pk")) == sorted([cast.analyst, cast.supervisor], key=lambda u: u.pk)


def test_a_draft_of_a_text_that_was_replaced_meanwhile_is_refused(cast):
    article = make_article()
    opened = mark_of(article)
    submitted(article, cast.analyst, answer="已经发布了")
    actions.publish_article(article, actor=cast.analyst)
    with pytest.raises(ActionError):
        actions.draft_article(article, actor=cast.supervisor, text=make_text(), mark=opened)


# --- Undo ----------------------------------------------------------------------------------------
def test_discard_draft_and_take_it_up_again(cast):
    article = make_article()
    version = draft(article, cast.analyst, answer="新")
    actions.discard_draft(article, actor=cast.analyst)
    assert (open_version(article), states(article)) == (None, [(1, "published"), (2, "discarded")])
    actions.take_up_draft(article, actor=cast.analyst, number=version.number)
    assert working(article).answer == "新"
    actions.discard_draft(article, actor=cast.analyst)
    draft(article, cast.supervisor, answer="另一份")
    with pytest.raises(ActionError):
        actions.take_up_draft(article, actor=cast.analyst, number=version.number)


def test_withdraw_and_restore_a_published_article(cast):
    article = make_article()
    actions.withdraw_article(article, actor=cast.analyst)
    assert search_articles("提前还款") == []
    actions.restore_article(article, actor=cast.analyst)
    assert search_articles("提前还款")[0].article == article
    with pytest.raises(ActionError):
        actions.restore_article(article, actor=cast.analyst)
    article.refresh_from_db()
    assert article.status == Status.PUBLISHED


def test_restoring_never_publishes_what_was_never_reviewed(cast):
    article = make_article(status=Status.DRAFT)
    actions.withdraw_article(article, actor=cast.analyst)
    assert actions.restore_article(article, actor=cast.analyst).status == Status.DRAFT


def test_schedule_article_makes_no_version(cast):
    article = make_article()
    day = dt.date(2026, 12, 1)
    actions.schedule_article(article, actor=cast.analyst, owner=cast.agent, review_by=day)
    article.refresh_from_db()
    assert (article.owner, article.review_by, states(article)) == (cast.agent, day, [])


def test_the_audit_trail_holds_no_text(cast):
    article = make_article()
    draft(article, cast.analyst, answer="不该出现在操作记录里的一段话")
    entry = AuditEntry.objects.get(verb="article.drafted")
    assert entry.data == {"text": "<ArticleText>", "mark": "0"}


def test_words_of_the_gate_are_in_the_language_of_the_reader(cast):
    article = make_article(basis="某法", basis_grade="V1")
    submitted(article, cast.analyst, answer="新")
    with translation.override("en"):
        assert publication_gaps(working(article), cast.agent) == [
            "A supervisor or a quality analyst has to publish."
        ]


def test_versions_carry_the_clock(cast):
    article = make_article()
    with clock.at(dt.datetime(2026, 3, 1, tzinfo=dt.UTC)):
        assert draft(article, cast.analyst, answer="新").saved_at == clock.now()
