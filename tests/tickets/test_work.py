"""Partner tasks, the contact log, the checklist and looking at evidence."""

import datetime as dt

import pytest
import time_machine

from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from tests.tickets.factories import make_ticket, text_file
from tickets import actions, queries
from tickets.actions.supplement import supplement_ticket
from tickets.checklist import Item, checklist
from tickets.models import Alert, Clock, Contact, PartnerTask, Ticket
from tickets.tasks import escalate_due

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)  # a Monday


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def ask(cast, ticket: Ticket) -> PartnerTask:
    return actions.ask_partner(ticket, actor=cast.agent, partner="某催收公司", what="请提供三月的通话录音。")


# --- Partners -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_partner_is_asked_with_a_clock_of_its_own(cast):
    ticket = make_ticket(cast, "investigating")
    task = ask(cast, ticket)
    assert (task.clock.purpose, task.clock.state) == ("partner", "running")
    assert task.clock.due_on == dt.date(2026, 3, 9)  # five working days
    assert ticket.due_on == Ticket.objects.get(pk=ticket.pk).due_on


@pytest.mark.django_db
def test_who_asked_is_reminded_when_the_partner_is_late(cast, clock):
    ticket = make_ticket(cast, "investigating")
    task = ask(cast, ticket)
    clock.move_to(NOW + dt.timedelta(days=8))
    escalate_due()
    told = Alert.objects.filter(escalation__clock=task.clock, user=cast.agent)
    assert list(told.values_list("escalation__step", flat=True)) == ["overdue"]
    assert {row.step for row in task.clock.escalations.all()} == {"75", "90", "due", "overdue"}


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", ["answered", "cancelled"])
def test_an_answer_ends_the_clock_once(outcome, cast):
    ticket = make_ticket(cast, "investigating")
    task = ask(cast, ticket)
    fields = {"actor": cast.agent, "task": task.pk, "outcome": outcome, "answer": "已提供。"}
    actions.close_partner_task(ticket, **fields)
    kept = PartnerTask.objects.get()
    assert (kept.state, kept.answer, kept.closed_by) == (outcome, "已提供。", cast.agent)
    assert Clock.objects.get(pk=task.clock_id).state == "ended"
    with pytest.raises(ActionError):
        actions.close_partner_task(ticket, **fields)


@pytest.mark.django_db
def test_a_task_of_another_case_is_not_closed_here(cast):
    task = ask(cast, make_ticket(cast, "investigating"))
    other = make_ticket(cast, "investigating")
    with pytest.raises(ActionError, match="不存在"):
        actions.close_partner_task(
            other, actor=cast.agent, task=task.pk, outcome="answered", answer="已提供。"
        )


@pytest.mark.django_db
def test_partner_tasks_on_the_pages(cast, client_of, clock):
    ticket = make_ticket(cast, "investigating")
    agent = client_of("agent")
    url = ticket.get_absolute_url()
    assert agent.post(f"{url}ask-partner/", {"partner": "某银行", "what": ""}).status_code == 400
    assert agent.post(f"{url}ask-partner/", {"partner": "某银行", "what": "请核对流水。"}).status_code == 302
    task = PartnerTask.objects.get()
    assert [row.partner for row in agent.get(url).context["tasks"]] == ["某银行"]
    assert list(agent.get("/tickets/queue/").context["late_tasks"]) == []
    clock.move_to(NOW + dt.timedelta(days=7))
    late = agent.get("/tickets/queue/").context["late_tasks"]
    assert [(row.number, row.day, row.who) for row in late] == [(ticket.number, "2026-03-09", "某银行")]
    done = {"task": task.pk, "outcome": "answered", "answer": "流水相符。"}
    assert agent.post(f"{url}close-partner-task/", done).status_code == 302
    assert list(agent.get("/tickets/queue/").context["late_tasks"]) == []
    assert client_of("customer").get(f"/tickets/track/{ticket.number}/").content.count("某银行".encode()) == 0


# --- Contacts -----------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ("reached", True),
        ("declined", True),
        ("no_answer", False),
        ("wrong_number", False),
        ("message", False),
    ],
)
def test_only_a_contact_that_reached_somebody_is_the_first(outcome, counts, cast):
    ticket = make_ticket(cast, "investigating")
    actions.log_contact(ticket, actor=cast.agent, method="phone", text="拨打。", outcome=outcome)
    assert (Ticket.objects.get(pk=ticket.pk).first_contact_at is not None) == counts


