"""The cases of the demonstration: planned here, walked through the real actions."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count, cycle
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from helpdesk.core import clock
from helpdesk.core.actors import Actor, Guest
from helpdesk.core.models import Role, Team, User
from helpdesk.core.uploads import CheckedFile, check_upload
from helpdesk.demo.content import CaseText, cases, opinion, read
from helpdesk.demo.people import DOMAIN
from helpdesk.demo.telling import Desk, Story, days_ago, dice_for, in_hours
from tickets import actions
from tickets.deadlines import lookup
from tickets.mail import message_id
from tickets.models import (
    OUTCOMES,
    Approval,
    Channel,
    Delivery,
    Redress,
    SentThrough,
    Severity,
    Ticket,
)
from tickets.queries import is_online, undone_steps
from tickets.states import State

ONLINE = (Channel.WEB, Channel.WEB, Channel.WEB, Channel.CHAT)
BY_HAND = (Channel.PHONE, Channel.PHONE, Channel.EMAIL, Channel.COUNTER, Channel.SOCIAL, Channel.REGULATOR)


@dataclass
class Plan:
    """One case: who, about what, since when, and how far it gets."""

    number: int
    start: dt.datetime
    text: CaseText
    end: str = State.CLOSED
    own: bool = False  # the complainant is the sign-in ``customer``
    severity: str = ""
    pace: float = 1.0
    silent: bool = False  # closes without feedback
    reopened: bool = False
    review: bool = False
    extended: bool = False
    evidence: bool = False
    undelivered: bool = False  # the e-mail with the decision is refused
    asks: bool = False  # redress above the limit, which waits for a second person
    handler: str = ""
    dice: Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = dice_for(f"case {self.number}")
        day = clock.local_date(self.start) - dt.timedelta(days=self.dice.randint(1, 4))
        slots = {
            "n": self.dice.randint(2, 9),
            "yuan": f"{self.dice.randint(1800, 98000) / 100:.2f}",
            "day": f"{day.month} 月 {day.day} 日",
            "hour": self.dice.randint(9, 21),
        }
        self.text = self.text.told(slots)
        self.severity = (
            self.severity
            or self.dice.choices((Severity.ORDINARY, Severity.COMPLEX, Severity.MAJOR), (80, 16, 4))[0]
        )


# How far the fresh cases get, and how many days ago they came in. The older ones of these are overdue
# or nearly so: an ordinary complaint is due after 15 days.
FRESH: list[tuple[str, float, dict[str, Any]]] = [
    (State.RECEIVED, 0.01, {}),
    (State.RECEIVED, 0.05, {}),
    (State.RECEIVED, 0.2, {"evidence": True}),
    (State.RECEIVED, 0.6, {}),
    (State.RECEIVED, 1.3, {}),
    (State.CLASSIFIED, 1.4, {}),
    (State.CLASSIFIED, 1.9, {}),
    (State.CLASSIFIED, 2.5, {"severity": "major"}),
    (State.ASSIGNED, 2.2, {"handler": "agent"}),
    (State.ASSIGNED, 2.6, {"handler": "agent3"}),
    (State.ASSIGNED, 3.4, {"handler": "agent4"}),
    (State.INVESTIGATING, 4.1, {"handler": "agent"}),
    (State.INVESTIGATING, 5.2, {"handler": "agent", "own": True, "evidence": True}),
    (State.INVESTIGATING, 6.4, {"handler": "agent3"}),
    (State.INVESTIGATING, 9.3, {"handler": "agent4", "severity": "major"}),
    (State.INVESTIGATING, 12.4, {"handler": "agent", "severity": "ordinary", "evidence": True}),
    (State.INVESTIGATING, 13.3, {"handler": "agent3", "severity": "ordinary", "asks": True}),
    (State.INVESTIGATING, 10.3, {"handler": "agent", "severity": "ordinary", "undelivered": True}),
    (State.INVESTIGATING, 14.4, {"handler": "agent", "severity": "ordinary"}),
    (State.INVESTIGATING, 17.2, {"handler": "agent", "severity": "ordinary"}),
    (State.INVESTIGATING, 18.5, {"handler": "agent4", "severity": "ordinary"}),
    (State.INVESTIGATING, 22.3, {"handler": "agent3", "severity": "ordinary"}),
    (State.INVESTIGATING, 28.2, {"handler": "agent", "severity": "complex", "extended": True}),
    (State.AWAITING_CUSTOMER, 3.3, {"handler": "agent"}),
    (State.AWAITING_CUSTOMER, 4.6, {"handler": "agent", "own": True}),
    (State.AWAITING_CUSTOMER, 8.2, {"handler": "agent4"}),
    (State.AWAITING_CUSTOMER, 17.8, {"handler": "agent3", "severity": "ordinary"}),
    (State.RESOLVED, 9.2, {"own": True, "pace": 0.7}),
    (State.RESOLVED, 9.8, {"handler": "agent", "pace": 0.7}),
    (State.RESOLVED, 10.4, {"pace": 0.75}),
    (State.RESOLVED, 11.1, {"pace": 0.8, "reopened": True}),
    (State.DECLINED, 5.5, {}),
    (State.WITHDRAWN, 6.8, {}),
    (State.WITHDRAWN, 10.5, {}),
    (State.CLOSED, 24.0, {"own": True, "handler": "agent"}),
]
PAST = 76  # cases of the year before that


def plans(desk: Desk) -> Iterator[Plan]:
    """The year, then the last weeks; the texts take turns inside their topic."""
    dice = dice_for("plans")
    turns = {topic: cycle([text for text in cases() if text.topic == topic]) for topic in TOPICS}
    numbers = count(1)
    for _ in range(PAST):
        days = 9 + days_ago(dice)  # time enough to be over
        topic = _topic(dice, recent=days < 60)
        fate = dice.choices(("feedback", "silent", "withdrawn", "declined"), (70, 12, 10, 8))[0]
        yield Plan(
            number=next(numbers),
            start=in_hours(desk.ago(days=days)),
            text=next(turns[topic]),
            end={"withdrawn": State.WITHDRAWN, "declined": State.DECLINED}.get(fate, State.CLOSED),
            silent=fate == "silent",
            reopened=dice.random() < 0.06,
            review=dice.random() < 0.06,
            evidence=dice.random() < 0.1,
        )
    for end, days, fields in FRESH:
        start = desk.ago(days=days)
        topic = _topic(dice, recent=True)
        text = next(turns[topic])
        while fields.get("severity") and text.kind != "complaint":  # only complaints are due by severity
            text = next(turns[topic])
        yield Plan(
            number=next(numbers),
            start=in_hours(start) if days > 1 else start,
            text=text,
            end=end,
            **{"pace": 0.3, **fields},
        )


TOPICS = ("repayment", "overdue", "privacy", "application", "fees", "security", "complaints", "other")


def _topic(dice: Random, *, recent: bool) -> str:
    return dice.choices(TOPICS, (50 if recent else 24, 24, 9, 9, 10, 9, 8, 5))[0]


def rule_story(desk: Desk) -> Story:
    """How the agent's team gives its cases out, on the press of a button."""
    yield desk.ago(days=370)
    team = Team.objects.get(members=desk.staff["agent"])
    supervisor = desk.staff["supervisor"]
    actions.set_team_rule(team, actor=supervisor, method="least_loaded", automatic=False, topics=())


