"""Reading cases: who sees which, the queue, the timeline, what may be done next and what is missing."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor, Guest
from helpdesk.core.contacts import contact_tokens
from helpdesk.core.models import Role, User
from tickets import deadlines, kinds, letters, numbers, people
from tickets.models import (
    OUTCOMES,
    Approval,
    Clock,
    Contact,
    CorrectiveAction,
    Decision,
    Delivery,
    Entry,
    Evidence,
    Handover,
    PartnerTask,
    PlanRequest,
    Redress,
    SavedView,
    SealedText,
    SentThrough,
    Severity,
    TeamRule,
    Ticket,
    TicketLink,
    TicketQuerySet,
)
from tickets.models.letter import NEW_DATE, NOTICES
from tickets.models.link import merged_here, merges_into
from tickets.models.parties import answer_addresses
from tickets.permissions import VERBS, can_read_notes, handles, is_owner, is_party
from tickets.states import OPEN, State

FEEDBACK_DAYS = 7
MOST_ACCOUNTS = 5  # that share one phone
UNDO_WITHIN = dt.timedelta(hours=24)  # of a merge
SPOKE = (Contact.Outcome.REACHED, Contact.Outcome.DECLINED)
# That a classification moved the date goes out by itself, and proves nothing of what staff did.
PROVING = tuple(code for code, _label in NOTICES if code != NEW_DATE)
BY_HAND = (SentThrough.POST, SentThrough.COUNTER, SentThrough.PHONE)
GRANT = re.compile(r"ticket:([0-9]{1,18}):([0-9a-f]{64})")  # Ticket.grant_key
# What of an entry's data may leave the desk.
PUBLIC_DATA = ("due_on", "score", "resolved", "review", "evidence", "name", "other", "screened", "matter")


def tickets_visible_to(actor: Actor) -> TicketQuerySet:
    """Exactly the cases that this actor may know to exist."""
    if isinstance(actor, Guest):
        shown = [grant.groups() for grant in map(GRANT.fullmatch, actor.grants) if grant]
        codes = {code for _pk, code in shown}
        own = Q(pk__in=[int(pk) for pk, _code in shown], tracking_hash__in=codes)
        merges = TicketLink.objects.filter(
            ticket__in=Ticket.objects.filter(own),
            kind=TicketLink.Kind.DUPLICATE_OF,
            ended_at__isnull=True,
            apart=False,
        )
        survivors = list(merges.values_list("other", flat=True)) if shown else []
        return Ticket.objects.filter(own | Q(pk__in=survivors))
    if actor.role == Role.CUSTOMER:
        return Ticket.objects.filter(customer=actor)
    if actor.role == Role.AGENT:
        reach = Q(assignee=actor) | Q(customer=actor) | Q(team__isnull=True, review_of__isnull=True)
        if actor.team_id is not None:
            reach |= Q(team=actor.team_id)
        mine = Ticket.objects.filter(assignee=actor, review_of__isnull=False)  # see permissions.reviews_it
        for original in ("review_of", "review_of__review_of"):
            reach |= Q(pk__in=mine.filter(**{f"{original}__isnull": False}).values(original))
        return Ticket.objects.filter(reach)
    return Ticket.objects.all()


def views_visible_to(user: User) -> QuerySet[SavedView]:
    """One's own saved views and, after them, those shared with one's team."""
    reach = Q(owner=user)
    if user.team_id is not None:
        reach |= Q(team=user.team_id)
    own_first = Case(When(owner=user, then=0), default=1)
    views = SavedView.objects.filter(reach, deleted_at=None).select_related("owner")
    return views.order_by(own_first, "name", "pk")


def ticket_by_code(number: object, code: object) -> Ticket | None:
    """The case of a number and its tracking code. Unknown number and wrong code cost and answer the same."""
    ticket = Ticket.objects.filter(number=numbers.normalise_number(number)).first()
    matches = numbers.code_matches(code, ticket.tracking_hash if ticket else numbers.hash_code(""))
    return ticket if matches else None


def accounts_with(contact: str) -> list[User]:
    """The customers whose own phone or e-mail that is, as they gave it to the lender; a few at most."""
    tokens = contact_tokens(contact)
    if not tokens:
        return []
    own = Q(email_token__in=tokens) if "@" in contact else Q(phone_token__in=tokens)
    return list(User.objects.filter(own, role=Role.CUSTOMER, is_active=True).order_by("pk")[:MOST_ACCOUNTS])


def open_plan_requests(customer: User, loan: str) -> QuerySet[PlanRequest]:
    """What this customer has already asked for one loan and still waits for, the newest first."""
    waiting = PlanRequest.objects.filter(ticket__customer=customer, ticket__state__in=OPEN, loan=loan)
    return waiting.select_related("ticket").order_by("-ticket_id")


# --- One case ---------------------------------------------------------------------------------


def timeline_of(ticket: Ticket, actor: Actor) -> list[Entry]:
    """The one place that decides what of a timeline an actor reads, oldest first.

    The desk gets everything; the complainant gets public entries, with what data may leave the desk;
    anyone else gets nothing. What was merged into the case is told in between.
    """
    if can_read_notes(actor, ticket):
        return ticket.whole.entries if ticket.whole else list(_entries(_story(ticket, desk=True)))
    own = is_party(actor, ticket)
    entries = list(_entries(_story(ticket, desk=False)).filter(public=True)) if own else []
    for entry in entries:
        entry.data = {name: value for name, value in entry.data.items() if name in PUBLIC_DATA}
    return entries


def _entries(story: Sequence[int]) -> QuerySet[Entry]:
    order = ("at", "id") if len(story) > 1 else ("id",)
    return Entry.objects.filter(ticket__in=story).select_related("author", "ticket").order_by(*order)


def typed_in(ticket: Ticket) -> dict[str, str]:
    """The fields of a case that are masked, as they were typed: to make another case of them."""
    return dict(ticket.sealed_texts.filter(entry=None).values_list("part", "text"))


def originals_of(ticket: Ticket) -> list[SealedText]:
    """All that is masked in a case and in those merged into it: for the page of ``reveal_contact``."""
    rows = SealedText.objects.filter(ticket__in=_story(ticket, desk=True))
    return list(rows.select_related("entry", "ticket"))


def screened_at_filing(ticket: Ticket) -> list[str]:
    """What was done to the words that the case was filed with (helpdesk.core.screen.done_to)."""
    filed = ticket.entries.filter(verb="ticket.filed").values_list("data", flat=True).first() or {}
    return list(filed.get("screened", ()))


def files_of(ticket: Ticket, actor: Actor) -> list[Evidence]:
    """``evidence_of``, without a query where the case was loaded whole."""
    if ticket.whole and can_read_notes(actor, ticket):
        return ticket.whole.evidence
    return list(evidence_of(ticket, actor))


def evidence_of(ticket: Ticket, actor: Actor) -> QuerySet[Evidence]:
    """The files of a case that an actor may open, with those of the cases that were merged into it."""
    desk = can_read_notes(actor, ticket)
    rows = Q(ticket__in=_story(ticket, desk=desk))
    readable = rows if desk else rows & Q(public=True) if is_party(actor, ticket) else Q(pk__in=[])
    return Evidence.objects.filter(readable).select_related("uploaded_by")


def decisions_of(ticket: Ticket, actor: Actor) -> QuerySet[Decision]:
    """The decisions of a case, newest first; the complainant gets those that were sent."""
    sent = Q(sent_at__isnull=False) if is_party(actor, ticket) else Q(pk__in=[])
    readable = Q(ticket=ticket) & (Q() if can_read_notes(actor, ticket) else sent)
    return Decision.objects.filter(readable).select_related("drafted_by", "approved_by")


def _story(ticket: Ticket, *, desk: bool) -> list[int]:
    """The cases whose timelines and files are read as one: by a complainant, only those of that person."""
    if desk:
        return [ticket.pk, *merges_into(ticket).values_list("ticket_id", flat=True)]
    return [ticket.pk, *merged_here(ticket)]


@dataclass(frozen=True)
class Tie:
    """Another case that belongs to this one, and how."""

    other: Ticket
    kind: str
    is_from_here: bool
    reason: str
    at: dt.datetime
    apart: bool


def ties_of(ticket: Ticket, actor: Actor) -> list[Tie]:
    """Merges, splits and relations of a case to cases that the actor may see; three queries at most."""
    found = [(row, row.ticket_id == ticket.pk) for row in current_links(ticket)]
    keys = {row.other_id if here else row.ticket_id for row, here in found}
    seen = ticket.whole.tied if ticket.whole else tickets_visible_to(actor).in_bulk(keys)
    return [
        Tie(other, row.kind, here, row.reason, row.at, row.apart)
        for row, here in found
        if (other := seen.get(row.other_id if here else row.ticket_id))
    ]


def next_steps(ticket: Ticket, actor: Actor) -> list[str]:
    """The verbs that this actor may do to the case now (names of ``permissions.VERBS``)."""
    return [
        name
        for name, verb in VERBS.items()
        if ticket.state in verb.states and verb.allowed(actor, ticket) and not _bad_time(ticket, name, actor)
    ]


def _bad_time(ticket: Ticket, verb: str, actor: Actor) -> bool:  # noqa: PLR0911  # one line a verb
    today = clock.today()
    match verb:
        case "give_feedback":
            return today > feedback_until(ticket)
        case "close_without_feedback":
            return today <= feedback_until(ticket)
        case "reopen":
            return is_party(actor, ticket) and not may_reopen(ticket, today)
        case "request_review":  # staff may take down later what was said in time
            over = is_party(actor, ticket) and today > review_until(ticket)
            return over or ticket.review_of_id is not None or is_reviewed(ticket)
        case "extend_deadline":
            return is_overdue(ticket) or not extensions_alone(deadlines.further(ticket.due_rule))
        case "request_extension":
            return is_overdue(ticket) or not deadlines.further(ticket.due_rule)
        case "stop_deadline":
            stops = deadlines.lookup(ticket.due_rule)[0].stops
            return is_overdue(ticket) or not stops or ticket.main_clock.state != Clock.State.RUNNING
        case "resume_deadline":
            return ticket.main_clock.state != Clock.State.STOPPED
        case "complete_step":
            return not kinds.steps_of(ticket)
        case "unmerge":
            return not merged_lately(ticket)
        case "unlink":
            return not any(tie.kind == TicketLink.Kind.RELATED for tie in current_links(ticket))
        case "restart_deadline":
            return not deadlines.lookup(ticket.due_rule)[0].restarts
    is_locked = verb in NOT_WHILE_SENDING and is_being_sent(ticket)
    return is_locked or (verb in ROWS and not ROWS[verb](actor, ticket))


def is_overdue(ticket: Ticket) -> bool:
    """Whether its day has passed: the day of a stopped clock does not come."""
    return not ticket.due_stopped and clock.today() > ticket.due_on


def waiting_for(actor: Actor, ticket: Ticket) -> list[Approval]:
    """What this person may answer: nothing that they are behind themselves."""
    if not isinstance(actor, User):
        return []
    waiting = [a for a in ticket.approvals.all() if a.state == Approval.State.REQUESTED]
    others = [a for a in waiting if actor.pk not in behind(ticket, a)]
    extensions = [rule.code for rule in deadlines.extensions(ticket.due_rule, actor)] if others else []
    return [a for a in others if a.kind != Approval.Kind.EXTENSION or a.milestone in extensions]


def behind(ticket: Ticket, approval: Approval) -> set[int | None]:
    """Who is no second person to what is asked for: whoever asks for it or handles the case, the author of
    the draft, whoever proposed some of the money."""
    people = {approval.requested_by_id, ticket.assignee_id}
    if approval.kind == Approval.Kind.MAJOR:
        people |= {row.drafted_by_id for row in ticket.decisions.all() if row.pk == approval.decision_id}
    elif approval.kind == Approval.Kind.REDRESS:
        people |= {row.proposed_by_id for row in letters.open_redress(ticket)}
    return people


def extensions_alone(found: list[deadlines.Milestone]) -> list[deadlines.Milestone]:
    """How far a supervisor may extend a case without anybody asking for it. A period that needs a notice is
    asked for by its handler (``request_extension``) and granted by somebody else."""
    return [milestone for milestone in found if not milestone.needs_notice]


def is_online(ticket: Ticket) -> bool:
    """Whether the complainant hears through the product that something is on the page of the case: by e-mail,
    or in their account. Others can be reached by people only, on the telephone or on paper."""
    return ticket.customer_id is not None or bool(answer_addresses(ticket))


def has_spoken(ticket: Ticket) -> bool:
    """Whether somebody of the desk has reached the complainant, as the contact log proves."""
    return any(row.outcome in SPOKE for row in ticket.contacts.all())


def told_on(ticket: Ticket, since: dt.date, until: dt.date, *, by: Sequence[str] = PROVING) -> dt.date | None:
    """The latest of these days on which the complainant was told something, as the records prove: staff
    reached them (contact log), or one of these notices was sent to them (deliveries)."""
    contacts = [row.at for row in ticket.contacts.all() if row.outcome in SPOKE]
    left = [row for row in ticket.deliveries.all() if row.state != Delivery.State.FAILED]
    sent = [_arrived_at(ticket, row) for row in left if row.letter in by]
    days = {clock.local_date(at) for at in (*contacts, *sent) if at}
    return max((day for day in days if since <= day <= until), default=None)


def _arrived_at(ticket: Ticket, row: Delivery) -> dt.datetime | None:
    """Of a letter on the tracking page nobody hears without an account; opening it proves that they did."""
    is_unheard = row.channel == SentThrough.PORTAL and ticket.customer_id is None
    return row.opened_at if is_unheard else row.sent_at


def was_heard_on(ticket: Ticket, day: dt.date) -> bool:
    """Whether the records hold something of the customer from that day, beside what the case was filed with:
    words, a file, or a contact in which staff spoke with them. What was merged into it is part of it."""
    story = _story(ticket, desk=True)
    within = (clock.start_of_day(day), clock.end_of_day(day) - dt.timedelta(microseconds=1))
    said = people.SAID_LATER | (Q(verb="ticket.filed") & ~Q(ticket=ticket))
    theirs = Q(uploaded_by=None) | Q(uploaded_by__role=Role.CUSTOMER)
    return (
        Entry.objects.filter(said, ticket__in=story, at__range=within).exists()
        or Evidence.objects.filter(theirs, ticket__in=story, uploaded_at__range=within).exists()
        or Contact.objects.filter(ticket__in=story, outcome__in=SPOKE, at__range=within).exists()
    )


def unpaid(ticket: Ticket) -> list[Redress]:
    return [row for row in ticket.redress.all() if row.decision_id and row.paid_on is None]


def open_corrections(actor: Actor, ticket: Ticket) -> list[CorrectiveAction]:
    """Those that this actor may complete: their own, or all of them as whoever handles the case."""
    found = [row for row in ticket.corrections.all() if row.is_open]
    return found if found and handles(actor, ticket) else [row for row in found if is_owner(actor, row)]


def failed_deliveries(ticket: Ticket) -> list[Delivery]:
    """What did not reach the customer and can be sent again; a draft that changed since cannot."""
    failed = [row for row in ticket.deliveries.all() if row.state == Delivery.State.FAILED]
    good: set[int | None] = {None}  # what only tells of something
    if failed:
        good |= {decision.pk for decision in ticket.decisions.all() if decision.sent_at}
        draft = draft_of(ticket)
        good |= {draft.pk} if draft and ticket.state == State.INVESTIGATING else set()
    return [row for row in failed if row.decision_id in good]


# What would leave a case undecided whose decision is out.
NOT_WHILE_SENDING = ("await_customer", "draft_decision", "withdraw", "merge")


def is_being_sent(ticket: Ticket) -> bool:
    """Whether the mail server has been handed the decision and has not answered yet."""
    at_work = ticket.state == State.INVESTIGATING
    return at_work and any(row.is_under_way for row in ticket.deliveries.all())


# Verbs about one row of a case: possible where there is such a row.
ROWS: dict[str, Callable[[Actor, Ticket], list[Any]]] = {
    "record_details": lambda _actor, ticket: [ticket] if kinds.lacks_details(ticket) else [],
    "open_matter": lambda _actor, ticket: kinds.further_matters(ticket),
    "clear_person": lambda _actor, ticket: list(people.accused_of(ticket)),
    "split": lambda _actor, ticket: [] if people.is_review(ticket) else [ticket],
    "close_partner_task": lambda _actor, ticket: [
        task for task in ticket.partner_tasks.all() if task.state == PartnerTask.State.OPEN
    ],
    "assign_by_rule": lambda _actor, _ticket: list(TeamRule.objects.all()[:1]),
    "take_over": lambda actor, ticket: [
        offer
        for offer in ticket.handovers.all()
        if offer.state == Handover.State.OFFERED and offer.holder_id != actor.pk
    ],
    "undo_handover": lambda _actor, ticket: [
        offer
        for offer in ticket.handovers.all()
        if offer.state == Handover.State.TAKEN and offer.taker_id == ticket.assignee_id
    ],
    "grant_approval": waiting_for,
    "refuse_approval": waiting_for,
    "cancel_redress": lambda _actor, ticket: letters.open_redress(ticket),
    "pay_redress": lambda _actor, ticket: unpaid(ticket),
    "complete_correction": open_corrections,
    "retry_delivery": lambda _actor, ticket: failed_deliveries(ticket),
}


CLOCK_VERBS = ("extend_deadline", "stop_deadline", "resume_deadline", "restart_deadline")


def clock_steps(ticket: Ticket, actor: Actor, explained: deadlines.Explanation) -> list[str]:
    """Which of CLOCK_VERBS this actor may do to one clock of the case now; no query."""
    standing, pack = explained.standing, explained.pack
    over = deadlines.is_over(standing)
    further = deadlines.following(pack, explained.milestone, actor)
    if explained.clock and explained.clock.is_main:
        further = extensions_alone(further)
    possible = {
        "extend_deadline": not over and bool(further),
        "stop_deadline": not over and standing.is_running and bool(pack.stops),
        "resume_deadline": standing.is_stopped,
        "restart_deadline": bool(pack.restarts),
    }
    return [
        verb
        for verb in CLOCK_VERBS
        if not standing.ended_on
        and ticket.state in VERBS[verb].states
        and VERBS[verb].allowed(actor, ticket)
        and possible[verb]
    ]


def merged_lately(ticket: Ticket) -> bool:
    """Whether a merge of this case can still be taken back."""
    merges = [link for link in ticket.links.all() if link.kind == TicketLink.Kind.DUPLICATE_OF]
    return any(link.ended_at is None and link.at >= clock.now() - UNDO_WITHIN for link in merges)


def current_links(ticket: Ticket) -> list[TicketLink]:
    """In both directions, oldest first."""
    links = [link for link in (*ticket.links.all(), *ticket.links_here.all()) if link.ended_at is None]
    return sorted(links, key=lambda link: link.pk)


def feedback_until(ticket: Ticket) -> dt.date:
    """The last day on which the customer may answer about a decision."""
    return decided_on(ticket) + dt.timedelta(days=FEEDBACK_DAYS)


def may_reopen(ticket: Ticket, on: dt.date) -> bool:
    """Whether new facts of that day lead back to the same investigation: as long as feedback could be given,
    also where it was."""
    return ticket.state != State.CLOSED or on <= feedback_until(ticket)


def review_until(ticket: Ticket) -> dt.date:
    """The last day on which a review of the decision may be asked for."""
    pack = deadlines.pack_for(ticket.kind, decided_on(ticket))
    return decided_on(ticket) + dt.timedelta(days=pack.review_window_days)


def is_reviewed(ticket: Ticket) -> bool:
    """Whether a review of the decision in force was asked for; a reopened case gets a further decision."""
    at = ticket.resolved_at
    return at is not None and any(review.received_at >= at for review in ticket.reviews.all())


def decided_on(ticket: Ticket) -> dt.date:
    """The day of the decision."""
    return clock.local_date(ticket.resolved_at) if ticket.resolved_at else dt.date.min


def missing_for(ticket: Ticket, verb: str) -> list[str]:
    """What a step still lacks, in words; empty means nothing. Only ``resolve`` and ``decline`` have such a
    list."""
    if verb == "decline" and not is_online(ticket) and not has_spoken(ticket):
        return [_("告诉客户本人的联系记录：客户没有邮箱也没有账号，收不到通知")]
    if verb != "resolve":
        return []
    decision = draft_of(ticket)
    missing = []
    if ticket.first_contact_at is None:
        missing.append(_("首次联系客户的记录"))
    if not ticket.contact.strip():
        missing.append(_("客户的联系方式"))
    missing += [str(step.label) for step in undone_steps(ticket)]
    if not ticket.corrections.all():
        missing.append(_("整改措施，或不需要整改的理由"))
    if decision is None:
        return [*missing, _("处理决定草稿")]
    missing += _unwritten(ticket, decision)
    missing += unapproved(ticket, decision)
    if decision.sent_through == SentThrough.EMAIL and not answer_addresses(ticket):
        missing.append(_("客户的邮箱地址，或另一种送达方式"))
    if decision.sent_through == SentThrough.PORTAL and not is_online(ticket):
        missing.append(_("查询页以外的送达方式：客户没有邮箱也没有账号，收不到通知"))
    waiting = [row for row in ticket.deliveries.all() if row.state == Delivery.State.WAITING]
    if any(row.decision_id == decision.pk for row in waiting):
        missing.append(_("邮件服务器的回应：决定书正在发送"))
    return missing


def _unwritten(ticket: Ticket, decision: Decision) -> Iterator[str]:
    """What the letter does not say yet, or cannot say."""
    if decision.outcome not in OUTCOMES[ticket.kind]:
        yield _("结论")
    if not decision.root_cause.strip():
        yield _("根本原因")
    values = letters.values_of(ticket, decision.language)
    for label, text in _blocks(decision):
        if not text.strip():
            yield label
        elif letters.TO_WRITE.search(text):
            yield _("%(block)s：〔〕里的内容还没有写") % {"block": label}
        else:
            try:
                letters.fill(text, values)
            except letters.BadWording as error:
                yield f"{label}：{error}"


def unapproved(ticket: Ticket, decision: Decision) -> Iterator[str]:
    """Whose agreement a decision lacks before it may be sent."""
    granted = [a for a in ticket.approvals.all() if a.state == Approval.State.GRANTED]
    if ticket.severity == Severity.MAJOR and decision.approved_at is None:
        yield _("另一位主管的审批（重大投诉）")
    elif ticket.severity == Severity.MAJOR and not _approved_as_it_reads(ticket, decision, granted):
        yield _("另一位主管的审批：批准之后信函的内容变了，请重新保存草稿")
    total = letters.sum_to_approve(ticket)
    if total and not any(
        a.kind == Approval.Kind.REDRESS and a.amount is not None and a.amount >= total for a in granted
    ):
        limit = letters.money(settings.REDRESS_LIMIT)
        yield _("另一位主管的审批（补偿超过 %(limit)s）") % {"limit": limit}


def _approved_as_it_reads(ticket: Ticket, decision: Decision, granted: list[Approval]) -> bool:
    content = letters.content_hash(ticket, decision)
    return any(a.kind == Approval.Kind.MAJOR and a.is_about(decision, content) for a in granted)


def missing_proof(decision: Decision, reference: str, has_receipt: bool) -> list[str]:
    """What a letter that people hand over needs before it counts as sent."""
    through, missing = decision.sent_through, []
    if through in BY_HAND and not reference.strip():
        missing.append(_("送达凭证的编号（邮件单号、签收单号或录音编号）"))
    if through in (SentThrough.POST, SentThrough.COUNTER) and not has_receipt:
        missing.append(_("送达凭证的照片或扫描件"))
    return missing


def undone_steps(ticket: Ticket) -> list[kinds.Step]:
    """The mandatory steps of the case's kind of which no record counts yet."""
    steps = kinds.steps_of(ticket)
    done = kinds.done_steps(ticket) if steps else {}
    return [step for step in steps if step.code not in done]


def _blocks(decision: Decision) -> list[tuple[str, str]]:
    """What a decision letter must say, by label."""
    return [
        (_("查明的事实"), decision.facts),
        (_("依据"), decision.basis),
        (_("理由与结论"), decision.reasons),
        (_("您还可以怎么做"), decision.remedies),
    ]


def draft_of(ticket: Ticket) -> Decision | None:
    """The newest decision, unless it was sent: a reopened case needs a further one."""
    newest = max(ticket.decisions.all(), key=lambda decision: decision.pk, default=None)
    return newest if newest and newest.sent_at is None else None
