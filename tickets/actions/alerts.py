"""What people are told about cases, and that they have read it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.models import User
from helpdesk.core.permissions import is_oneself, works_cases
from tickets import events, people
from tickets.actions.base import staff_of
from tickets.models import Alert, Escalation, Ticket


def alert(
    ticket: Ticket,
    people: Iterable[User],
    kind: Alert.Kind,
    *,
    escalation: Escalation | None = None,
    detail: str = "",
) -> None:
    """Tell these people, as part of the action in which it happens; their pages hear it after the commit."""
    rows = [
        Alert(kind=kind, ticket=ticket, escalation=escalation, detail=detail[:60], user=user, at=clock.now())
        for user in people
    ]
    Alert.objects.bulk_create(rows)
    for row in rows:
        events.alerted(row.user_id)


def tell_of_conflict(ticket: Ticket, *, once: bool = False) -> None:
    """If whoever holds the case, or a review of it, must not, supervisors who may reassign hear it, those of
    its team first. ``once``: unless somebody was told before."""
    for case in (ticket, *people.held_reviews_of(ticket)):
        if once and case.alerts.filter(kind=Alert.Kind.CONFLICT, detail="").exists():
            continue
        if case.assignee and people.conflict_of(case, case.assignee):
            alert(case, people.supervisors_near(case), Alert.Kind.CONFLICT)


def tell_of_review(review: Ticket) -> None:
    """Whoever holds the case that was reviewed hears that it was decided, and nothing else of the review."""
    original = review.review_of
    holder = original.assignee if original else None
    if original and holder and holder.is_active and not people.conflict_of(original, holder):
        alert(original, [holder], Alert.Kind.REVIEW)


def settle(ticket: Ticket, kind: Alert.Kind, **which: Any) -> int:
    """Nobody has to look any more; how many had still to read it."""
    rows = ticket.alerts.filter(kind=kind, read_at=None, **which)
    told = list(rows.values_list("user", flat=True))
    if told:
        rows.update(read_at=clock.now())
    for person in set(told):
        events.alerted(person)
    return len(told)


def tell_of_words(ticket: Ticket, actor: Actor | None = None) -> None:
    """The customer wrote or sent something: whoever holds the case has to look, or the supervisors of its
    team where nobody does; one line each until then. Who took the words down (``actor``) knows them."""
    holder = ticket.assignee
    told = [holder] if holder and holder.is_active else people.supervisors_near(ticket)
    if actor not in told:
        waiting = set(_words_unread(ticket).values_list("user", flat=True))
        alert(ticket, [one for one in told if one.pk not in waiting], Alert.Kind.MESSAGE)


def pass_on_words(ticket: Ticket) -> None:
    """The case has another holder: what nobody has looked at is theirs to look at."""
    if settle(ticket, Alert.Kind.MESSAGE):
        tell_of_words(ticket)


def _words_unread(ticket: Ticket) -> QuerySet[Alert]:
    return ticket.alerts.filter(kind=Alert.Kind.MESSAGE, read_at=None)


@action("ticket.words_read", allowed=works_cases, audited=False)
def read_words(ticket: Ticket, *, actor: Actor) -> Ticket:
    """One of those who were told of the customer's words has opened the case: nobody else has to."""
    if _words_unread(ticket).filter(user=staff_of(actor)).exists():
        settle(ticket, Alert.Kind.MESSAGE)
        events.ticket_changed(ticket)  # for the mark in the queue
    return ticket


@action("alerts.read", allowed=is_oneself, audited=False)
def read_alerts(person: User, *, actor: Actor, upto: int, only: int | None = None) -> dt.datetime | None:
    """Mark one, or all up to the newest that was seen, as read; the instant that undoes it, None if none was
    unread."""
    now = clock.now()
    unread = Alert.objects.filter(user=person, read_at=None)
    unread = unread.filter(pk=only) if only else unread.filter(pk__lte=upto)
    if not unread.update(read_at=now):
        return None
    events.alerted(person.pk)
    return now


@action("alerts.restored", allowed=is_oneself, audited=False)
def restore_alerts(person: User, *, actor: Actor, read_at: dt.datetime) -> int:
    """Undoes ``read_alerts``: what was marked at that instant is unread again; how many."""
    restored = Alert.objects.filter(user=person, read_at=read_at).update(read_at=None)
    events.alerted(person.pk)
    return restored
