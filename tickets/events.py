"""What browsers hear about cases."""

from helpdesk.core.events import publish_change
from tickets.models import Ticket


def group_of(ticket: Ticket) -> str:
    """The group of those who look at this one case."""
    return f"ticket:{ticket.pk}"


def ticket_changed(ticket: Ticket) -> None:
    """A hint to refetch, after the commit: never content."""
    publish_change("ticket", ticket.pk, ticket.state, groups=(group_of(ticket),))
