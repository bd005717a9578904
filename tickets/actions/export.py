"""Handing a case to somebody outside, with the reason on record."""

from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from tickets.actions.base import NOTE, enter, need_text
from tickets.models import Ticket
from tickets.permissions import exports


@action("ticket.dossier_exported", allowed=exports)
def export_dossier(ticket: Ticket, *, actor: Actor, reason: str) -> Ticket:
    """The case, whose dossier may now be made; the trail in it ends with this entry."""
    enter(ticket, "ticket.dossier_exported", actor, kind=NOTE, text=need_text(reason, ticket))
    return ticket