@pytest.mark.django_db
def test_whom_to_call_today(cast, client_of, clock):
    ticket = make_ticket(cast, "investigating")
    agent = client_of("agent")
    url = f"{ticket.get_absolute_url()}log-contact/"
    typed = {"method": "phone", "outcome": "no_answer", "text": "没有人接。", "next_on": "2026-03-01"}
    assert agent.post(url, typed).status_code == 409
    assert agent.post(url, typed | {"next_on": "2026-03-04"}).status_code == 302
    assert list(agent.get("/tickets/queue/").context["calls"]) == []
    clock.move_to(NOW + dt.timedelta(days=2))
    assert [call.number for call in agent.get("/tickets/queue/").context["calls"]] == [ticket.number]
    assert agent.post(url, {"method": "phone", "text": "谈过了。"}).status_code == 302
    assert list(agent.get("/tickets/queue/").context["calls"]) == []
    assert list(Contact.objects.values_list("outcome", "followed_up")) == [
        ("no_answer", True),
        ("reached", False),
    ]


# --- Checklist ----------------------------------------------------------------------------------
def of(ticket: Ticket, user: User) -> list[Item]:
    missing = queries.missing_for(ticket, "resolve")
    return checklist(ticket, queries.next_steps(ticket, user), missing, has_draft=False)


@pytest.mark.django_db
def test_the_checklist_follows_the_case_and_leads_to_the_work(cast):
    shown = {}
    for state in ("received", "classified", "assigned", "investigating", "resolved"):
        ticket = make_ticket(cast, state)
        shown[state] = [(item.label, item.done, item.href) for item in of(ticket, cast.agent)]
    assert shown == {
        "received": [("确认或排除每条警示", True, ""), ("分类", False, "#classify")],
        "classified": [("分派给没有利益冲突的人", False, "#assign")],
        "assigned": [("开始调查", False, "#investigate"), ("首次联系客户", False, "#log_contact")],
        "investigating": [
            ("首次联系客户", False, "#log_contact"),
            ("至少一份材料", False, "#add_evidence"),
            ("整改措施，或不需要整改的理由", False, "#record_correction"),
            ("处理决定草稿", False, "#draft_decision"),
        ],
        "resolved": [],
    }


@pytest.mark.django_db
def test_the_checklist_waits_for_partners_and_links_only_what_one_may_do(cast):
    ticket = make_ticket(cast, "investigating")
    ask(cast, ticket)
    items = {item.label: item for item in of(ticket, cast.agent)}
    assert items["合作机构的回复（1 项未回）"].href == "#partner-tasks"
    advice = {label for label, item in items.items() if item.is_advice}
    assert advice == {"合作机构的回复（1 项未回）", "至少一份材料"}
    assert {item.href for item in of(ticket, cast.analyst)} == {"", "#partner-tasks"}


# --- Evidence -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_file_is_looked_at_in_place_without_running(cast, client_of):
    ticket = make_ticket(cast, "investigating")
    file = actions.add_evidence(ticket, actor=cast.agent, file=text_file("<script>alert(1)</script>"))
    answer = client_of("agent").get(f"{ticket.get_absolute_url()}evidence/{file.pk}/preview/")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    file.__class__.objects.filter(pk=file.pk).update(content_type="application/pdf")
    answer = client_of("agent").get(f"{ticket.get_absolute_url()}evidence/{file.pk}/preview/")
    assert answer["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.django_db
def test_a_file_that_the_desk_had_for_itself_is_the_customers_once_they_hand_it_in(cast):
    case = make_ticket(cast, "investigating")
    kept = actions.add_evidence(case, actor=cast.agent, file=text_file("录音", "内部转写.txt"), public=False)
    own = actions.add_evidence(case, actor=cast.customer, file=text_file("录音", "我的录音.txt"))
    assert (own.pk, own.public, own.name) == (kept.pk, True, "我的录音.txt")
    told = [entry.data for entry in queries.timeline_of(case, cast.customer)]
    assert ("我的录音.txt" in str(told), "内部转写" in str(told)) == (True, False)
    with pytest.raises(ActionError, match="没有重复保存"):
        actions.add_evidence(case, actor=cast.customer, file=text_file("录音", "再来.txt"))
    inner = actions.add_evidence(case, actor=cast.agent, file=text_file("流水"), public=False)
    supplement_ticket(case, actor=cast.customer, text="附上流水。", files=[text_file("流水", "流水.txt")])
    assert [file.pk for file in queries.evidence_of(case, cast.customer)] == [own.pk, inner.pk]
