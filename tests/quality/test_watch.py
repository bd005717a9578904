"""Alerts: raised once by the job, dismissed and recalled, eased, and raised again only after a new change."""

import datetime as dt

import pytest

from helpdesk.core import clock
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.jobs import JOBS
from helpdesk.core.models import AuditEntry, User
from quality import actions, queries
from quality.models import Feedback, TrendAlert
from quality.series import Series
from quality.tasks import Watched, watch_series
from quality.watched import examples
from quality.weekly import every_series, weekly
from tests.quality.rows import CSAT, alert, case, chat, local, old_chat, planned, vote
from tickets.models import Involved

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 23)
WEEK = dt.timedelta(weeks=1)
ALL_THREE = {CSAT, Series("csat"), Series("csat", "channel", "chat")}


def answers(weeks_ago: int, satisfied: int, others: int) -> None:
    """In bulk, on the Wednesday of a week."""
    day = MONDAY - weeks_ago * WEEK + dt.timedelta(days=2)
    Feedback.objects.bulk_create(
        Feedback(
            door="chat",
            conversation=old_chat(),
            score=score,
            topic="repayment",
            channel="chat",
            given_at=local(f"{day}"),
            given_on=day,
        )
        for score in [5] * satisfied + [1] * others
    )


def watch(weeks_later: int = 0) -> Watched:
    with clock.at(local(f"{MONDAY + weeks_later * WEEK}", "02:10")):
        return watch_series()


@pytest.fixture
def fallen():
    """Satisfied 9 of 10 for twenty weeks, then 4 of 10 for six."""
    for week in range(7, 27):
        answers(week, 18, 2)
    for week in range(1, 7):
        answers(week, 8, 12)


def test_the_job_is_scheduled():
    assert JOBS["quality.tasks.watch_series"].minutes == 24 * 60


def test_a_fall_is_told_once_with_its_size_and_beginning(fallen):
    assert watch() == Watched(raised=3, eased=0)
    assert watch() == Watched(raised=0, eased=0)
    assert watch(1) == Watched(raised=0, eased=0)
    found = TrendAlert.objects.get(dimension="topic")
    assert (found.series, found.since, found.until) == (CSAT, dt.date(2026, 10, 12), dt.date(2026, 11, 22))
    assert (found.shift.level_before, found.shift.level_after) == (0.9, 0.4)
    assert found.shift.chance < 1e-9
    assert {one.series for one in TrendAlert.objects.all()} == ALL_THREE
    entry = AuditEntry.objects.filter(verb="trend_alert.raised").latest("id")
    assert entry.actor == User.objects.get(username="system:trend-watch")


def test_the_running_week_does_not_count(fallen):
    answers(0, 0, 60)
    with clock.at(local("2026-11-25")):
        watch_series()
    assert TrendAlert.objects.get(dimension="topic").shift.after.n == 120


def test_quiet_series_raise_nothing():
    for week in range(1, 27):
        answers(week, 16 + week % 3, 4 - week % 3)
    assert watch() == Watched(raised=0, eased=0)


def test_a_dismissed_alert_comes_back_only_with_a_new_change(cast, fallen):
    watch()
    with clock.at(local("2026-11-24")):
        for one in TrendAlert.objects.all():
            actions.dismiss_trend_alert(one, actor=cast.analyst, reason="已知的系统故障")
    for week in range(-7, 1):  # eight weeks more on the new level
        answers(week, 8, 12)
    assert [watch(later).raised for later in range(1, 9)] == [0] * 8
    for week in range(-12, -7):  # then five worse still
        answers(week, 1, 19)
    assert watch(13).raised == 3
    newest = TrendAlert.objects.filter(dimension="topic").latest("since")
    assert (newest.since, newest.state) == (MONDAY + 8 * WEEK, "open")
    assert round(newest.shift.level_before, 2) == 0.4


def test_a_series_that_comes_back_ends_its_alert_and_is_watched_afresh(fallen):
    watch()
    for week in range(-4, 1):
        answers(week, 19, 1)
    assert watch(5) == Watched(raised=0, eased=3)
    found = TrendAlert.objects.get(dimension="topic")
    assert (found.state, found.eased_since) == ("eased", MONDAY)
    for week in range(-12, -4):
        answers(week, 18, 2)
    assert watch(13) == Watched(raised=0, eased=0)
    for week in range(-16, -12):
        answers(week, 6, 14)
    assert watch(17).raised == 3
    assert TrendAlert.objects.filter(dimension="topic").count() == 2


def test_the_same_change_is_never_raised_twice():
    first = alert()
    with pytest.raises(ActionError, match="已经提醒过"):
        alert()
    assert TrendAlert.objects.get() == first


def test_dismiss_and_recall(cast):
    one = alert()
    one = actions.dismiss_trend_alert(one, actor=cast.supervisor, reason="节日")
    assert (one.state, one.reason, one.dismissed_by) == ("dismissed", "节日", cast.supervisor)
    with pytest.raises(ActionError):
        actions.dismiss_trend_alert(one, actor=cast.analyst, reason="再来一次")
    one = actions.recall_trend_alert(one, actor=cast.analyst)
    assert (one.state, one.reason, one.dismissed_by) == ("open", "", None)