def case_story(desk: Desk, plan: Plan) -> Story:
    yield plan.start
    ticket = _file(desk, plan)
    if plan.end != State.RECEIVED:
        yield from work(desk, plan, ticket)


def _file(desk: Desk, plan: Plan) -> Ticket:
    dice, text = plan.dice, plan.text
    by_hand = not plan.own and dice.random() < 0.35
    party: Actor = desk.customer if plan.own else Guest()
    person = 1 if plan.own else dice.randint(2, 99)
    phone, mail = f"1380000{person:04}", f"yanshi{person:02}@{DOMAIN}"
    contact = phone if dice.random() < 0.8 and not plan.undelivered else mail
    return actions.file_ticket(
        actor=dice.choice(desk.agents()) if by_hand else party,
        kind=text.kind,
        channel=dice.choice(BY_HAND if by_hand else ONLINE[: 3 if plan.own else 4]),
        topic=text.topic,
        complainant=desk.customer.name if plan.own else complainant(person),
        contact=contact,
        narrative=text.narrative,
        request=text.request,
        product=dice.choice(read("words")["products"]),
        files=[picture(plan.number)] if plan.evidence else [],
        details=read("words")["details"].get(text.kind),
    )


def complainant(person: int) -> str:
    people = read("people")
    surname = people["surnames"][person % len(people["surnames"])]
    return str(people["complainant"]).format(surname, person)


