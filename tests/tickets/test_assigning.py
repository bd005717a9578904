"""Who gets a case by rule, by pull and by hand, why not the others, and hand-overs."""

import datetime as dt

import pytest
import time_machine

from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import Leave, Role, Shift, Staffing, Team, User
from tests.tickets.factories import make_ticket
from tickets import actions, assigning, people, queries
from tickets.models import Assignment, Entry, Handover, TeamRule, Ticket
from tickets.tasks import assign_waiting, hand_over_due

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)  # a Monday, 10:00 in Shanghai


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def third(cast) -> User:
    """A second agent of the first team."""
    return User.objects.create_user("third", name="辛坐席", role=Role.AGENT, team=cast.agent.team)


def set_rule(cast, team: Team, topics: list[str]) -> TeamRule:
    fields = {"method": "least_loaded", "automatic": True, "topics": topics}
    return actions.set_team_rule(team, actor=cast.supervisor, **fields)  # type: ignore[arg-type]


@pytest.fixture
def rule(cast) -> TeamRule:
    return set_rule(cast, cast.agent.team, [])


def shifts(user: User, text: str) -> None:
    Shift.objects.bulk_create(Shift(user=user, weekday=day, spans=text) for day in range(5))


def away(user: User, last: dt.date = dt.date(2026, 3, 31)) -> None:
    Leave.objects.create(user=user, first=NOW.date(), last=last)


def by_rule(ticket: Ticket) -> User | None:
    return actions.assign_by_rule(ticket, actor=User.system("case-sweep")).assignee


def why_not(ticket: Ticket) -> dict[str, list[str]]:
    last = ticket.assignments.last()
    assert last is not None
    return {one["name"]: one["why_not"] for one in last.considered}


# --- By rule ------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_least_loaded_of_the_team_and_why_not_the_others(cast, third, rule):
    make_ticket(cast, "assigned")
    ticket = make_ticket(cast, "classified")
    assert by_rule(ticket) == third
    kept = Assignment.objects.get(ticket=ticket)
    assert (kept.how, kept.method) == ("rule", "least_loaded")
    assert why_not(ticket) == {
        "辛坐席": [],
        "丙坐席": [],
        "丁坐席": ["team"],
        "戊主管": ["role"],
    }


@pytest.mark.django_db
def test_round_robin_is_fair_whatever_the_load(cast, third, rule):
    TeamRule.objects.update(method="round_robin")
    got = [by_rule(make_ticket(cast, "classified")) for _n in range(4)]
    assert got == [cast.agent, third, cast.agent, third]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hour", "code"), [(9, None), (12, "off_duty"), (14, None), (17, "off_duty"), (23, "off_duty")]
)
def test_shifts_have_several_spans_a_day(hour, code, cast, rule, clock):
    shifts(cast.agent, "09:00-12:00 13:30-17:00")
    clock.move_to(dt.datetime(2026, 3, 2, hour - 8 if hour >= 8 else hour + 16, 30, tzinfo=dt.UTC))
    one = next(one for one in assigning.considered(make_ticket(cast)) if one.user == cast.agent)
    assert one.why_not == ((code,) if code else ())


@pytest.mark.django_db
def test_whoever_is_on_leave_full_or_without_the_skill_is_passed_over(cast, third, rule, settings):
    settings.TICKETS_PER_AGENT = 1
    away(third)
    Staffing.objects.create(user=cast.agent, skills=["fees"])
    with pytest.raises(ActionError) as refused:
        by_rule(make_ticket(cast, "classified"))
    assert refused.value.missing == [
        "丙坐席：这个主题不在擅长之列",
        "戊主管：规则只分派给客服",
        "辛坐席：休假中",
    ]
    Staffing.objects.update(skills=["overdue"])
    assert by_rule(make_ticket(cast, "classified")) == cast.agent
    with pytest.raises(ActionError) as refused:
        by_rule(make_ticket(cast, "classified"))
    assert "丙坐席：手上的案件已达上限" in refused.value.missing


