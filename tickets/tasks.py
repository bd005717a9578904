"""What the desk does by itself. Each task is level-triggered: it acts on what is due now."""

import datetime as dt
import logging
from dataclasses import dataclass

from django.db.models import Q

from helpdesk.core import clock
from helpdesk.core.errors import ActionError
from helpdesk.core.jobs import job
from helpdesk.core.models import User
from tickets.actions import close_without_feedback
from tickets.models import Ticket
from tickets.queries import FEEDBACK_DAYS
from tickets.states import State

log = logging.getLogger(__name__)
ONE_DAY = dt.timedelta(days=1)
BATCH = 500  # a run that finds more leaves the rest to the next one


@dataclass(frozen=True)
class Swept:
    done: int
    failed: int


@job(minutes=30)
def close_expired() -> Swept:
    """Close resolved cases whose feedback window is over. One bad row does not stop the others."""
    # Decided before this day began: its last day for an answer was yesterday or earlier.
    first_still_open = clock.today() - dt.timedelta(days=FEEDBACK_DAYS)
    over = Q(resolved_at__lt=clock.end_of_day(first_still_open - ONE_DAY))
    due = Ticket.objects.filter(over, state=State.RESOLVED)
    actor = User.system("case-sweep")
    done = failed = 0
    # Keys alone: a row that cannot even be read must fail by itself, inside the try.
    for ticket in due.order_by("resolved_at").only("pk")[:BATCH]:
        try:
            close_without_feedback(ticket, actor=actor)
            done += 1
        except ActionError:  # the customer answered in the meantime
            continue
        except Exception as error:  # the next rows must not suffer; the count tells
            log.error("case %s was not closed: %s", ticket.pk, type(error).__name__)
            failed += 1
    return Swept(done, failed)