def work(desk: Desk, plan: Plan, ticket: Ticket) -> Story:
    """From triage to wherever the plan ends; also for a case that a chat became."""
    dice, words, text = plan.dice, read("words"), plan.text
    boss = desk.staff["supervisor"]
    party = party_of(ticket)
    at = clock.now()

    def after(low: float, high: float) -> dt.datetime:
        nonlocal at
        at = desk.later(at, dice.uniform(low, high) * plan.pace)
        return at

    yield after(1, 14)
    if plan.end == State.DECLINED:
        reason = dice.choice(words["desk"]["declined"])
        _call(ticket, boss, reason)
        actions.decline_ticket(ticket, actor=boss, reason=reason)
        return
    for flag in ticket.red_flags.filter(state="open"):
        verdict = "dismissed" if dice.random() < 0.1 else "confirmed"
        actions.review_flag(ticket, actor=boss, flag=flag.code, verdict=verdict)
    actions.classify_ticket(
        ticket,
        actor=boss,
        kind=text.kind,
        business=text.business,
        cause=text.cause,
        severity=plan.severity,
    )
    if plan.end == State.CLASSIFIED:
        return
    yield after(0.5, 6)
    handler = desk.staff[plan.handler] if plan.handler else dice.choice(desk.agents())
    actions.assign_ticket(ticket, actor=boss, assignee=handler, no_conflict=True)
    if plan.end == State.ASSIGNED:
        return
    yield after(1, 8)
    actions.investigate_ticket(ticket, actor=handler)
    yield after(0.5, 5)
    if dice.random() < 0.7 or not is_online(ticket):
        said = dice.choice(words["contact"]["phone"])
        actions.log_contact(ticket, actor=handler, method=Channel.PHONE, text=said)
    else:
        actions.reply_ticket(ticket, actor=handler, text=dice.choice(words["desk"]["replies"]))
    _mail(ticket)
    if plan.end == State.WITHDRAWN:
        yield after(4, 40)
        actions.withdraw_ticket(ticket, actor=party, reason=dice.choice(words["desk"]["withdrawn"]))
        return
    if dice.random() < 0.6:
        yield after(2, 12)
        actions.note_ticket(ticket, actor=handler, text=dice.choice(words["desk"]["notes"]))
    if plan.end == State.AWAITING_CUSTOMER or dice.random() < 0.4:
        yield after(2, 20)
        actions.await_customer(ticket, actor=handler, question=dice.choice(words["desk"]["questions"]))
        _mail(ticket)
        if plan.end == State.AWAITING_CUSTOMER:
            return
        yield after(3, 30)
        actions.add_customer_message(ticket, actor=party, text=dice.choice(words["desk"]["customer"]))
    if plan.extended:
        yield desk.ago(days=1.2)
        _extend(ticket, handler, boss, dice.choice(words["desk"]["extended"]))
    if plan.end == State.INVESTIGATING:
        yield from _held_up(desk, plan, ticket, handler)
        return
    yield from decide(desk, plan, ticket, handler)


def _extend(ticket: Ticket, handler: User, boss: User, reason: str) -> None:
    """As the running rule allows: the milestone that may follow it, with a notice granted to who asked."""
    ticket.refresh_from_db()
    pack, current = lookup(ticket.due_rule)
    further = next(m for m in pack.milestones.values() if m.after == current.code)
    if not further.needs_notice:
        actions.extend_deadline(ticket, actor=boss, milestone=further.code, reason=reason)
        return
    asked = actions.request_extension(ticket, actor=handler, milestone=further.code, reason=reason)
    _call(ticket, handler, reason)
    actions.grant_approval(ticket, actor=boss, approval=asked)


