"""Working on a case: investigating, and talking with the customer."""

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from tickets.actions.base import CONTACT, CUSTOMER, NOTE, REPLY, enter, need_state, need_text
from tickets.models import Ticket
from tickets.permissions import VERBS, is_party
from tickets.states import State


def _contacted(ticket: Ticket) -> None:
    ticket.first_contact_at = ticket.first_contact_at or clock.now()
    ticket.save()


@action("ticket.investigated", allowed=VERBS["investigate"].allowed)
def investigate_ticket(ticket: Ticket, *, actor: Actor) -> Ticket:
    ticket.investigate()
    ticket.save()
    enter(ticket, "ticket.investigated", actor, public=True)
    return ticket


@action("ticket.contact_logged", allowed=VERBS["log_contact"].allowed)
def log_contact(ticket: Ticket, *, actor: Actor, method: str, text: str) -> Ticket:
    """A call or visit, told by staff to the desk only; the first one counts as first contact."""
    need_state(ticket, "log_contact")
    need_text(text, ticket)
    _contacted(ticket)
    enter(ticket, "ticket.contact_logged", actor, kind=CONTACT, text=text, data={"method": method})
    return ticket


@action("ticket.customer_awaited", allowed=VERBS["await_customer"].allowed)
def await_customer(ticket: Ticket, *, actor: Actor, question: str) -> Ticket:
    """Ask the customer for something. It does not stop the clock."""
    need_state(ticket, "await_customer")
    need_text(question, ticket)
    ticket.await_customer()
    _contacted(ticket)
    enter(ticket, "ticket.customer_awaited", actor, public=True, text=question)
    return ticket


@action("ticket.replied", allowed=VERBS["reply"].allowed)
def reply_ticket(ticket: Ticket, *, actor: Actor, text: str) -> Ticket:
    """A message to the customer on the tracking page."""
    need_state(ticket, "reply")
    need_text(text, ticket)
    _contacted(ticket)
    enter(ticket, "ticket.replied", actor, kind=REPLY, public=True, text=text)
    return ticket


@action("ticket.noted", allowed=VERBS["note"].allowed)
def note_ticket(ticket: Ticket, *, actor: Actor, text: str) -> Ticket:
    """For the desk only; never leaves it."""
    need_text(text, ticket)
    enter(ticket, "ticket.noted", actor, kind=NOTE, text=text)
    return ticket


@action("ticket.customer_message", allowed=VERBS["message"].allowed, audited=False)
def add_customer_message(ticket: Ticket, *, actor: Actor, text: str) -> Ticket:
    """The customer's words, also as staff took them down; if they were awaited, work goes on.

    It writes its own audit entry, because its verb depends on that.
    """
    need_state(ticket, "message")
    need_text(text, ticket)
    before, verb = ticket.state, "ticket.customer_message"
    if ticket.state == State.AWAITING_CUSTOMER:
        ticket.customer_replied()
        ticket.save()
        verb = "ticket.customer_replied"
    data = {"on_behalf": not is_party(actor, ticket)}
    enter(ticket, verb, actor, kind=CUSTOMER, public=True, text=text, data=data)
    audit.record(verb, actor=actor, target=ticket, before=before, after=ticket.state, data={"text": text})
    return ticket
