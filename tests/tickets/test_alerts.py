"""Alerts of one person: listed until read, counted in the navigation, told at once to open pages."""

import datetime as dt

import pytest
import time_machine

from helpdesk.core.errors import ActionForbidden
from helpdesk.core.events import hints_group
from tests.tickets.conftest import Ear
from tests.tickets.factories import make_ticket
from tickets.actions.alerts import alert, read_alerts, restore_alerts
from tickets.alerts import open_years, unread_count
from tickets.models import Alert, Ticket
from tickets.tasks import escalate_due

pytestmark = pytest.mark.django_db
PAGE = "/tickets/alerts/"


@pytest.fixture
def clock():
    with time_machine.travel(dt.datetime(2026, 9, 17, 2, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def told(ticket: Ticket, *people) -> None:
    alert(ticket, people, Alert.Kind.RED_FLAG, detail="RF01")


def listed(page) -> list[str]:
    return [row.ticket.number for row, _said in page.context["rows"]]


def test_an_escalation_is_listed_and_counted_until_read(client_of, cast, clock):
    ticket = make_ticket(cast, "investigating")
    client = client_of("agent")
    clock.move_to(dt.datetime(2026, 9, 29, 2, tzinfo=dt.UTC))  # day 12 of 15
    escalate_due()
    client = client_of("agent")
    page = client.get(PAGE)
    assert "处理时限：期限已过四分之三，截止日 2026-10-02" in page.content.decode()
    lines = client.get(ticket.get_absolute_url()).context["lines"]
    assert "期限已过四分之三 · 处理时限 · 期限 2026-10-02" in [line.detail for line in lines]
    number = unread_count(cast.agent)
    assert (set(listed(page)), number > 0) == ({ticket.number}, True)
    assert f"{number}" in client.get(f"{PAGE}unread/").content.decode()
    said = client.post(f"{PAGE}read/", {"upto": page.context["newest"]}, follow=True)
    assert (listed(said), unread_count(cast.agent)) == ([], 0)
    assert client.get(f"{PAGE}unread/").content.strip() == b""
    assert len(listed(client.get(PAGE, {"show": "all"}))) == number
    undo = next(iter(said.context["messages"])).extra_tags
    client.post(undo)
    assert unread_count(cast.agent) == number


def test_one_is_read_by_itself_and_later_ones_stay_unread(client_of, cast):
    first, second, third = (make_ticket(cast) for _ in range(3))
    for ticket in (first, second, third):
        told(ticket, cast.agent)
    client = client_of("agent")
    seen = client.get(PAGE)
    assert listed(seen) == [third.number, second.number, first.number]
    client.post(f"{PAGE}read/", {"only": Alert.objects.get(ticket=second).pk})
    assert listed(client.get(PAGE)) == [third.number, first.number]
    told(second, cast.agent)  # comes while the page is open
    client.post(f"{PAGE}read/", {"upto": seen.context["newest"]})
    assert listed(client.get(PAGE)) == [second.number]


def test_nobody_reads_for_somebody_else(client_of, cast):
    told(make_ticket(cast), cast.agent)
    mine = Alert.objects.get()
    client_of("supervisor").post(f"{PAGE}read/", {"only": mine.pk})
    assert Alert.objects.get().read_at is None
    assert listed(client_of("supervisor").get(PAGE, {"show": "all"})) == []
    with pytest.raises(ActionForbidden):
        read_alerts(cast.agent, actor=cast.supervisor, upto=mine.pk)
    with pytest.raises(ActionForbidden):
        restore_alerts(cast.agent, actor=cast.supervisor, read_at=dt.datetime.now(dt.UTC))


@pytest.mark.parametrize("query", ["", "?at=", "?at=yesterday", "?at=2026-13-01T00:00:00Z", "?at=2026-01-01"])
def test_an_undo_of_nothing_is_harmless(client_of, cast, query):
    told(make_ticket(cast), cast.agent)
    client = client_of("agent")
    assert client.post(f"{PAGE}read/", {"upto": "x" * 50, "only": "-1"}).status_code == 302
    assert client.post(f"{PAGE}restore/{query}").status_code == 302
    assert unread_count(cast.agent) == 1


def test_a_red_flag_of_the_highest_level_alerts_its_supervisor(cast):
    ticket = make_ticket(cast, narrative="我不想活了，你们再逼我我就跳楼。")
    row = Alert.objects.get()
    assert (row.kind, row.ticket, row.user) == ("red_flag", ticket, cast.supervisor)
    assert row.detail


@pytest.mark.django_db(transaction=True)
def test_open_pages_of_that_person_hear_of_it(cast):
    ticket = make_ticket(cast)
    ear = Ear()
    mine, others = hints_group(cast.agent.pk), hints_group(cast.supervisor.pk)
    ear.join(mine)
    ear.join(others)
    told(ticket, cast.agent)
    heard = ear.events()
    ear.close(mine, others)
    event = {"type": "changed", "kind": "alert", "id": str(cast.agent.pk), "state": ""}
    assert heard == [event]


def test_years_that_nobody_has_published_are_said(client_of, cast):
    with time_machine.travel(dt.datetime(2026, 12, 20, 2, tzinfo=dt.UTC), tick=False):
        for _ in range(2):
            make_ticket(cast, kind="privacy_request")
        assert [(one.calendar, one.year) for one in open_years()] == [("CN", 2027)]
        assert "2027 年的工作日历（CN）" in client_of("agent").get(PAGE).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_page_query_count(client_of, cast, django_assert_num_queries, count):
    for _ in range(count):
        told(make_ticket(cast), cast.agent)
    client = client_of("agent")
    client.get(PAGE)
    with django_assert_num_queries(5):
        client.get(PAGE)


def test_pages_go_on_by_key(client_of, cast):
    ticket = make_ticket(cast)
    for _ in range(51):
        told(ticket, cast.agent)
    client = client_of("agent")
    first = client.get(PAGE)
    rest = client.get(PAGE, {"before": first.context["older"]})
    assert (len(listed(first)), len(listed(rest)), rest.context["older"]) == (50, 1, None)
