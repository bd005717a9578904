"""Giving a case to a person without a conflict of interest, and keeping why it is that person."""

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, lock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import Role, User
from tickets import assigning, people
from tickets.actions.alerts import pass_on_words
from tickets.actions.base import NOTE, enter, need_state, need_text, staff_of
from tickets.actions.involve import involve, may_be_meant
from tickets.assigning import Considered
from tickets.models import Assignment, Involved, Ticket
from tickets.permissions import VERBS

How = Assignment.How


@action("ticket.assigned", allowed=VERBS["assign"].allowed)
def assign_ticket(
    ticket: Ticket, *, actor: Actor, assignee: User, no_conflict: bool, note: str = ""
) -> Ticket:
    """A supervisor gives the case to anyone who may have it; an agent may take it."""
    if actor.role == Role.AGENT and assignee != actor:
        raise ActionForbidden("ticket.assigned")
    need_state(ticket, "assign")
    everybody = check(ticket, assignee, no_conflict)
    ticket.assign()
    give(ticket, assignee, actor, How.TAKEN if assignee == actor else How.GIVEN, everybody)
    enter(ticket, "ticket.assigned", actor, public=True, data=_declared(assignee))
    if note.strip():
        enter(ticket, "ticket.assigned", actor, kind=NOTE, text=note)
    return ticket


@action("ticket.assigned", allowed=VERBS["assign_by_rule"].allowed)
def assign_by_rule(ticket: Ticket, *, actor: Actor) -> Ticket:
    """Whom the rule of the team chooses. Nobody has declared anything: the assignee may still hand back."""
    need_state(ticket, "assign_by_rule")
    rule = assigning.rule_for(ticket)
    if rule is None:
        raise ActionError(_("没有团队按规则接这件工单。"), state=ticket.state)
    rule = lock(rule)  # one turn after the other
    everybody = assigning.considered(ticket, rule.team)
    chosen = assigning.choose(rule, everybody)
    if chosen is None:
        missing = [
            f"{one.user}：{'，'.join(map(str, one.reasons))}"
            for one in everybody
            if "team" not in one.why_not
        ]
        raise ActionError(_("这个团队现在没有人可以接。"), state=ticket.state, missing=missing)
    need_no_conflict(ticket, chosen.user)
    rule.last = chosen.user
    rule.save(update_fields=["last"])
    ticket.assign()
    give(ticket, chosen.user, actor, How.RULE, everybody, method=rule.method)
    data = {"assignee": chosen.user.pk, "assignee_name": chosen.user.name}
    enter(ticket, "ticket.assigned", actor, public=True, data=data)
    return ticket


@action("ticket.reassigned", allowed=VERBS["reassign"].allowed)
def reassign_ticket(
    ticket: Ticket, *, actor: Actor, assignee: User, no_conflict: bool, note: str = ""
) -> Ticket:
    """To somebody else, also in the middle of the work, which then goes on where it is."""
    need_state(ticket, "reassign")
    if assignee.pk == ticket.assignee_id:
        raise ActionError(_("案件已经在此人手里。"), state=ticket.state)
    everybody = check(ticket, assignee, no_conflict)
    ticket.reassign()
    give(ticket, assignee, actor, How.GIVEN, everybody)
    enter(ticket, "ticket.reassigned", actor, text=note, data=_declared(assignee))
    return ticket


@action("ticket.handed_back", allowed=VERBS["hand_back"].allowed)
def hand_back(ticket: Ticket, *, actor: Actor, reason: str, conflict: bool = False) -> Ticket:
    """Back to the queue before the work began; whoever has a conflict of interest never gets it again."""
    need_state(ticket, "hand_back")
    reason = need_text(reason, ticket)
    holder = ticket.assignee
    ticket.hand_back()
    ticket.assignee = None
    ticket.save()
    if conflict and holder is not None:
        involve(ticket, holder, Involved.Part.RECUSED, actor)
    pass_on_words(ticket)
    enter(ticket, "ticket.handed_back", actor, kind=NOTE, text=reason)
    return ticket


def _declared(assignee: User) -> dict[str, object]:
    return {"assignee": assignee.pk, "assignee_name": assignee.name, "no_conflict": True}


def need_no_conflict(ticket: Ticket, assignee: User) -> None:
    if conflict := people.conflict_of(ticket, assignee):
        raise ActionError(_("存在利益冲突，不能分派：%s") % conflict, state=ticket.state)
    if may_be_meant(ticket, assignee):  # by a name that nobody knew when it was said; the job records it
        raise ActionError(_("存在利益冲突，不能分派：%s") % people.CONFLICTS["named"], state=ticket.state)


def check(ticket: Ticket, assignee: User, no_conflict: bool) -> list[Considered]:
    """Refuse whom nobody may give the case to; else everybody who was considered."""
    everybody = assigning.considered(ticket)
    one = next((one for one in everybody if one.user == assignee), None)
    if one is None:
        raise ActionError(_("只能分派给在职的客服或主管。"), state=ticket.state)
    if not no_conflict:
        raise ActionError(_("请先确认承办人与本案没有利益冲突。"), state=ticket.state)
    need_no_conflict(ticket, assignee)
    if "full" in one.why_not:
        raise ActionError(_("此人手上的案件已达上限。"), state=ticket.state)
    return everybody


def give(  # what is kept, each by name
    ticket: Ticket,
    assignee: User,
    actor: Actor,
    how: str,
    everybody: list[Considered],
    *,
    method: str = "",
) -> None:
    """Put the case into somebody's hands and keep who else was considered."""
    ticket.assignee, ticket.team = assignee, assignee.team
    ticket.save()
    Assignment.objects.create(
        ticket=ticket,
        assignee=assignee,
        how=how,
        method=method,
        considered=[one.kept() for one in everybody],
        by=staff_of(actor),
        at=clock.now(),
    )
    pass_on_words(ticket)
