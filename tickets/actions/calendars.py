"""A year of a calendar, and the clocks that are counted with it: the next sweep counts them again."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.administration.calendars import import_year, undo_import
from helpdesk.core.models import CalendarYear
from tickets.models import Clock


def publish_year(*, actor: Actor, calendar_name: str, year: int, text: str, source: str) -> CalendarYear:
    """Import a year; running clocks that it may move are marked to be counted again, all or nothing."""
    with transaction.atomic():
        made = import_year(actor=actor, calendar_name=calendar_name, year=year, text=text, source=source)
        _count_again(year)
        return made


def unpublish_year(imported: CalendarYear, *, actor: Actor) -> CalendarYear:
    """Undo the newest import of a year by a further version, likewise."""
    with transaction.atomic():
        made = undo_import(actor=actor, imported=imported)
        _count_again(imported.year)
        return made


def _count_again(year: int) -> None:
    """Every running clock whose date reaches into the year; the sweep finds out which of them it moves."""
    first = dt.date(year, 1, 1)
    reaches = Q(due_on__gte=first) | Q(latest_on__gte=first) | ~Q(undetermined="")
    Clock.objects.filter(reaches, state=Clock.State.RUNNING).update(next_step_at=clock.now())
