"""What waits for one person across all cases: approvals, letters that did not leave, money, corrections."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from helpdesk.core.models import Role, User
from tickets import people
from tickets.models import Approval, CorrectiveAction, Delivery, Redress
from tickets.queries import tickets_visible_to
from tickets.states import State

MOST = 50  # rows of one list; what comes first is what is most urgent


@dataclass(frozen=True)
class ToDo:
    """The lists of the page; each shows at most ``MOST`` rows."""

    approvals: list[Approval]  # for this person to answer
    asked: list[Approval]  # asked for by this person, still open
    undelivered: list[Delivery]
    unpaid: list[Redress]
    corrections: list[CorrectiveAction]

    @property
    def count(self) -> int:
        lists: tuple[list[Any], ...] = (self.approvals, self.undelivered, self.unpaid, self.corrections)
        return sum(len(rows) for rows in lists)


def todo_of(user: User) -> ToDo:
    """Five queries, and two at most for the cases that this person must keep off: of these only a correction
    is shown of which they are the owner. A supervisor sees what waits anywhere, an agent what waits in their
    own cases."""
    everywhere = user.role == Role.SUPERVISOR
    seen = Q(ticket__in=tickets_visible_to(user)) & ~Q(ticket__customer=user)
    mine = seen if everywhere else seen & Q(ticket__assignee=user)
    requested = Approval.objects.filter(
        seen, state=Approval.State.REQUESTED, ticket__unfinished=True
    ).select_related("ticket", "requested_by")
    proposed = Redress.objects.filter(ticket=OuterRef("ticket"), decision=None, cancelled_at=None)
    own_money = Q(Exists(proposed.filter(proposed_by=user)), kind=Approval.Kind.REDRESS)
    behind = Q(requested_by=user) | Q(ticket__assignee=user) | Q(decision__drafted_by=user) | own_money
    to_answer = requested.exclude(behind)  # as queries.behind has it
    failed = Delivery.objects.filter(mine, state=Delivery.State.FAILED)
    unpaid = Redress.objects.filter(mine, decision__isnull=False, paid_on=None)
    open_rows = CorrectiveAction.objects.filter(done_on=None, due_on__isnull=False)
    own = Q() if everywhere else Q(owner=user) | Q(ticket__assignee=user)
    shown = Exists(tickets_visible_to(user).filter(pk=OuterRef("ticket")))  # an owner may be of another team
    corrections = open_rows.filter(own).annotate(case_is_seen=shown).select_related("ticket", "owner")
    undelivered = failed.exclude(ticket__state=State.WITHDRAWN).select_related("ticket")
    lists: tuple[list[Any], ...] = (
        _first(to_answer.order_by("ticket__due_on", "id")) if everywhere else [],
        _first(requested.filter(requested_by=user).order_by("id")),
        _first(undelivered.order_by("id")),
        _first(unpaid.select_related("ticket").order_by("due_on", "id")),
        _first(corrections.order_by("due_on", "id")),
    )
    kept_off = people.kept_off(user, {row.ticket_id for rows in lists for row in rows})
    return ToDo(*([row for row in rows if _is_shown(row, user, kept_off)] for rows in lists))


def _is_shown(row: Any, user: User, kept_off: set[int]) -> bool:
    own = isinstance(row, CorrectiveAction) and row.owner_id == user.pk
    return own or row.ticket_id not in kept_off


def _first(rows: QuerySet[Any]) -> list[Any]:
    return list(rows[:MOST])
