"""Weekly sums: their boundaries, their gaps, and what is counted once."""

import datetime as dt

import pytest

from helpdesk.core.actors import Guest
from helpdesk.core.models import Topic
from quality import queries
from quality.figures import Tally
from quality.models import Door, Feedback
from quality.queries import Scope
from tests.quality.rows import article, case, chat, vote, votes

pytestmark = pytest.mark.django_db
TODAY = dt.date(2027, 1, 6)  # a Wednesday; its week began on 2027-01-04


def trends(scope=Scope(), weeks=8, today=TODAY):  # noqa: B008  # frozen
    return queries.trends(Feedback.objects.all(), scope, weeks, today=today)


def by_monday(found):
    return {f"{week.monday}": week.tally for week in found.weeks}


def test_weeks_end_with_the_running_one():
    found = trends()
    assert [f"{week.monday}" for week in found.weeks] == [
        "2026-11-16",
        "2026-11-23",
        "2026-11-30",
        "2026-12-07",
        "2026-12-14",
        "2026-12-21",
        "2026-12-28",
        "2027-01-04",
    ]
    assert [week.running for week in found.weeks] == [False] * 7 + [True]
    assert found.weeks[-1].until == TODAY


@pytest.mark.parametrize(("today", "until"), [("2027-01-04", "2027-01-04"), ("2027-01-10", "2027-01-10")])
def test_the_running_week_ends_today_even_on_its_first_and_last_day(today, until):
    last = trends(today=dt.date.fromisoformat(today)).weeks[-1]
    assert (f"{last.monday}", f"{last.until}", last.running) == ("2027-01-04", until, True)


def test_answers_fall_into_their_local_week_across_the_year():
    vote("2026-12-27", 1, time="23:59")  # Sunday of W52
    vote("2026-12-28", 5, time="00:00")  # Monday of W53
    vote("2027-01-03", 4, time="23:59")  # Sunday of W53
    vote("2027-01-04", 2, time="00:00")  # Monday of W01
    tallies = by_monday(trends())
    assert tallies["2026-12-21"] == Tally(answers=1, satisfied=0, points=1)
    assert tallies["2026-12-28"] == Tally(answers=2, satisfied=2, points=9)
    assert tallies["2027-01-04"] == Tally(answers=1, satisfied=0, points=2)


def test_cases_and_chats_fall_into_their_local_week(cast):
    case(cast, "2026-12-27", time="23:59")
    chat("2026-12-28", time="00:00")
    case(cast, "2027-01-03", time="23:59")
    chat("2027-01-04", time="00:00")
    assert {monday: tally.volume for monday, tally in by_monday(trends()).items() if tally.volume} == {
        "2026-12-21": 1,
        "2026-12-28": 2,
        "2027-01-04": 1,
    }


def test_the_period_before_has_the_same_number_of_days():
    found = trends()
    assert (f"{found.since}", f"{found.until}") == ("2026-11-16", "2027-01-06")
    assert (f"{found.since_before}", f"{found.until_before}") == ("2026-09-21", "2026-11-11")
    vote("2026-09-20", 5)  # the day before
    vote("2026-09-21", 5)
    vote("2026-11-11", 1)
    vote("2026-11-12", 5)  # between the two periods
    vote("2026-11-15", 5)
    assert trends().before == Tally(answers=2, satisfied=1, points=6)
    assert trends().now == Tally()


def test_the_periods_border_is_a_local_midnight(cast):
    case(cast, "2026-11-15", time="23:59")
    assert trends().now.volume == 0
    case(cast, "2026-11-16", time="00:00")
    assert trends().now.volume == 1


def test_a_week_without_answers_is_a_gap():
    vote("2026-12-01", 5)
    gaps = [monday for monday, tally in by_monday(trends()).items() if tally.csat is None]
    assert len(gaps) == 7
    assert "2026-11-30" not in gaps


def test_a_chat_that_became_a_case_counts_once(cast):
    ticket = case(cast, "2026-12-02", channel="chat")
    assert trends().now.volume == 1
    chat("2026-12-02", ticket=ticket)
    assert trends().now.volume == 1


def test_spam_is_no_chat(cast):
    chat("2026-06-03")
    chat("2026-06-03", topic="fees", spam=True)
    assert queries.volume_in(Scope(), (dt.date(2026, 6, 1), dt.date(2026, 6, 7))).count() == 1


def test_topics_are_kept_apart_and_add_up(cast):
    votes("2026-12-01", [5, 5, 1], "repayment")
    votes("2026-12-08", [4], "overdue")
    case(cast, "2026-12-01", "overdue")
    found = trends()
    rows = {row.topic: row.change.now for row in found.topics}
    assert rows[Topic.REPAYMENT] == Tally(answers=3, satisfied=2, points=11)
    assert rows[Topic.OVERDUE] == Tally(volume=1, answers=1, satisfied=1, points=4)
    assert found.now == Tally(volume=1, answers=4, satisfied=3, points=15)
    assert {row.topic for row in found.topics} == set(Topic)


@pytest.mark.parametrize(
    ("scope", "volume", "answers"),
    [
        (Scope(), 3, 2),
        (Scope(topic="overdue"), 1, 1),
        (Scope(door=Door.ARTICLE), 0, 3),
        (Scope(door=Door.TICKET), 2, 1),
        (Scope(door=Door.CHAT), 1, 1),
        (Scope(channel="web"), 1, 1),
        (Scope(channel="phone"), 1, 0),
        (Scope(channel="chat"), 1, 1),
        (Scope(topic="repayment", channel="web"), 0, 0),
    ],
)
def test_filters_apply_to_answers_and_volume(cast, scope, volume, answers):
    about = case(cast, "2026-12-01", "overdue")
    vote("2026-12-01", 5, "overdue", door="ticket", conversation=None, ticket=about, channel="web")
    for _n in range(3):
        vote("2026-12-01", 1, door="article", conversation=None, article=article(), channel="web")
    case(cast, "2026-12-02", actor=cast.agent, channel="phone")
    conversation = chat("2026-12-03")
    vote("2026-12-03", 4, conversation=conversation, channel="chat")
    found = trends(scope).now
    assert (found.volume, found.answers) == (volume, answers)


def test_three_queries_at_any_length(cast, django_assert_num_queries):
    case(cast, "2026-12-01")
    votes("2026-12-01", [5])
    with django_assert_num_queries(3):
        trends()
    for n in range(1, 29):
        votes(f"2026-11-{n:02}", [5, 1], ["overdue", "fees"][n % 2])
        chat(f"2026-11-{n:02}")
    with django_assert_num_queries(3):
        trends(weeks=52)


def test_only_those_who_watch_quality_see_feedback(cast):
    vote("2026-12-01", 5)
    seen = {
        role: queries.feedback_visible_to(cast.by_role(role)).count()
        for role in ("customer", "agent", "supervisor", "analyst", "administrator")
    }
    assert seen == {"customer": 0, "agent": 0, "supervisor": 1, "analyst": 1, "administrator": 1}
    assert queries.feedback_visible_to(Guest()).count() == 0


def test_volume_lists_cases_and_chats_newest_first(cast):
    ticket = case(cast, "2026-12-02")
    conversation = chat("2026-12-03", "fees")
    rows = list(queries.volume_in(Scope(), (dt.date(2026, 12, 1), dt.date(2026, 12, 5))))
    assert [(row["door"], row["topic"], row["via"]) for row in rows] == [
        ("chat", "fees", "chat"),
        ("ticket", "repayment", "web"),
    ]
    assert rows[1]["key"] == ticket.number
    assert rows[0]["key"].replace("-", "") == conversation.pk.hex