@pytest.mark.django_db
def test_a_supervisor_may_set_the_soft_reasons_aside(cast):
    away(cast.other_agent)
    ticket = make_ticket(cast, "classified")
    actions.assign_ticket(ticket, actor=cast.supervisor, assignee=cast.other_agent, no_conflict=True)
    assert why_not(ticket)["丁坐席"] == ["on_leave"]


@pytest.mark.django_db
def test_topics_choose_the_team(cast, rule):
    set_rule(cast, cast.other_agent.team, ["overdue"])
    assert by_rule(make_ticket(cast, "classified", topic="overdue")) == cast.other_agent
    assert by_rule(make_ticket(cast, "classified", topic="fees")) == cast.agent


@pytest.mark.django_db
def test_the_job_assigns_what_waits_and_leaves_the_rest(cast, rule):
    first, second = make_ticket(cast, "classified"), make_ticket(cast, "classified")
    make_ticket(cast, "received")
    assert assign_waiting().done == 2
    assert assign_waiting().done == 0
    TeamRule.objects.update(automatic=False)
    make_ticket(cast, "classified")
    assert assign_waiting().done == 0
    assert {again.assignee for again in Ticket.objects.filter(pk__in=[first.pk, second.pk])} == {cast.agent}


@pytest.mark.django_db
def test_the_job_gets_past_what_no_automatic_rule_takes_and_nobody_is_free_for(cast, rule, monkeypatch):
    """Whatever is due earlier: a team's cases without such a rule, those of a team that is away."""
    monkeypatch.setattr("tickets.tasks.BATCH", 1)
    empty, plain = Team.objects.create(name="三组"), Team.objects.create(name="四组")
    set_rule(cast, empty, [])
    for team in (empty, plain, rule.team):
        mine = make_ticket(cast, "classified")
        Ticket.objects.filter(pk=mine.pk).update(team=team)
    assert assign_waiting().done == 1
    assert Ticket.objects.get(pk=mine.pk).assignee == cast.agent


# --- Conflicts of interest ----------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("how", ["text", "row"])
def test_neither_the_named_nor_their_manager_judges(how, cast):
    cast.other_agent.manager = cast.supervisor
    cast.other_agent.save()
    text = "丁坐席在电话里骂人。" if how == "text" else "你们的人在电话里骂人。"
    ticket = make_ticket(cast, "received", narrative=text)
    if how == "row":
        actions.involve_person(ticket, actor=cast.agent, person=cast.other_agent, part="named")
    conflicts = people.conflicts_of(Ticket.objects.get(pk=ticket.pk))
    assert [conflicts.code_of(user) for user in (cast.agent, cast.other_agent, cast.supervisor)] == [
        "",
        "named",
        "manager",
    ]


@pytest.mark.django_db
def test_the_collector_of_the_account_does_not_judge_and_the_reason_is_said(cast):
    ticket = make_ticket(cast, "classified")
    actions.involve_person(ticket, actor=cast.supervisor, person=cast.agent, part="collector")
    with pytest.raises(ActionError, match="此人是这笔账的催收员"):
        actions.assign_ticket(ticket, actor=cast.supervisor, assignee=cast.agent, no_conflict=True)
    with pytest.raises(ActionError, match="已经这样登记过"):
        actions.involve_person(ticket, actor=cast.supervisor, person=cast.agent, part="collector")


@pytest.mark.django_db
def test_whoever_recuses_gives_the_case_back_for_good(cast):
    ticket = make_ticket(cast, "assigned")
    actions.hand_back(ticket, actor=cast.agent, reason="投诉人是我的亲戚。", conflict=True)
    fresh = Ticket.objects.get(pk=ticket.pk)
    assert (fresh.state, fresh.assignee) == ("classified", None)
    with pytest.raises(ActionError, match="自行回避"):
        actions.assign_ticket(fresh, actor=cast.agent, assignee=cast.agent, no_conflict=True)


