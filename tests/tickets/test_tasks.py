"""What the desk does by itself."""

import datetime as dt
import io

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from helpdesk.core.models import AuditEntry
from tests.tickets.factories import last, make_ticket
from tickets import tasks
from tickets.models import Ticket
from tickets.tasks import Swept, close_expired

# Ten in the evening of 2 March in the business zone: the last day for an answer is the 9th.
DECIDED = dt.datetime(2026, 3, 2, 14, 0, tzinfo=dt.UTC)
LAST_MOMENT = dt.datetime(2026, 3, 9, 15, 59, tzinfo=dt.UTC)
OVER = dt.datetime(2026, 3, 9, 16, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(DECIDED, tick=False) as traveller:
        yield traveller


def make_unreadable(ticket: Ticket) -> None:
    """Its personal data was written with a key that is gone."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_ticket SET contact = 'gone' WHERE id = %s", [ticket.pk])


def states():
    return list(Ticket.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.django_db
def test_close_expired_when_the_window_is_over(cast, clock):
    ticket = make_ticket(cast, "resolved")
    make_ticket(cast, "investigating")
    clock.move_to(LAST_MOMENT)
    assert (close_expired(), states()) == (Swept(0, 0), ["resolved", "investigating"])
    clock.move_to(OVER)
    assert (close_expired(), states()) == (Swept(1, 0), ["closed", "investigating"])
    entry = last(AuditEntry.objects)
    assert (entry.verb, entry.actor_label, entry.from_state, entry.to_state) == (
        "ticket.closed",
        "system:case-sweep",
        "resolved",
        "closed",
    )
    assert Ticket.objects.get(pk=ticket.pk).closed_at == OVER
    line = last(ticket.entries)
    assert (line.verb, line.kind, line.public) == ("ticket.closed", "step", True)


@pytest.mark.django_db
def test_close_expired_twice_changes_nothing(cast, clock):
    make_ticket(cast, "resolved")
    clock.shift(dt.timedelta(days=30))
    assert close_expired() == Swept(1, 0)
    audited = AuditEntry.objects.count()
    assert close_expired() == Swept(0, 0)
    assert AuditEntry.objects.count() == audited


@pytest.mark.django_db
def test_one_bad_row_does_not_stop_the_others(cast, clock, caplog):
    tickets = [make_ticket(cast, "resolved") for _ in range(3)]
    make_unreadable(tickets[1])
    clock.shift(dt.timedelta(days=30))
    assert (close_expired(), states()) == (Swept(2, 1), ["closed", "resolved", "closed"])
    assert caplog.messages == [f"case {tickets[1].pk} was not closed: InvalidToken"]


@pytest.mark.django_db
def test_a_run_does_a_batch_and_leaves_the_rest_to_the_next(cast, clock, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 2)
    for _ in range(3):
        make_ticket(cast, "resolved")
    clock.shift(dt.timedelta(days=30))
    assert [close_expired(), close_expired(), close_expired()] == [Swept(2, 0), Swept(1, 0), Swept(0, 0)]


@pytest.mark.django_db
def test_sweep_command(cast, clock):
    make_ticket(cast, "resolved")
    clock.shift(dt.timedelta(days=30))
    out = io.StringIO()
    call_command("sweep", stdout=out)
    names = ("closed: 1", "escalated: 0", "red flags told again: 0", "assigned: 0", "handed over: 0")
    told = "".join(f"{name}, failed: 0\n" for name in names)
    assert (out.getvalue(), states()) == (told, ["closed"])
    make_unreadable(make_ticket(cast, "resolved"))
    clock.shift(dt.timedelta(days=30))
    with pytest.raises(CommandError):
        call_command("sweep", stdout=out)
