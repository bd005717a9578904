"""Asking partners. What they were asked has a clock of the desk's own rules, told of like every clock."""

import datetime as dt
from dataclasses import replace

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets import deadlines
from tickets.actions.base import NOTE, end_beside, enter, need_state, need_text, staff_of
from tickets.actions.clocks import open_clock
from tickets.models import Clock, PartnerTask, Ticket, Unit
from tickets.permissions import VERBS

LONGEST = 366  # days


@action("ticket.partner_asked", allowed=VERBS["ask_partner"].allowed)
def ask_partner(
    ticket: Ticket, *, actor: Actor, partner: str, what: str, due_on: dt.date | None = None
) -> PartnerTask:
    """A task for a partner, due on the chosen day, or else by the newest service level of the desk."""
    need_state(ticket, "ask_partner")
    partner = need_text(partner, ticket)
    what = need_text(what, ticket)
    pack = deadlines.newest("desk_service_level")
    promise = pack.milestones.get("partner_task")
    if promise is None:
        raise ActionError(_("服务时限里没有给合作机构的时限，请管理员补上。"), state=ticket.state)
    if due_on is not None and due_on != deadlines.promised_on(pack, promise):
        promise = replace(promise, n=_days_until(due_on, ticket), unit=Unit.CALENDAR)
    running = open_clock(ticket, Clock.Purpose.PARTNER, (pack, promise), actor, subject=partner[:60])
    task = PartnerTask.objects.create(
        ticket=ticket,
        clock=running,
        partner=partner[:60],
        what=what,
        asked_by=staff_of(actor),
        asked_at=clock.now(),
    )
    data = {"name": partner, "due_on": f"{running.due_on or ''}"}
    enter(ticket, "ticket.partner_asked", actor, kind=NOTE, text=what, data=data)
    return task


def _days_until(due_on: dt.date, ticket: Ticket) -> int:
    days = (due_on - clock.today()).days
    if not 0 <= days <= LONGEST:
        raise ActionError(_("协查的期限应在今天到一年之内。"), state=ticket.state)
    return days


@action("ticket.partner_task_closed", allowed=VERBS["close_partner_task"].allowed)
def close_partner_task(ticket: Ticket, *, actor: Actor, task: int, outcome: str, answer: str) -> PartnerTask:
    """What the partner said (``answered``), or why nobody needs it any more (``cancelled``)."""
    need_state(ticket, "close_partner_task")
    answer = need_text(answer, ticket)
    row = ticket.partner_tasks.select_related("clock").filter(pk=task).first()
    if row is None or outcome not in (PartnerTask.State.ANSWERED, PartnerTask.State.CANCELLED):
        raise ActionError(_("这项协查不存在。"), state=ticket.state)
    if outcome == PartnerTask.State.ANSWERED:
        row.answered()
    else:
        row.cancel()
    row.answer, row.closed_by, row.closed_at = answer, staff_of(actor), clock.now()
    row.save()
    row.clock.ticket = ticket
    end_beside(row.clock, actor, answer)
    data = {"name": row.partner, "task": outcome}
    enter(ticket, "ticket.partner_task_closed", actor, kind=NOTE, text=answer, data=data)
    return row
