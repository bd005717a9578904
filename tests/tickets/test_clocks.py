"""Clocks: worked dates of every pack, stops, restarts, several on a case, and telling people once a step."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core import calendar
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError
from helpdesk.core.hours import Hours, weekdays
from helpdesk.core.models import AuditEntry, CalendarYear
from quality.weekly import due_in
from tests.tickets.factories import LABELS, REFERRAL, last, make_ticket, text_file
from tests.tickets.test_letters import REFUSING
from tickets import actions, deadlines, queries
from tickets.columns import text_of
from tickets.deadlines import BadPack, Fact, parse
from tickets.deadlines.counting import _plus_months
from tickets.deadlines.explain import arithmetic
from tickets.deadlines.packs import load_delivered
from tickets.forms.letters import RequestExtensionForm
from tickets.models import Alert, Clock, ClockEvent, Escalation, RulePack, Ticket
from tickets.queue import QueueFilter, queue_counts, queue_page
from tickets.tasks import Swept, escalate_due, send_letters
from tickets.views.present import lines_of

WORKED = Path(__file__).parent / "data" / "due_dates.csv"  # by hand; blank where a year is not published
SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = calendar.delivered()["CN"]
D = dt.date.fromisoformat


def at(day: str, hour: int = 10) -> dt.datetime:
    return dt.datetime.combine(D(day), dt.time(hour), SHANGHAI)


def fact(kind: str, on: dt.date | str, n: int = 30, unit: str = "cal", **more) -> Fact:
    day = D(on) if isinstance(on, str) else on
    return Fact(kind, "p@1:m", n, unit, day, dt.datetime.combine(day, dt.time(10), SHANGHAI), **more)


def dates(standing: deadlines.Standing) -> tuple[str, str]:
    return f"{standing.due_on}", f"{standing.latest_on}"


# --- Worked dates -----------------------------------------------------------------------------


def due(rule: str, received: str) -> deadlines.Standing:
    code, milestone = rule.split(":")
    pack = deadlines.newest(code)
    found = pack.milestones[milestone]
    return deadlines.derive([fact("started", received, found.n, found.unit)], pack.calendar())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "received", "day"),
    [
        ("uk_disp:summary_resolution", "2026-11-22", "2026-11-25"),
        ("uk_disp:final_response", "2026-11-22", "2027-01-17"),
        ("uk_disp:payment_services", "2026-11-22", "2026-12-11"),
        ("uk_disp:payment_services_holding", "2026-11-22", "2027-01-13"),
        ("uk_disp:ombudsman_window", "2026-08-31", "2027-02-28"),
        ("us_cfpb:response", "2026-11-22", "2026-12-07"),
        ("us_cfpb:final_response", "2026-11-22", "2027-01-21"),
        ("hk_ic4:acknowledgement", "2026-11-22", "2026-11-29"),
        ("hk_ic4:final_response", "2026-11-22", "2026-12-22"),
        ("hk_ic4:longest", "2026-11-22", "2027-01-21"),
        ("tw_fcpa:reply", "2026-11-22", "2026-12-22"),
        ("cn_pboc_2020_5:reply_forwarded", "2026-11-22", "2026-12-07"),
        ("cn_pipl_dsr:respond", "2026-09-17", "2026-10-14"),
        ("sg_fidrec:acknowledgement", "2026-11-22", "None"),
        ("ie_cpc:final_response", "2026-11-22", "None"),
    ],
)
def test_every_pack_counts_in_its_own_way(rule, received, day):
    assert f"{due(rule, received).due_on}" == day


@pytest.mark.django_db
@pytest.mark.parametrize(
    "row", list(csv.DictReader(WORKED.read_text("utf-8").splitlines())), ids=lambda row: row["received"]
)
def test_every_worked_date(row):
    received = row["received"]
    for name in ("simple", "complex", "exceptional"):
        standing = due(f"cn_nfra_2020_3:decision_{name}", received)
        assert f"{standing.due_on}" == row[name]
        assert f"{standing.latest_on or ''}" == row[f"{name}_latest"]
    for days in (3, 7, 15):
        standing = deadlines.derive([fact("started", received, days, "wd")], CN)
        assert f"{standing.due_on or ''}" == row[f"working_{days}"]
    assert f"{due('cn_credit_dispute:written_reply', received).due_on}" == row["credit_dispute"]


@pytest.mark.django_db
def test_sixty_days_from_the_end_of_the_thirty():
    reply = due("tw_fcpa:reply", "2026-11-22").due_on
    assert f"{due('tw_fcpa:ombudsman_window', f'{reply}').due_on}" == "2027-02-20"


# --- Folding events ---------------------------------------------------------------------------


def test_a_stop_keeps_what_has_elapsed():
    facts = [fact("started", "2026-03-01"), fact("stopped", "2026-03-11")]
    stopped = deadlines.derive(facts, CN)
    assert (stopped.is_stopped, f"{stopped.due_on}") == (True, "2026-03-31")
    resumed = deadlines.derive([*facts, fact("resumed", "2026-03-21")], CN)
    assert (resumed.is_running, f"{resumed.due_on}") == (True, "2026-04-10")


def test_working_days_stop_and_go_on():
    facts = [fact("started", "2026-11-22", 10, "wd"), fact("stopped", "2026-11-25", 10, "wd")]
    facts.append(fact("resumed", "2026-12-01", 10, "wd"))
    assert f"{deadlines.derive(facts, CN).due_on}" == "2026-12-10"


def test_a_stop_after_the_due_date_changes_nothing():
    facts = [fact("started", "2026-03-01"), fact("stopped", "2026-04-10"), fact("resumed", "2026-05-01")]
    standing = deadlines.derive(facts, CN)
    assert (f"{standing.due_on}", [ignored.kind for ignored in standing.ignored]) == (
        "2026-03-31",
        ["stopped", "resumed"],
    )


@pytest.mark.parametrize(
    ("sent", "approved", "day"),
    [
        ("2026-03-30", True, "2026-04-30"),
        ("2026-03-31", True, "2026-03-31"),  # not before day 30
        (None, True, "2026-03-31"),
        ("2026-03-30", False, "2026-03-31"),
        ("2026-02-28", True, "2026-03-31"),  # before the case existed
    ],
)
def test_an_extension_needs_approval_and_a_notice_in_time(sent, approved, day):
    more = {"notice_sent_on": D(sent) if sent else None, "is_approved": approved}
    facts = [fact("started", "2026-03-01"), fact("extended", "2026-03-31", 60, **more)]
    assert f"{deadlines.derive(facts, CN).due_on}" == day


def test_new_material_starts_the_period_again_and_a_withdrawal_ends_it():
    facts = [fact("started", "2026-03-01"), fact("restarted", "2026-03-20"), fact("ended", "2026-03-25")]
    standing = deadlines.derive(facts, CN)
    assert (f"{standing.due_on}", f"{standing.ended_on}") == ("2026-04-19", "2026-03-25")


def test_another_day_of_receipt_keeps_stops_and_starts_what_had_ended():
    facts = [fact("started", "2026-09-01"), fact("stopped", "2026-09-10"), fact("resumed", "2026-09-25")]
    again = deadlines.derive([*facts, fact("ended", "2026-09-26"), fact("received", "2026-09-01")], CN)
    assert (again.is_running, f"{again.due_on}") == (True, "2026-10-16")
    assert f"{deadlines.derive([*facts, fact('received', '2026-08-30')], CN).due_on}" == "2026-10-14"


def test_business_hours():
    hours = Hours(SHANGHAI, weekdays("09:00-12:00 13:30-18:00"), CN)
    standing = deadlines.derive([fact("started", "2026-11-27", 8, "hours")], CN, hours)
    assert standing.due_at == dt.datetime(
        2026, 11, 30, 10, 30, tzinfo=SHANGHAI
    )  # Friday 10:00, 6.5 hours left


def test_a_clock_must_start_first():
    with pytest.raises(ValueError, match="must start"):
        deadlines.derive([fact("ended", "2026-03-01")], CN)
    with pytest.raises(ValueError, match="no events"):
        deadlines.derive([], CN)


def test_months_end_where_a_month_ends():
    assert [
        f"{_plus_months(D(day), n)}" for day, n in (("2026-08-31", 6), ("2027-12-31", 2), ("2026-01-15", 12))
    ] == [
        "2027-02-28",
        "2028-02-29",
        "2027-01-15",
    ]


starts = st.dates(dt.date(2006, 1, 1), dt.date(2024, 1, 1))
units = st.sampled_from(["cal", "wd"])


@settings(deadline=None)
@given(starts, units, st.integers(5, 60), st.integers(0, 4), st.integers(0, 40))
def test_a_pause_moves_the_date_by_what_it_lasted(start, unit, n, ran, paused):
    begin = fact("started", start, n, unit)
    plain = deadlines.derive([begin], CN)
    stop = start + dt.timedelta(days=ran)
    resume = stop + dt.timedelta(days=paused)
    facts = [begin, fact("stopped", stop, n, unit), fact("resumed", resume, n, unit)]
    standing = deadlines.derive(facts, CN)
    assert plain.due_on
    assert standing.due_on
    assert standing.due_on >= plain.due_on
    if unit == "cal":
        assert standing.due_on == plain.due_on + dt.timedelta(days=paused)
    else:
        elapsed = CN.between(start, stop) + CN.between(resume, standing.due_on)
        assert (elapsed, CN.is_working(standing.due_on)) == (n, True)
    days = arithmetic(standing, CN)
    assert (days[-1].on, days[-1].number) == (standing.due_on, n)
    assert [day.number for day in days if day.number] == list(range(1, n + 1))


@settings(deadline=None)
@given(starts, units, st.integers(1, 60), st.integers(1, 60))
def test_a_longer_period_is_never_due_earlier(start, unit, n, more):
    shorter = deadlines.derive([fact("started", start, n, unit)], CN)
    longer = deadlines.derive([fact("started", start, n + more, unit)], CN)
    assert shorter.due_on
    assert longer.due_on
    assert start < shorter.due_on < longer.due_on
    assert shorter.latest_on
    assert longer.latest_on
    assert shorter.due_on <= shorter.latest_on <= longer.latest_on


# --- Packs ------------------------------------------------------------------------------------

TEXT = """
id = "own_rule"
name = "自定规则"
source = "内部"
effective_from = 2026-01-01
kinds = ["complaint"]
[by_severity]
ordinary = "a"
complex = "a"
major = "a"
review = "a"
[milestones.a]
n = 10
grade = "internal"
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("id = ", "id "), "这段文字不是 TOML"),
        (('source = "内部"\n', ""), "缺少 source。"),
        (('kinds = ["complaint"]', 'kinds = ["party"]'), "没有“party”这种工单类型。"),
        (('review = "a"\n', ""), "by_severity 缺少：review。"),
        (('review = "a"', 'review = "b"'), "milestones 里没有：b。"),
        (("n = 10", "n = 0"), "a：n 应当是 1 到 3650 的整数。"),
        (('grade = "internal"', 'grade = "law"'), "a：unit 或 grade 不认识。"),
        (("n = 10", 'n = 10\nunit = "hours"'), "按营业小时计算需要 [hours]。"),
        (("2026-01-01", '"2026-01-01"'), "日期要写成 2027-01-01，不加引号。"),
        (("n = 10", "n = 10\nm = 1"), "内容的形式不对"),
        (('id = "own_rule"', 'id = "own rule"'), "只能用小写字母"),
    ],
)
def test_a_bad_pack_says_what_is_wrong(change, message):
    assert change[0] in TEXT
    with pytest.raises(BadPack) as refused:
        parse(TEXT.replace(*change))
    assert message in str(refused.value)


