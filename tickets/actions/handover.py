"""What falls due before its handler is back is offered to the team; whoever takes it can give it back."""

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.permissions import is_system
from tickets.actions.assign import check, give, need_no_conflict
from tickets.actions.base import NOTE, enter, need_state, staff_of
from tickets.assigning import Away, considered
from tickets.columns import text_of
from tickets.models import Assignment, Entry, Handover, Ticket
from tickets.permissions import VERBS
from tickets.queries import missing_for

LAST_WORDS = 3  # of the timeline, told in the story


@action("ticket.handover_offered", allowed=is_system)
def offer_handover(ticket: Ticket, *, actor: Actor, away: Away) -> Handover:
    """Once, while its handler is away; the case stays theirs until somebody takes it."""
    if ticket.assignee is None or not ticket.is_open:
        raise ActionError(_("这件工单没有人在处理。"), state=ticket.state)
    if ticket.handovers.filter(state=Handover.State.OFFERED).exists():
        raise ActionError(_("已经在等人接手。"), state=ticket.state)
    offer = Handover.objects.create(
        ticket=ticket,
        holder=ticket.assignee,
        reason=away.reason,
        back_on=away.back_on,
        story=story_of(ticket),
        offered_at=clock.now(),
    )
    data = {"assignee_name": ticket.assignee.name, "due_on": f"{ticket.due_on}"}
    enter(ticket, "ticket.handover_offered", actor, kind=NOTE, data=data)
    return offer


@action("ticket.handover_ended", allowed=is_system)
def end_handover(ticket: Ticket, *, actor: Actor) -> Ticket:
    """The handler is back, or the case went on otherwise."""
    offer = _offer(ticket)
    offer.end()
    offer.save()
    return ticket


@action("ticket.handed_over", allowed=VERBS["take_over"].allowed)
def take_over(ticket: Ticket, *, actor: Actor, no_conflict: bool) -> Ticket:
    """Take what a colleague had to leave; the work goes on where it is."""
    need_state(ticket, "take_over")
    offer, taker = _offer(ticket), staff_of(actor)
    if taker == offer.holder:
        raise ActionError(_("案件已经在此人手里。"), state=ticket.state)
    everybody = check(ticket, taker, no_conflict)
    offer.take()
    offer.taker, offer.taken_at = taker, clock.now()
    offer.save()
    give(ticket, taker, actor, Assignment.How.HANDED_OVER, everybody)
    data = {"assignee": taker.pk, "assignee_name": taker.name, "no_conflict": True}
    enter(ticket, "ticket.handed_over", actor, data=data)
    return ticket


@action("ticket.handover_undone", allowed=VERBS["undo_handover"].allowed)
def undo_handover(ticket: Ticket, *, actor: Actor) -> Ticket:
    """Back to whom it was taken from, by the taker, that person or a supervisor."""
    need_state(ticket, "undo_handover")
    taken = ticket.handovers.filter(state=Handover.State.TAKEN).order_by("-id").first()
    if taken is None or taken.taker_id != ticket.assignee_id:
        raise ActionError(_("没有可以撤销的接手。"), state=ticket.state)
    if actor.role == "agent" and staff_of(actor).pk not in (taken.taker_id, taken.holder_id):
        raise ActionForbidden("ticket.handover_undone")
    if not taken.holder.is_active:
        raise ActionError(_("只能分派给在职的客服或主管。"), state=ticket.state)
    need_no_conflict(ticket, taken.holder)
    taken.undo()
    taken.save()
    give(ticket, taken.holder, actor, Assignment.How.GIVEN_BACK, considered(ticket))
    enter(ticket, "ticket.handover_undone", actor, data={"assignee_name": taken.holder.name})
    return ticket


def _offer(ticket: Ticket) -> Handover:
    offer = ticket.handovers.filter(state=Handover.State.OFFERED).first()
    if offer is None:
        raise ActionError(_("没有等待接手，可能已有人先接。"), state=ticket.state)
    return offer


def story_of(ticket: Ticket) -> str:
    """What whoever takes the case reads first: where it stands, what is missing, the last words."""
    lines = [
        _("状态：%(state)s，期限 %(day)s。")
        % {"state": ticket.get_state_display(), "day": text_of(ticket, "due")},
        _("客户希望：%s") % ticket.request,
    ]
    if missing := missing_for(ticket, "resolve"):
        lines.append(_("作出决定还缺：%s") % "、".join(missing))
    said = Entry.objects.filter(ticket=ticket).exclude(text="").order_by("-id")[:LAST_WORDS]
    lines += [f"{clock.local_date(entry.at)}　{entry.text}" for entry in reversed(said)]
    return "\n".join(lines)
