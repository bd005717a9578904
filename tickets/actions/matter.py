"""A matter within a case that has rules of its own, beside those by which the whole is decided."""

import datetime as dt

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets import deadlines, kinds
from tickets.actions.base import due_told, enter, need_state
from tickets.actions.clocks import open_clock
from tickets.models import Clock, Ticket
from tickets.permissions import VERBS


@action("ticket.matter_opened", allowed=VERBS["open_matter"].allowed)
def open_matter(ticket: Ticket, *, actor: Actor, kind: str, received_on: dt.date | None = None) -> Ticket:
    """Part of the case is of another kind as well: its clock runs from the receipt of the case, or from the
    later day on which the customer asked for it, and its steps are due with the decision."""
    need_state(ticket, "open_matter")
    if kind not in kinds.further_matters(ticket):
        raise ActionError(_("这件工单已经按这一类计时，或这一类没有自己的期限。"), state=ticket.state)
    filed_on = clock.local_date(ticket.received_at)
    day = received_on or filed_on
    if not filed_on <= day <= clock.today():
        raise ActionError(_("客户提出的日期应在收到这件工单之后、今天以前。"), state=ticket.state)
    since = ticket.received_at if day == filed_on else clock.start_of_day(day)
    rule = deadlines.rule_of_matter(ticket, kind, day)
    opened = open_clock(ticket, Clock.Purpose.MATTER, rule, actor, subject=kind, since=since)
    enter(ticket, "ticket.matter_opened", actor, public=True, data={"matter": kind} | due_told(opened))
    return ticket
