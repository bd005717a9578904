"""Showing personal data to staff, one case at a time, with the reason on record."""

from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from tickets import queries
from tickets.actions.base import enter, need_text
from tickets.models import Ticket
from tickets.permissions import works_on


@action("ticket.contact_revealed", allowed=works_on)
def reveal_contact(ticket: Ticket, *, actor: Actor, reason: str) -> Ticket:
    """The case, for the one page that shows name, contact and the customer's words unmasked; colleagues see
    who looked, why, and whether there were words to see."""
    shown = {"originals": count} if (count := len(queries.originals_of(ticket))) else {}
    enter(ticket, "ticket.contact_revealed", actor, text=need_text(reason, ticket), data=shown)
    return ticket