@pytest.mark.django_db
def test_whoever_once_held_the_original_does_not_review_it(cast, third):
    ticket = make_ticket(cast, "assigned")
    actions.reassign_ticket(ticket, actor=cast.supervisor, assignee=third, no_conflict=True)
    actions.reassign_ticket(ticket, actor=cast.supervisor, assignee=cast.agent, no_conflict=True)
    review = Ticket.objects.get(pk=make_ticket(cast).pk)
    review.review_of = ticket
    assert people.conflicts_of(review).code_of(third) == "took_part"


# --- Pull ---------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_next_that_fits_me(cast, clock, monkeypatch):
    make_ticket(cast, "classified", narrative="丙坐席骂人。")
    clock.shift(dt.timedelta(days=1))
    fitting = make_ticket(cast, "classified")
    make_ticket(cast, "classified")
    assert actions.take_next(actor=cast.agent) == fitting
    assert Assignment.objects.get(ticket=fitting).how == "taken"
    Staffing.objects.create(user=cast.agent, skills=["fees"])
    assert actions.take_next(actor=cast.agent) is None
    for _n in range(2):
        make_ticket(cast, "classified")
    fitting = make_ticket(cast, "classified", topic="fees")
    monkeypatch.setattr("tickets.actions.queue.LOOKS_AT", 1)  # what needs another skill is not looked at
    assert actions.take_next(actor=cast.agent) == fitting


@pytest.mark.django_db
def test_pulling_from_the_page(cast, client_of):
    ticket = make_ticket(cast, "classified")
    agent = client_of("agent")
    assert agent.post("/tickets/next/").url == ticket.get_absolute_url()
    page = agent.get(ticket.get_absolute_url())
    assert page.context["why"].row.how == "taken"
    assert [other.name for other in page.context["why"].others] == ["丁坐席", "戊主管"]
    assert agent.post("/tickets/next/").url == "/tickets/queue/"


@pytest.mark.django_db
def test_why_this_person_is_true_for_how_they_were_chosen(cast, third, rule, client_of):
    def said(case: Ticket) -> str:
        page = client_of("supervisor").get(case.get_absolute_url())
        return next(str(one.reasons[0]) for one in page.context["why"].others if one.name == third.name)

    given, taken = make_ticket(cast, "assigned"), make_ticket(cast, "classified")
    actions.take_next(actor=cast.agent)
    assert (said(given), said(taken)) == ("也可以，主管选了别人", "也可以，由同事先领取")
    TeamRule.objects.update(method="round_robin")
    turn = make_ticket(cast, "classified")
    assert by_rule(turn) == cast.agent  # with more cases than the third
    assert said(turn) == "可以，还没有轮到"


# --- Hand-over ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_falls_due_before_its_handler_is_back_is_offered_once(cast, third):
    ticket = make_ticket(cast, "investigating")
    assert hand_over_due().done == 0
    away(cast.agent)
    assert (hand_over_due().done, hand_over_due().done) == (1, 0)
    offer = Handover.objects.get()
    assert (offer.ticket, offer.holder, offer.reason) == (ticket, cast.agent, "leave")
    assert offer.back_on == dt.date(2026, 4, 1)
    assert "作出决定还缺" in offer.story
    assert Ticket.objects.get().assignee == cast.agent


@pytest.mark.django_db
def test_a_night_off_duty_is_no_hand_over_but_the_last_day_is(cast, clock):
    ticket = make_ticket(cast, "investigating")  # due in fifteen days
    shifts(cast.agent, "09:00-17:00")
    clock.move_to(dt.datetime(2026, 3, 3, 14, 0, tzinfo=dt.UTC))
    assert hand_over_due().done == 0
    clock.move_to(dt.datetime.combine(ticket.due_on - dt.timedelta(days=1), dt.time(14), dt.UTC))
    assert hand_over_due().done == 1
    assert Handover.objects.get().reason == "off"


