"""Who can hold a case, and who must not: the desk's people and their conflicts of interest."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from helpdesk.core.keyset import CappedCount
from helpdesk.core.memo import once, remembered
from helpdesk.core.models import WORKERS, Role, User
from helpdesk.core.together import keep, together
from tickets.models import Entry, Involved, KindDetails, Ticket, TicketLink
from tickets.models.link import MERGE, merges_into
from tickets.search import Query, few

Part = Involved.Part
ACCUSED = (Part.NAMED, Part.COLLECTOR)


def load_cap() -> int:
    """How many open cases one person may hold."""
    return int(settings.TICKETS_PER_AGENT)


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
    people = User.objects.filter(is_active=True, role__in=WORKERS)
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
    "same_team": gettext_lazy("原决定是此人所在的团队作出的，核查须由上一级或别的团队办理。"),
}


@dataclass(frozen=True)
class Conflicts:
    """Who must not handle a case, as far as it is known."""

    ticket: Ticket
    story: list[Ticket]  # the case, and those that were merged into it
    involved: dict[int, str]  # user → Involved.part
    managers: set[int | None]  # of whoever is named or involved
    earlier: dict[int, str]  # of what the case reviews, with what was merged into that: user → code
    cleared: set[int]  # whom its text names, but does not mean

    def code_of(self, user: User) -> str:
        """Of CONFLICTS; "" when nothing is known against this person."""
        if any(one.customer_id == user.pk for one in self.story):
            return "complainant"
        if user.pk not in self.cleared and _is_named(self.story, user.name):
            return "named"
        if user.pk in self.involved:
            return self.involved[user.pk]
        if user.pk in self.managers:
            return "manager"
        return self.earlier.get(user.pk, "")


def conflicts_of(ticket: Ticket) -> Conflicts:
    """Read anew whenever somebody acts, so that it holds whoever was named, registered, renamed or promoted
    since. Three queries, and one more for a review; a page asks one, or two."""
    return _conflicts(ticket, story_of(ticket))


def conflicts_of_each(keys: Collection[int]) -> dict[int, Conflicts]:
    """The same of several cases by their keys; two queries, and one more for each review."""
    merges = TicketLink.objects.filter(MERGE, other__in=keys)
    story = Q(pk__in=keys) | Q(pk__in=merges.values("ticket"))
    rows = together(
        cases=Ticket.objects.filter(story),
        merges=merges,
        involved=Involved.objects.filter(Q(ticket__in=keys) | Q(ticket__in=merges.values("ticket"))),
    )
    cases: dict[int, Ticket] = {case.pk: case for case in rows["cases"]}
    for case in cases.values():
        keep(case, involved=[row for row in rows["involved"] if row.ticket_id == case.pk])
    merged: dict[int, list[Ticket]] = defaultdict(list)
    for link in rows["merges"]:
        merged[link.other_id].append(cases[link.ticket_id])
    with remembered():  # who manages whom
        return {key: _conflicts(cases[key], [cases[key], *merged[key]]) for key in keys if key in cases}


def _conflicts(ticket: Ticket, story: list[Ticket]) -> Conflicts:
    rows = [(row.user_id, row.part) for one in story for row in one.involved.all()]
    involved = [(pk, part) for pk, part in rows if part != Part.CLEARED]
    cleared = {pk for pk, part in rows if part == Part.CLEARED}
    originals = tuple(sorted({one.review_of_id for one in story if one.review_of_id}))
    earlier = _of_the_originals(originals) if originals else []
    accused = {pk for pk, part in (*involved, *earlier) if part in ACCUSED}
    managers = {
        boss
        for pk, name, boss in _managed()
        if pk in accused or (pk not in cleared and _is_named(story, name))
    }
    return Conflicts(ticket, story, dict(involved), managers, dict(earlier), cleared)


def accused_of(ticket: Ticket) -> list[User]:
    """Whom of the desk the case is about, by its text or by what was recorded."""
    conflicts = conflicts_of(ticket)
    rows = [row for one in conflicts.story for row in one.involved.all() if row.part in ACCUSED]
    named = [
        member.user
        for member in desk_members()
        if member.user.pk not in conflicts.cleared and _is_named(conflicts.story, member.user.name)
    ]
    return sorted({*named, *(row.user for row in rows)}, key=lambda user: (user.name, user.pk))


def conflict_of(ticket: Ticket, user: User) -> str:
    """Why this person must not handle the case, in words; "" when nothing is known against it."""
    code = conflicts_of(ticket).code_of(user)
    return str(CONFLICTS[code]) if code else ""


def held_reviews_of(ticket: Ticket) -> list[Ticket]:
    """The open reviews of a case, and of its reviews, that somebody holds."""
    reviews = Q(review_of=ticket) | Q(review_of__review_of=ticket)
    return list(Ticket.objects.open().filter(reviews, assignee__isnull=False).select_related("assignee"))


def supervisors_for(ticket: Ticket) -> list[User]:
    """The supervisors without a conflict of interest, the least loaded first."""
    conflicts = conflicts_of(ticket)
    supervisors = (member.user for member in desk_members() if member.user.role == Role.SUPERVISOR)
    return [user for user in supervisors if not conflicts.code_of(user)]


def supervisors_near(ticket: Ticket) -> list[User]:
    """Of these, those of the team of the case; all where that has none."""
    able = supervisors_for(ticket)
    return [user for user in able if user.team_id == ticket.team_id] or able


def administrators() -> list[User]:
    """Who can put people in charge where nobody else can act."""
    return list(User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk"))


@once
def _managed() -> list[tuple[int, str, int | None]]:
    """Everybody who has a manager: key, name, and the manager's key."""
    return list(User.objects.filter(manager__isnull=False).values_list("pk", "name", "manager"))


