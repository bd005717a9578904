"""What the actions on cases share: the timeline entry, the clock's events, refusals."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User
from tickets import deadlines, events
from tickets.models import DeadlineEvent, Entry, Ticket
from tickets.permissions import VERBS

STEP, REPLY, CUSTOMER = Entry.Kind.STEP, Entry.Kind.REPLY, Entry.Kind.CUSTOMER
NOTE, CONTACT = Entry.Kind.NOTE, Entry.Kind.CONTACT


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
    text: str = "",
    data: dict[str, Any] | None = None,
) -> Entry:
    """Write one line of the timeline and tell the pages that show the case."""
    entry = Entry.objects.create(
        ticket=ticket,
        verb=verb,
        author=user_of(actor),
        kind=kind,
        public=public,
        text=text,
        data=data or {},
        at=clock.now(),
    )
    events.ticket_changed(ticket)
    return entry


def need_state(ticket: Ticket, verb: str) -> None:
    """Refuse a verb where it makes no sense, before anything else is looked at."""
    if ticket.state not in VERBS[verb].states:
        raise ActionError(_("当前状态下不能执行此操作，可能已有人先处理。"), state=ticket.state)


def need_text(text: str, ticket: Ticket) -> str:
    if not text.strip():
        raise ActionError(_("请填写内容。"), state=ticket.state)
    return text


def tick(
    ticket: Ticket,
    kind: str,
    milestone: tuple[deadlines.Pack, deadlines.Milestone],
    actor: Actor,
    *,
    reason: str = "",
    notice_sent_on: dt.date | None = None,
) -> None:
    """Append an event to the clock and store what it now says; the caller saves the ticket."""
    pack, rule = milestone
    DeadlineEvent.objects.create(
        ticket=ticket,
        kind=kind,
        rule=pack.rule(rule.code),
        days=rule.days,
        on=clock.today(),
        zone=clock.business_zone().key,
        reason=reason,
        notice_sent_on=notice_sent_on,
        by=user_of(actor),
        at=clock.now(),
    )
    now = deadlines.derive(ticket.deadline_events.all())
    ticket.due_on, ticket.due_rule = now.due_on, now.rule


def end_clock(ticket: Ticket, actor: Actor, reason: str) -> None:
    tick(ticket, DeadlineEvent.Kind.ENDED, deadlines.lookup(ticket.due_rule), actor, reason=reason)
