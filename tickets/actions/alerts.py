"""What people are told about cases, and that they have read it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.models import User
from helpdesk.core.staffing.actions import is_oneself
from tickets import events, people
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


def settle(ticket: Ticket, kind: Alert.Kind, **which: Any) -> int:
    """Nobody has to look any more; how many had still to read it."""
    rows = ticket.alerts.filter(kind=kind, read_at=None, **which)
    told = list(rows.values_list("user", flat=True))
    if told:
        rows.update(read_at=clock.now())
    for person in set(told):
        events.alerted(person)
    return len(told)


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
