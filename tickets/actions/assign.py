"""Giving a case to a person without a conflict of interest."""

from django.utils.translation import gettext as _

from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import Role, User
from tickets import queries
from tickets.actions.base import NOTE, enter, need_state
from tickets.models import Ticket
from tickets.permissions import VERBS


@action("ticket.assigned", allowed=VERBS["assign"].allowed)
def assign_ticket(
    ticket: Ticket, *, actor: Actor, assignee: User, no_conflict: bool, note: str = ""
) -> Ticket:
    """A supervisor gives the case to anyone who may have it; an agent may take it."""
    if actor.role == Role.AGENT and assignee != actor:
        raise ActionForbidden("ticket.assigned")
    need_state(ticket, "assign")
    _check(ticket, assignee, no_conflict)
    ticket.assign()
    _give(ticket, assignee)
    enter(ticket, "ticket.assigned", actor, public=True, data=_declared(assignee))
    if note.strip():
        enter(ticket, "ticket.assigned", actor, kind=NOTE, text=note)
    return ticket


@action("ticket.reassigned", allowed=VERBS["reassign"].allowed)
def reassign_ticket(
    ticket: Ticket, *, actor: Actor, assignee: User, no_conflict: bool, note: str = ""
) -> Ticket:
    need_state(ticket, "reassign")
    if assignee.pk == ticket.assignee_id:
        raise ActionError(_("案件已经在此人手里。"), state=ticket.state)
    _check(ticket, assignee, no_conflict)
    ticket.reassign()
    _give(ticket, assignee)
    enter(ticket, "ticket.reassigned", actor, text=note, data=_declared(assignee))
    return ticket


def _declared(assignee: User) -> dict[str, object]:
    return {"assignee": assignee.pk, "assignee_name": assignee.name, "no_conflict": True}


def _check(ticket: Ticket, assignee: User, no_conflict: bool) -> None:
    member = next((m for m in queries.desk_members() if m.user == assignee), None)
    if member is None:
        raise ActionError(_("只能分派给在职的客服或主管。"), state=ticket.state)
    if not no_conflict:
        raise ActionError(_("请先确认承办人与本案没有利益冲突。"), state=ticket.state)
    if conflict := queries.conflict_of(ticket, member.user):
        raise ActionError(_("存在利益冲突，不能分派：%s") % conflict, state=ticket.state)
    if member.load >= queries.load_cap():
        raise ActionError(_("此人手上的案件已达上限。"), state=ticket.state)


def _give(ticket: Ticket, assignee: User) -> None:
    ticket.assignee, ticket.team = assignee, assignee.team
    ticket.save()
