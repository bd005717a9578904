"""Reviews: what is drawn, who may score and who sees what, what the answers come to, and the one appeal."""

import datetime as dt

import pytest

from chat.models import Message
from helpdesk.core import clock
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Role, User
from quality import actions, queries
from quality.models import Appeal, Review, ReviewSample, Scorecard, Scoring
from quality.models.review import APPEAL_DAYS
from quality.permissions import decides_appeal, scores_review
from quality.reviewed import reviewed
from quality.scorecard import SHIPPED, Item, result_of
from tests.quality.rows import WEEK_DRAWN, answered, decided, ended, local, sampled
from tickets.models import Decision, Involved

pytestmark = pytest.mark.django_db
NOW = local("2026-11-17")


@pytest.fixture(autouse=True)
def _now():
    with clock.at(NOW):
        yield


@pytest.fixture
def second(cast) -> User:
    """Another analyst, who had a hand in nothing."""
    return User.objects.create_user("analyst2", password="x", name="辛质检", role=Role.ANALYST)


def scored(review: Review, actor: User, **answers: str) -> Review:
    return actions.score_review(review, actor=actor, answers=answered(review, **answers), comment="评语")


# --- The sample ----------------------------------------------------------------------------------
def test_a_week_is_drawn_over_what_each_agent_decided_and_ended(cast):
    case = decided(cast, "2026-11-11")
    for n in range(4):
        ended(cast.agent, "2026-11-15", time=f"23:5{n}")
        ended(cast.other_agent, "2026-11-09", time=f"00:0{n}")
    ended(cast.agent, "2026-11-16", time="00:00")  # the week after
    ended(cast.agent, "2026-11-10", spam=True)
    ended(cast.agent, "2026-11-10", state="active", closed_at=None)
    rows = sampled(cast, chats=0, per_agent=3)
    by = {agent: [r for r in rows if r.agent == agent] for agent in (cast.agent, cast.other_agent)}
    assert (len(rows), len(by[cast.agent]), len(by[cast.other_agent])) == (6, 3, 3)
    assert [r.ticket for r in by[cast.agent] if r.ticket] == [case]
    assert {r.team for r in by[cast.other_agent]} == {cast.other_agent.team}
    had = {row["agent"]: (row["ticket"], row["chat"]) for row in ReviewSample.objects.get().had}
    assert had == {cast.agent.pk: (1, 4), cast.other_agent.pk: (0, 4)}


def test_the_same_week_seed_and_data_give_the_same_sample(cast):
    for n in range(12):
        ended(cast.agent, "2026-11-10", time=f"10:{n:02}")
    first = {r.conversation_id for r in sampled(cast, chats=0, per_agent=4, seed="s", percent_twice=25)}
    twice = {r.conversation_id for r in Review.objects.filter(twice=True)}
    ReviewSample.objects.all().delete()
    assert {
        r.conversation_id for r in sampled(cast, chats=0, per_agent=4, seed="s", percent_twice=25)
    } == first
    assert {r.conversation_id for r in Review.objects.filter(twice=True)} == twice
    assert (len(first), len(twice)) == (4, 1)
    ReviewSample.objects.all().delete()
    assert {r.conversation_id for r in sampled(cast, chats=0, per_agent=4, seed="t")} != first


def test_a_case_is_the_work_of_whoever_decided_it_whoever_holds_it_now(cast):
    case = decided(cast, "2026-11-11")
    case.assignee = cast.other_agent
    case.save()
    assert [r.agent for r in sampled(cast, chats=0)] == [cast.agent]


def test_without_a_seed_one_is_made_and_kept(cast):
    sampled(cast, seed="")
    sample = ReviewSample.objects.get()
    assert len(sample.seed) == 16
    entry = AuditEntry.objects.get(verb="review_sample.drawn")
    assert (entry.target_id, entry.actor) == (str(sample.pk), cast.analyst)


def test_a_week_is_drawn_once_whole_and_not_from_nothing(cast):
    sampled(cast)
    with pytest.raises(ActionError, match="不能重抽"):
        sampled(cast, seed="other")
    draw = {"actor": cast.analyst, "per_agent": 2, "percent_twice": 0}
    for week, why in {
        dt.date(2026, 11, 16): "已经结束",
        dt.date(2026, 11, 4): "整周",
        dt.date(2026, 10, 5): "没有可抽的",
    }.items():
        with pytest.raises(ActionError, match=why):
            actions.draw_sample(week=week, **draw)


