"""Many at the same time: one wins, the others are told, nothing is written twice or left out."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry, Role, User
from tests.tickets.factories import FILED, guest_of, make_resolvable, make_ticket
from tickets import actions
from tickets.models import Ticket


def at_once(calls):
    """Run all calls in threads that start together; their results, or the class of what they raised."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait()
        try:
            return call()
        except ActionError as refused:
            return type(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_numbers_are_gap_free_under_threads(cast):
    def file_five():
        return [actions.file_ticket(actor=Guest(), **FILED).number for _ in range(5)]

    numbers = sorted(number for batch in at_once([file_five] * 8) for number in batch)
    assert [int(number[-6:]) for number in numbers] == list(range(1, 41))
    assert Ticket.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_twenty_claims_of_one_case(cast):
    ticket = make_ticket(cast, "classified")
    teammates = [
        User.objects.create_user(f"agent{n}", name=f"坐席{n}号", role=Role.AGENT, team=cast.agent.team)
        for n in range(20)
    ]

    def take(person):
        return lambda: actions.assign_ticket(ticket, actor=person, assignee=person, no_conflict=True).assignee

    results = Counter(at_once([take(person) for person in teammates]))
    winner = Ticket.objects.get(pk=ticket.pk).assignee
    assert results == {winner: 1, ActionError: 19}
    assert AuditEntry.objects.get(verb="ticket.assigned").actor == winner


@pytest.mark.django_db(transaction=True)
def test_twenty_resolves_of_one_case(cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    results = Counter(at_once([lambda: actions.resolve_ticket(ticket, actor=cast.agent).state] * 20))
    assert results == {"resolved": 1, ActionError: 19}
    assert AuditEntry.objects.filter(verb="ticket.resolved").count() == 1
    assert ticket.entries.filter(verb="ticket.resolved").count() == 1
    assert ticket.main_clock.events.filter(kind="ended").count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_requests_for_a_review(cast):
    ticket = make_ticket(cast, "resolved")
    asks = [lambda: actions.request_review(ticket, actor=guest_of(ticket), reason="不同意。").state] * 20
    assert Counter(at_once(asks)) == {"received": 1, ActionError: 19}
    assert ticket.reviews.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_reviews_filed_directly(cast):
    ticket = make_ticket(cast, "resolved")
    fields = FILED | {"actor": cast.customer, "review_of": ticket}
    assert Counter(at_once([lambda: actions.file_ticket(**fields).state] * 20)) == {
        "received": 1,
        ActionError: 19,
    }


@pytest.mark.django_db(transaction=True)
def test_the_customers_answer_meets_a_withdrawal(cast):
    ticket = make_ticket(cast, "awaiting_customer")
    customer = cast.customer
    results = at_once(
        [
            lambda: actions.add_customer_message(ticket, actor=customer, text="三月一日。").state,
            lambda: actions.withdraw_ticket(ticket, actor=customer, reason="").state,
        ]
    )
    assert Ticket.objects.get(pk=ticket.pk).state == "withdrawn"
    assert results in (["investigating", "withdrawn"], [ActionError, "withdrawn"])
