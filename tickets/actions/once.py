"""Doing once what a form asks for, however often the same form arrives."""

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


def act_once(key: str, ticket: Ticket, act: Callable[[], object]) -> tuple[object, bool]:
    """What ``act`` gives, and whether this call did it; later ones get the case that the first one led to.

    It is recorded in the same transaction, so what was refused may be sent again. Without a key it is
    done: nothing says then that it is the same form.
    """
    if not key:
        return act(), True
    with transaction.atomic():
        submission, _first = Submission.objects.get_or_create(key=key)
        if submission.ticket:
            return submission.ticket, False
        result = act()
        submission.ticket = result if isinstance(result, Ticket) and result.tracking_code else ticket
        submission.save()
    return result, True


def done_before(key: str) -> Ticket | None:
    """The case that this very form led to, if it has arrived before."""
    found = Submission.objects.filter(key=key, ticket__isnull=False).select_related("ticket")
    return next((row.ticket for row in found), None) if key else None
