"""Giving a case more time, as its rule pack allows."""

import datetime as dt

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets import deadlines
from tickets.actions.base import enter, need_state, need_text, tick, user_of
from tickets.models import DeadlineEvent, Severity, Ticket
from tickets.permissions import VERBS


@action("ticket.deadline_extended", allowed=VERBS["extend_deadline"].allowed)
def extend_deadline(
    ticket: Ticket, *, actor: Actor, milestone: str, reason: str, notice_sent_on: dt.date | None = None
) -> Ticket:
    """15 → 30 days is a recorded reclassification; 30 → 60 is approved by someone other than the
    assignee, after a notice to the complainant that was sent in time."""
    need_state(ticket, "extend_deadline")
    need_text(reason, ticket)
    pack, current = deadlines.lookup(ticket.due_rule)
    target = pack.milestones.get(milestone)
    if target is None or target.after != current.code:
        raise ActionError(_("按规则不能从现在的期限延长到这一期限。"), state=ticket.state)
    if clock.today() > ticket.due_on:
        raise ActionError(_("截止日已过，不能再延长。"), state=ticket.state)
    kind = DeadlineEvent.Kind.RECLASSIFIED
    if target.needs_notice:
        _approved(ticket, actor, notice_sent_on)
        kind = DeadlineEvent.Kind.EXTENDED
    elif ticket.severity == Severity.ORDINARY:
        ticket.severity = Severity.COMPLEX
    tick(ticket, kind, (pack, target), actor, reason=reason, notice_sent_on=notice_sent_on)
    ticket.save()
    data = {"due_on": f"{ticket.due_on}", "milestone": milestone}
    enter(ticket, "ticket.deadline_extended", actor, public=target.needs_notice, text=reason, data=data)
    return ticket


def _approved(ticket: Ticket, actor: Actor, notice_sent_on: dt.date | None) -> None:
    if user_of(actor) == ticket.assignee:
        raise ActionError(_("延长期限须由承办人以外的主管批准。"), state=ticket.state)
    started_on = deadlines.started_on(ticket)
    if notice_sent_on is None or not started_on <= notice_sent_on <= clock.today():
        raise ActionError(_("请先告知投诉人延长的理由，并填写告知日期。"), state=ticket.state)
    if notice_sent_on >= ticket.due_on:
        raise ActionError(_("告知日期不早于原截止日，期限不变。"), state=ticket.state)
