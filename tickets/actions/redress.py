"""What follows from a case: money for the customer, and a correction inside the house."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from tickets import queries
from tickets.actions.ask import check_letter, check_redress
from tickets.actions.base import enter, need_state, need_text, staff_of
from tickets.models import CorrectiveAction, Delivery, Redress, Ticket
from tickets.permissions import VERBS


@action("ticket.redress_proposed", allowed=VERBS["propose_redress"].allowed)
def propose_redress(ticket: Ticket, *, actor: Actor, kind: str, amount: Decimal, due_on: dt.date) -> Redress:
    """An amount in yuan for the coming decision; above the limit of a case a second person is asked."""
    need_state(ticket, "propose_redress")
    _need_no_letter_on_its_way(ticket)
    if amount <= 0:
        raise ActionError(_("金额应大于零。"), state=ticket.state)
    if due_on < clock.today():
        raise ActionError(_("应付日期不能早于今天。"), state=ticket.state)
    row = Redress.objects.create(
        ticket=ticket,
        kind=kind,
        amount=amount,
        due_on=due_on,
        proposed_by=staff_of(actor),
        proposed_at=clock.now(),
    )
    enter(ticket, "ticket.redress_proposed", actor, data={"redress": kind, "amount": f"{amount}"})
    _changed(ticket, actor)
    return row


@action("ticket.redress_cancelled", allowed=VERBS["cancel_redress"].allowed)
def cancel_redress(ticket: Ticket, *, actor: Actor, redress: Redress) -> Redress:
    """Take an amount out of the coming decision; what was decided is not taken back here."""
    need_state(ticket, "cancel_redress")
    _need_no_letter_on_its_way(ticket)
    row = ticket.redress.filter(pk=redress.pk, decision=None, cancelled_at=None).first()
    if row is None:
        raise ActionError(_("这笔补偿已经写进决定或已取消。"), state=ticket.state)
    row.cancelled_at = clock.now()
    row.save()
    enter(ticket, "ticket.redress_cancelled", actor, data={"redress": row.kind, "amount": f"{row.amount}"})
    _changed(ticket, actor)
    return row


def _need_no_letter_on_its_way(ticket: Ticket) -> None:
    """What is being sent states its money already."""
    draft = queries.draft_of(ticket)
    if ticket.deliveries.filter(
        state=Delivery.State.WAITING, decision__isnull=False, decision=draft
    ).exists():
        raise ActionError(
            _("决定书正在发送，里面的补偿不能再改。要改的话，请先保存一份新的草稿。"), state=ticket.state
        )


def _changed(ticket: Ticket, actor: Actor) -> None:
    """The letter says another sum: who agreed is asked again, and a printed one that never left is void."""
    check_redress(ticket, actor)
    check_letter(ticket, actor)
    for old in ticket.deliveries.filter(state=Delivery.State.FAILED, letter="decision"):
        old.cancel()
        old.save()


@action("ticket.redress_paid", allowed=VERBS["pay_redress"].allowed)
def pay_redress(
    ticket: Ticket, *, actor: Actor, redress: Redress, paid_on: dt.date, reference: str
) -> Redress:
    """Note that a decided amount has reached the customer, with the number of the payment."""
    need_state(ticket, "pay_redress")
    row = ticket.redress.filter(pk=redress.pk, decision__isnull=False, paid_on=None).first()
    if row is None:
        raise ActionError(_("这笔补偿不在待付之列。"), state=ticket.state)
    if paid_on > clock.today():
        raise ActionError(_("支付日期不能晚于今天。"), state=ticket.state)
    row.paid_on, row.paid_by, row.reference = paid_on, staff_of(actor), need_text(reference, ticket)
    row.save()
    data = {"redress": row.kind, "amount": f"{row.amount}", "paid_on": f"{paid_on}"}
    enter(ticket, "ticket.redress_paid", actor, data=data)
    return row


@action("ticket.correction_recorded", allowed=VERBS["record_correction"].allowed)
def record_correction(
    ticket: Ticket,
    *,
    actor: Actor,
    what: str = "",
    owner: User | None = None,
    due_on: dt.date | None = None,
    none_because: str = "",
) -> CorrectiveAction:
    """What changes, who sees to it and by when; or, alone, why nothing needs to change."""
    need_state(ticket, "record_correction")
    planned = bool(what.strip()) and owner is not None and due_on is not None
    if planned == bool(none_because.strip()) or (not planned and (what.strip() or owner or due_on)):
        raise ActionError(_("请写明整改内容、负责人和期限，或只写明不需要整改的理由。"), state=ticket.state)
    if due_on and due_on < clock.today():
        raise ActionError(_("整改的完成期限不能早于今天。"), state=ticket.state)
    row = CorrectiveAction.objects.create(
        ticket=ticket,
        what=what.strip(),
        owner=owner,
        due_on=due_on,
        none_because=none_because.strip(),
        recorded_by=staff_of(actor),
        recorded_at=clock.now(),
    )
    data = {"due_on": f"{due_on}", "assignee_name": str(owner)} if planned else {}
    enter(ticket, "ticket.correction_recorded", actor, text=what or none_because, data=data)
    return row


@action("ticket.correction_completed", allowed=VERBS["complete_correction"].allowed)
def complete_correction(ticket: Ticket, *, actor: Actor, correction: CorrectiveAction, note: str) -> Ticket:
    """By whoever handles the case, or by the owner of this correction, who need not see the case."""
    need_state(ticket, "complete_correction")
    row = next((row for row in queries.open_corrections(actor, ticket) if row.pk == correction.pk), None)
    if row is None:
        raise ActionError(_("这项整改已经完成，或者不由您负责。"), state=ticket.state)
    row.done_on = clock.today()
    row.save()
    enter(ticket, "ticket.correction_completed", actor, text=need_text(note, ticket))
    return ticket
