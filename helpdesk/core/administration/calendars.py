"""Publishing a year of a calendar, from the file of an administrator."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from helpdesk.core import calendar, clock
from helpdesk.core.actions import creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import CalendarYear, User
from helpdesk.core.permissions import is_administrator


@creation("calendar.imported", allowed=is_administrator)
def import_year(*, actor: Actor, calendar_name: str, year: int, text: str, source: str) -> CalendarYear:
    """A further version of one year; ``text`` is CSV (see calendar.read_days). Nothing older is changed."""
    made = read_year(calendar_name=calendar_name, year=year, text=text, source=source)
    return _append(made, actor)


def read_year(*, calendar_name: str, year: int, text: str, source: str) -> CalendarYear:
    """The same without saving it. Raises ActionError with what is wrong with the text."""
    try:
        years = calendar.read_days(text)
    except calendar.BadCalendar as bad:
        raise ActionError(str(bad)) from bad
    if set(years) != {year}:
        raise ActionError(_("文件里应当只有 %(year)d 年的日子。") % {"year": year})
    return CalendarYear(calendar=calendar_name, year=year, days=years[year], source=source)


@creation("calendar.import_undone", allowed=is_administrator)
def undo_import(*, actor: Actor, imported: CalendarYear) -> CalendarYear:
    """A further version that says what the one before said; without one, as if none was imported."""
    versions = list(_versions(imported).order_by("-version")[:2])
    if versions[0] != imported:
        raise ActionError(_("后来又导入过这一年，请先撤销后来的。"))
    if imported.withdrawn:
        raise ActionError(_("这次导入已经撤销。"))
    return _append(before(imported), actor)


def before(imported: CalendarYear) -> CalendarYear:
    """What an undoing of the newest version would put in its place, not saved."""
    older = _versions(imported).filter(version__lt=imported.version).order_by("-version").first()
    return CalendarYear(
        calendar=imported.calendar,
        year=imported.year,
        days=older.days if older else [],
        withdrawn=older.withdrawn if older else True,
        source=older.source if older else imported.source,
    )


def _versions(row: CalendarYear) -> QuerySet[CalendarYear]:
    return CalendarYear.objects.filter(calendar=row.calendar, year=row.year)


def _append(row: CalendarYear, actor: Actor) -> CalendarYear:
    row.version = _versions(row).count() + 1
    row.by, row.at = actor if isinstance(actor, User) else None, clock.now()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as first:
        raise ActionError(_("刚刚有人导入了这一年，请先看看。")) from first
    return row
