"""Working on a case: investigating, and talking with the customer."""

import datetime as dt

from django.utils.translation import gettext as _

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets.actions.alerts import settle, tell_of_words
from tickets.actions.base import (
    CONTACT,
    CUSTOMER,
    NOTE,
    REPLY,
    answered,
    contacted,
    enter,
    heard,
    need_state,
    need_text,
    staff_of,
)
from tickets.actions.flags import raise_flags
from tickets.actions.involve import heed_names
from tickets.actions.tell import tell_of_message
from tickets.models import Alert, Contact, Ticket
from tickets.permissions import VERBS, is_party
from tickets.queries import SPOKE

Outcome = Contact.Outcome


@action("ticket.investigated", allowed=VERBS["investigate"].allowed)
def investigate_ticket(ticket: Ticket, *, actor: Actor) -> Ticket:
    ticket.investigate()
    ticket.save()
    enter(ticket, "ticket.investigated", actor, public=True)
    return ticket


@action("ticket.contact_logged", allowed=VERBS["log_contact"].allowed)
def log_contact(  # the fields of its form, each by name
    ticket: Ticket,
    *,
    actor: Actor,
    method: str,
    text: str,
    outcome: str = Outcome.REACHED,
    next_on: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Ticket:
    """A call or visit, told by staff to the desk only. The first one that reaches the customer counts as
    first contact; an attempt does not. ``at`` is when it took place, where that was before now."""
    need_state(ticket, "log_contact")
    text = need_text(text, ticket)
    if next_on is not None and next_on < clock.today():
        raise ActionError(_("下次联系的日期不能早于今天。"), state=ticket.state)
    if at is not None and at > clock.now():
        raise ActionError(_("联系的时间不能晚于现在。"), state=ticket.state)
    if at is not None and clock.local_date(at) < clock.local_date(ticket.received_at):
        raise ActionError(_("联系的时间不能早于收到这件工单的那天。"), state=ticket.state)
    if outcome in SPOKE:
        contacted(ticket, actor, at)
        settle(ticket, Alert.Kind.MESSAGE)  # who speaks with the customer knows what they wrote
    ticket.contacts.filter(followed_up=False).update(followed_up=True)
    Contact.objects.create(
        ticket=ticket,
        method=method,
        outcome=outcome,
        next_on=next_on,
        by=staff_of(actor),
        at=at or clock.now(),
    )
    data = {"method": method, "outcome": outcome} | ({"next_on": f"{next_on}"} if next_on else {})
    if at is not None:
        data["took_place_at"] = at.isoformat(timespec="minutes")
    enter(ticket, "ticket.contact_logged", actor, kind=CONTACT, text=text, data=data)
    return ticket


@action("ticket.customer_awaited", allowed=VERBS["await_customer"].allowed)
def await_customer(ticket: Ticket, *, actor: Actor, question: str) -> Ticket:
    """Ask the customer for something. It does not stop the clock."""
    need_state(ticket, "await_customer")
    question = need_text(question, ticket)
    ticket.await_customer()
    ticket.save()
    settle(ticket, Alert.Kind.MESSAGE)
    told = tell_of_message(ticket, actor)
    enter(ticket, "ticket.customer_awaited", actor, public=True, text=question, data=told)
    return ticket


@action("ticket.waiting_ended", allowed=VERBS["stop_waiting"].allowed)
def stop_waiting(ticket: Ticket, *, actor: Actor, reason: str) -> Ticket:
    """Go on without the customer's answer. The clock ran all the while, so nothing happens to it."""
    need_state(ticket, "stop_waiting")
    reason = need_text(reason, ticket)
    ticket.stop_waiting()
    ticket.save()
    enter(ticket, "ticket.waiting_ended", actor, public=True, text=reason)
    return ticket


@action("ticket.replied", allowed=VERBS["reply"].allowed)
def reply_ticket(ticket: Ticket, *, actor: Actor, text: str) -> Ticket:
    """A message to the customer on the tracking page, of which they are told where that is possible."""
    need_state(ticket, "reply")
    text = need_text(text, ticket)
    settle(ticket, Alert.Kind.MESSAGE)
    told = tell_of_message(ticket, actor)
    enter(ticket, "ticket.replied", actor, kind=REPLY, public=True, text=text, data=told)
    return ticket


@action("ticket.noted", allowed=VERBS["note"].allowed)
def note_ticket(ticket: Ticket, *, actor: Actor, text: str) -> Ticket:
    """For the desk only; never leaves it."""
    text = need_text(text, ticket)
    enter(ticket, "ticket.noted", actor, kind=NOTE, text=text)
    return ticket


@action("ticket.customer_message", allowed=VERBS["message"].allowed, audited=False)
def add_customer_message(ticket: Ticket, *, actor: Actor, text: str) -> Ticket:
    """The customer's words, also as staff took them down; if they were awaited, work goes on.

    It writes its own audit entry, because its verb depends on that.
    """
    need_state(ticket, "message")
    need_text(text, ticket)
    said, before = heard(text), ticket.state
    verb = "ticket.customer_replied" if answered(ticket) else "ticket.customer_message"
    data = {"on_behalf": not is_party(actor, ticket)}
    enter(ticket, verb, actor, kind=CUSTOMER, public=True, text=said, data=data)
    heed_names(ticket, said.whole)
    raise_flags(ticket, said.whole)
    tell_of_words(ticket, actor)
    audit.record(verb, actor=actor, target=ticket, before=before, after=ticket.state, data={"text": text})
    return ticket
