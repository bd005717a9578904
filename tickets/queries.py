"""Reading cases: who sees which, the queue, the timeline, what may be done next and what is missing."""

import datetime as dt
import re
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor, Guest
from helpdesk.core.models import Role, User
from tickets import deadlines, numbers
from tickets.models import Decision, Entry, Evidence, Severity, Ticket, TicketQuerySet
from tickets.permissions import VERBS, can_read_notes, is_party
from tickets.states import OPEN, State

FEEDBACK_DAYS = 7
GRANT = re.compile(r"ticket:([0-9]{1,18}):([0-9a-f]{64})")  # Ticket.grant_key
# What of an entry's data may leave the desk.
PUBLIC_DATA = ("due_on", "score", "resolved", "review", "evidence", "name")


def tickets_visible_to(actor: Actor) -> TicketQuerySet:
    """Exactly the cases that this actor may know to exist."""
    if isinstance(actor, Guest):
        shown = [grant.groups() for grant in map(GRANT.fullmatch, actor.grants) if grant]
        codes = {code for _pk, code in shown}
        return Ticket.objects.filter(pk__in=[int(pk) for pk, _code in shown], tracking_hash__in=codes)
    if actor.role == Role.CUSTOMER:
        return Ticket.objects.filter(customer=actor)
    if actor.role == Role.AGENT:
        reach = Q(assignee=actor) | Q(customer=actor) | Q(team__isnull=True, review_of__isnull=True)
        if actor.team_id is not None:
            reach |= Q(team=actor.team_id)
        return Ticket.objects.filter(reach)
    return Ticket.objects.all()


def ticket_by_code(number: object, code: object) -> Ticket | None:
    """The case of a number and its tracking code. Unknown number and wrong code cost and answer the same."""
    ticket = Ticket.objects.filter(number=numbers.normalise_number(number)).first()
    matches = numbers.code_matches(code, ticket.tracking_hash if ticket else numbers.hash_code(""))
    return ticket if matches else None


# --- The queue --------------------------------------------------------------------------------


@dataclass(frozen=True)
class QueueFilter:
    """What a queue page asks for; unknown values select nothing, they never widen the list."""

    scope: str = "all"  # mine, team, unassigned, all
    state: str = "open"  # open, any, or one State
    topic: str = ""
    kind: str = ""
    severity: str = ""
    overdue: bool = False
    text: str = ""  # in number, narrative or request


def queue(actor: Actor, wanted: QueueFilter | None = None) -> TicketQuerySet:
    """The cases an actor asked for, most urgent first, with all that a row shows."""
    wanted = wanted or QueueFilter()
    tickets = tickets_visible_to(actor).filter(_scope(actor, wanted.scope), _state(wanted.state))
    for name in ("topic", "kind", "severity"):
        if value := getattr(wanted, name):
            tickets = tickets.filter(**{name: value})
    if wanted.overdue:
        tickets = tickets.filter(overdue_now())
    if text := wanted.text.strip().replace("\0", ""):
        found = Q(number__icontains=text) | Q(narrative__icontains=text) | Q(request__icontains=text)
        tickets = tickets.filter(found)
    return tickets.select_related("assignee", "team", "customer").order_by("due_on", "id")


def overdue_now() -> Q:
    return Q(state__in=OPEN, due_on__lt=clock.today())


def _scope(actor: Actor, scope: str) -> Q:
    if not isinstance(actor, User) or scope == "all":
        return Q()
    if scope == "mine":
        return Q(assignee=actor)
    if scope == "unassigned":
        return Q(assignee__isnull=True)
    return Q(team=actor.team_id) if scope == "team" and actor.team_id else Q(pk__in=[])


def _state(state: str) -> Q:
    if state == "any":
        return Q()
    return Q(state__in=OPEN) if state == "open" else Q(state=state)


def queue_counts(actor: User) -> dict[str, int]:
    """How many open cases there are behind each tab of the queue; one query."""
    is_open = Q(state__in=OPEN)
    wanted = {
        "all": is_open,
        "mine": is_open & _scope(actor, "mine"),
        "team": is_open & _scope(actor, "team"),
        "unassigned": is_open & _scope(actor, "unassigned"),
        "overdue": overdue_now(),
        "due_soon": is_open & Q(due_on__range=(clock.today(), clock.today() + dt.timedelta(days=3))),
        "awaiting_customer": Q(state=State.AWAITING_CUSTOMER),
    }
    return tickets_visible_to(actor).aggregate(
        **{name: Count("pk", filter=condition) for name, condition in wanted.items()}
    )


# --- One case ---------------------------------------------------------------------------------


def timeline_of(ticket: Ticket, actor: Actor) -> list[Entry]:
    """The one place that decides what of a timeline an actor reads, oldest first.

    The desk gets everything; the complainant gets public entries, with what data may leave the desk;
    anyone else gets nothing.
    """
    entries = list(Entry.objects.filter(_readable(ticket, actor, Q(public=True))).select_related("author"))
    if not can_read_notes(actor, ticket):
        for entry in entries:
            entry.data = {name: value for name, value in entry.data.items() if name in PUBLIC_DATA}
    return entries


def evidence_of(ticket: Ticket, actor: Actor) -> QuerySet[Evidence]:
    """The files of a case that an actor may open."""
    readable = _readable(ticket, actor, Q(public=True))
    return Evidence.objects.filter(readable).select_related("uploaded_by")


