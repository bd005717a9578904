"""No page of the desk asks more than twelve times, session and user included, whatever is on it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Conversation
from helpdesk.core import clock
from helpdesk.core.models import Leave, Shift, Team, User
from tests.tickets.factories import DECISION, make_ticket, text_file
from tickets import actions, whole
from tickets.assigning import Away
from tickets.models import Delivery, PlanRequest, SavedView, Ticket
from tickets.tasks import escalate_due

pytestmark = pytest.mark.django_db
MOST = 12
TODAY = clock.today()
REFERRAL = {"authority": "某监管局", "number": "(2026)12号", "due_on": TODAY + dt.timedelta(days=20)}


def everything(cast) -> Ticket:
    """A case at work with at least two of all that a case can have; the agent handles it."""
    who = {
        "name": "代理人",
        "contact": "13900000000",
        "relation": "family",
        "answer_to": "both",
        "authorisation": text_file("授权", "auth.txt"),
    }
    group = [{"name": f"成员{n}", "contact": "", "speaks": n < 2} for n in range(3)]
    case = make_ticket(
        cast,
        "investigating",
        severity="major",
        kind="hardship_request",
        narrative="催收说要找我母亲，还威胁我。孩子重病，活不下去了。",
        details={"wish": "lower", "cause": "illness", "payable": "800"},
        represented_by=who,
        group=group,
        referral=REFERRAL,
    )
    PlanRequest.objects.create(
        ticket=case,
        loan="MC-100001",
        wish="lower",
        cause="illness",
        payable=Decimal(800),
        figures={"as_of": "2026-03-02T04:00:00+00:00"},
    )
    agent, supervisor = cast.agent, cast.supervisor
    for n in range(2):
        actions.add_evidence(case, actor=agent, file=text_file(f"录音 {n}"), public=bool(n))
        actions.ask_partner(case, actor=agent, partner=f"机构 {n}", what="请提供录音。")
        actions.log_contact(
            case, actor=supervisor, method="phone", text="已联系", next_on=TODAY + dt.timedelta(days=9)
        )
        actions.propose_redress(
            case, actor=agent, kind="refund", amount=Decimal(9_000), due_on=TODAY + dt.timedelta(days=30)
        )
        actions.record_correction(
            case,
            actor=agent,
            what=f"改进 {n}",
            owner=(agent, supervisor)[n],
            due_on=TODAY + dt.timedelta(days=30),
        )
        actions.complete_step(case, actor=(agent, supervisor)[n], step="terms_recorded", text="同意。")
        other = make_ticket(cast, narrative=f"另一件 {n}", actor=cast.customer)
        actions.link_ticket(case, actor=agent, other=other)
        merged = make_ticket(cast, narrative=f"同一件 {n}", kind=case.kind, actor=cast.customer)
        actions.add_evidence(merged, actor=supervisor, file=text_file(f"并入 {n}"), public=True)
        actions.merge_ticket(merged, actor=supervisor, into=case, same_person=True)
        actions.split_ticket(
            case, actor=agent, kind="enquiry", topic="fees", narrative=f"拆出 {n}", request="请说明。"
        )
        Ticket.objects.filter(pk=make_ticket(cast).pk).update(review_of=case)
        now = clock.now()
        Conversation.objects.create(ticket=case, deletion=case, token_hash=f"{n:064d}", created_at=now)
        actions.involve_person(
            case, actor=supervisor, person=cast.other_agent, part=("named", "collector")[n]
        )
    outcome = {"outcome": "granted", "sent_through": "email"}
    draft = actions.draft_decision(case, actor=agent, **DECISION | outcome)
    for n in range(2):
        letter = Delivery.objects.create(
            ticket=case,
            decision=draft,
            letter="decision",
            channel="email",
            to="a@…",
            by=(agent, supervisor)[n],
            created_at=clock.now(),
        )
        letter.fail()
        letter.save()
    actions.offer_handover(case, actor=User.system("case-sweep"), away=Away("leave", None))
    return Ticket.objects.get(pk=case.pk)


@pytest.fixture
def full(cast) -> Ticket:
    """A desk where every list has rows, and the case that has everything."""
    for person in (cast.agent, cast.other_agent, cast.supervisor):
        Shift.objects.create(user=person, weekday=0, spans="09:00-18:00")
        Leave.objects.create(user=person, first=TODAY, last=TODAY)
    cast.other_agent.manager = User.objects.create_user("manager", name="壬经理", role="supervisor")
    cast.other_agent.save()
    for team in Team.objects.all():
        actions.set_team_rule(team, actor=cast.supervisor, method="least_loaded", automatic=False, topics=[])
    case = everything(cast)
    for owner in (cast.agent, cast.supervisor):
        for n in range(20):
            SavedView.objects.create(owner=owner, name=f"视图 {n}", filters={"topic": "fees", "text": "合同"})
    with clock.at(clock.now() + dt.timedelta(days=400)):
        escalate_due()  # alerts
    return case


def asked(client, address: str, headers=None) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    return [query["sql"] for query in queries]


PAGES = {
    "tickets:queue": ["agent", "supervisor", "analyst"],
    "tickets:todo": ["agent", "supervisor"],
    "tickets:alerts": ["agent", "supervisor"],
    "tickets:unread_alerts": ["agent"],
    "tickets:log": ["agent"],
    "tickets:teams": ["supervisor"],
    "tickets:learning": ["supervisor"],
    "tickets:wordings": ["supervisor"],
    "tickets:calendars": ["administrator"],
    "tickets:packs": ["administrator"],
    "tickets:what_if": ["agent"],
    "tickets:new_view": ["agent"],
}
OF_THE_CASE = [
    *("", "?do=record_correction", "?do=draft_decision", "?do=involve", "?do=split", "?part=duplicates"),
    *("clocks/", "letter/"),
]
PARTS = ["?do=reply", "?do=draft_decision", "?do=reassign", "?part=duplicates", "?part=history", ""]


def test_no_page_of_the_desk_asks_more(full, client_of):
    over: dict[tuple[str, str], list[str]] = {}
    for role in ("agent", "supervisor", "analyst", "administrator"):
        client = client_of(role)
        pages = [reverse(name) for name, roles in PAGES.items() if role in roles]
        pages += [f"{full.get_absolute_url()}{more}" for more in OF_THE_CASE]
        client.get(pages[0])
        over |= {(role, page): found for page in pages if len(found := asked(client, page)) > MOST}
        parts = [f"{full.get_absolute_url()}{more}" for more in PARTS]
        fetched = {part: asked(client, part, {"hx-request": "true"}) for part in parts}
        over |= {(role, part): queries for part, queries in fetched.items() if len(queries) > MOST}
    assert over == {}


def test_opening_a_case_with_news_of_the_customer_asks_no_more(full, cast, client_of):
    """Whoever was told has looked now, and is not kept waiting while that is written down."""
    client = client_of("agent")
    client.get(full.get_absolute_url())
    actions.add_customer_message(full, actor=cast.customer, text="有了新的录音。")
    assert full.alerts.filter(kind="message", read_at=None, user=cast.agent).exists()
    assert len(asked(client, full.get_absolute_url())) <= MOST


def test_whom_to_give_a_review_of_a_review_to(full, cast, client_of):
    """The page on which everybody of the desk is considered, with all who took part before."""
    first, second, third = (make_ticket(cast, "classified", narrative=f"第 {n} 次") for n in range(3))
    Ticket.objects.filter(pk=second.pk).update(review_of=first)
    Ticket.objects.filter(pk=third.pk).update(review_of=second)
    client = client_of("supervisor")
    client.get(third.get_absolute_url())
    assert len(asked(client, third.get_absolute_url())) == MOST


def test_each_reader_sees_of_what_is_tied_what_they_may(cast):
    """The statement is the same for every case and everybody of a role."""
    case, hidden = make_ticket(cast, "assigned"), make_ticket(cast, "assigned")
    actions.link_ticket(case, actor=cast.supervisor, other=hidden)
    for reader, sees in ((cast.supervisor, True), (cast.agent, True), (cast.other_agent, False)):
        for one, others in ((case, {hidden.pk}), (hidden, {case.pk})):
            read = whole.load(Ticket.objects.get(pk=one.pk), reader)
            assert read.whole
            assert set(read.whole.tied) == (others if sees else set())
            assert {entry.ticket_id for entry in read.entries.all()} == {one.pk}


def test_a_case_read_whole_is_the_case_read_part_by_part(full, cast):
    read = whole.load(Ticket.objects.get(pk=full.pk), cast.supervisor)
    for name in whole.BELONGS:
        rows, stored = list(getattr(read, name).all()), list(getattr(full, name).all())
        assert rows, name
        for row, same in zip(rows, stored, strict=True):
            assert row == same
            for field in row._meta.concrete_fields:
                assert getattr(row, field.attname) == getattr(same, field.attname), (name, field.name)
    with CaptureQueriesContext(connection) as queries:
        assert [task.clock.due_on for task in read.partner_tasks.all()]
        assert [event.by for clock in read.clocks.all() for event in clock.events.all()]
    assert len(queries) == 0


@pytest.mark.parametrize("name", ["customer", "review_of"])
def test_what_few_cases_have_is_found_by_its_index(name, cast):
    """SQLite gives up an index whose every row is alike, which most would be without a condition."""
    for _ in range(3):
        make_ticket(cast)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert f"ticket_by_{name}" in Ticket.objects.filter(**{name: 1}).order_by().explain()