@pytest.mark.parametrize("role", ["customer", "agent", "administrator"])
def test_who_is_reviewed_never_draws(cast, role):
    ended(cast.agent, "2026-11-10")
    with pytest.raises(ActionForbidden):
        sampled(cast, chats=0, actor=cast.by_role(role))


# --- The scorecard --------------------------------------------------------------------------------
ITEMS = [Item("a", 30), Item("b", 10), Item("c", 10, critical=True)]


@pytest.mark.parametrize(
    ("answers", "score", "failed", "otherwise"),
    [
        ({"a": "yes", "b": "yes", "c": "yes"}, 1.0, (), 1.0),
        ({"a": "yes", "b": "no", "c": "yes"}, 0.8, (), 0.8),
        ({"a": "yes", "b": "no", "c": "na"}, 0.75, (), 0.75),
        ({"a": "yes", "b": "yes", "c": "no"}, 0.0, ("c",), 0.8),
        ({"a": "no", "b": "na", "c": "na"}, 0.0, (), 0.0),
        ({"a": "na", "b": "na", "c": "na"}, None, (), None),
    ],
)
def test_what_answers_come_to(answers, score, failed, otherwise):
    result = result_of(ITEMS, answers)
    assert (result.score, result.failed, result.otherwise) == (score, failed, otherwise)


def test_the_card_of_the_product_weighs_a_hundred():
    assert sum(item.weight for item in SHIPPED) == 100
    assert [item.code for item in SHIPPED if item.critical] == ["identity", "red_flags", "pressure"]


def test_a_new_version_is_for_samples_to_come_and_who_came_second_is_told(cast):
    (before,) = sampled(cast)
    actions.edit_scorecard(actor=cast.administrator, version=1, items=ITEMS)
    with pytest.raises(ActionError, match="别人保存了改动"):
        actions.edit_scorecard(actor=cast.analyst, version=1, items=ITEMS[:1])
    with pytest.raises(ActionError, match="至少要有一项"):
        actions.edit_scorecard(actor=cast.analyst, version=2, items=[])
    ended(cast.agent, "2026-11-03")
    after = sampled(cast, chats=0, week=dt.date(2026, 11, 2))[0]
    assert (before.items, after.items) == (list(SHIPPED), ITEMS)
    assert list(Scorecard.objects.values_list("version", "made_by")) == [
        (1, None),
        (2, cast.administrator.pk),
    ]
    for role in ("agent", "supervisor"):
        with pytest.raises(ActionForbidden):
            actions.edit_scorecard(actor=cast.by_role(role), version=2, items=ITEMS)


# --- Scoring --------------------------------------------------------------------------------------
def test_one_reviewer_scores_and_it_is_done(cast):
    (row,) = sampled(cast)
    row = scored(row, cast.supervisor, contact="no")
    assert (row.state, row.score, row.failed, row.done_at) == ("done", 0.9, False, clock.now())
    with pytest.raises(ActionError, match="别人先提交"):
        scored(row, cast.analyst)


def test_a_draft_is_kept_for_its_writer_and_holds_nobody_off(cast):
    (row,) = sampled(cast)
    actions.draft_scoring(row, actor=cast.supervisor, answers={"tone": "no"}, comment="先看到这里")
    assert not queries.scorings_visible_to(cast.analyst, row)
    assert queries.scorings_visible_to(cast.supervisor, row).get().comment == "先看到这里"
    row = scored(row, cast.analyst)
    assert row.state == "done"
    assert [one.reviewer for one in queries.scorings_visible_to(cast.supervisor, row)] == [cast.analyst]


@pytest.mark.parametrize(
    ("answers", "comment", "why"),
    [
        ({"tone": None}, "好", "每一项都要评"),
        ({"tone": "perhaps"}, "好", "每一项都要评"),
        ({"invented": "yes"}, "好", "每一项都要评"),
        ({item.code: "na" for item in SHIPPED}, "好", "至少要有一项适用"),
        ({"tone": "no"}, "", "请在评语里写明"),
    ],
)
def test_what_cannot_be_handed_in(cast, answers, comment, why):
    (row,) = sampled(cast)
    given = {code: answer for code, answer in (answered(row) | answers).items() if answer}
    with pytest.raises(ActionError, match=why):
        actions.score_review(row, actor=cast.analyst, answers=given, comment=comment)
    assert not Scoring.objects.exists()


