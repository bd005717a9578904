"""What browsers hear about cases."""

from helpdesk.core.events import hints_group, publish, publish_change
from tickets.models import Ticket


def group_of(ticket: Ticket) -> str:
    """The group of those who look at this one case."""
    return f"ticket:{ticket.pk}"


def alerted(user_pk: int) -> None:
    """That person's pages count their alerts again."""
    event = {"type": "changed", "kind": "alert", "id": str(user_pk), "state": ""}
    publish(hints_group(user_pk), event)


def ticket_changed(ticket: Ticket) -> None:
    """A hint to refetch, after the commit: never content."""
    publish_change("ticket", ticket.pk, ticket.state, groups=(group_of(ticket),))
