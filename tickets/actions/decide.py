"""The decision: drafted, approved by a second person where it must be, and sent."""

from decimal import Decimal

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets import queries
from tickets.actions.base import end_clock, enter, need_state, staff_of
from tickets.models import Decision, Ticket
from tickets.permissions import VERBS


@action("ticket.decision_drafted", allowed=VERBS["draft_decision"].allowed)
def draft_decision(  # noqa: PLR0913  # the fields of the form, each by name
    ticket: Ticket,
    *,
    actor: Actor,
    facts: str,
    basis: str,
    reasons: str,
    remedies: str,
    root_cause: str,
    redress: Decimal,
    sent_through: str,
) -> Decision:
    """A further draft; the newest counts, and an approval of an older one does not carry over."""
    need_state(ticket, "draft_decision")
    if redress < 0:
        raise ActionError(_("补偿金额不能是负数。"), state=ticket.state)
    decision = Decision.objects.create(
        ticket=ticket,
        facts=facts,
        basis=basis,
        reasons=reasons,
        remedies=remedies,
        root_cause=root_cause,
        redress=redress,
        sent_through=sent_through,
        drafted_by=staff_of(actor),
        drafted_at=clock.now(),
    )
    enter(ticket, "ticket.decision_drafted", actor, data={"decision": decision.pk})
    return decision


@action("ticket.decision_approved", allowed=VERBS["approve_decision"].allowed)
def approve_decision(ticket: Ticket, *, actor: Actor) -> Decision:
    need_state(ticket, "approve_decision")
    decision = queries.draft_of(ticket)
    if decision is None:
        raise ActionError(_("还没有处理决定草稿。"), state=ticket.state)
    if decision.approved_at:
        raise ActionError(_("这份草稿已经审批。"), state=ticket.state)
    if staff_of(actor) in (decision.drafted_by, ticket.assignee):
        raise ActionError(_("审批人不能是起草人或承办人。"), state=ticket.state)
    decision.approved_by, decision.approved_at = staff_of(actor), clock.now()
    decision.save()
    enter(ticket, "ticket.decision_approved", actor, data={"decision": decision.pk})
    return decision


@action("ticket.resolved", allowed=VERBS["resolve"].allowed)
def resolve_ticket(ticket: Ticket, *, actor: Actor) -> Ticket:
    """Send the newest draft; 409 with what is missing."""
    need_state(ticket, "resolve")
    decision = queries.draft_of(ticket)
    missing = queries.missing_for(ticket, "resolve")
    if missing or decision is None:
        raise ActionError(_("还不能作出决定，缺少以下内容。"), state=ticket.state, missing=missing)
    ticket.resolve()
    decision.sent_at = ticket.resolved_at = clock.now()
    decision.save()
    end_clock(ticket, actor, "resolved")
    ticket.save()
    enter(ticket, "ticket.resolved", actor, public=True, data={"decision": decision.pk})
    return ticket
