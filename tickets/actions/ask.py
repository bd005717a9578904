"""Asking for a second person, and asking again when what was asked about is another thing now."""

from typing import Any

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from tickets import letters, queries
from tickets.actions.base import enter, staff_of
from tickets.models import Approval, Delivery, Severity, Ticket

Kind, State = Approval.Kind, Approval.State


def ask(ticket: Ticket, kind: str, actor: Actor, **fields: Any) -> Approval:
    """Ask for a second person. An earlier request of the kind, answered or not, no longer counts."""
    supersede(ticket, kind)
    approval = Approval.objects.create(
        ticket=ticket, kind=kind, requested_by=staff_of(actor), requested_at=clock.now(), **fields
    )
    enter(ticket, "ticket.approval_requested", actor, data={"approval": kind})
    return approval


def supersede(ticket: Ticket, kind: str) -> None:
    for old in ticket.approvals.filter(kind=kind, state__in=(State.REQUESTED, State.GRANTED)):
        old.supersede()
        old.save()


def end_requests(ticket: Ticket) -> None:
    """The case is decided: what nobody has answered is not granted later, should it be reopened."""
    for asked in ticket.approvals.filter(state=State.REQUESTED):
        asked.supersede()
        asked.save()


def check_redress(ticket: Ticket, actor: Actor) -> None:
    """Ask for approval where the sum is above the limit and nobody has approved as much."""
    total = letters.sum_to_approve(ticket)
    asked = ticket.approvals.filter(kind=Kind.REDRESS, state__in=(State.REQUESTED, State.GRANTED)).last()
    if not total:
        supersede(ticket, Kind.REDRESS)
    elif asked is None or asked.amount is None or asked.amount < total:
        ask(ticket, Kind.REDRESS, actor, amount=total)


def check_letter(ticket: Ticket, actor: Actor) -> None:
    """Ask for approval of the letter of a major case where nobody was asked about it as it reads now.

    Every action that changes what the letter says calls this: its text, its money, the case's
    classification and due date. An approval of what it said before is void.
    """
    needs_approval = ticket.severity == Severity.MAJOR and ticket.is_open
    draft = queries.draft_of(ticket) if needs_approval else None
    if draft is None:
        return
    asked = ticket.approvals.filter(kind=Kind.MAJOR).exclude(state=State.SUPERSEDED).last()
    content = letters.content_hash(ticket, draft)
    if asked and asked.is_about(draft, content):
        return
    if asked and asked.state == State.GRANTED and asked.decision:
        asked.decision.approved_by = asked.decision.approved_at = None
        asked.decision.save()
        enter(ticket, "ticket.approval_voided", actor, data={"approval": Kind.MAJOR})
    ask(ticket, Kind.MAJOR, actor, decision=draft, content=content)
    # A letter that waits for the mail server is looked at again now, and held back (``claim_delivery``).
    waiting = draft.deliveries.filter(state=Delivery.State.WAITING, claimed_at=None)
    waiting.update(next_try_at=clock.now())