def test_nobody_scores_their_own_work(cast):
    ended(cast.supervisor, "2026-11-10")
    (row,) = sampled(cast, chats=0)
    assert row.agent == cast.supervisor
    with pytest.raises(ActionError, match="本人的工作"):
        scored(row, cast.supervisor)
    assert row not in queries.reviews_visible_to(cast.supervisor)
    row = scored(row, cast.analyst)
    assert row in queries.reviews_visible_to(cast.supervisor)


def test_nobody_scores_what_they_had_a_hand_in(cast):
    case = decided(cast, "2026-11-11")
    Decision.objects.filter(ticket=case).update(approved_by=cast.supervisor)
    said = {"author_kind": "agent", "author": cast.supervisor, "author_key": "user", "text": "我来补充一句。"}
    talk = ended(cast.agent, "2026-11-10")
    Message.objects.create(conversation=talk, seq=1, at=clock.now(), **said)
    for row in sampled(cast, chats=0):
        with pytest.raises(ActionError, match="参与过"):
            scored(row, cast.supervisor)
        assert scores_review(cast.analyst, row)


def test_a_conflict_of_interest_keeps_reviewers_off_and_hides_their_words(cast):
    case = decided(cast, "2026-11-11", narrative="己质检打电话骂人。")
    (row,) = sampled(cast, chats=0)
    with pytest.raises(ActionError, match="利益冲突"):
        scored(row, cast.analyst)
    row = scored(row, cast.supervisor)
    assert not queries.scorings_visible_to(cast.analyst, row)
    assert not decides_appeal(cast.analyst, row)
    Involved.objects.create(
        ticket=case, user=cast.administrator, part="collector", by=cast.supervisor, at=clock.now()
    )
    assert not queries.scorings_visible_to(cast.administrator, row)
    assert queries.scorings_visible_to(cast.agent, row).count() == 1  # whose work it is


# --- Two reviewers ---------------------------------------------------------------------------------
def test_the_second_does_not_see_the_first(cast):
    (row,) = sampled(cast, twice=True)
    row = scored(row, cast.supervisor, tone="no")
    assert (row.state, row.score, row.answers) == ("open", None, {})
    assert not queries.scorings_visible_to(cast.analyst, row)
    assert not queries.scorings_visible_to(cast.administrator, row)
    assert not queries.reviews_visible_to(cast.agent)
    with pytest.raises(ActionError, match="已经提交过"):
        scored(row, cast.supervisor)
    row = scored(row, cast.analyst, tone="no")
    assert (row.state, row.score) == ("done", 0.9)
    assert queries.scorings_visible_to(cast.analyst, row).count() == 2


def test_what_they_differ_in_is_settled_and_the_rest_stands(cast, second):
    (row,) = sampled(cast, twice=True)
    scored(row, cast.supervisor, tone="no")
    row = scored(row, cast.analyst, record="no")
    assert (row.state, row.score) == ("differing", None)
    with pytest.raises(ActionError, match="别人先提交"):
        scored(row, second)
    with pytest.raises(ActionError, match="一致的项目不能改"):
        actions.settle_review(row, actor=second, answers=answered(row, contact="no"), reason="再看")
    row = actions.settle_review(row, actor=second, answers=answered(row, record="no"), reason="重听了录音")
    assert (row.state, row.score, row.settled_by) == ("done", 0.95, second)
    with pytest.raises(ActionError):
        actions.settle_review(row, actor=second, answers=answered(row), reason="再来")


def test_nothing_is_settled_before_two_have_scored(cast):
    (row,) = sampled(cast, twice=True)
    scored(row, cast.supervisor)
    with pytest.raises(ActionError, match="还没有两个人"):
        actions.settle_review(row, actor=cast.analyst, answers=answered(row), reason="先定")


