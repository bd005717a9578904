"""Four eyes: one person asks, another answers, and never the one who asked."""

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.passwords import without_secrets
from tickets import deadlines, letters, queries
from tickets.actions.ask import ask
from tickets.actions.base import enter, need_state, need_text, staff_of
from tickets.actions.deadline import extend_deadline
from tickets.models import Approval, Ticket
from tickets.permissions import VERBS

Kind, State = Approval.Kind, Approval.State


@action("ticket.extension_requested", allowed=VERBS["request_extension"].allowed)
def request_extension(ticket: Ticket, *, actor: Actor, milestone: str, reason: str) -> Approval:
    """The assignee asks for more time; who grants it also sends the notice."""
    need_state(ticket, "request_extension")
    reason = need_text(reason, ticket)
    if milestone not in [rule.code for rule in deadlines.further(ticket.due_rule)]:
        raise ActionError(_("按规则不能从现在的期限延长到这一期限。"), state=ticket.state)
    if queries.is_overdue(ticket):
        raise ActionError(_("截止日已过，不能再延长。"), state=ticket.state)
    return ask(ticket, Kind.EXTENSION, actor, milestone=milestone, reason=reason)


@action("ticket.approval_granted", allowed=VERBS["grant_approval"].allowed)
def grant_approval(ticket: Ticket, *, actor: Actor, approval: Approval, answer: str = "") -> Approval:
    """An extension takes effect at once, after its notice has gone to the customer."""
    fresh = _answerable(ticket, actor, approval, "grant_approval")
    if fresh.decision and not fresh.is_about(fresh.decision, letters.content_hash(ticket, fresh.decision)):
        raise ActionError(
            _("信函的内容在提请审批之后变了，请承办人重新保存草稿，再次提请审批。"), state=ticket.state
        )
    fresh.grant()
    answer = without_secrets(answer)
    _answer(fresh, actor, answer)
    if fresh.kind == Kind.MAJOR and fresh.decision:
        fresh.decision.approved_by, fresh.decision.approved_at = fresh.answered_by, fresh.answered_at
        fresh.decision.save()
    enter(ticket, "ticket.approval_granted", actor, text=answer, data={"approval": fresh.kind})
    if fresh.kind == Kind.EXTENSION:
        _extend(ticket, actor, fresh)
    return fresh


@action("ticket.approval_refused", allowed=VERBS["refuse_approval"].allowed)
def refuse_approval(ticket: Ticket, *, actor: Actor, approval: Approval, reason: str) -> Approval:
    fresh = _answerable(ticket, actor, approval, "refuse_approval")
    reason = need_text(reason, ticket)
    fresh.refuse()
    _answer(fresh, actor, reason)
    enter(ticket, "ticket.approval_refused", actor, text=reason, data={"approval": fresh.kind})
    return fresh


def _answerable(ticket: Ticket, actor: Actor, approval: Approval, verb: str) -> Approval:
    need_state(ticket, verb)
    fresh = ticket.approvals.filter(pk=approval.pk).select_related("decision").first()
    if fresh is None or fresh.state != State.REQUESTED:
        raise ActionError(_("这项审批已经有了结果，或已被新的代替。"), state=ticket.state)
    if staff_of(actor).pk in queries.behind(ticket, fresh):
        raise ActionError(
            _("审批人不能是提请人或承办人，也不能是写这份草稿或提出补偿的人。"), state=ticket.state
        )
    return fresh


def _answer(approval: Approval, actor: Actor, answer: str) -> None:
    approval.answer, approval.answered_by, approval.answered_at = answer, staff_of(actor), clock.now()
    approval.save()


def _extend(ticket: Ticket, actor: Actor, approval: Approval) -> None:
    """From now on; whom the product cannot reach has been told since it was asked for."""
    asked_on = clock.local_date(approval.requested_at)
    extend_deadline(
        ticket,
        actor=actor,
        milestone=approval.milestone,
        reason=approval.reason,
        notice_sent_on=queries.told_on(ticket, asked_on, clock.today()),
        approval=approval,
    )