@pytest.mark.django_db
def test_an_offer_ends_when_the_handler_is_back(cast, clock):
    make_ticket(cast, "investigating")
    away(cast.agent)
    hand_over_due()
    Leave.objects.all().delete()
    assert hand_over_due().done == 1
    assert Handover.objects.get().state == "ended"


@pytest.mark.django_db
def test_taking_over_and_giving_back(cast, third):
    ticket = make_ticket(cast, "investigating")
    with pytest.raises(ActionError):
        actions.take_over(ticket, actor=third, no_conflict=True)
    away(cast.agent)
    hand_over_due()
    actions.take_over(ticket, actor=third, no_conflict=True)
    fresh = Ticket.objects.get(pk=ticket.pk)
    assert (fresh.assignee, fresh.state) == (third, "investigating")
    assert "take_over" not in queries.next_steps(fresh, cast.supervisor)
    other = User.objects.create_user("fourth", name="壬坐席", role=Role.AGENT, team=third.team)
    with pytest.raises(ActionForbidden):
        actions.undo_handover(ticket, actor=other)
    actions.undo_handover(ticket, actor=third)
    assert Ticket.objects.get(pk=ticket.pk).assignee == cast.agent
    assert list(ticket.assignments.values_list("how", flat=True)) == ["given", "handed_over", "given_back"]
    verbs = Entry.objects.filter(ticket=ticket, verb__contains="hand").values_list("verb", "public")
    assert list(verbs) == [
        ("ticket.handover_offered", False),
        ("ticket.handed_over", False),
        ("ticket.handover_undone", False),
    ]


@pytest.mark.django_db
def test_the_team_sees_what_waits(cast, third, client_of):
    ticket = make_ticket(cast, "investigating")
    away(cast.agent)
    hand_over_due()
    for role, seen in (("supervisor", [ticket.number]), ("other_agent", []), ("agent", [])):
        page = client_of(role).get("/tickets/queue/")
        assert [offer.number for offer in page.context["offers"]] == seen
    page = client_of("supervisor").get(ticket.get_absolute_url())
    assert "交接的情况" in page.content.decode()
    assert (
        client_of("supervisor")
        .post(f"{ticket.get_absolute_url()}take-over/", {"no_conflict": "on"})
        .status_code
        == 302
    )


@pytest.mark.django_db
def test_the_holder_reads_that_colleagues_were_asked_and_cannot_take_over_from_themselves(cast, client_of):
    ticket = make_ticket(cast, "investigating")
    away(cast.agent)
    hand_over_due()
    case = Ticket.objects.get(pk=ticket.pk)
    assert "take_over" not in queries.next_steps(case, cast.agent)
    assert "take_over" in queries.next_steps(case, cast.supervisor)
    theirs, other = (client_of(role).get(ticket.get_absolute_url()) for role in ("agent", "supervisor"))
    assert "已请同事在您休假时接手。" in theirs.content.decode()
    assert "我来接手" not in theirs.content.decode()
    assert "已请同事在您" not in other.content.decode()
    assert "我来接手" in other.content.decode()


# --- The teams' rules ---------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_supervisor_sets_a_teams_rule(cast, client_of):
    url = f"/tickets/teams/{cast.agent.team_id}/"
    supervisor = client_of("supervisor")
    assert supervisor.post(url, {"method": "dice"}).status_code == 400
    wanted = {"method": "round_robin", "automatic": "on", "topics": ["fees", "overdue"]}
    assert supervisor.post(url, wanted).status_code == 302
    kept = TeamRule.objects.get()
    assert (kept.method, kept.automatic, kept.topics) == ("round_robin", True, ["fees", "overdue"])
    assert "轮流" in supervisor.get("/tickets/teams/").content.decode()
