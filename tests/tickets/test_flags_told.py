"""Red flags: raised by whatever a customer writes, as often as they do, and told to somebody who is there."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django_q.signing import SignedPackage

from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import AuditEntry, Leave, Role, Shift, User
from tests.tickets.factories import answer_flags, guest_of, make_ticket
from tickets import actions, people
from tickets.models import Alert, RedFlag, Ticket
from tickets.tasks import escalate_flags_due
from tickets.today import today_of

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)  # a Monday, 11:00 in China
JUMP = "我今晚就从楼上跳下去"
DANGER = "天天被催，我真的不想活了"
NIGHT = "昨晚十一点半催收员又打电话来催"
HARSH = f"{NIGHT}，一开口就骂人"


def through_the_queue(call, *args):
    """As a worker gets it: out of a package that was signed and stored."""
    call, args = SignedPackage.loads(SignedPackage.dumps((call, args)))
    call(*args)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def second(cast) -> User:
    """A supervisor of the other team."""
    return supervisor("second", "辛主管", cast.other_agent.team)


def supervisor(username, name, team=None) -> User:
    email = f"{username}@example.test"
    return User.objects.create_user(username, email, name=name, role=Role.SUPERVISOR, team=team)


def told(ticket, **which) -> list[tuple[str, str]]:
    rows = Alert.objects.filter(ticket=ticket, read_at=None, **which).order_by("pk")
    return [(row.user.name, row.detail) for row in rows.select_related("user")]


def flag_of(ticket, code="RF13") -> RedFlag:
    flag: RedFlag = ticket.red_flags.get(code=code)
    return flag


def verbs_of(ticket) -> list[str]:
    return [entry.verb for entry in ticket.entries.order_by("pk")]


# --- Raised again -----------------------------------------------------------------------------
@pytest.mark.parametrize("verdict", ["dismissed", "confirmed"])
def test_what_was_answered_is_open_again_with_the_new_words(cast, client_of, clock, verdict):
    ticket = make_ticket(cast, "investigating", narrative=DANGER)
    RedFlag.objects.filter(ticket=ticket).update(state=verdict)
    Alert.objects.all().delete()
    clock.shift(dt.timedelta(hours=5))
    actions.add_customer_message(ticket, actor=cast.customer, text=JUMP)
    flag = flag_of(ticket)
    assert (flag.state, flag.owner, flag.reviewed_by, flag.reviewed_at) == (
        "open",
        cast.supervisor,
        None,
        None,
    )
    assert flag.raised_at == NOW + dt.timedelta(hours=5)
    assert all(word in JUMP for word in flag.words)
    assert set(told(ticket, kind="red_flag")) == {("戊主管", "RF13"), ("丙坐席", "RF13")}
    assert verbs_of(ticket).count("ticket.red_flags_raised_again") == 1
    page = client_of("supervisor").get(ticket.get_absolute_url())
    lines = [(line.heading, line.detail) for line in page.context["lines"]]
    assert ("看过警示", "自伤或轻生风险 · 已确认") in lines  # the earlier answer
    assert ("警示再次出现", "自伤或轻生风险 · 交给戊主管，请马上处理。") in lines


def test_what_nobody_has_answered_gets_the_new_words_and_is_told_once(cast):
    ticket = make_ticket(cast, narrative=DANGER)
    before = flag_of(ticket)
    actions.add_customer_message(ticket, actor=cast.customer, text=JUMP)
    flag = flag_of(ticket)
    assert len(flag.words) > len(before.words)
    assert set(before.words) < set(flag.words)
    assert len(told(ticket, kind="red_flag")) == 1
    assert "ticket.red_flags_raised_again" not in verbs_of(ticket)


def reopen(ticket, cast):
    actions.reopen_ticket(ticket, actor=cast.customer, reason=JUMP)


def withdraw(ticket, cast):
    actions.withdraw_ticket(ticket, actor=cast.customer, reason=JUMP)


def answer(ticket, cast):
    actions.give_feedback(ticket, actor=cast.customer, score=1, resolved=False, text=JUMP)


@pytest.mark.parametrize(
    ("state", "say"),
    [("resolved", reopen), ("closed", reopen), ("investigating", withdraw), ("resolved", answer)],
)
def test_whatever_a_customer_writes_about_a_case_is_read(cast, state, say):
    ticket = make_ticket(cast, state)
    say(ticket, cast)
    assert (flag_of(ticket).state, flag_of(ticket).owner) == ("open", cast.supervisor)


def test_the_fields_of_a_kind_are_read_and_what_was_chosen_is_not(cast):
    details = {"record": "2025 年的一笔", "reported_on": "2026-01-05", "truth": f"不是我借的，{JUMP}"}
    ticket = make_ticket(cast, kind="credit_report_dispute", narrative="征信上的记录不对。", details=details)
    assert flag_of(ticket).state == "open"
    chosen = {"wish": "lower", "cause": "illness", "payable": ""}
    assert not make_ticket(cast, kind="hardship_request", details=chosen).red_flags.exists()


# --- P0 ---------------------------------------------------------------------------------------
def test_whoever_is_at_work_is_asked_before_whoever_has_fewer_cases(cast, second):
    Ticket.objects.filter(pk=make_ticket(cast).pk).update(assignee=second)
    Leave.objects.create(user=cast.supervisor, first=NOW.date(), last=NOW.date())
    ticket = make_ticket(cast, narrative=DANGER)
    assert (flag_of(ticket).owner, told(ticket)) == (second, [("辛主管", "RF13")])


def test_where_nobody_is_at_work_all_of_them_hear(cast, second):
    for person in (cast.supervisor, second):
        Shift.objects.create(user=person, weekday=4, spans="09:00-18:00")  # Fridays
    ticket = make_ticket(cast, narrative=DANGER)
    assert sorted(told(ticket)) == [("戊主管", "RF13"), ("辛主管", "RF13")]
    assert flag_of(ticket).owner in (cast.supervisor, second)


def test_where_no_supervisor_may_the_administrators_hear(cast, client_of):
    ticket = make_ticket(cast, narrative=f"{cast.supervisor.name}逼我，我不想活了")
    assert (flag_of(ticket).owner, told(ticket)) == (None, [("庚管理", "RF13")])
    page = client_of("administrator").get(reverse("tickets:alerts"))
    assert [row.ticket for row, _said in page.context["rows"]] == [ticket]
    assert client_of("administrator").get(ticket.get_absolute_url()).status_code == 200


def test_a_letter_names_the_case_and_nothing_of_it(cast, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("tickets.actions.flags.async_task", through_the_queue)
    with django_capture_on_commit_callbacks(execute=True):
        ticket = make_ticket(cast, narrative=DANGER)
        make_ticket(cast, narrative=HARSH)  # P1: no letter
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([cast.supervisor.email], f"{ticket.number}：紧急警示")
    assert "不想活" not in letter.body


def test_what_nobody_takes_up_is_told_again_once_a_step(cast, second, clock):
    ticket = make_ticket(cast, narrative=DANGER)
    assert (len(told(ticket)), escalate_flags_due().done) == (1, 0)
    for minutes, who in ((10, {"戊主管", "辛主管"}), (20, {"戊主管", "辛主管", "庚管理"})):
        clock.shift(dt.timedelta(minutes=minutes))
        assert [escalate_flags_due().done for _time in range(3)] == [1, 0, 0]
        assert sorted(told(ticket)) == sorted((name, "RF13") for name in who)  # the earlier ones are settled
    clock.shift(dt.timedelta(days=3))
    assert escalate_flags_due().done == 0
    assert verbs_of(ticket).count("ticket.red_flags_escalated") == 2
    assert AuditEntry.objects.filter(verb="ticket.red_flags_escalated").count() == 2
    with pytest.raises(ActionForbidden):
        actions.escalate_flags(ticket, actor=cast.supervisor)


def test_after_an_outage_the_last_step_says_it_all(cast, second, clock):
    ticket = make_ticket(cast, narrative=DANGER)
    clock.shift(dt.timedelta(hours=9))
    assert [escalate_flags_due().done for _time in range(2)] == [1, 0]
    assert [name for name, _detail in sorted(told(ticket))] == ["庚管理", "戊主管", "辛主管"]
    assert verbs_of(ticket).count("ticket.red_flags_escalated") == 1


def test_an_answer_ends_it_and_new_words_begin_anew(cast, second, clock):
    ticket = make_ticket(cast, narrative=DANGER)
    actions.review_flag(ticket, actor=second, flag="RF13", verdict="dismissed")
    assert told(ticket, kind="red_flag") == []  # nobody has to look any more
    clock.shift(dt.timedelta(minutes=15))
    assert escalate_flags_due().done == 0
    actions.add_customer_message(ticket, actor=cast.customer, text=JUMP)
    assert escalate_flags_due().done == 0
    clock.shift(dt.timedelta(minutes=10))
    assert escalate_flags_due().done == 1


def test_urgent_ones_stand_above_the_queue_of_every_supervisor_who_may(cast, second, client_of):
    ticket = make_ticket(cast, narrative=f"冒用我名字借的钱，{DANGER}")
    boss = supervisor("boss", "壬经理")
    cast.other_agent.manager = boss
    cast.other_agent.save()
    about = make_ticket(cast, narrative=f"{second.name}和{cast.other_agent.name}逼我，我不想活了")
    merged = make_ticket(cast, narrative=f"{cast.supervisor.name}也在场。")
    actions.merge_ticket(merged, actor=second, into=ticket, same_person=True)
    seen = {
        user: [one.number for one in today_of(user).lists["urgent"]]
        for user in (cast.supervisor, second, boss)
    }
    assert seen == {cast.supervisor: [about.number], second: [ticket.number], boss: [ticket.number]}
    for case in (ticket, about):
        for user, numbers in seen.items():
            assert (case.number in numbers) == (people.conflict_of(case, user) == "")
    (line,) = today_of(second).lists["urgent"]
    assert (line.who, line.why) == ("戊主管", "冒名借款、被骗或盗刷、自伤或轻生风险")
    text = client_of("supervisor").get(reverse("tickets:queue")).content.decode()
    assert "请您马上处理" in text
    assert today_of(cast.agent).lists["urgent"] == []


# --- P1 ---------------------------------------------------------------------------------------
def test_what_is_for_today_reaches_the_handler_and_the_supervisors_of_the_team(cast, second):
    ticket = make_ticket(cast, "investigating")
    actions.add_customer_message(ticket, actor=cast.customer, text=HARSH)
    assert told(ticket, kind="red_flag") == [("丙坐席", "RF01,RF04"), ("戊主管", "RF01,RF04")]
    lists = {
        user.name: [one.number for one in today_of(user).lists["flags"]]
        for user in (cast.agent, cast.supervisor)
    }
    assert lists == {"丙坐席": [ticket.number], "戊主管": [ticket.number]}
    assert [today_of(user).lists["flags"] for user in (second, cast.other_agent, cast.analyst)] == [
        [],
        [],
        [],
    ]


def test_it_is_listed_until_it_is_answered(cast, client_of):
    ticket = make_ticket(cast, "investigating")
    actions.add_customer_message(ticket, actor=cast.customer, text=HARSH)
    agent = client_of("agent")
    assert (
        "警示：夜间催收、威胁、恐吓或侮辱，请在今天确认或排除"
        in agent.get(reverse("tickets:queue")).content.decode()
    )
    actions.review_flag(ticket, actor=cast.agent, flag="RF01", verdict="confirmed")
    assert [one.why for one in today_of(cast.agent).lists["flags"]] == ["威胁、恐吓或侮辱"]
    answer_flags(cast, ticket)
    assert today_of(cast.agent).lists["flags"] == []


@pytest.mark.parametrize(("cases", "folded"), [(3, 0), (5, 2)])
def test_many_of_them_leave_room_for_the_queue(cast, client_of, cases, folded):
    for _case in range(cases):
        ticket = make_ticket(cast, "investigating")
        actions.add_customer_message(ticket, actor=cast.customer, text=HARSH)
    page = client_of("agent").get(reverse("tickets:queue")).content.decode()
    shown, _, more = page.partition('id="today"')[2].partition("</section>")[0].partition("<details>")
    assert (shown.count("#suggestion"), more.count("#suggestion")) == (3, folded)
    assert (f"还有 {folded} 件有警示" in more) == (folded > 0)


def test_a_case_of_no_team_is_every_supervisors(cast, second):
    ticket = make_ticket(cast, narrative=HARSH)
    assert [name for name, _detail in told(ticket)] == ["戊主管", "辛主管"]
    assert [one.number for one in today_of(second).lists["flags"]] == [ticket.number]


def test_when_its_day_is_over_it_is_told_again(cast, clock):
    ticket = make_ticket(cast, narrative=HARSH)
    clock.move_to(dt.datetime(2026, 3, 2, 15, 59, tzinfo=dt.UTC))
    assert escalate_flags_due().done == 0
    clock.move_to(dt.datetime(2026, 3, 2, 16, 0, tzinfo=dt.UTC))  # midnight in China
    assert [escalate_flags_due().done for _time in range(2)] == [1, 0]
    assert told(ticket) == [("戊主管", "RF01,RF04")]


def test_what_waits_today_costs_the_same_at_1_and_at_5_cases(cast, django_assert_num_queries):
    def flagged() -> None:
        case = make_ticket(cast, narrative=f"{HARSH}，{DANGER}")
        Ticket.objects.filter(pk=case.pk).update(assignee=cast.supervisor)

    flagged()
    with django_assert_num_queries(2):
        assert len(today_of(cast.supervisor).lists["urgent"]) == 1
    for _case in range(4):
        flagged()
    with django_assert_num_queries(2):
        found = today_of(cast.supervisor).lists
    assert (len(found["urgent"]), len(found["flags"])) == (5, 5)


def test_who_keeps_off_several_cases_keeps_off_each(cast, second, django_assert_num_queries):
    cast.other_agent.manager = second
    cast.other_agent.save()
    by_text = make_ticket(cast, narrative=f"{cast.other_agent.name}骂人。")
    by_row = make_ticket(cast)
    actions.involve_person(by_row, actor=cast.supervisor, person=second, part="collector")
    decided = make_ticket(cast, "resolved")
    review = actions.request_review(decided, actor=guest_of(decided), reason="不同意。")
    merged = make_ticket(cast, narrative=f"{cast.supervisor.name}骂人。")
    survivor, other = make_ticket(cast), make_ticket(cast, "resolved", narrative=f"{second.name}骂人。")
    actions.merge_ticket(merged, actor=second, into=survivor, same_person=True)
    further = actions.request_review(other, actor=guest_of(other), reason="不同意。")
    cases = [by_text, by_row, decided, review, merged, survivor, further]
    for user in User.objects.filter(role__in=(Role.AGENT, Role.SUPERVISOR)):
        with django_assert_num_queries(2):
            together = people.kept_off(user, [case.pk for case in cases])
        assert together == {case.pk for case in cases if people.conflict_of(case, user)}, user