@pytest.mark.django_db
def test_a_new_version_times_new_cases_and_old_ones_keep_theirs(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        old = make_ticket(cast)
        RulePack.objects.create(code="own_rule", version=1, text=TEXT, note="x", at=at("2026-09-17"))
        new = make_ticket(cast)
    assert (old.due_rule, f"{old.due_on}") == ("cn_nfra_2020_3@1:decision_simple", "2026-10-02")
    assert (new.due_rule, f"{new.due_on}") == ("own_rule@1:a", "2026-09-27")
    assert deadlines.explain_deadline(old).name == "银行业保险业消费投诉处理管理办法"


@pytest.mark.django_db
def test_delivered_packs_are_loaded_once_and_never_edited():
    before = list(RulePack.objects.values_list("code", "version"))
    assert len(before) == 11
    assert load_delivered() == []
    assert list(RulePack.objects.values_list("code", "version")) == before
    with pytest.raises(TypeError):
        RulePack.objects.first().save()  # type: ignore[union-attr]


# --- On a case --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_case_has_several_clocks(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        passed_on: dict[str, Any] = {"channel": "regulator", "referral": REFERRAL}
        ticket = make_ticket(cast, **passed_on, actor=cast.agent, customer=cast.customer)
        assert list(ticket.clocks.values_list("purpose", "rule", "state")) == [
            ("case", "cn_nfra_2020_3@1:decision_simple", "running"),
            ("contact", "desk_service_level@1:first_contact", "running"),
            ("regulator", "cn_pboc_2020_5@1:reply_forwarded", "running"),
        ]
        actions.log_contact(ticket, actor=cast.agent, method="phone", text="已致电。")
    assert list(ticket.clocks.values_list("purpose", "state")) == [
        ("case", "running"),
        ("contact", "ended"),
        ("regulator", "running"),
    ]


@pytest.mark.django_db
def test_stop_and_resume(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-09-20"))
        stop: dict[str, Any] = {"stop": "external_appraisal", "reason": "委托鉴定。"}
        with pytest.raises(ActionError):
            actions.stop_deadline(ticket, actor=cast.supervisor, **stop | {"stop": "holiday"})
        actions.stop_deadline(ticket, actor=cast.supervisor, **stop)
        notice = ticket.deliveries.get()
        assert (notice.letter, notice.channel, notice.state) == ("stopped", "portal", "sent")
        with pytest.raises(ActionError):
            actions.stop_deadline(ticket, actor=cast.supervisor, **stop)
        assert ticket.main_clock.state == Clock.State.STOPPED
        assert "resume_deadline" in queries.next_steps(Ticket.objects.get(pk=ticket.pk), cast.supervisor)
        clock.move_to(at("2026-09-30"))
        ticket = actions.resume_deadline(ticket, actor=cast.supervisor, reason="鉴定结束。")
        with pytest.raises(ActionError):
            actions.resume_deadline(ticket, actor=cast.supervisor, reason="鉴定结束。")
    assert f"{Ticket.objects.get(pk=ticket.pk).due_on}" == "2026-10-12"
    event = ticket.main_clock.events.get(kind=ClockEvent.Kind.STOPPED)
    assert (event.reason_code, f"{event.notice_sent_on}", event.by) == (
        "external_appraisal",
        "2026-09-20",
        cast.supervisor,
    )


@pytest.mark.django_db
def test_a_stop_counts_from_the_day_on_which_its_email_was_sent(cast, settings):
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, REFUSING
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating", actor=Guest(), contact="jia@example.test")
        clock.move_to(at("2026-09-20"))
        actions.stop_deadline(ticket, actor=cast.supervisor, stop="external_appraisal", reason="委托鉴定。")
        send_letters()
        ticket = Ticket.objects.get(pk=ticket.pk)
        assert (f"{ticket.due_on}", ticket.due_stopped) == ("2026-10-02", False)
        taken_back = last(ticket.main_clock.events)
        assert (taken_back.kind, f"{taken_back.on}", taken_back.reason_code) == (
            "resumed",
            "2026-09-20",
            "untold",
        )
        clock.move_to(at("2026-09-22"))
        settings.EMAIL_BACKEND = working
        notice = ticket.deliveries.get(letter="stopped", channel="email")
        actions.retry_delivery(ticket, actor=cast.agent, delivery=notice)
        send_letters()
        clock.move_to(at("2026-09-30"))
        ticket = actions.resume_deadline(ticket, actor=cast.supervisor, reason="鉴定结束。")
    assert f"{ticket.due_on}" == "2026-10-10"  # 8 days
    again = ticket.main_clock.events.filter(kind="stopped").last()
    assert again
    assert (f"{again.on}", f"{again.notice_sent_on}") == ("2026-09-22", "2026-09-22")


@pytest.fixture
def stopped(cast):
    """Stopped for mediation on day 3 of 15; it is 40 days later."""
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-09-20"))
        actions.stop_deadline(ticket, actor=cast.supervisor, stop="mediation", reason="进入调解。")
        clock.move_to(at("2026-10-30"))
        yield Ticket.objects.get(pk=ticket.pk)


@pytest.mark.django_db
def test_a_stopped_clock_is_overdue_nowhere(stopped, cast, client_of):
    assert (f"{stopped.due_on}", stopped.due_stopped) == ("2026-10-02", True)
    assert not queries.is_overdue(stopped)
    assert not queue_page(cast.supervisor, QueueFilter(overdue=True)).rows
    assert queue_counts(cast.supervisor)["overdue"].number == 0
    assert "已暂停" in text_of(stopped, "due")
    pages = {
        "supervisor": [reverse("tickets:queue"), stopped.get_absolute_url()],
        "customer": [reverse("tickets:tracked", args=[stopped.number]), reverse("tickets:mine")],
    }
    for role, addresses in pages.items():
        for address in addresses:
            said = client_of(role).get(address).content.decode()
            assert "已暂停" in said
            assert "逾期 28 天" not in said
    actions.withdraw_ticket(stopped, actor=cast.customer, reason="已和解。")
    ended = Ticket.objects.get(pk=stopped.pk)
    assert (ended.is_open, ended.due_stopped) == (False, True)
    days = (D("2026-09-01"), D("2026-10-29"))
    Ticket.objects.filter(pk=stopped.pk).update(state="resolved", resolved_at=at("2026-10-29"))
    assert not due_in(days).exists()  # what was decided while the clock stood still was not late


@pytest.mark.django_db
def test_a_stopped_clock_can_be_extended_and_reclassified_and_goes_on(stopped, cast):
    """What the rules ask of a running clock before its day is asked of the clock, not of the date."""
    labels = LABELS | {"severity": "complex"}
    actions.reclassify_ticket(stopped, actor=cast.agent, reason="涉及多人。", **labels)
    assert "missed_on" not in last(stopped.entries.filter(verb="ticket.reclassified")).data
    ticket = Ticket.objects.get(pk=stopped.pk)
    assert (f"{ticket.due_on}", ticket.due_stopped) == ("2026-10-17", True)
    assert "request_extension" in queries.next_steps(ticket, cast.agent)
    asked = actions.request_extension(
        ticket, actor=cast.agent, milestone="decision_exceptional", reason="调解还在进行。"
    )
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (f"{ticket.due_on}", ticket.due_stopped) == ("2026-11-16", True)
    ticket = actions.resume_deadline(ticket, actor=cast.supervisor, reason="调解结束。")
    assert (f"{ticket.due_on}", ticket.due_stopped) == ("2026-12-26", False)  # the 40 days on top


@pytest.mark.django_db
def test_who_is_reached_by_phone_only_was_told_before_a_stop(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating", actor=cast.agent, channel="phone")
        clock.move_to(at("2026-09-20"))
        stop: dict[str, Any] = {"stop": "external_appraisal", "reason": "委托鉴定。"}
        actions.log_contact(ticket, actor=cast.agent, method="phone", text="已说明。")
        clock.move_to(at("2026-09-22"))
        for day in (None, D("2026-09-22"), D("2026-09-21"), D("2026-09-23"), D("2026-09-16")):
            with pytest.raises(ActionError):
                actions.stop_deadline(ticket, actor=cast.supervisor, notice_sent_on=day, **stop)
        actions.stop_deadline(ticket, actor=cast.supervisor, notice_sent_on=D("2026-09-20"), **stop)
    assert f"{ticket.main_clock.events.get(kind='stopped').notice_sent_on}" == "2026-09-20"


def restart(ticket: Ticket, cast, day: str) -> Ticket:
    actions.restart_deadline(ticket, actor=cast.supervisor, received_on=D(day), reason="新录音。")
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.django_db
def test_restart_from_the_receipt_of_new_material(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-09-20"))
        actions.add_customer_message(ticket, actor=cast.customer, text="我找到了录音。")
        clock.move_to(at("2026-09-22"))
        for day in ("2026-09-16", "2026-09-23"):
            with pytest.raises(ActionError):
                restart(ticket, cast, day)
        ticket = restart(ticket, cast, "2026-09-20")
    assert f"{ticket.due_on}" == "2026-10-05"
    assert [row.letter for row in ticket.deliveries.all()] == ["new_date"]
    read = [(e.text, e.data) for e in queries.timeline_of(ticket, cast.customer)][-1]
    assert read == ("新录音。", {"due_on": "2026-10-05"})


@pytest.mark.django_db
def test_a_restart_needs_something_that_came_that_day(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-09-20"))
        actions.add_evidence(ticket, actor=cast.agent, file=text_file("内部"), public=True)
        with pytest.raises(ActionError, match="没有客户的话"):
            restart(ticket, cast, "2026-09-20")
        clock.move_to(at("2026-09-21"))
        actions.add_evidence(ticket, actor=cast.customer, file=text_file("录音"))
        clock.move_to(at("2026-09-22"))
        actions.log_contact(ticket, actor=cast.agent, method="phone", text="客户说有新录音。")
        clock.move_to(at("2026-09-23"))
        assert f"{restart(ticket, cast, '2026-09-21').due_on}" == "2026-10-06"
        assert f"{restart(ticket, cast, '2026-09-22').due_on}" == "2026-10-07"


@pytest.mark.django_db
def test_a_day_that_was_missed_is_not_wiped_by_a_restart(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")  # due on 2026-10-02
        for day in ("2026-10-02", "2026-10-03"):
            clock.move_to(at(day))
            actions.add_customer_message(ticket, actor=cast.customer, text="又找到一段录音。")
        with pytest.raises(ActionError, match="仍是逾期"):
            restart(ticket, cast, "2026-10-03")
        assert f"{restart(ticket, cast, '2026-10-02').due_on}" == "2026-10-17"  # it only was recorded late


@pytest.mark.django_db
def test_a_restart_gives_no_approved_time_again(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating", severity="complex")
        asked = actions.request_extension(
            ticket, actor=cast.agent, milestone="decision_exceptional", reason="案情特别复杂。"
        )
        actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
        clock.move_to(at("2026-10-20"))
        actions.add_customer_message(ticket, actor=cast.customer, text="我找到了录音。")
        ticket = restart(ticket, cast, "2026-10-20")
    assert (ticket.due_rule, f"{ticket.due_on}") == ("cn_nfra_2020_3@1:decision_complex", "2026-11-19")


@pytest.mark.django_db
def test_a_year_that_is_not_published_is_said_on_the_case(cast):
    with time_machine.travel(at("2026-12-20"), tick=False):
        ticket = make_ticket(cast, kind="privacy_request")
        assert (ticket.due_undetermined, f"{ticket.due_on}") == (True, "2027-01-01")
        assert ticket.main_clock.due_on is None
        days = [{"date": "2027-01-01", "working": False, "name": "元旦"}]
        CalendarYear.objects.create(
            calendar="CN", year=2027, version=1, days=days, source="s", at=at("2026-12-20")
        )
        assert f"{deadlines.standing_of(ticket.main_clock).due_on}" == "2027-01-11"


# --- Telling people ---------------------------------------------------------------------------


def told() -> list[tuple[str, str]]:
    rows = Alert.objects.filter(escalation__clock__purpose="case").order_by("pk")
    return [(step, user) for step, user in rows.values_list("escalation__step", "user__username")]


@pytest.mark.django_db
def test_every_step_is_told_exactly_once(cast, django_capture_on_commit_callbacks):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        actions.log_contact(ticket, actor=cast.agent, method="phone", text="已致电。")
        steps = [
            ("2026-09-28", []),
            ("2026-09-29", [("75", "agent")]),
            ("2026-10-01", [("90", "agent"), ("90", "supervisor")]),
            ("2026-10-02", [("due", "agent"), ("due", "supervisor")]),
            ("2026-10-03", [("overdue", "agent"), ("overdue", "supervisor")]),
            ("2026-11-03", []),
        ]
        expected = []
        for day, new in steps:
            clock.move_to(at(day, 23))
            with django_capture_on_commit_callbacks(execute=True):
                for _ in range(3):
                    assert escalate_due().failed == 0
            expected += new
            assert told() == expected, day
    assert Escalation.objects.filter(clock__purpose="case").count() == 4
    assert [message.to for message in mail.outbox] == [[f"{user}@example.test"] for _step, user in expected]
    assert ticket.number in mail.outbox[0].subject
    assert "催收" not in str([message.body for message in mail.outbox])
    assert AuditEntry.objects.filter(verb="ticket.escalated").count() == 4


@pytest.mark.django_db
def test_what_was_missed_while_nothing_ran_is_recorded_each_and_told_in_one(
    cast, django_capture_on_commit_callbacks
):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-12-01"))
        with django_capture_on_commit_callbacks(execute=True):
            assert escalate_due() == Swept(1, 0)
            assert escalate_due() == Swept(0, 0)
    reached = Escalation.objects.filter(clock__purpose="case").order_by("pk")
    assert [row.step for row in reached] == ["75", "90", "due", "overdue"]
    assert [step for step, user in told() if user == "agent"] == ["overdue"]
    entries = ticket.entries.filter(verb="ticket.escalated").order_by("pk")
    assert sorted((entry.data["clock"], entry.data["step"]) for entry in entries) == [
        ("case", "overdue"),
        ("contact", "overdue"),
    ]
    assert [line.detail for line in lines_of(entries) if "首次联系" in line.detail] == [
        "已超期 · 首次联系 · 期限 2026-09-18"
    ]
    about = [message for message in mail.outbox if message.to == ["agent@example.test"]]
    assert len(about) == Alert.objects.filter(ticket=ticket, user=cast.agent).count()


@pytest.mark.django_db
def test_a_later_step_settles_what_was_not_read_about_an_earlier_one(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket, other = make_ticket(cast, "investigating"), make_ticket(cast, "investigating")
        for day in ("2026-09-29", "2026-10-01", "2026-10-03"):
            clock.move_to(at(day, 23))
            escalate_due()
    for case in (ticket, other):
        mine = Alert.objects.filter(ticket=case, user=cast.agent, escalation__clock__purpose="case")
        assert list(mine.order_by("pk").values_list("escalation__step", flat=True)) == ["75", "90", "overdue"]
        unread = mine.filter(read_at=None).values_list("escalation__step", flat=True)
        assert list(unread) == ["overdue"]


@pytest.mark.django_db
def test_a_later_due_date_has_steps_of_its_own(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-10-01", 23))
        escalate_due()
        actions.extend_deadline(ticket, actor=cast.supervisor, milestone="decision_complex", reason="复杂。")
        escalate_due()
        clock.move_to(at("2026-10-18", 1))
        escalate_due()
    rows = Escalation.objects.filter(clock__purpose="case").order_by("pk")
    assert [(row.step, f"{row.for_day}") for row in rows] == [
        ("75", "2026-10-02"),
        ("90", "2026-10-02"),
        ("75", "2026-10-17"),
        ("90", "2026-10-17"),
        ("due", "2026-10-17"),
        ("overdue", "2026-10-17"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["stop", "withdraw"])
def test_a_clock_that_does_not_run_tells_nobody(cast, end):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        if end == "stop":
            actions.stop_deadline(
                ticket,
                actor=cast.supervisor,
                stop="mediation",
                reason="调解。",
                notice_sent_on=D("2026-09-17"),
            )
        else:
            actions.withdraw_ticket(ticket, actor=cast.customer, reason="")
        clock.move_to(at("2026-12-01"))
        escalate_due()
    assert told() == []


@pytest.mark.django_db
def test_an_undetermined_date_alerts_the_supervisors(cast):
    with time_machine.travel(at("2026-12-20"), tick=False):
        ticket = make_ticket(cast, kind="privacy_request")
        assert escalate_due() == Swept(1, 0)
        assert escalate_due() == Swept(0, 0)
    assert told() == [("undetermined", "supervisor")]
    assert last(ticket.entries).verb == "ticket.escalated"
    assert [entry.verb for entry in queries.timeline_of(ticket, cast.customer)] == ["ticket.filed"]


@pytest.mark.django_db
def test_a_date_is_known_as_soon_as_its_year_is_published(cast):
    with time_machine.travel(at("2026-12-20"), tick=False):
        ticket = make_ticket(cast, kind="privacy_request")
        escalate_due()
        days = [{"date": "2027-01-01", "working": False, "name": "元旦"}]
        CalendarYear.objects.create(
            calendar="CN", year=2027, version=1, days=days, source="s", at=at("2026-12-20")
        )
        assert escalate_due() == Swept(1, 0)
        assert escalate_due() == Swept(0, 0)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.due_undetermined, f"{ticket.due_on}") == (False, "2027-01-11")


def test_who_reads_the_reason_for_more_time_is_said_as_it_is(cast):
    case = make_ticket(cast, "investigating")
    shown = RequestExtensionForm(ticket=case, user=cast.agent)["reason"].help_text
    assert shown == "只有内部能看到；客户在进度页面看到新的日期。"
    actions.reclassify_ticket(case, actor=cast.agent, reason="复杂。", **LABELS | {"severity": "complex"})
    case = Ticket.objects.get(pk=case.pk)
    assert "写进给客户的通知" in str(RequestExtensionForm(ticket=case, user=cast.agent)["reason"].help_text)