def _call(ticket: Ticket, by: User, text: str) -> None:
    """Who has only a telephone is told of nothing else."""
    if not is_online(ticket):
        actions.log_contact(ticket, actor=by, method=Channel.PHONE, text=text)


def decide(desk: Desk, plan: Plan, ticket: Ticket, handler: User) -> Story:
    """The decision, and what the customer makes of it."""
    dice, words = plan.dice, read("words")
    party = party_of(ticket)
    at = desk.later(clock.now(), dice.uniform(30, 150) * plan.pace)
    for again in (False, True) if plan.reopened else (False,):
        yield at
        if again:
            actions.reopen_ticket(ticket, actor=party, reason=dice.choice(words["desk"]["reopened"]))
            yield (at := desk.later(at, dice.uniform(8, 40) * plan.pace))
        _resolve(desk, plan, ticket, handler)
        at = desk.later(at, dice.uniform(4, 100) * plan.pace)
    if plan.end == State.RESOLVED:
        return
    _follow_up(desk, ticket, handler)
    if plan.silent:
        yield at + dt.timedelta(days=9)
        actions.close_without_feedback(ticket, actor=User.system("case-sweep"))
        return
    yield at
    score = desk.score(ticket.topic, at, dice)
    actions.give_feedback(
        ticket,
        actor=party,
        score=score,
        resolved=score >= 4 or dice.random() < 0.3,
        text=opinion(ticket.topic, score >= 4, dice),
    )
    if plan.review:
        yield desk.later(at, 60)
        review = actions.request_review(ticket, actor=party, reason=dice.choice(words["desk"]["review"]))
        yield from work(desk, higher(plan), review)


def _follow_up(desk: Desk, ticket: Ticket, handler: User) -> None:
    """What was decided is paid, and what was to change has changed, unless that is still to come."""
    for row in ticket.redress.filter(decision__isnull=False, paid_on=None):
        actions.pay_redress(
            ticket, actor=handler, redress=row, paid_on=clock.today(), reference=f"YS-{row.pk:05}"
        )
    if desk.now - clock.now() > dt.timedelta(days=25):
        for plan in ticket.corrections.filter(due_on__isnull=False, done_on=None):
            actions.complete_correction(ticket, actor=handler, correction=plan, note="已上线，抽查无误。")


def higher(plan: Plan) -> Plan:
    """The review of a case: by a supervisor who had no hand in its decision."""
    return replace(
        plan,
        number=plan.number + 1000,
        severity=Severity.ORDINARY,
        handler="supervisor" if plan.severity == Severity.MAJOR else "supervisor2",
        silent=True,
        reopened=False,
        review=False,
    )


def record_steps(ticket: Ticket, handler: User, *, most: int = 99) -> None:
    """The mandatory steps of the case's kind that are still missing."""
    for step in undone_steps(Ticket.objects.get(pk=ticket.pk))[:most]:
        said = read("words")["steps"][step.code]
        actions.complete_step(ticket, actor=handler, step=step.code, text=said)


def _resolve(desk: Desk, plan: Plan, ticket: Ticket, handler: User) -> None:
    text, words, boss = plan.text, read("words"), desk.staff["supervisor2"]
    through = SentThrough.PORTAL if is_online(ticket) else SentThrough.PHONE
    through = SentThrough.EMAIL if plan.undelivered else through
    kind = Ticket.objects.get(pk=ticket.pk).kind
    for step in undone_steps(Ticket.objects.get(pk=ticket.pk)):
        actions.complete_step(ticket, actor=handler, step=step.code, text="已完成并记录。")
    if redress := Decimal(text.redress):
        due_on = clock.today() + dt.timedelta(days=15)
        actions.propose_redress(
            ticket, actor=handler, kind=Redress.Kind.REFUND, amount=redress, due_on=due_on
        )
    record_steps(ticket, handler)
    actions.draft_decision(
        ticket,
        actor=handler,
        outcome=_outcome(kind, text.outcome),
        facts=text.facts,
        basis=words["desk"]["basis"],
        reasons=text.reasons,
        remedies=words["desk"]["final" if ticket.review_of_id else "remedies"],
        root_cause=text.root_cause,
        sent_through=through,
    )
    if not ticket.corrections.exists():
        _correct(desk, plan, ticket, handler)
    for asked in ticket.approvals.filter(state=Approval.State.REQUESTED):
        actions.grant_approval(ticket, actor=boss, approval=asked)
    if plan.undelivered:
        _fail_to_send(ticket, handler)
        return
    proof = f"LY-{plan.number:05}" if through == SentThrough.PHONE else ""
    actions.resolve_ticket(ticket, actor=handler, reference=proof)
    _mail(ticket)


