"""What came too late for a form of its own: words and files for a case that exists."""

from collections.abc import Sequence

from django.db import transaction

from helpdesk.core.actors import Actor
from helpdesk.core.uploads import CheckedFile
from tickets.actions.files import add_evidence
from tickets.actions.work import add_customer_message
from tickets.models import Ticket


def supplement_ticket(
    ticket: Ticket, *, actor: Actor, text: str, files: Sequence[CheckedFile] = ()
) -> Ticket:
    """All of it or nothing; a file of theirs that the case already has is not kept twice."""
    with transaction.atomic():
        add_customer_message(ticket, actor=actor, text=text)
        known = set(ticket.evidence.filter(public=True).values_list("sha256", flat=True))
        for file in {file.sha256: file for file in files if file.sha256 not in known}.values():
            add_evidence(ticket, actor=actor, file=file)
    return ticket
