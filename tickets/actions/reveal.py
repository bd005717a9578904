"""Showing personal data to staff, one case at a time, with the reason on record."""

from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from tickets.actions.base import enter, need_text
from tickets.models import Ticket
from tickets.permissions import works_on


@action("ticket.contact_revealed", allowed=works_on)
def reveal_contact(ticket: Ticket, *, actor: Actor, reason: str) -> Ticket:
    """The case, for the one page that shows name and contact unmasked; colleagues see who looked and why."""
    enter(ticket, "ticket.contact_revealed", actor, text=need_text(reason, ticket))
    return ticket
