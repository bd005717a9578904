"""Who can hold a case, and who must not: the desk's people and their conflicts of interest."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from helpdesk.core.keyset import CappedCount
from helpdesk.core.memo import once
from helpdesk.core.models import WORKERS, Role, User
from tickets.models import Entry, Involved, KindDetails, Ticket
from tickets.models.link import merges_into
from tickets.naming import Told
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


Managed = list[tuple[int, str, int | None]]  # key, name, and the manager's key
Earlier = dict[int, list[tuple[int, str]]]  # a case that is reviewed → users and codes


@dataclass(frozen=True)
class Conflicts:
    """Who must not handle a case, as far as it is known."""

    customers: set[int | None]
    told: Told
    involved: dict[int, str]  # user → Involved.part
    cleared: set[int]  # whom its text names, but does not mean
    earlier: dict[int, str]  # of what the case reviews, with what was merged into that: user → code
    accused: set[int]  # by what was recorded, or in what the case reviews
    managed: dict[int | None, list[tuple[int, str]]]  # manager → whom they manage

    def code_of(self, user: User) -> str:
        """Of CONFLICTS; "" when nothing is known against this person."""
        if user.pk in self.customers:
            return "complainant"
        if self.names(user.pk, user.name):
            return "named"
        if user.pk in self.involved:
            return self.involved[user.pk]
        if any(pk in self.accused or self.names(pk, name) for pk, name in self.managed.get(user.pk, ())):
            return "manager"
        return self.earlier.get(user.pk, "")

    def names(self, pk: int, name: str) -> bool:
        return pk not in self.cleared and self.told.names(name)


@dataclass
class _Story:
    """What a case says of people, and those that were merged into it."""

    customers: set[int | None] = field(default_factory=set)
    reviewed: set[int] = field(default_factory=set)  # the cases whose decisions it reviews
    texts: list[str] = field(default_factory=list)
    involved: list[tuple[int, str]] = field(default_factory=list)  # user, Involved.part

    def add(self, customer: int | None, review_of: int | None, text: str) -> None:
        self.customers.add(customer)
        self.reviewed |= {review_of} if review_of else set()
        self.texts.append(text)


def conflicts_of(ticket: Ticket) -> Conflicts:
    """Read anew whenever somebody acts, so that it holds whoever was named, registered, renamed or promoted
    since. Three queries, and one more for a review; a page asks one, or two."""
    story = _Story()
    for one in story_of(ticket):
        story.add(one.customer_id, one.review_of_id, f"{one.narrative} {one.request}")
        story.involved += [(row.user_id, row.part) for row in one.involved.all()]
    return _conflicts(story, _of_the_originals(tuple(sorted(story.reviewed))), _managed())


def kept_off(user: User, keys: Collection[int]) -> set[int]:
    """Those of these cases that this person must keep off; one query, and one more for reviews."""
    if not keys:
        return set()
    marks = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(STORIES.format(marks), [*keys, *keys, user.pk])
        rows = cursor.fetchall()
    stories: dict[int, _Story] = defaultdict(_Story)
    for key, person, review_of, what, words in rows:
        if what == "told":
            stories[key].add(person, review_of, words)
        elif what != "managed":
            stories[key].involved.append((person, what))
    managed: Managed = [
        (person, name, user.pk) for _key, person, _no, what, name in rows if what == "managed"
    ]
    reviewed = {case for story in stories.values() for case in story.reviewed}
    earlier = _of_the_originals(tuple(sorted(reviewed)))
    return {key for key, story in stories.items() if _conflicts(story, earlier, managed).code_of(user)}


# As ``story_of`` reads each; the ORM would take longer to write and to read it than the page of the queue.
STORIES = """
    WITH story (root, id) AS (
        SELECT id, id FROM tickets_ticket WHERE id IN ({0})
        UNION ALL SELECT other_id, ticket_id FROM tickets_ticketlink
        WHERE other_id IN ({0}) AND kind = 'duplicate_of' AND ended_at IS NULL)
    SELECT s.root, t.customer_id, t.review_of_id, 'told', t.narrative || ' ' || t.request
        FROM story s JOIN tickets_ticket t ON t.id = s.id
    UNION ALL SELECT s.root, i.user_id, NULL, i.part, ''
        FROM story s JOIN tickets_involved i ON i.ticket_id = s.id
    UNION ALL SELECT 0, id, NULL, 'managed', name FROM core_user WHERE manager_id = %s
