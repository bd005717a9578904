"""Improvements: every step and its way back, who may take it, and what the figures say at the end."""

import datetime as dt
from typing import Any

import pytest

from helpdesk.core import clock
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry
from quality import actions
from quality.compared import comparison_of, confounders_of
from quality.effect import Effect
from quality.models import ImprovementAction, TakenUp
from quality.series import Series
from quality.states import ImprovementState
from tests.quality.rows import CSAT, alert, case, local, planned, vote
from tests.tickets.factories import make_ticket
from tickets.actions import record_correction

pytestmark = pytest.mark.django_db
NOW = local("2026-11-22")
TODAY = NOW.date()
ON = dt.date(2026, 10, 5)


@pytest.fixture(autouse=True)
def _now():
    with clock.at(NOW):
        yield


def brought_to(cast, state, **fields):
    """An improvement walked there."""
    row = planned(cast, **fields)
    if state == "dropped":
        return actions.drop_improvement(row, actor=cast.analyst, reason="没有人手")
    if state == "planned":
        return row
    row = actions.start_improvement(row, actor=cast.agent)
    if state == "under_way":
        return row
    row = actions.complete_improvement(row, actor=cast.agent, effective_on=ON, note="上线")
    return row if state == "done" else actions.judge_improvement(row, actor=cast.analyst, comment="保留")


GIVEN: dict[str, dict[str, Any]] = {
    "start": {},
    "complete": {"effective_on": ON, "note": "上线"},
    "judge": {"comment": "保留"},
    "drop": {"reason": "没有人手"},
    "step_back": {},
}
TABLE = {
    ("planned", "start"): "under_way",
    ("planned", "complete"): "done",
    ("planned", "drop"): "dropped",
    ("under_way", "complete"): "done",
    ("under_way", "drop"): "dropped",
    ("under_way", "step_back"): "planned",
    ("done", "judge"): "judged",
    ("done", "step_back"): "under_way",
    ("judged", "step_back"): "done",
    ("dropped", "step_back"): "planned",
}


def take(step, row, actor):
    return getattr(actions, f"{step}_improvement")(row, actor=actor, **GIVEN[step])


@pytest.mark.parametrize("step", GIVEN)
@pytest.mark.parametrize("state", ImprovementState.values)
def test_every_step_in_every_state(cast, state, step):
    row = brought_to(cast, state)
    expected = TABLE.get((state, step))
    if expected is None:
        with pytest.raises(ActionError):
            take(step, row, cast.analyst)
        assert ImprovementAction.objects.get().state == state
        return
    take(step, row, cast.analyst)
    assert ImprovementAction.objects.get().state == expected
    entry = AuditEntry.objects.filter(target_type="quality.improvementaction").latest("id")
    assert (entry.from_state, entry.to_state) == (state, expected)


def test_stepping_back_takes_what_the_step_recorded(cast):
    row = brought_to(cast, "judged")
    assert (row.effect, row.judged_by, row.judged_on) == (Effect.FEW, cast.analyst, TODAY)
    row = actions.step_back_improvement(row, actor=cast.analyst)
    assert (row.effect, row.figures, row.conclusion, row.judged_on) == ("", {}, "", None)
    assert (row.effective_on, row.done_note) == (ON, "上线")
    row = actions.step_back_improvement(row, actor=cast.agent)
    assert (row.effective_on, row.done_note) == (None, "")


def test_dropping_from_under_way_is_undone_to_under_way(cast):
    row = actions.drop_improvement(brought_to(cast, "under_way"), actor=cast.supervisor, reason="重复")
    row = actions.step_back_improvement(row, actor=cast.supervisor)
    assert (row.state, row.dropped_because) == ("under_way", "")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("supervisor", "plan start complete judge drop step_back"),
        ("analyst", "plan start complete judge drop step_back"),
        ("administrator", ""),
        ("agent", "start complete step_back"),  # who owns it
        ("other_agent", ""),
        ("customer", ""),
    ],
)
def test_who_may_do_what(cast, role, may):
    actor, got = cast.by_role(role), []
    begun = {"start": "planned", "complete": "under_way", "judge": "done", "drop": "planned"}
    for step, state in {"plan": "", **begun, "step_back": "under_way"}.items():
        try:
            if step == "plan":
                planned(cast, actor=actor)
            else:
                take(step, brought_to(cast, state), actor)
            got.append(step)
        except ActionForbidden:
            continue
    assert " ".join(got) == may


def test_an_owner_takes_back_their_own_steps_alone(cast):
    with pytest.raises(ActionError, match="主管或质检分析员"):
        actions.step_back_improvement(brought_to(cast, "judged"), actor=cast.agent)


def test_who_saved_first_wins(cast):
    row = planned(cast)
    fields = {
        "title": "新名字",
        "description": "",
        "kind": "answer",
        "owner": cast.supervisor,
        "due_on": TODAY,
        "series": Series("overdue"),
    }
    actions.edit_improvement(row, actor=cast.analyst, revision=1, **fields)
    with pytest.raises(ActionError, match="别人保存了改动"):
        actions.edit_improvement(row, actor=cast.supervisor, revision=1, **fields | {"title": "另一个"})
    kept = ImprovementAction.objects.get()
    expected = ("新名字", Series("overdue"), cast.supervisor, 2)
    assert (kept.title, kept.series, kept.owner, kept.revision) == expected


