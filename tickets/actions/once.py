"""Filing a case exactly once, however often the same form arrives."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from helpdesk.core.actors import Actor
from tickets.actions.intake import file_ticket
from tickets.models import Submission, Ticket


def file_once(
    *, key: str, actor: Actor, filing: Callable[..., Ticket] = file_ticket, **fields: Any
) -> tuple[Ticket, bool]:
    """The case of this submission, and whether this call made it; ``filing`` is the action that makes it.

    The row of ``key`` and the case are written in one transaction: of many equal submissions at the
    same time one makes the case, the others wait for it at the unique key and get that same case.
    """
    with transaction.atomic():
        submission, first = Submission.objects.get_or_create(key=key)
        if submission.ticket is None:
            submission.ticket = filing(actor=actor, **fields)
            submission.save()
    return submission.ticket, first
