"""Who may do what to a case. ``VERBS`` pairs every verb with its rule and the states it makes sense in."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.core.actors import Actor, Guest, holds
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import (
    Rule,
    is_administrator,
    is_analyst,
    is_customer,
    is_supervisor,
    is_system,
    rule,
    works_cases,
)
from tickets import people
from tickets.models import BulkAct, BulkRow, CorrectiveAction, SavedView, Ticket
from tickets.models.link import merged_here
from tickets.states import OPEN, State


@rule
def is_guest(actor: Actor, row: Ticket | None) -> bool:
    return isinstance(actor, Guest)


@rule
def is_party(actor: Actor, ticket: Ticket) -> bool:
    """The complainant: the signed-in customer of the case, or a guest who has shown its tracking code,
    or that of a case which was merged into it."""
    if isinstance(actor, User):
        return actor.pk is not None and ticket.customer_id == actor.pk
    if holds(actor, "ticket", ticket.grant_key):
        return True
    merged = Ticket.objects.filter(pk__in=merged_here(ticket)) if actor.grants else ()
    return any(holds(actor, "ticket", one.grant_key) for one in merged)


@rule
def in_reach(actor: Actor, ticket: Ticket) -> bool:
    """A supervisor reaches every case; an agent the own ones, the team's, and those of no team yet.

    A review belongs to the higher unit: agents meet it only when a supervisor has assigned it to them.
    """
    if actor.role != Role.AGENT or not isinstance(actor, User):
        return actor.role == Role.SUPERVISOR
    if ticket.assignee_id == actor.pk:
        return True
    if ticket.team_id is None:
        return ticket.review_of_id is None
    return ticket.team_id == actor.team_id


@rule
def reviews_it(actor: Actor, ticket: Ticket) -> bool:
    """Whoever handles a review of a case, or of its review, reads it; nothing more."""
    if actor.role != Role.AGENT or not isinstance(actor, User):
        return False
    return ticket.reviews.filter(Q(assignee=actor) | Q(reviews__assignee=actor)).exists()


@rule
def is_assignee(actor: Actor, ticket: Ticket) -> bool:
    return isinstance(actor, User) and ticket.assignee_id == actor.pk


def conflict_with(actor: Actor, ticket: Ticket) -> str:
    """Why this member of staff must keep off the case, as they are told; "" when nothing is known."""
    why = people.conflict_of(ticket, actor) if isinstance(actor, User) else ""
    words = {"name": actor, "why": why}
    return (
        _("存在利益冲突，%(name)s不能处理这件工单：%(why)s请由没有利益冲突的主管处理或改派。") % words
        if why
        else ""
    )


no_conflict = Rule("no_conflict", lambda actor, ticket: not conflict_with(actor, ticket), conflict_with)


@rule
def owns_correction(actor: Actor, ticket: Ticket) -> bool:
    """Whoever was given something to see to that the case showed."""
    return any(is_owner(actor, row) for row in ticket.corrections.all())


@rule
def is_owner(actor: Actor, correction: CorrectiveAction) -> bool:
    return isinstance(actor, User) and actor.pk == correction.owner_id


@rule
def owns_view(actor: Actor, view: SavedView) -> bool:
    return isinstance(actor, User) and actor.pk == view.owner_id


@rule
def is_shared(actor: Actor, view: SavedView) -> bool:
    return view.team_id is not None


@rule
def did_act(actor: Actor, act: BulkAct) -> bool:
    return isinstance(actor, User) and actor.pk == act.by_id


@rule
def did_row(actor: Actor, row: BulkRow) -> bool:
    return did_act(actor, row.act)


changes_view = owns_view | (is_supervisor & is_shared)


# Nobody works on a complaint of their own, nor on one that is about them: whatever the rank.
works_on = works_cases & in_reach & ~is_party & no_conflict
decides = works_cases & is_assignee & ~is_party & no_conflict
supervises = is_supervisor & ~is_party & no_conflict
handles = decides | supervises
gives_back = (works_cases & is_assignee & ~is_party) | supervises  # also because of a conflict

can_file = is_guest | is_customer | works_cases | is_system  # letters are received by the desk itself
reads = (works_cases & in_reach) | reviews_it | is_analyst | is_administrator
can_read_notes = (reads & ~is_party & no_conflict) | is_system
hears = works_cases | is_administrator  # alerts: administrators where no supervisor can act
# A whole case, unmasked, out of the house.
exports = (is_supervisor | is_administrator) & ~is_party & no_conflict
# What the house asked of somebody beside the case: to have done it is no judgement of the case.
corrects = handles | (works_cases & owns_correction & ~is_party)
at_their_word = (
    is_party | handles
)  # the complainant, or whoever handles the case and writes down what they said


@dataclass(frozen=True)
class Verb:
    allowed: Rule
    states: tuple[State, ...]  # where it is possible; the action checks it again under the lock


ANY = tuple(State)
LINKABLE = tuple(state for state in State if state != State.MERGED)
BEFORE_END = (*OPEN, State.RESOLVED)
AT_WORK = (State.INVESTIGATING, State.AWAITING_CUSTOMER)

VERBS: dict[str, Verb] = {
    "classify": Verb(works_on, (State.RECEIVED,)),
    "decline": Verb(works_on, (State.RECEIVED,)),
    "reclassify": Verb(handles, (State.CLASSIFIED, State.ASSIGNED, *AT_WORK)),
    "change_topic": Verb(works_on, OPEN),
    "assign": Verb(works_on, (State.CLASSIFIED,)),  # an agent may only take it: see assign_ticket
    "assign_by_rule": Verb(supervises | is_system, (State.CLASSIFIED,)),
    "reassign": Verb(supervises, (State.ASSIGNED, *AT_WORK)),
    "hand_back": Verb(gives_back, (State.ASSIGNED,)),
    "involve": Verb(works_on, OPEN),
    "clear_person": Verb(supervises, ANY),  # also where a review of it goes by whom it names
    "take_over": Verb(works_on, (State.ASSIGNED, *AT_WORK)),
    "undo_handover": Verb(works_on, (State.ASSIGNED, *AT_WORK)),
    "investigate": Verb(decides, (State.ASSIGNED,)),
    "await_customer": Verb(handles, (State.INVESTIGATING,)),
    "stop_waiting": Verb(handles, (State.AWAITING_CUSTOMER,)),
    "log_contact": Verb(works_on, BEFORE_END),
    "reply": Verb(works_on, BEFORE_END),
    "note": Verb(works_on, ANY),
    "message": Verb(is_party | works_on, BEFORE_END),
    "evidence": Verb(is_party | works_on, BEFORE_END),
    "ask_partner": Verb(handles, (State.ASSIGNED, *AT_WORK)),
    "close_partner_task": Verb(works_on, ANY),
    "draft_decision": Verb(handles, AT_WORK),
    "propose_redress": Verb(handles, AT_WORK),
    "cancel_redress": Verb(handles, AT_WORK),
    "record_correction": Verb(handles, (*AT_WORK, State.RESOLVED, State.CLOSED)),
    "request_extension": Verb(decides, OPEN),
    "grant_approval": Verb(supervises, OPEN),
    "refuse_approval": Verb(supervises, OPEN),
    "resolve": Verb(decides, (State.INVESTIGATING,)),
    "retry_delivery": Verb(handles, ANY),
    "pay_redress": Verb(handles, (State.RESOLVED, State.CLOSED)),
    "complete_correction": Verb(
        corrects, (*AT_WORK, State.RESOLVED, State.CLOSED, State.WITHDRAWN, State.MERGED)
    ),
    "give_feedback": Verb(is_party, (State.RESOLVED,)),
    "close_without_feedback": Verb(is_system, (State.RESOLVED,)),
    "reopen": Verb(at_their_word, (State.RESOLVED, State.CLOSED)),
    "withdraw": Verb(at_their_word, OPEN),
    "request_review": Verb(at_their_word, (State.RESOLVED, State.CLOSED)),
    "extend_deadline": Verb(supervises, OPEN),
    "stop_deadline": Verb(supervises, OPEN),
    "resume_deadline": Verb(supervises, OPEN),
    "restart_deadline": Verb(supervises, OPEN),
    "renew_tracking_code": Verb(is_party | supervises, ANY),
    "correct_contact": Verb(works_on, (*BEFORE_END, State.CLOSED)),
    "record_representation": Verb(works_on, (*BEFORE_END, State.CLOSED)),
    "record_details": Verb(works_on, OPEN),
    "complete_step": Verb(handles, (State.ASSIGNED, *AT_WORK)),
    "open_matter": Verb(works_on, (State.CLASSIFIED, State.ASSIGNED, *AT_WORK)),
    "merge": Verb(works_on, OPEN),
    "unmerge": Verb(works_on, (State.MERGED,)),
    "split": Verb(works_on, OPEN),
    "link": Verb(works_on, LINKABLE),
    "unlink": Verb(works_on, LINKABLE),
}
