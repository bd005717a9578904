"""What the case page shows of the investigation, and whom to call today."""

from typing import Any

from helpdesk.core import clock
from helpdesk.core.models import Role, User
from tickets.models import Clock, Contact, PartnerTask, Ticket
from tickets.states import OPEN


def work_parts(case: Ticket) -> dict[str, Any]:
    return {
        "tasks": case.partner_tasks.all(),
        "next_contact": next(
            (row for row in case.contacts.all() if row.next_on and not row.followed_up), None
        ),
        "today": clock.today(),
    }


def today_parts(user: User) -> dict[str, Any]:
    """Of one's own open cases: whom to call by today, and what partners owe by today; two queries."""
    if user.role not in (Role.AGENT, Role.SUPERVISOR):
        return {}
    today = clock.today()
    mine = {"ticket__assignee": user, "ticket__state__in": OPEN}
    calls = Contact.objects.filter(**mine, followed_up=False, next_on__lte=today).select_related("ticket")
    late = PartnerTask.objects.filter(
        ticket__assignee=user,
        state=PartnerTask.State.OPEN,
        clock__due_on__lte=today,
        clock__state=Clock.State.RUNNING,
    ).select_related("ticket", "clock")
    return {"calls": calls.order_by("next_on", "pk")[:20], "late_tasks": late.order_by("clock__due_on")[:20]}
