"""Presence, shifts, leave, and when people are there again."""

import datetime as dt

import pytest
from django.urls import reverse

from helpdesk.core import clock
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import Leave, Presence, Shift, Staffing, Topic
from helpdesk.core.staffing.actions import add_leave, cancel_leave, set_presence, set_shifts, set_staffing
from helpdesk.core.staffing.queries import duty

WEEK = {"day0": "09:00-12:00 13:30-18:00", "day1": "22:00-06:00"}


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=clock.business_zone())


def opening(now: str) -> str:
    at = duty(local(now)).next_opening(local(now))
    return at.astimezone(clock.business_zone()).strftime("%m-%d %H:%M") if at else ""


def test_nothing_planned_promises_nothing(db):
    assert (duty(clock.now()).is_open(clock.now()), opening("2026-06-01 10:00")) == (False, "")


@pytest.mark.parametrize(
    ("now", "back"),
    [
        ("2026-06-01 10:00", "06-01 10:00"),  # a Monday
        ("2026-06-01 12:30", "06-01 13:30"),  # the second span of a day
        ("2026-06-01 18:00", "06-08 09:00"),
        (
            "2026-09-30 18:00",
            "10-10 09:00",
        ),  # Monday 5 October is a holiday; Saturday the 10th makes up for it
    ],
)
def test_when_people_are_back(cast, now, back):
    set_shifts(cast.agent, actor=cast.supervisor, shifts={0: "09:00-12:00 13:30-18:00"})
    assert opening(now) == back


def test_leave_is_left_out_and_a_colleague_counts(cast):
    week = dict.fromkeys(range(5), "09:00-18:00")
    set_shifts(cast.agent, actor=cast.supervisor, shifts=week)
    leave = add_leave(cast.agent, actor=cast.supervisor, first=dt.date(2026, 6, 2), last=dt.date(2026, 6, 3))
    assert opening("2026-06-02 10:00") == "06-04 09:00"
    set_shifts(cast.other_agent, actor=cast.supervisor, shifts={2: "10:00-12:00"})
    assert opening("2026-06-02 10:00") == "06-03 10:00"
    cancel_leave(leave, actor=cast.supervisor)
    assert opening("2026-06-02 10:00") == "06-02 10:00"


def test_a_year_that_nobody_published_is_not_promised(cast):
    set_shifts(cast.agent, actor=cast.supervisor, shifts={0: "09:00-18:00"})
    assert opening("2049-06-02 10:00") == ""


def test_leave_may_not_overlap(cast):
    days = {"first": dt.date(2026, 6, 2), "last": dt.date(2026, 6, 3)}
    add_leave(cast.agent, actor=cast.supervisor, **days)
    with pytest.raises(ActionError):
        add_leave(cast.agent, actor=cast.supervisor, **days)
    assert Leave.objects.count() == 1


def test_presence_is_ones_own_or_the_supervisors(cast):
    set_presence(cast.agent, actor=cast.agent, presence=Presence.ON)
    set_presence(cast.agent, actor=cast.supervisor, presence=Presence.PAUSE)
    for actor in (cast.other_agent, cast.analyst, cast.customer):
        with pytest.raises(ActionForbidden):
            set_presence(cast.agent, actor=actor, presence=Presence.OFF)
    with pytest.raises(ActionError):
        set_presence(cast.analyst, actor=cast.supervisor, presence=Presence.ON)
    assert Staffing.objects.get().presence == Presence.PAUSE


def test_signing_out_is_going_off_duty(cast, client_of):
    set_presence(cast.agent, actor=cast.agent, presence=Presence.ON)
    client_of("agent").post(reverse("account_logout"))
    assert Staffing.objects.get().presence == Presence.OFF


def test_the_roster_page_edits_a_week(cast, client_of):
    boss = client_of("supervisor")
    person = reverse("core:roster_person", args=[cast.agent.pk])
    assert boss.post(reverse("core:set_shifts", args=[cast.agent.pk]), WEEK).url == person
    assert {shift.weekday: shift.spans for shift in Shift.objects.all()} == {
        0: WEEK["day0"],
        1: WEEK["day1"],
    }
    wrong = boss.post(reverse("core:set_shifts", args=[cast.agent.pk]), {"day0": "09:00-12:00 11:00-13:00"})
    assert (wrong.status_code, list(wrong.context["shifts_form"].errors)) == (400, ["day0"])
    assert b"09:00-12:00 11:00-13:00" in wrong.content  # what was typed
    boss.post(reverse("core:set_staffing", args=[cast.agent.pk]), {"capacity": "5", "skills": ["fees"]})
    staffing = Staffing.objects.get()
    assert (staffing.capacity, staffing.skills, staffing.languages) == (5, ["fees"], [])
    assert "09:00-12:00 13:30-18:00" in str(boss.get(reverse("core:roster")).content, "utf-8")


def test_the_roster_says_who_is_there_and_what_they_know(cast, client_of):
    boss = client_of("supervisor")
    set_staffing(cast.agent, actor=cast.supervisor, skills=["fees", "privacy"], languages=[], capacity=2)
    set_presence(cast.agent, actor=cast.agent, presence=Presence.ON)

    def shown() -> str:
        return str(boss.get(reverse("core:roster")).content, "utf-8")

    assert ">在岗<" in shown()
    assert all(str(Topic(name).label) in shown() for name in ("fees", "privacy"))
    Staffing.objects.update(here_until=clock.now() - dt.timedelta(minutes=1))
    assert "未上线" in shown()
    assert ">在岗<" not in shown()


def test_the_roster_costs_the_same_for_one_and_for_many(cast, client_of, django_assert_num_queries):
    boss = client_of("supervisor")
    set_staffing(cast.agent, actor=cast.supervisor, skills=[], languages=[], capacity=2)
    set_shifts(cast.agent, actor=cast.supervisor, shifts={0: "09:00-18:00"})
    boss.get(reverse("core:roster"))
    with django_assert_num_queries(QUERIES):
        boss.get(reverse("core:roster"))
    for person in (cast.other_agent, cast.supervisor):
        set_staffing(person, actor=cast.supervisor, skills=[], languages=[], capacity=2)
        set_shifts(person, actor=cast.supervisor, shifts={0: "09:00-18:00", 1: "09:00-18:00"})
    with django_assert_num_queries(QUERIES):
        boss.get(reverse("core:roster"))


QUERIES = 9  # session, person, shifts, leaves, calendar; people with their shifts and leaves; who is there