def decisions_of(ticket: Ticket, actor: Actor) -> QuerySet[Decision]:
    """The decisions of a case, newest first; the complainant gets those that were sent."""
    readable = _readable(ticket, actor, Q(sent_at__isnull=False))
    return Decision.objects.filter(readable).select_related("drafted_by", "approved_by")


def _readable(ticket: Ticket, actor: Actor, shown: Q) -> Q:
    """Rows of a case for an actor: all for the desk, the ``shown`` ones for the complainant."""
    if can_read_notes(actor, ticket):
        return Q(ticket=ticket)
    return Q(ticket=ticket) & shown if is_party(actor, ticket) else Q(pk__in=[])


def next_steps(ticket: Ticket, actor: Actor) -> list[str]:
    """The verbs that this actor may do to the case now (names of ``permissions.VERBS``)."""
    return [
        name
        for name, verb in VERBS.items()
        if ticket.state in verb.states and verb.allowed(actor, ticket) and not _bad_time(ticket, name)
    ]


def _bad_time(ticket: Ticket, verb: str) -> bool:
    today = clock.today()
    match verb:
        case "give_feedback":
            return today > feedback_until(ticket)
        case "close_without_feedback":
            return today <= feedback_until(ticket)
        case "request_review":
            return today > review_until(ticket)
        case "extend_deadline":
            return today > ticket.due_on or not deadlines.extensions(ticket)
    return False


def feedback_until(ticket: Ticket) -> dt.date:
    """The last day on which the customer may answer about a decision."""
    return _decided_on(ticket) + dt.timedelta(days=FEEDBACK_DAYS)


def review_until(ticket: Ticket) -> dt.date:
    """The last day on which a review of the decision may be asked for."""
    pack = deadlines.pack_for(ticket.kind, _decided_on(ticket))
    return _decided_on(ticket) + dt.timedelta(days=pack.review_window_days)


def _decided_on(ticket: Ticket) -> dt.date:
    return clock.local_date(ticket.resolved_at) if ticket.resolved_at else dt.date.min


def missing_for(ticket: Ticket, verb: str) -> list[str]:
    """What a step still lacks, in words; empty means nothing. Only ``resolve`` has such a list."""
    if verb != "resolve":
        return []
    decision = draft_of(ticket)
    missing = []
    if ticket.first_contact_at is None:
        missing.append(_("首次联系客户的记录"))
    if not ticket.contact.strip():
        missing.append(_("客户的联系方式"))
    if decision is None:
        return [*missing, _("处理决定草稿")]
    missing += [label for label, text in _blocks(decision) if not text.strip()]
    if ticket.severity == Severity.MAJOR and decision.approved_at is None:
        missing.append(_("另一位主管的审批（重大投诉）"))
    return missing


def _blocks(decision: Decision) -> list[tuple[str, str]]:
    """What a decision letter must say, by label."""
    return [
        (_("查明的事实"), decision.facts),
        (_("依据"), decision.basis),
        (_("理由与结论"), decision.reasons),
        (_("您还可以怎么做"), decision.remedies),
        (_("根本原因"), decision.root_cause),
    ]


def draft_of(ticket: Ticket) -> Decision | None:
    """The newest decision, unless it was sent: a reopened case needs a further one."""
    newest = Decision.objects.filter(ticket=ticket).order_by("-id").first()
    return newest if newest and newest.sent_at is None else None


# --- Assignment -------------------------------------------------------------------------------


def load_cap() -> int:
    """How many open cases one person may hold."""
    return int(getattr(settings, "TICKETS_PER_AGENT", 40))


@dataclass(frozen=True)
class Member:
    """Somebody who can hold cases, and how many open ones they hold."""

    user: User
    load: int


def desk_members() -> list[Member]:
    """The agents and supervisors on active duty, least loaded first; two queries."""
    loads = dict(Ticket.objects.open().values_list("assignee").annotate(Count("pk")).order_by())
    people = User.objects.filter(is_active=True, role__in=(Role.AGENT, Role.SUPERVISOR))
    members = [Member(user, loads.get(user.pk, 0)) for user in people.select_related("team")]
    return sorted(members, key=lambda member: (member.load, member.user.name, member.user.pk))


def candidates(ticket: Ticket) -> list[Member]:
    """Those to whom a case may be given: below the load cap and without a conflict of interest."""
    cap = load_cap()
    return [m for m in desk_members() if m.load < cap and not conflict_of(ticket, m.user)]


def conflict_of(ticket: Ticket, user: User) -> str:
    """Why this person must not handle the case, in words; "" when nothing is known against it."""
    if ticket.customer_id == user.pk:
        return _("投诉人是本人。")
    if user.name and (user.name in ticket.narrative or user.name in ticket.request):
        return _("投诉内容提到了此人。")
    if ticket.review_of_id and user.pk in _deciders(ticket):
        return _("此人参与了原决定。")
    return ""


def _deciders(ticket: Ticket) -> set[int | None]:
    """Who had a hand in the decisions that this case reviews, through every instance."""
    people: set[int | None] = set()
    original = ticket.review_of
    while original is not None:
        people.add(original.assignee_id)
        for drafted_by, approved_by in original.decisions.values_list("drafted_by", "approved_by"):
            people |= {drafted_by, approved_by}
        original = original.review_of
    return people