"""


def _conflicts(story: _Story, earlier: Earlier, managed: Managed) -> Conflicts:
    involved = [(pk, part) for pk, part in story.involved if part != Part.CLEARED]
    before = [row for case in story.reviewed for row in earlier.get(case, ())]
    managed_by: dict[int | None, list[tuple[int, str]]] = defaultdict(list)
    for pk, name, boss in managed:
        managed_by[boss].append((pk, name))
    return Conflicts(
        story.customers,
        Told(*story.texts),
        dict(involved),
        {pk for pk, part in story.involved if part == Part.CLEARED},
        dict(sorted(before, key=lambda row: row[1])),  # of somebody who is both, the last counts
        {pk for pk, part in (*involved, *before) if part in ACCUSED},
        managed_by,
    )


def accused_of(ticket: Ticket) -> list[User]:
    """Whom of the desk the case is about, by its text or by what was recorded."""
    conflicts = conflicts_of(ticket)
    rows = [row for one in story_of(ticket) for row in one.involved.all() if row.part in ACCUSED]
    desk = (member.user for member in desk_members())
    named = [user for user in desk if conflicts.names(user.pk, user.name)]
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
def _managed() -> Managed:
    """Everybody who has a manager."""
    return list(User.objects.filter(manager__isnull=False).values_list("pk", "name", "manager"))


def story_of(ticket: Ticket) -> list[Ticket]:
    """The case, and those that were merged into it."""
    if ticket.whole:
        return [ticket, *ticket.whole.merged]
    merged = Ticket.objects.filter(pk__in=merges_into(ticket).values("ticket"))
    return [ticket, *merged.prefetch_related("involved")]


def is_review(ticket: Ticket) -> bool:
    """Whether a decision is reviewed in this case, or in one that was merged into it."""
    return any(one.review_of_id for one in story_of(ticket))


# In a chat after it became the case: the customer's lines alone; the transcript also names its agents.
SAID_IN_CHAT = Q(verb="ticket.transcript", data__has_key="said")
SAID_LATER = Q(kind=Entry.Kind.CUSTOMER) | Q(verb="ticket.reopened") | SAID_IN_CHAT


def is_named_later(ticket: Ticket, user: User) -> bool:
    """Whether what the customer said after the first words, or in the fields of the kind, names this person,
    and nobody has found since that it does not mean them. It is heeded when it comes (``heed_names``), but
    only by the names of that day. Two queries for most cases."""
    if not user.name:
        return False
    story = Q(ticket=ticket) | Q(ticket__in=merges_into(ticket).values("ticket"))
    said = Entry.objects.filter(story & SAID_LATER).order_by("-at").values_list("at", "text", "data")
    last = next((at for at, text, data in said if Told(data.get("said", text)).names(user.name)), None)
    filled_in = hasattr(ticket, "details") and Told(*ticket.details.data.values()).names(user.name)
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
        return sorted({*found, *(pk for pk, data in filled_in if Told(*data.values()).names(user.name))})
    open_or_reviewed = Q(unfinished=True) | Q(reviews__unfinished=True)
    return list(Ticket.objects.filter(open_or_reviewed).distinct().values_list("pk", flat=True))


@once
def _of_the_originals(cases: tuple[int, ...]) -> Earlier:
    """Whom the cases that are reviewed are about, who held or decided them, through every instance, and the
    agents of the teams that did: a review is held at a higher unit. What was merged into them counts for whom
    it is about; who worked on it before decided nothing."""
    if not cases:
        return {}
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(cases))
        cursor.execute(OF_THE_ORIGINALS.format(marks), [*cases, Role.AGENT.value, Role.CUSTOMER.value])
        rows = cursor.fetchall()
    cleared = {(original, user) for _root, original, user, what, _words in rows if what == Part.CLEARED}
    names = [(user, name) for _root, _original, user, what, name in rows if what == "name"]
    found: Earlier = defaultdict(list)
    for root, original, user, what, words in rows:
        if what == "told":
            told = Told(words)
            named = [pk for pk, name in names if (original, pk) not in cleared and told.names(name)]
            found[root] += [(pk, Part.NAMED.value) for pk in named]
        elif what not in ("name", Part.CLEARED):
            found[root].append((user, what))
    return found


# ``part``: the originals and what was merged into each, as ``story_of`` reads them; ``root``: the case that
# is reviewed. Names come along to be looked for in what was ``told``: no database folds scripts.
OF_THE_ORIGINALS = """
    WITH RECURSIVE original (root, id, review_of_id, assignee_id, team_id) AS (
        SELECT id, id, review_of_id, assignee_id, team_id FROM tickets_ticket WHERE id IN ({})
        UNION SELECT o.root, t.id, t.review_of_id, t.assignee_id, t.team_id
        FROM tickets_ticket t JOIN original o ON t.id = o.review_of_id),
    part (root, original, id) AS (
        SELECT root, id, id FROM original
        UNION SELECT o.root, o.id, l.ticket_id FROM tickets_ticketlink l JOIN original o ON l.other_id = o.id
        WHERE l.kind = 'duplicate_of' AND l.ended_at IS NULL)
    SELECT o.root, o.id, u.id, 'same_team', '' FROM core_user u JOIN original o ON u.team_id = o.team_id
        WHERE u.role = %s
    UNION SELECT 0, 0, id, 'name', name FROM core_user WHERE role <> %s AND name <> ''
    UNION SELECT p.root, p.original, 0, 'told', t.narrative || ' ' || t.request
        FROM part p JOIN tickets_ticket t ON t.id = p.id
    UNION SELECT p.root, p.original, i.user_id, i.part, ''
        FROM tickets_involved i JOIN part p ON i.ticket_id = p.id
    UNION SELECT p.root, p.original, t.customer_id, 'complainant', ''
        FROM part p JOIN tickets_ticket t ON t.id = p.id
    UNION SELECT root, id, assignee_id, 'took_part', '' FROM original
    UNION SELECT o.root, o.id, a.assignee_id, 'took_part', ''
        FROM tickets_assignment a JOIN original o ON a.ticket_id = o.id
    UNION SELECT o.root, o.id, d.drafted_by_id, 'took_part', ''
        FROM tickets_decision d JOIN original o ON d.ticket_id = o.id
    UNION SELECT o.root, o.id, d.approved_by_id, 'took_part', ''
        FROM tickets_decision d JOIN original o ON d.ticket_id = o.id
    UNION SELECT o.root, o.id, p.answered_by_id, 'took_part', ''
        FROM tickets_approval p JOIN original o ON p.ticket_id = o.id
"""
