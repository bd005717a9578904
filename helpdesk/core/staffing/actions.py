"""Every write about staffing. What depends on it is told by ``presence_changed``."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import WORKERS, Leave, Presence, Shift, Staffing, User
from helpdesk.core.permissions import Rule, is_oneself, is_supervisor, is_system, works_cases
from helpdesk.core.signals import presence_changed

STAYS = dt.timedelta(seconds=60)  # how long a person counts as there after the last sign of their desk
READS = dt.timedelta(minutes=5)  # the same after a page without a socket


may_set_presence: Rule = (works_cases & is_oneself) | is_supervisor | is_system


@action("person.presence_set", allowed=may_set_presence)
def set_presence(person: User, *, actor: Actor, presence: str) -> Staffing:
    """On duty, pausing or off. Off gives back the chats in hand."""
    _must_work(person)
    staffing, _made = Staffing.objects.get_or_create(user=person)
    staffing.presence, staffing.presence_at = presence, clock.now()
    if presence != Presence.OFF:  # whoever says it is there
        staffing.here_until = clock.now() + READS
    staffing.save()
    presence_changed.send(Staffing, staffing=staffing)
    return staffing


@action("person.staffing_changed", allowed=is_supervisor)
def set_staffing(  # the fields of its form, each by name
    person: User,
    *,
    actor: Actor,
    skills: Sequence[str],
    languages: Sequence[str],
    capacity: int,
    manager: User | None = None,
) -> Staffing:
    _must_work(person)
    if manager is not None and (manager == person or manager.role not in WORKERS):
        raise ActionError(_("上级必须是另一位客服或主管。"))
    person.manager = manager
    person.save(update_fields=["manager"])
    staffing, _made = Staffing.objects.get_or_create(user=person)
    staffing.skills, staffing.languages, staffing.capacity = list(skills), list(languages), capacity
    staffing.save()
    presence_changed.send(Staffing, staffing=staffing)
    return staffing


@action("person.shifts_changed", allowed=is_supervisor)
def set_shifts(person: User, *, actor: Actor, shifts: Mapping[int, str]) -> User:
    """The whole week at once: weekday → spans; what is not named is a day off."""
    _must_work(person)
    person.shifts.all().delete()
    Shift.objects.bulk_create(
        Shift(user=person, weekday=day, spans=spans) for day, spans in sorted(shifts.items()) if spans
    )
    return person


@action("person.leave_added", allowed=is_supervisor)
def add_leave(person: User, *, actor: Actor, first: dt.date, last: dt.date) -> Leave:
    _must_work(person)
    if last < first:
        raise ActionError(_("最后一天不能早于第一天。"))
    if person.leaves.filter(first__lte=last, last__gte=first).exists():
        raise ActionError(_("这几天里已经登记过休假。"))
    return Leave.objects.create(user=person, first=first, last=last)


@action("person.leave_cancelled", allowed=is_supervisor)
def cancel_leave(leave: Leave, *, actor: Actor) -> User:
    person = leave.user
    leave.delete()
    return person


def _must_work(person: User) -> None:
    if person.role not in WORKERS:
        raise ActionError(_("只有客服和主管有班次和接待设置。"))


def seen(user: User, stays: dt.timedelta = STAYS, *, at_most: bool = False) -> None:
    """A sign of life of somebody's desk; it never shortens the time unless ``at_most``. Not an action:
    nothing is decided here, and it comes every few seconds."""
    until = clock.now() + stays
    rows = Staffing.objects.filter(user=user)
    if not at_most:
        rows = rows.exclude(here_until__gte=until)
    rows.update(here_until=until)


def on_a_page(user: User, stays: dt.timedelta = STAYS) -> None:
    """A sign of life beside the desk, where nobody can be asked: it keeps what is in hand, and no more."""
    until = clock.now() + stays
    Staffing.objects.filter(user=user).exclude(page_until__gte=until).update(page_until=until)