def _held_up(desk: Desk, plan: Plan, ticket: Ticket, handler: User) -> Story:
    """What keeps a case from being resolved: an approval that is waited for, or an e-mail that came back."""
    at = desk.later(clock.now(), plan.dice.uniform(1, 5) * plan.pace)
    if plan.undelivered:
        yield at
        _resolve(desk, plan, ticket, handler)
    if plan.asks:
        yield at
        due_on = clock.today() + dt.timedelta(days=15)
        amount = Decimal("1580.00")
        actions.propose_redress(
            ticket, actor=handler, kind=Redress.Kind.COMPENSATION, amount=amount, due_on=due_on
        )


def _correct(desk: Desk, plan: Plan, ticket: Ticket, handler: User) -> None:
    """One case in four changes something in the house."""
    words = read("words")["desk"]
    if plan.dice.random() < 0.75:
        actions.record_correction(
            ticket, actor=handler, none_because=plan.dice.choice(words["no_correction"])
        )
        return
    actions.record_correction(
        ticket,
        actor=handler,
        what=plan.dice.choice(words["corrections"]),
        owner=desk.staff["supervisor"],
        due_on=clock.today() + dt.timedelta(days=30),
    )


def _outcome(kind: str, told: str) -> str:
    """The story's outcome in the words of its kind of case."""
    possible = OUTCOMES[kind]
    if len(possible) == 3:  # for, partly, against
        return possible[("upheld", "partly", "rejected").index(told)]
    return possible[-1 if told == "rejected" else 0]


def _mail(ticket: Ticket) -> None:
    """The mail server takes what waits for it."""
    mail = User.system("mail")
    for row in ticket.deliveries.filter(state=Delivery.State.WAITING).order_by("pk"):
        if claimed := actions.claim_delivery(ticket, actor=mail, delivery=row):
            actions.record_sent(ticket, actor=mail, delivery=claimed, reference=message_id(claimed))


def _fail_to_send(ticket: Ticket, handler: User) -> None:
    """The mail server does not know the address: the decision stays unsent, for people to see to."""
    actions.resolve_ticket(ticket, actor=handler)
    mail = User.system("mail")
    row = ticket.deliveries.get(channel=SentThrough.EMAIL, decision__isnull=False)
    claimed = actions.claim_delivery(ticket, actor=mail, delivery=row)
    said = "SMTPRecipientsRefused: 550 5.1.1 user unknown"
    actions.record_failure(ticket, actor=mail, delivery=claimed or row, error=said, final=True)


def party_of(ticket: Ticket) -> Actor:
    """The complainant: the customer who signed in, or who holds the tracking code."""
    if ticket.customer is not None and ticket.customer.role == Role.CUSTOMER:
        return ticket.customer
    return Guest(frozenset({f"ticket:{ticket.grant_key}"}))


def picture(number: int) -> CheckedFile:
    """A small picture that looks like a page of account movements, with no letter on it."""
    dice = dice_for(f"picture {number}")
    image = Image.new("RGB", (360, 480), "#f4f2ee")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 360, 56), fill="#2f4a7a")
    for row in range(9):
        top = 84 + row * 42
        pen.rounded_rectangle((24, top, 24 + dice.randint(80, 180), top + 14), 4, fill="#8c8780")
        pen.rounded_rectangle((336 - dice.randint(40, 90), top, 336, top + 14), 4, fill="#b3402e")
    out = io.BytesIO()
    image.save(out, format="PNG")
    return check_upload(SimpleUploadedFile(f"screenshot-{number:03}.png", out.getvalue(), "image/png"))