def test_a_judged_one_is_not_edited(cast):
    row = brought_to(cast, "judged")
    fields = {"title": "x", "description": "", "kind": "answer", "owner": cast.agent, "due_on": TODAY}
    with pytest.raises(ActionError, match="退回上一步"):
        actions.edit_improvement(row, actor=cast.analyst, revision=1, series=CSAT, **fields)


def test_an_effect_in_the_future_is_refused(cast):
    tomorrow = TODAY + dt.timedelta(days=1)
    with pytest.raises(ActionError, match="生效日不能晚于今天"):
        actions.complete_improvement(planned(cast), actor=cast.agent, effective_on=tomorrow, note="上线")


def test_before_four_weeks_have_passed_nothing_is_judged(cast):
    on = dt.date(2026, 10, 26)
    row = actions.complete_improvement(planned(cast), actor=cast.agent, effective_on=on, note="上线")
    with pytest.raises(ActionError, match="2026-11-23"):
        actions.judge_improvement(row, actor=cast.analyst, comment="太早")
    with clock.at(local("2026-11-23")):
        assert actions.judge_improvement(row, actor=cast.analyst, comment="够了").state == "judged"


def test_the_effect_is_that_of_the_figures(cast):
    for week in range(6):
        for n in range(5):
            vote(f"{ON - dt.timedelta(days=7 * week + 1)}", 5 if n == 0 else 1)
            vote(f"{ON + dt.timedelta(days=7 * week)}", 1 if n == 0 else 5)
    row = brought_to(cast, "judged")
    assert row.effect == Effect.BETTER
    counted = {name: row.figures[name] for name in ("weeks", "hits_before", "n_before", "hits_after")}
    assert counted == {"weeks": 6, "hits_before": 6, "n_before": 30, "hits_after": 24}
    assert (row.figures["change"], row.figures["noise"]) == (0.6, 1.0)
    assert 0.35 < row.figures["low"] < 0.6 < row.figures["high"] < 0.76


def test_the_days_are_those_of_the_business_zone(cast):
    """23:59 of the day before is before, 00:00 is after; in UTC both are the day before."""
    vote(f"{ON - dt.timedelta(days=1)}", 1, time="23:59")
    vote(f"{ON}", 5, time="00:00")
    case(cast, f"{ON - dt.timedelta(days=1)}", time="23:59")
    case(cast, f"{ON}", time="00:00")
    for series in (CSAT, Series("volume", "topic", "repayment")):
        before, after = comparison_of(series, ON).comparison.sums
        assert (before.n, after.n) == (1, 1)


def test_what_else_may_explain_it(cast):
    row = brought_to(cast, "done", alert=alert())
    same = brought_to(cast, "done", title="同一指标")
    brought_to(cast, "done", title="别的主题", series=Series("csat", "topic", "fees"))
    channel = brought_to(cast, "done", title="渠道", series=Series("csat", "channel", "web"))
    brought_to(cast, "under_way", title="还没生效")
    found = confounders_of(row, comparison_of(row.series, ON))
    assert found.others == [same, channel]
    assert found.whole is not None
    assert (found.alerted, found.whole.series, found.unclassified) == (True, Series("csat"), 0)
    case(cast, "2026-10-20")
    of_cause = brought_to(cast, "done", series=Series("volume", "cause", "pricing"))
    assert confounders_of(of_cause, comparison_of(of_cause.series, ON)).unclassified == 1
    of_all = brought_to(cast, "done", series=Series("overdue"))
    assert confounders_of(of_all, comparison_of(of_all.series, ON)).whole is None


def correction(cast, **fields):
    ticket = make_ticket(cast, "investigating")
    values = {"what": "改短信", "owner": cast.supervisor, "due_on": TODAY} | fields
    record_correction(ticket, actor=cast.agent, **values)
    return ticket.corrections.get()


def test_a_correction_is_taken_up_once_and_released(cast):
    row, other, one = planned(cast), planned(cast), correction(cast)
    actions.take_up_correction(row, actor=cast.analyst, correction=one)
    with pytest.raises(ActionError, match="已经并入"):
        actions.take_up_correction(other, actor=cast.analyst, correction=one)
    with pytest.raises(ActionError, match="不在这项措施里"):
        actions.release_correction(other, actor=cast.analyst, correction=one)
    actions.release_correction(row, actor=cast.analyst, correction=one)
    assert TakenUp.objects.count() == 0
    verbs = AuditEntry.objects.filter(target_type="quality.improvementaction", target_id=str(row.pk))
    assert list(verbs.order_by("id").values_list("verb", flat=True)) == [
        "improvement.planned",
        "improvement.correction_taken_up",
        "improvement.correction_released",
    ]


def test_what_needs_no_correction_is_not_taken_up(cast):
    one = correction(cast, what="", owner=None, due_on=None, none_because="个案")
    with pytest.raises(ActionError, match="不需要整改"):
        actions.take_up_correction(planned(cast), actor=cast.analyst, correction=one)