def story_of(ticket: Ticket) -> list[Ticket]:
    """The case, and those that were merged into it."""
    if ticket.whole:
        return [ticket, *ticket.whole.merged]
    merged = Ticket.objects.filter(pk__in=merges_into(ticket).values("ticket"))
    return [ticket, *merged.prefetch_related("involved")]


def _is_named(story: list[Ticket], name: str) -> bool:
    return bool(name) and any(name in one.narrative or name in one.request for one in story)


SAID_LATER = Q(kind=Entry.Kind.CUSTOMER) | Q(verb="ticket.reopened")


def is_named_later(ticket: Ticket, user: User) -> bool:
    """Whether what the customer said after the first words, or in the fields of the kind, names this person,
    and nobody has found since that it does not mean them. It is heeded when it comes (``heed_names``), but
    only by the names of that day. Two queries for most cases."""
    if not user.name:
        return False
    story = Q(ticket=ticket) | Q(ticket__in=merges_into(ticket).values("ticket"))
    named = Entry.objects.filter(story & SAID_LATER, text__contains=user.name)
    last = named.order_by("-at").values_list("at", flat=True).first()
    filled_in = user.name in "\n".join(ticket.details.data.values()) if hasattr(ticket, "details") else False
    if last is None and not filled_in:
        return False
    cleared = Involved.objects.filter(story, user=user, part=Part.CLEARED).order_by("-at").first()
    return cleared is None or (last is not None and last > cleared.at)


def cases_that_name(user: User) -> list[int]:
    """The keys of the cases in which this name was written, first or later, as far as the index of words
    finds them; of a name that is everywhere, those that are not over."""
    query = Query(user.name)
    found = few(query) if query else []
    if found is not None:
        filled_in = KindDetails.objects.filter(ticket__unfinished=True).values_list("ticket", "data")
        return sorted({*found, *(pk for pk, data in filled_in if user.name in "\n".join(data.values()))})
    open_or_reviewed = Q(unfinished=True) | Q(reviews__unfinished=True)
    return list(Ticket.objects.filter(open_or_reviewed).distinct().values_list("pk", flat=True))


@once
def _of_the_originals(cases: tuple[int, ...]) -> list[tuple[int, str]]:
    """Whom the cases that are reviewed are about, who held or decided them, through every instance, and the
    agents of the teams that did: a review is held at a higher unit. What was merged into them counts for whom
    it is about; who worked on it before decided nothing."""
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(cases))
        cursor.execute(OF_THE_ORIGINALS.format(marks), [*cases, Role.AGENT.value, Role.CUSTOMER.value])
        return list(cursor.fetchall())


# ``story``: the originals and what was merged into each (``root``), as ``story_of`` reads them.
OF_THE_ORIGINALS = """
    WITH RECURSIVE original (id, review_of_id, assignee_id, team_id) AS (
        SELECT id, review_of_id, assignee_id, team_id FROM tickets_ticket WHERE id IN ({})
        UNION SELECT t.id, t.review_of_id, t.assignee_id, t.team_id
        FROM tickets_ticket t JOIN original o ON t.id = o.review_of_id),
    part (root, id) AS (
        SELECT id, id FROM original
        UNION SELECT o.id, l.ticket_id FROM tickets_ticketlink l JOIN original o ON l.other_id = o.id
        WHERE l.kind = 'duplicate_of' AND l.ended_at IS NULL),
    story (root, id, customer_id, told) AS (
        SELECT p.root, t.id, t.customer_id, t.narrative || t.request
        FROM part p JOIN tickets_ticket t ON t.id = p.id)
    SELECT u.id, 'same_team' FROM core_user u JOIN original o ON u.team_id = o.team_id WHERE u.role = %s
    UNION SELECT u.id, 'named' FROM core_user u JOIN story s
        ON u.role <> %s AND u.name <> '' AND REPLACE(s.told, u.name, '') <> s.told
        AND NOT EXISTS (SELECT 1 FROM tickets_involved c JOIN part p ON p.id = c.ticket_id
            WHERE p.root = s.root AND c.user_id = u.id AND c.part = 'cleared')
    UNION SELECT i.user_id, i.part FROM tickets_involved i JOIN story s
        ON i.ticket_id = s.id AND i.part <> 'cleared'
    UNION SELECT customer_id, 'complainant' FROM story
    UNION SELECT assignee_id, 'took_part' FROM original
    UNION SELECT a.assignee_id, 'took_part' FROM tickets_assignment a JOIN original o ON a.ticket_id = o.id
    UNION SELECT d.drafted_by_id, 'took_part' FROM tickets_decision d JOIN original o ON d.ticket_id = o.id
    UNION SELECT d.approved_by_id, 'took_part' FROM tickets_decision d JOIN original o ON d.ticket_id = o.id
    UNION SELECT p.answered_by_id, 'took_part' FROM tickets_approval p JOIN original o ON p.ticket_id = o.id
    ORDER BY 2  -- of somebody who is both, the last counts
"""