@pytest.mark.parametrize("role", ["administrator", "agent", "customer"])
def test_who_may_not_dismiss(cast, role):
    with pytest.raises(ActionForbidden):
        actions.dismiss_trend_alert(alert(), actor=cast.by_role(role), reason="节日")


def test_open_alerts_are_neither_dismissed_nor_overtaken(cast):
    alert("2026-08-03")
    new = alert("2026-10-19")
    gone = alert(series=Series("csat", "topic", "fees"))
    actions.dismiss_trend_alert(gone, actor=cast.analyst, reason="节日")
    taken = alert(series=Series("csat"))
    improvement = planned(cast, alert=taken)
    found = list(queries.open_alerts(queries.alerts_visible_to(cast.analyst)))
    assert [(one, one.improvement_id) for one in found] == [(new, None), (taken, improvement.pk)]
    actions.drop_improvement(improvement, actor=cast.analyst, reason="不做")
    found = list(queries.open_alerts(queries.alerts_visible_to(cast.analyst)))
    assert {one.improvement_id for one in found} == {None}
    assert not queries.alerts_visible_to(cast.agent).exists()


@pytest.mark.parametrize("rows", [6, 12])
def test_series_are_read_with_a_fixed_number_of_queries(cast, django_assert_num_queries, rows):
    for n in range(rows):
        case(cast, f"2026-11-{n + 9:02}", product="演示贷")
        chat(f"2026-11-{n + 9:02}")
        vote(f"2026-11-{n + 9:02}", 5)
    with clock.at(local("2026-11-23")), django_assert_num_queries(13):
        found = every_series(MONDAY - 2 * WEEK, 2)
    sums = {series: sum(week.n for week in weeks) for series, weeks in found.items()}
    assert sums[Series("volume")] == 2 * rows
    assert sums[Series("volume", "channel", "chat")] == rows
    assert sums[Series("volume", "product", "演示贷")] == rows
    assert sums[CSAT] == rows
    assert Series("volume", "cause", "") not in found


def test_a_product_that_few_cases_name_is_no_series(cast):
    """The field is free: it may hold the number of somebody's contract."""
    for n in range(4):
        case(cast, f"2026-11-1{n}", product="HT-20260001")
    with clock.at(local("2026-11-23")):
        found = every_series(MONDAY - 26 * WEEK, 26)
    assert [series for series in found if series.dimension == "product"] == []


def test_overdue_counts_cases_by_the_day_they_fell_due(cast):
    """Of four that fell due, one was decided in time, one late, one not at all; one was withdrawn."""
    with clock.at(local("2026-11-23")):
        rows = [case(cast, "2026-10-20") for _ in range(4)]
        due, cases = rows[0].due_on, type(rows[0]).objects
        cases.filter(pk=rows[0].pk).update(resolved_at=local(f"{due}", "23:30"))
        cases.filter(pk=rows[1].pk).update(resolved_at=local(f"{due + dt.timedelta(days=1)}", "00:30"))
        cases.filter(pk=rows[3].pk).update(state="withdrawn")
        (week,) = weekly(Series("overdue", "topic", "repayment"), due - dt.timedelta(days=due.weekday()), 1)
    assert (week.hits, week.n) == (2, 3)


def test_examples_are_the_worst_with_words_first(cast):
    vote("2026-11-10", 1, text="")
    vote("2026-11-11", 1, text="没有人管")
    vote("2026-11-12", 2, text="太慢")
    vote("2026-11-12", 5, text="很好")
    days = (dt.date(2026, 11, 9), dt.date(2026, 11, 22))
    shown = examples(cast.analyst, CSAT, days)["answers"]
    assert [(one.row.score, one.row.text) for one in shown] == [(1, "没有人管"), (1, ""), (2, "太慢")]


def test_examples_of_volume_are_the_gravest_and_newest(cast):
    days = (dt.date(2026, 11, 9), dt.date(2026, 11, 22))
    made = [case(cast, f"2026-11-{day}") for day in range(10, 18)]
    for row, severity in (
        (made[0], "complex"),
        (made[1], "major"),
        (made[2], "major"),
        (made[7], "ordinary"),
    ):
        type(row).objects.filter(pk=row.pk).update(severity=severity)
    chat("2026-11-18")
    wanted = [made[2].number, made[1].number, made[0].number, "", made[7].number]  # "" is the chat
    for series in (Series("volume"), Series("volume", "topic", "repayment")):
        shown = examples(cast.analyst, series, days)["arrivals"]
        assert [one.number for one in shown] == wanted


def test_examples_of_volume_are_no_more_than_five(cast):
    for n in range(7):
        case(cast, f"2026-11-1{n}", product="演示贷")
    days = (dt.date(2026, 11, 9), dt.date(2026, 11, 22))
    assert len(examples(cast.analyst, Series("volume", "topic", "repayment"), days)["arrivals"]) == 5
    assert len(examples(cast.analyst, Series("volume", "product", "演示贷"), days)["cases"]) == 5


def test_whom_a_case_is_about_is_not_shown_its_words(cast):
    about = case(cast, "2026-11-10", product="演示贷")
    Involved.objects.create(ticket=about, user=cast.supervisor, part="named", by=cast.analyst, at=clock.now())
    days = (dt.date(2026, 11, 9), dt.date(2026, 11, 22))
    for reader, shown in ((cast.analyst, [about]), (cast.supervisor, [])):
        assert examples(reader, Series("volume", "product", "演示贷"), days)["cases"] == shown
