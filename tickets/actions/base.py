"""What the actions on cases share: the timeline entry, the clock's events, refusals."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User
from helpdesk.core.passwords import without_secrets
from helpdesk.core.screen import Screened, done_to, screen
from tickets import deadlines, events, queries, search
from tickets.actions.clocks import NO_REASON, Rule, Why, move
from tickets.models import Clock, ClockEvent, Entry, SealedText, Ticket
from tickets.permissions import VERBS
from tickets.states import State

STEP, REPLY, CUSTOMER = Entry.Kind.STEP, Entry.Kind.REPLY, Entry.Kind.CUSTOMER
NOTE, CONTACT = Entry.Kind.NOTE, Entry.Kind.CONTACT
CONTACT_CLOCK, REGULATOR_CLOCK = Clock.Purpose.CONTACT, Clock.Purpose.REGULATOR
MATTER_CLOCK = Clock.Purpose.MATTER
ENDED = Clock.State.ENDED
LONGEST_AGO = dt.timedelta(days=366)  # what staff say about a date is a mistake beyond that


def user_of(actor: Actor) -> User | None:
    return actor if isinstance(actor, User) else None


def staff_of(actor: Actor) -> User:
    """The same where the permission rule has already let in staff only."""
    if not isinstance(actor, User):
        raise ActionForbidden
    return actor


def enter(
    ticket: Ticket,
    verb: str,
    actor: Actor,
    *,
    kind: str = STEP,
    public: bool = False,
    text: str | Screened = "",
    data: dict[str, Any] | None = None,
) -> Entry:
    """Write one line of the timeline and tell the pages that show the case.

    A customer's words come as ``heard`` has read them; of all others only secrets are taken out.
    """
    said = text if isinstance(text, Screened) else screen(text, mask=False)
    entry = Entry.objects.create(
        ticket=ticket,
        verb=verb,
        author=user_of(actor),
        kind=kind,
        public=public,
        text=said.text,
        data=(data or {}) | told_of(said),
        at=clock.now(),
    )
    seal(ticket, said, entry=entry)
    if said.text:
        search.add(ticket.pk, [said.text])
    events.ticket_changed(ticket)
    return entry


def heard(text: str) -> Screened:
    """A customer's words, also as staff took them down: what may be kept of them, and how."""
    return screen(text, mask=True)


def told_of(*texts: Screened) -> dict[str, Any]:
    """What was done to these words, as data of an entry."""
    done = done_to(*texts)
    return {"screened": list(done)} if done else {}


def seal(ticket: Ticket, said: Screened, *, part: str = "", entry: Entry | None = None) -> None:
    """Keep what is masked as it was typed, encrypted."""
    if said.sealed:
        SealedText.objects.create(ticket=ticket, entry=entry, part=part, text=said.sealed)


def need_state(ticket: Ticket, verb: str) -> None:
    """Refuse a verb where it makes no sense, before anything else is looked at."""
    if ticket.state not in VERBS[verb].states:
        raise ActionError(_("当前状态下不能执行此操作，可能已有人先处理。"), state=ticket.state)
    if verb in queries.NOT_WHILE_SENDING and queries.is_being_sent(ticket):
        raise ActionError(
            _("决定书正在发给客户，这时不能改动。等邮件服务器回应以后再看，通常不到一分钟。"),
            state=ticket.state,
        )


def need_text(text: str, ticket: Ticket) -> str:
    """What somebody of the desk wrote, as it may be kept."""
    if not text.strip():
        raise ActionError(_("请填写内容。"), state=ticket.state)
    return without_secrets(text)


def contacted(ticket: Ticket, actor: Actor, at: dt.datetime | None = None) -> None:
    """The first contact ends the clock that promises one, on the day it took place."""
    at = at or clock.now()
    if ticket.first_contact_at is None:
        for promise in ticket.clocks.filter(purpose=CONTACT_CLOCK).exclude(state=ENDED):
            end_beside(promise, actor, "", on=clock.local_date(at))
    ticket.first_contact_at = min(at, ticket.first_contact_at or at)
    ticket.save()


def answered(ticket: Ticket) -> bool:
    """What the customer was asked for may have come: if it was awaited, work goes on."""
    if ticket.state != State.AWAITING_CUSTOMER:
        return False
    ticket.customer_replied()
    ticket.save()
    return True


def called(running: Clock) -> dict[str, str]:
    """Which clock it is, as data of an entry."""
    return {"clock": running.purpose} | ({"matter": running.subject} if running.is_of_matter else {})


def due_told(running: Clock) -> dict[str, str]:
    """Its due date as data of an entry, where that is a promise: a day that nobody can know yet is none."""
    is_known = running.due_on is not None and running.state == Clock.State.RUNNING
    return {"due_on": f"{running.due_on}"} if is_known else {}


def tick(
    ticket: Ticket, kind: str, rule: Rule, actor: Actor, why: Why = NO_REASON, *, on: dt.date | None = None
) -> deadlines.Standing:
    """Append an event to the clock of the case and take over what it says; the caller saves the ticket."""
    return move(ticket.main_clock, kind, rule, actor, why, on=on)


def end_clock(ticket: Ticket, actor: Actor, reason: str, *, on: dt.date | None = None) -> None:
    """The case is over (today, or since that day), and so are all its clocks but those of its partners."""
    tick(ticket, ClockEvent.Kind.ENDED, deadlines.lookup(ticket.due_rule), actor, Why(reason), on=on)
    theirs = ticket.clocks.filter(purpose__in=(CONTACT_CLOCK, REGULATOR_CLOCK, MATTER_CLOCK))
    for beside in theirs.exclude(state=ENDED):
        end_beside(beside, actor, reason)


def end_matter(ticket: Ticket, kind: str, actor: Actor, reason: str) -> None:
    """What is of this kind goes on by a clock of a case: that of this one, or of another."""
    for beside in ticket.clocks.filter(purpose=MATTER_CLOCK, subject=kind).exclude(state=ENDED):
        end_beside(beside, actor, reason)


def end_beside(clock: Clock, actor: Actor, reason: str, *, on: dt.date | None = None) -> None:
    move(clock, ClockEvent.Kind.ENDED, deadlines.lookup(clock.rule), actor, Why(reason), on=on)


def run_on(beside: Clock, actor: Actor, because: str) -> None:
    """A clock beside the main one that had ended runs again, as it stood."""
    day = deadlines.standing_of(beside).started_on
    move(beside, ClockEvent.Kind.RECEIVED, deadlines.lookup(beside.rule), actor, Why(because), on=day)
