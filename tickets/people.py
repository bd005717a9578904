"""Who can hold a case, and who must not: the desk's people and their conflicts of interest."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from helpdesk.core.keyset import CappedCount
from helpdesk.core.memo import once
from helpdesk.core.models import Role, User
from tickets.models import Involved, Ticket


def load_cap() -> int:
    """How many open cases one person may hold."""
    return int(getattr(settings, "TICKETS_PER_AGENT", 40))


@dataclass(frozen=True)
class Member:
    """Somebody who can hold cases, and how many open ones they hold."""

    user: User
    load: int


@once
def desk_members() -> list[Member]:
    """The agents and supervisors on active duty, least loaded first; one query.

    Loads are counted up to just beyond the cap: more makes no difference to anything.
    """
    held = Ticket.objects.open().filter(assignee=OuterRef("pk"))
    people = User.objects.filter(is_active=True, role__in=(Role.AGENT, Role.SUPERVISOR))
    loaded = people.select_related("team", "staffing").annotate(load=CappedCount(held, most=load_cap()))
    members = [Member(user, user.load) for user in loaded]
    return sorted(members, key=lambda member: (member.load, member.user.name, member.user.pk))


CONFLICTS: dict[str, Promise] = {
    "complainant": gettext_lazy("投诉人是本人。"),
    "named": gettext_lazy("投诉内容提到了此人。"),
    "manager": gettext_lazy("此人是被投诉的人的上级。"),
    "collector": gettext_lazy("此人是这笔账的催收员。"),
    "recused": gettext_lazy("此人已自行回避。"),
    "took_part": gettext_lazy("此人参与了原决定。"),
}


@dataclass(frozen=True)
class Conflicts:
    """Who must not handle a case, as far as it is known."""

    ticket: Ticket
    involved: dict[int, str]  # user → Involved.part
    managers: set[int | None]  # of whoever is named or involved
    deciders: set[int | None]  # of what the case reviews

    def code_of(self, user: User) -> str:
        """Of CONFLICTS; "" when nothing is known against this person."""
        if self.ticket.customer_id == user.pk:
            return "complainant"
        if _is_named(self.ticket, user.name):
            return "named"
        if user.pk in self.involved:
            return self.involved[user.pk]
        if user.pk in self.managers:
            return "manager"
        return "took_part" if user.pk in self.deciders else ""


def conflicts_of(ticket: Ticket) -> Conflicts:
    """Two queries, and one more for a review."""
    involved: dict[int, str] = {row.user_id: row.part for row in ticket.involved.all()}
    managed = User.objects.filter(manager__isnull=False).values_list("pk", "name", "manager")
    accused = {pk for pk, part in involved.items() if part != Involved.Part.RECUSED}
    managers = {boss for pk, name, boss in managed if pk in accused or _is_named(ticket, name)}
    deciders = _deciders(ticket) if ticket.review_of_id else set()
    return Conflicts(ticket, involved, managers, deciders)


def conflict_of(ticket: Ticket, user: User) -> str:
    """Why this person must not handle the case, in words; "" when nothing is known against it."""
    code = conflicts_of(ticket).code_of(user)
    return str(CONFLICTS[code]) if code else ""


def _is_named(ticket: Ticket, name: str) -> bool:
    return bool(name) and (name in ticket.narrative or name in ticket.request)


def _deciders(ticket: Ticket) -> set[int | None]:
    """Who held or decided the cases that this one reviews, through every instance."""
    with connection.cursor() as cursor:
        cursor.execute(DECIDERS, [ticket.review_of_id])
        return {key for (key,) in cursor.fetchall()}


DECIDERS = """
    WITH RECURSIVE original (id, review_of_id, assignee_id) AS (
        SELECT id, review_of_id, assignee_id FROM tickets_ticket WHERE id = %s
        UNION SELECT t.id, t.review_of_id, t.assignee_id FROM tickets_ticket t
        JOIN original o ON t.id = o.review_of_id)
    SELECT assignee_id FROM original
    UNION SELECT a.assignee_id FROM tickets_assignment a JOIN original o ON a.ticket_id = o.id
    UNION SELECT d.drafted_by_id FROM tickets_decision d JOIN original o ON d.ticket_id = o.id
    UNION SELECT d.approved_by_id FROM tickets_decision d JOIN original o ON d.ticket_id = o.id
    UNION SELECT p.answered_by_id FROM tickets_approval p JOIN original o ON p.ticket_id = o.id
"""
