"""Reading who works when."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from helpdesk.core import calendar, clock
from helpdesk.core.actors import Actor
from helpdesk.core.calendar import Undetermined
from helpdesk.core.hours import Hours, Spans, spans
from helpdesk.core.models import WORKERS, Leave, Presence, Role, Shift, Staffing, User
from helpdesk.core.permissions import is_supervisor

CALENDAR = "CN"
LOOKS_AHEAD = 30  # days in which the next shift is looked for


def roster_visible_to(actor: Actor) -> QuerySet[User]:
    """Everybody with shifts or chats, to supervisors only."""
    people = User.objects.filter(role__in=WORKERS, is_active=True).select_related("team", "staffing")
    people = people.prefetch_related("shifts", "leaves").order_by("team__name", "name", "pk")
    return people if is_supervisor(actor) else people.none()


def leaves_visible_to(actor: Actor) -> QuerySet[Leave]:
    return Leave.objects.select_related("user") if is_supervisor(actor) else Leave.objects.none()


def on_duty(now: dt.datetime) -> QuerySet[Staffing]:
    """Who says they are there, and whose desk has shown it lately."""
    here = Staffing.objects.filter(presence=Presence.ON, here_until__gt=now)
    return here.filter(user__is_active=True, user__role__in=WORKERS).select_related("user")


def at_desk(now: dt.datetime) -> QuerySet[Staffing]:
    """Whose desk has shown a sign of life lately, and who has not said that they are off."""
    here = Staffing.objects.filter(here_until__gt=now, user__is_active=True, user__role__in=WORKERS)
    return here.exclude(presence=Presence.OFF, presence_at__isnull=False).select_related("user")


@dataclass(frozen=True)
class Duty:
    """The planned hours of all agents together."""

    hours: tuple[Hours, ...]

    def is_open(self, now: dt.datetime) -> bool:
        return any(opens_at(one, now) == now for one in self.hours)

    def next_opening(self, now: dt.datetime) -> dt.datetime | None:
        """When somebody is on shift again; None when nothing is planned for a month."""
        found = [at for one in self.hours if (at := opens_at(one, now)) is not None]
        return min(found, default=None)


def opens_at(hours: Hours, now: dt.datetime) -> dt.datetime | None:
    """When these hours are next open; None when that is a month away or cannot be known."""
    try:
        at = hours.next_opening(now)
    except (Undetermined, OverflowError):  # a year that nobody has published: no promise
        return None
    return at if at - now <= dt.timedelta(days=LOOKS_AHEAD) else None


def duty(now: dt.datetime) -> Duty:
    """Shifts without public holidays and without leave; make-up days are worked like the weekday's shift."""
    people = User.objects.filter(role=Role.AGENT, is_active=True)
    weeks: dict[int, dict[int, Spans]] = defaultdict(dict)
    for shift in Shift.objects.filter(user__in=people):
        weeks[shift.user_id][shift.weekday] = spans(shift.spans)
    today = clock.local_date(now)
    away: dict[int, dict[dt.date, Spans]] = defaultdict(dict)
    for leave in Leave.objects.filter(user__in=people, last__gte=today - dt.timedelta(days=1)):
        away[leave.user_id] |= dict.fromkeys(days(leave.first, leave.last, today), ())
    cn = calendar.load(CALENDAR)
    zone = clock.business_zone()
    return Duty(tuple(Hours(zone, week, cn, exceptions=away[pk]) for pk, week in weeks.items()))


def days(first: dt.date, last: dt.date, today: dt.date) -> Iterable[dt.date]:
    """The days of a leave that a look ahead can meet."""
    day = max(first, today - dt.timedelta(days=1))
    while day <= min(last, today + dt.timedelta(days=LOOKS_AHEAD + 1)):
        yield day
        day += dt.timedelta(days=1)
