"""What a customer writes or sends is told to whoever must look, and marked in the queue until they have."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import Role, User
from tests.tickets.factories import guest_of, make_ticket, text_file
from tickets import actions
from tickets.actions.supplement import supplement_ticket
from tickets.models import Alert, Ticket
from tickets.queue import queue_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What a page leaves to the background is done before its answer is looked at."""
    monkeypatch.setattr(
        "tickets.views.desk.in_background", lambda work, *args, **fields: work(*args, **fields)
    )


def waiting(ticket) -> list[str]:
    rows = Alert.objects.filter(ticket=ticket, kind="message", read_at=None).order_by("pk")
    return [row.user.name for row in rows.select_related("user")]


def is_marked(ticket, reader) -> bool:
    (row,) = [row for row in queue_page(reader).rows if row.pk == ticket.pk]
    return row.has_words


def write(ticket, cast) -> None:
    actions.add_customer_message(ticket, actor=cast.customer, text="有了新的录音。")


def send(ticket, cast) -> None:
    actions.add_evidence(ticket, actor=cast.customer, file=text_file("录音"))


def send_what_the_desk_has(ticket, cast) -> None:
    actions.add_evidence(ticket, actor=cast.agent, file=text_file("转写"), public=False)
    actions.add_evidence(ticket, actor=cast.customer, file=text_file("转写"))


def both(ticket, cast) -> None:
    supplement_ticket(ticket, actor=guest_of(ticket), text="附上。", files=[text_file("一"), text_file("二")])


def dictate(ticket, cast) -> None:
    actions.add_customer_message(ticket, actor=cast.supervisor, text="客户来电说有新的录音。")


@pytest.mark.parametrize("say", [write, send, send_what_the_desk_has, both, dictate])
def test_whoever_holds_the_case_is_told_once_and_until_they_look(cast, client_of, say):
    ticket = make_ticket(cast, "investigating")
    assert (waiting(ticket), is_marked(ticket, cast.agent)) == ([], False)
    say(ticket, cast)
    write(ticket, cast)
    assert (waiting(ticket), is_marked(ticket, cast.agent)) == (["丙坐席"], True)
    client_of("supervisor").get(ticket.get_absolute_url())  # is not the one who was told
    assert (waiting(ticket), is_marked(ticket, cast.supervisor)) == (["丙坐席"], True)
    agent = client_of("agent")
    assert "客户新消息" in agent.get(reverse("tickets:queue")).content.decode()
    assert "客户写了新的话，或交了新的材料。" in agent.get(reverse("tickets:alerts")).content.decode()
    agent.get(ticket.get_absolute_url(), headers={"hx-request": "true"})  # refetched by itself
    assert waiting(ticket) == ["丙坐席"]
    assert agent.get(ticket.get_absolute_url()).status_code == 200
    assert (waiting(ticket), is_marked(ticket, cast.agent)) == ([], False)
    assert "客户新消息" not in agent.get(reverse("tickets:queue")).content.decode()


def test_a_reopened_case_is_told_like_words(cast):
    ticket = make_ticket(cast, "closed")
    actions.reopen_ticket(ticket, actor=cast.customer, reason="找到了新的录音。")
    assert waiting(ticket) == ["丙坐席"]


def test_what_staff_do_or_took_down_themselves_is_no_news_to_them(cast):
    ticket = make_ticket(cast, "investigating")
    actions.add_customer_message(ticket, actor=cast.agent, text="客户来电说有新的录音。")
    actions.add_evidence(ticket, actor=cast.supervisor, file=text_file())
    actions.note_ticket(ticket, actor=cast.supervisor, text="请看。")
    assert waiting(ticket) == []


ANSWERS = {
    "reply": lambda t, a: actions.reply_ticket(t, actor=a, text="收到，正在核实。"),
    "await_customer": lambda t, a: actions.await_customer(t, actor=a, question="请补充通话时间。"),
    "log_contact": lambda t, a: actions.log_contact(t, actor=a, method="phone", text="已通话。"),
    "withdraw": lambda t, a: actions.withdraw_ticket(t, actor=a, reason="", method="phone"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_settles_it_whoever_gives_it(cast, name):
    ticket = make_ticket(cast, "investigating")
    write(ticket, cast)
    actions.log_contact(ticket, actor=cast.agent, method="phone", text="没人接。", outcome="no_answer")
    assert waiting(ticket) == ["丙坐席"]
    ANSWERS[name](ticket, cast.supervisor)
    assert waiting(ticket) == []


def test_a_case_of_nobody_is_told_to_supervisors_and_one_of_them_is_enough(cast, client_of):
    User.objects.create_user("second", name="辛主管", role=Role.SUPERVISOR, team=cast.other_agent.team)
    ticket = make_ticket(cast, narrative=f"{cast.supervisor.name}不接电话。")
    write(ticket, cast)
    assert waiting(ticket) == ["辛主管"]  # not the one whom it is about
    plain = make_ticket(cast, "classified")
    Ticket.objects.filter(pk=plain.pk).update(team=cast.supervisor.team)
    write(plain, cast)
    assert waiting(plain) == ["戊主管"]
    third = make_ticket(cast)
    write(third, cast)
    assert waiting(third) == ["戊主管", "辛主管"]
    client_of("agent").get(third.get_absolute_url())
    assert len(waiting(third)) == 2
    client_of("supervisor").get(third.get_absolute_url())
    assert waiting(third) == []
    write(third, cast)
    actions.decline_ticket(third, actor=cast.agent, reason="不属于受理范围。")
    assert waiting(third) == []


def test_it_goes_with_the_case_to_whoever_holds_it_next(cast):
    ticket = make_ticket(cast, "classified")
    write(ticket, cast)
    actions.assign_ticket(ticket, actor=cast.supervisor, assignee=cast.agent, no_conflict=True)
    assert waiting(ticket) == ["丙坐席"]
    actions.hand_back(ticket, actor=cast.agent, reason="请换人。")
    assert waiting(ticket) == ["戊主管"]
    actions.assign_ticket(ticket, actor=cast.supervisor, assignee=cast.agent, no_conflict=True)
    actions.reassign_ticket(ticket, actor=cast.supervisor, assignee=cast.other_agent, no_conflict=True)
    assert waiting(ticket) == ["丁坐席"]


def test_of_another_customer_or_visitor_nothing_is_taken(cast):
    ticket = make_ticket(cast, "investigating")
    with pytest.raises(ActionForbidden):
        actions.add_customer_message(ticket, actor=Guest(), text="不是我的。")
    assert waiting(ticket) == []


@pytest.mark.parametrize("count", [1, 5])
def test_the_mark_costs_no_query(cast, client_of, count):
    client = client_of("agent")
    for _case in range(count):
        make_ticket(cast, "investigating")
    client.get(reverse("tickets:queue"))
    plain = CaptureQueriesContext(connection)
    with plain:
        client.get(reverse("tickets:queue"))
    for ticket in Ticket.objects.all():
        write(ticket, cast)
    with CaptureQueriesContext(connection) as marked:
        text = client.get(reverse("tickets:queue")).content.decode()
    assert (len(marked), text.count("客户新消息")) == (len(plain), count)


def test_opening_a_case_costs_the_same_once_it_is_settled(cast, client_of):
    ticket, client = make_ticket(cast, "investigating"), client_of("agent")

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(ticket.get_absolute_url())
        return len(asked)

    cost()
    before = cost()
    write(ticket, cast)
    assert (cost() > before, cost()) == (True, before)