def test_agreement_is_of_what_was_answered_before_it_was_settled(cast):
    rows = sampled(cast, chats=6, twice=True)
    for n, row in enumerate(rows):
        scored(row, cast.supervisor, tone="no")
        scored(row, cast.analyst, tone="yes" if n < 2 else "no")
    for row in Review.objects.filter(state="differing"):
        actions.settle_review(row, actor=cast.analyst, answers=answered(row, tone="no"), reason="同意")
    tally = reviewed(Review.objects.all()).everything
    both = tally.agreement
    assert (both.reviews, both.items, tally.done) == (6, 54, 6)
    # 54 pairs: 48 yes-yes, 4 no-no, 2 no-yes; p_o 52/54, p_e (48·50 + 6·4)/54²
    assert both.kappa == pytest.approx((52 * 54 - 2424) / (54 * 54 - 2424))
    assert tally.mean == pytest.approx(0.9)


def test_few_say_nothing(cast):
    for row in sampled(cast, chats=4, twice=True):
        scored(row, cast.supervisor)
        scored(row, cast.analyst)
    tally = reviewed(Review.objects.all()).everything
    assert (tally.done, tally.mean, tally.agreement.kappa) == (4, None, None)


# --- The appeal -----------------------------------------------------------------------------------
def appealed(cast, **answers: str) -> Review:
    (row,) = sampled(cast)
    row = scored(row, cast.supervisor, **answers)
    actions.appeal_review(row, actor=cast.agent, reason="已经核对过")
    return row


def test_somebody_else_decides_with_a_reason_and_the_result_follows(cast):
    row = appealed(cast, identity="no")
    assert (row.score, row.failed) == (0.0, True)
    with pytest.raises(ActionError, match="没有评过"):
        actions.decide_appeal(row, actor=cast.supervisor, answers=answered(row), reason="改")
    appeal = actions.decide_appeal(row, actor=cast.analyst, answers=answered(row), reason="记录里有")
    row.refresh_from_db()
    assert (appeal.granted, appeal.score_before, row.score, row.failed) == (True, 0.0, 1.0, False)
    assert appeal.before["identity"] == "no"
    with pytest.raises(ActionError, match="没有待决定"):
        actions.decide_appeal(row, actor=cast.administrator, answers=answered(row), reason="再来")


def test_an_appeal_that_changes_nothing_is_refused_and_the_review_stands(cast):
    row = appealed(cast, identity="no")
    appeal = actions.decide_appeal(
        row, actor=cast.administrator, answers=answered(row, identity="no"), reason="确实没有"
    )
    row.refresh_from_db()
    assert (appeal.granted, row.score) == (False, 0.0)


def test_once_in_time_and_only_by_whom_it_is_about(cast):
    (row,) = sampled(cast)
    with pytest.raises(ActionError, match="还没有完成"):
        actions.appeal_review(row, actor=cast.agent, reason="早了")
    row = scored(row, cast.supervisor)
    for other in (cast.other_agent, cast.analyst):
        with pytest.raises(ActionForbidden):
            actions.appeal_review(row, actor=other, reason="替他")
    last = clock.start_of_day(NOW.date() + dt.timedelta(days=APPEAL_DAYS + 1))
    with clock.at(last), pytest.raises(ActionError, match="申诉期到 2026-11-27 为止"):
        actions.appeal_review(row, actor=cast.agent, reason="晚了")
    with clock.at(last - dt.timedelta(seconds=1)):
        actions.appeal_review(row, actor=cast.agent, reason="不同意")
    with pytest.raises(ActionError, match="只能申诉一次"):
        actions.appeal_review(row, actor=cast.agent, reason="再来")
    assert Appeal.objects.count() == 1


def test_whoever_settled_it_does_not_decide_the_appeal(cast, second):
    (row,) = sampled(cast, twice=True)
    scored(row, cast.supervisor, tone="no")
    row = scored(row, cast.analyst)
    row = actions.settle_review(row, actor=second, answers=answered(row, tone="no"), reason="重听")
    able = (cast.supervisor, cast.analyst, second, cast.administrator, cast.agent)
    assert [user for user in able if decides_appeal(user, row)] == [cast.administrator]


def test_every_step_is_on_record(cast):
    row = appealed(cast)
    actions.decide_appeal(row, actor=cast.analyst, answers=answered(row), reason="维持")
    entries = AuditEntry.objects.filter(target_type="quality.review", target_id=str(row.pk))
    assert [(e.verb, e.actor) for e in entries] == [
        ("review.scored", cast.supervisor),
        ("review.appealed", cast.agent),
        ("review.appeal_decided", cast.analyst),
    ]
    assert (entries[0].from_state, entries[0].to_state) == ("open", "done")
    assert row.sample.week == WEEK_DRAWN
