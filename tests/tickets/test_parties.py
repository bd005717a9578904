"""Representatives, groups and regulators: who may file for whom, and what the desk then knows."""

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse

from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry
from tests.tickets.factories import FILED, make_ticket, text_file
from tests.tickets.pages import FORM, picture, send, token_of, url
from tickets import actions
from tickets.models import GroupMember, Referral, Representation, Ticket
from tickets.models.parties import answer_addresses
from tickets.queue import QueueFilter, queue_page

pytestmark = pytest.mark.django_db
OTHER = {
    "party": "other",
    "principal_name": "本人甲",
    "principal_contact": "13800000031",
    "relation": "family",
    "answer_to": "representative",
}
GROUP = {"party": "group", "speakers": "代表乙 13800000032", "members": "成员丙\n成员丁 13800000033\n"}


def represented(**changes):
    who = {"name": "代理人", "contact": "13800000040", "relation": "lawyer", "answer_to": "both"}
    return who | {"authorisation": text_file("授权书", "mandate.txt")} | changes


def group(speakers: int, members: int = 0):
    return [{"name": f"人{n}", "contact": "", "speaks": n < speakers} for n in range(speakers + members)]


def test_a_represented_case_keeps_who_acts_for_whom_and_the_authorisation(client):
    assert send(client, **OTHER, authorisation=picture("授权书.png")).status_code == 302
    row = Representation.objects.select_related("ticket", "authorisation").get()
    assert (row.ticket.complainant, row.ticket.contact) == ("本人甲", "13800000031")
    assert (row.name, row.contact, row.answer_to) == ("甲客户", "13800000021", "representative")
    assert (row.authorisation.name, row.authorisation.ticket) == ("授权书.png", row.ticket)


def test_without_an_authorisation_nothing_is_filed_and_all_is_kept(client):
    answer = send(client, **OTHER)
    form = answer.context["form"]
    assert (answer.status_code, Ticket.objects.count()) == (400, 0)
    assert list(form.errors) == ["authorisation"]
    assert "授权书" in form.errors["authorisation"][0]
    assert form["principal_name"].value() == "本人甲"
    with pytest.raises(ActionError, match="授权书"):
        actions.file_ticket(**FILED, actor=Guest(), represented_by=represented(authorisation=None))


def test_the_desk_sees_the_representative_masked_until_revealed(client_of, cast):
    case = make_ticket(cast, represented_by=represented())
    supervisor = client_of("supervisor")
    page = supervisor.get(url("ticket", case.number)).content.decode()
    assert "13800000040" not in page
    assert "答复发给" in page
    shown = supervisor.post(url("reveal_contact", case.number), {"reason": "回电"}).content.decode()
    assert "13800000040" in shown


def test_a_group_case_has_its_members_encrypted(client, cast):
    assert send(client, **GROUP).status_code == 302
    case = Ticket.objects.get()
    assert [(m.name, m.speaks) for m in case.group_members.all()] == [
        ("甲客户", True),
        ("代表乙", True),
        ("成员丙", False),
        ("成员丁", False),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, contact FROM tickets_groupmember")
        assert "成员" not in str(cursor.fetchall())
    found = queue_page(cast.supervisor, QueueFilter(text="13800000033")).rows
    assert [row.pk for row in found] == [case.pk]


def test_more_than_five_representatives_are_refused_with_the_reason(client, cast):
    speakers = "\n".join(f"代表{n} 1380000004{n}" for n in range(5))
    answer = send(client, **GROUP | {"speakers": speakers})
    assert (answer.status_code, Ticket.objects.count()) == (400, 0)
    assert "最多推选 5 名代表，现在是 6 名" in answer.context["form"].errors["speakers"][0]
    assert answer.context["form"]["speakers"].value() == speakers
    with pytest.raises(ActionError, match="现在是 6 名"):
        make_ticket(cast, group=group(6))
    assert make_ticket(cast, group=group(5)).group_members.count() == 5


@pytest.mark.parametrize(("members", "why"), [(group(1), "至少有两个人"), (group(0, 3), "至少一名代表")])
def test_a_group_needs_two_people_and_somebody_who_speaks(cast, members, why):
    with pytest.raises(ActionError, match=why):
        make_ticket(cast, group=members)


def test_a_line_without_a_way_to_reach_somebody_is_named(client):
    answer = send(client, **GROUP | {"speakers": "代表乙 13800000032\n代表丙"})
    assert "第 2 行" in answer.context["form"].errors["speakers"][0]


def test_names_and_contacts_stay_out_of_the_trail(cast):
    case = make_ticket(cast, represented_by=represented(), group=group(2))
    body = AuditEntry.objects.get(verb="ticket.filed", target_id=f"{case.pk}").body
    assert "13800000040" not in body
    assert "代理人" not in body
    assert "人1" not in body


def test_a_regulator_s_number_and_date_are_kept_and_timed(client_of, cast):
    agent = client_of("agent")
    due_on = dt.date.today() + dt.timedelta(days=40)  # noqa: DTZ011  # any day ahead
    typed = FORM | {
        "channel": "regulator",
        "token": token_of(agent, "tickets:log"),
        "authority": "某地监管局",
        "referral_number": "(2026)12号",
        "referral_due_on": f"{due_on}",
    }
    assert agent.post(reverse("tickets:log"), typed).status_code == 302
    row = Referral.objects.select_related("ticket").get()
    assert (row.number, row.authority, row.due_on) == ("(2026)12号", "某地监管局", due_on)
    [clock] = row.ticket.clocks.filter(purpose="regulator")
    assert (clock.subject, clock.due_on) == ("(2026)12号", due_on)
    assert "某地监管局" in agent.get(url("ticket", row.ticket.number)).content.decode()


def test_other_channels_do_not_ask_for_a_regulator(client_of):
    agent = client_of("agent")
    fields = agent.get(reverse("tickets:log"), {"channel": "social"}).context["form"].fields
    assert "referral_number" not in fields
    asked = agent.get(reverse("tickets:log"), {"channel": "regulator"}).context["form"].fields
    assert "referral_number" in asked


def test_what_was_typed_once_is_not_asked_again_in_the_same_browser(client):
    assert send(client).status_code == 302
    form = client.get(reverse("tickets:new")).context["form"]
    assert {"name", "contact"} & set(form.fields) == set()
    assert client.get(reverse("tickets:new"), {"someone": "1"}).context["form"].fields.keys() >= {"name"}
    typed = {
        "token": token_of(client),
        "kind": "enquiry",
        "topic": "fees",
        "narrative": "另问",
        "request": "答",
    }
    assert client.post(reverse("tickets:new"), typed).status_code == 302
    assert [t.contact for t in Ticket.objects.all()] == ["13800000021"] * 2
    assert GroupMember.objects.count() == 0


@pytest.mark.parametrize(
    ("answer_to", "addresses"),
    [
        ("representative", ["lawyer@example.com"]),
        ("customer", ["someone@example.com"]),
        ("both", ["lawyer@example.com", "someone@example.com"]),
    ],
)
def test_letters_go_where_was_agreed(cast, answer_to, addresses):
    who = represented(contact="lawyer@example.com", answer_to=answer_to)
    case = make_ticket(cast, contact="someone@example.com", represented_by=who)
    assert answer_addresses(case) == addresses
