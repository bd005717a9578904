"""What the case page shows of the investigation."""

from typing import Any

from helpdesk.core import clock
from tickets.models import Ticket


def work_parts(case: Ticket) -> dict[str, Any]:
    return {
        "tasks": case.partner_tasks.all(),
        "next_contact": next(
            (row for row in case.contacts.all() if row.next_on and not row.followed_up), None
        ),
        "today": clock.today(),
    }
