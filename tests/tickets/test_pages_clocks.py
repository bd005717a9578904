"""How a due date came about, on a page; and the due date of a case that does not exist."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry
from tests.tickets.factories import REFERRAL, make_ticket
from tickets import actions
from tickets.actions.base import end_beside
from tickets.actions.clocks import open_clock
from tickets.deadlines import newest
from tickets.models import Clock, RulePack, Ticket

pytestmark = pytest.mark.django_db
RECEIVED = dt.datetime(2026, 9, 17, 2, tzinfo=dt.UTC)
ASKED = {"rule": "cn_nfra_2020_3@1:decision_simple", "received_on": "2026-09-17"}


def numbers(days) -> list[tuple[str, int | None]]:
    return [(f"{day.on:%m-%d}", day.number) for day in days]


def test_a_clock_that_has_run_out_says_so(client_of, cast):
    with time_machine.travel(RECEIVED, tick=False) as clock:
        ticket = make_ticket(cast, "classified")
        contact = dt.timedelta(days=2)  # by then nobody has called within eight hours of business
        for later, overdue in ((dt.timedelta(), 0), (contact, 1), (dt.timedelta(days=40), 2)):
            clock.move_to(RECEIVED + later)
            page = client_of("analyst").get(f"/tickets/{ticket.number}/clocks/")
            assert [part[0].is_overdue for part in page.context["parts"]].count(True) == overdue
            assert page.content.decode().count("已逾期") == overdue


def test_clocks(client_of, cast):
    with time_machine.travel(RECEIVED, tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        day, code = RECEIVED.date(), "external_appraisal"
        actions.stop_deadline(
            ticket, actor=cast.supervisor, stop=code, reason="委托鉴定。", notice_sent_on=day
        )
        clock.shift(dt.timedelta(days=2))
        actions.resume_deadline(ticket, actor=cast.supervisor, reason="鉴定结束。")
        page = client_of("analyst").get(f"/tickets/{ticket.number}/clocks/")
    explanation, days = page.context["parts"][0][:2]
    assert explanation.clock.purpose == Clock.Purpose.CASE
    assert numbers(days)[:4] == [("09-18", None), ("09-19", None), ("09-20", 1), ("09-21", 2)]
    assert numbers(days)[-1] == ("10-04", 15)
    text = page.content.decode()
    for said in (
        "银行业保险业消费投诉处理管理办法",
        "中国银保监会令 2020 年第 3 号",
        "cn_nfra_2020_3@1:decision_simple",
        "chinesecalendar",
        "暂停计时",
        "委托鉴定。",
        "2026-09-17 告知客户",
        "国庆",
        "调休上班",
        "2026-10-08",
    ):
        assert said in text, said


def test_clocks_ask_the_same_however_many_days(client_of, cast, django_assert_num_queries):
    for kind in ("complaint", "credit_report_dispute"):
        ticket = make_ticket(cast, kind=kind)
        client = client_of("analyst")
        client.get("/tickets/queue/")
        with django_assert_num_queries(8):
            client.get(f"/tickets/{ticket.number}/clocks/")


@pytest.mark.parametrize(
    ("typed", "due", "latest"),
    [
        ({}, "2026-10-02", "2026-10-08"),
        ({"stopped_on": "2026-09-20", "resumed_on": "2026-09-30"}, "2026-10-12", "2026-10-12"),
        ({"restarted_on": "2026-09-20"}, "2026-10-05", "2026-10-08"),
        ({"extended_on": "2026-09-25", "notice_sent_on": "2026-09-24"}, "2026-10-17", "2026-10-19"),
        ({"rule": "cn_pipl_dsr@1:respond"}, "2026-10-14", "2026-10-14"),
        ({"rule": "cn_pipl_dsr@1:respond", "received_on": "2026-12-20"}, "None", "None"),
    ],
)
def test_what_if(client_of, typed, due, latest):
    page = client_of("agent").get("/tickets/what-if/", ASKED | typed)
    standing = page.context["explanation"].standing
    assert (page.status_code, f"{standing.due_on}", f"{standing.latest_on}") == (200, due, latest)
    assert Clock.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"rule": "cn@1:x"}, "rule"),
        ({"received_on": "yesterday"}, "received_on"),
        ({"stopped_on": "2026-09-01"}, "stopped_on"),
        ({"resumed_on": "2026-09-30"}, "resumed_on"),
    ],
)
def test_what_if_keeps_what_was_typed_and_says_what_is_wrong(client_of, typed, field):
    page = client_of("agent").get("/tickets/what-if/", ASKED | typed)
    assert (page.status_code, list(page.context["form"].errors)) == (400, [field])
    assert page.context["form"][field].value() == typed[field]


def test_a_year_that_is_not_published_warns_on_the_case_and_in_the_queue(client_of, cast):
    with time_machine.travel(dt.datetime(2026, 12, 20, 2, tzinfo=dt.UTC), tick=False):
        ticket = make_ticket(cast, kind="privacy_request")
        client = client_of("agent")
        page = client.get(f"/tickets/{ticket.number}/").content.decode()
        assert "截止日无法确定，不早于 2027-01-01" in page
        assert "未定" in client.get("/tickets/queue/").content.decode()


# --- What can be done to each clock -----------------------------------------------------------
PACK = """
id = "with_stops"
name = "监管转办试验规则"
source = "测试"
effective_from = 2026-01-01
[milestones.reply_forwarded]
n = 15
grade = "V3"
[milestones.reply_extended]
n = 60
grade = "V3"
after = "reply_forwarded"
needs_notice = true
[stops.mediation]
name = "调解期间"
grade = "M"
[restarts.new_facts]
name = "新材料"
grade = "M"
"""


@pytest.fixture
def forwarded(cast):
    """A complaint with three more clocks, one of them by a pack that allows everything."""
    with time_machine.travel(RECEIVED, tick=False):
        passed_on: dict[str, Any] = {"channel": "regulator", "referral": REFERRAL}
        ticket = make_ticket(cast, "assigned", actor=cast.supervisor, **passed_on)
        RulePack.objects.create(code="with_stops", version=1, text=PACK, note="", at=RECEIVED)
        pack = newest("with_stops")
        rule = pack, pack.milestones["reply_forwarded"]
        open_clock(ticket, Clock.Purpose.PARTNER, rule, cast.supervisor, subject="外包商")
        yield ticket


def offered(page) -> dict[str, list[str]]:
    return {part[0].clock.purpose: [move.verb.name for move in part[2]] for part in page.context["parts"]}


def moved(client, ticket, clock, verb, **typed):
    return client.post(f"/tickets/{ticket.number}/clocks/{clock.pk}/{verb}/", typed)


def test_every_clock_offers_what_its_pack_allows(client_of, cast, forwarded):
    address = f"/tickets/{forwarded.number}/clocks/"
    assert offered(client_of("supervisor").get(address)) == {
        "case": ["extend_deadline", "stop_deadline", "restart_deadline"],
        "contact": ["stop_deadline"],
        "regulator": ["extend_deadline"],
        "partner": ["extend_deadline", "stop_deadline", "restart_deadline"],
    }
    assert {len(moves) for moves in offered(client_of("agent").get(address)).values()} == {0}


def test_another_clock_is_stopped_resumed_restarted_and_extended_by_itself(client_of, cast, forwarded):
    beside, main = forwarded.clocks.get(purpose="partner"), forwarded.main_clock
    before = (main.due_on, main.state, main.events.count())
    client = client_of("supervisor")
    day = "2026-09-17"
    actions.log_contact(forwarded, actor=cast.supervisor, method="phone", text="已说明理由。")
    typed = {"stop": "mediation", "reason": "调解。", "notice_sent_on": day}
    for verb, more in (
        ("stop-deadline", typed),
        ("resume-deadline", {"reason": "调解结束。"}),
        ("restart-deadline", {"reason": "新材料。", "received_on": day}),
        ("extend-deadline", {"reason": "复杂。", "milestone": "reply_extended", "notice_sent_on": day}),
    ):
        assert moved(client, forwarded, beside, verb, **more).status_code == 302, verb
    kinds = [event.kind for event in beside.events.all()]
    assert kinds == ["started", "stopped", "resumed", "restarted", "extended"]
    beside.refresh_from_db()
    assert (beside.rule, f"{beside.due_on}") == ("with_stops@1:reply_extended", "2026-11-16")
    main = Ticket.objects.get(pk=forwarded.pk).main_clock
    assert (main.due_on, main.state, main.events.count()) == before
    told = forwarded.entries.filter(verb__startswith="ticket.deadline_").order_by("pk")
    assert {(entry.public, entry.kind, entry.data["clock"]) for entry in told} == {(False, "note", "partner")}
    entry = AuditEntry.objects.filter(verb="ticket.deadline_extended").latest("id")
    assert entry.data["clock"] == f"tickets.Clock:{beside.pk}"
    assert Ticket.objects.get(pk=forwarded.pk).severity == "ordinary"


def test_a_refused_move_keeps_what_was_typed(client_of, cast, forwarded):
    beside = forwarded.clocks.get(purpose="partner")
    client = client_of("supervisor")
    page = moved(client, forwarded, beside, "stop-deadline", stop="mediation", reason="调解中写的话")
    told = "2026-09-17 没有联系到客户的记录"
    assert (page.status_code, told in page.content.decode()) == (409, True)
    assert "调解中写的话" in page.content.decode()
    page = moved(client, forwarded, beside, "stop-deadline", stop="holiday", reason="另一段话")
    assert (page.status_code, "另一段话" in page.content.decode()) == (400, True)
    late = {"stop": "mediation", "reason": "还没告知", "notice_sent_on": "2026-09-18"}
    page = moved(client, forwarded, beside, "stop-deadline", **late)
    assert (page.status_code, "还没告知" in page.content.decode()) == (409, True)
    page = moved(client, forwarded, beside, "resume-deadline", reason="没有停过")
    assert (page.status_code, "没有停过" in page.content.decode()) == (409, True)
    page = moved(client_of("agent"), forwarded, beside, "resume-deadline", reason="不是我的事")
    assert (page.status_code, "不是我的事" in page.content.decode()) == (403, True)
    other = make_ticket(cast).main_clock
    assert moved(client, forwarded, other, "stop-deadline", **late).status_code == 404
    assert beside.events.count() == 1


def test_an_ended_clock_does_not_move(cast, forwarded):
    beside = forwarded.clocks.get(purpose="partner")
    beside.ticket = forwarded
    end_beside(beside, cast.supervisor, "已办结。")
    with pytest.raises(ActionError, match="已经结束"):
        actions.resume_deadline(forwarded, actor=cast.supervisor, reason="再来。", clock=beside)
