"""Years of calendars for administrators: what is known, an import with a look first, and its undoing."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.core import calendar
from helpdesk.core.errors import ActionError
from helpdesk.core.models import CalendarYear
from helpdesk.core.permissions import is_administrator, requires
from tickets.actions.calendars import publish_year, unpublish_year
from tickets.deadlines.preview import SHOWN, recounted
from tickets.forms.calendars import CalendarForm
from tickets.views.desk import staff_of

LISTED = 30


@dataclass(frozen=True)
class Change:
    """A day that would be worked, or free, other than now; ``before`` is None in a year nobody published."""

    on: dt.date
    before: bool | None
    after: bool
    name: str


@requires(is_administrator)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendars(request: HttpRequest) -> HttpResponse:
    """The years that are known, and the form that imports one: first what would change, then the change."""
    if request.method != "POST":
        return _page(request, CalendarForm())
    form = CalendarForm(request.POST, request.FILES)
    if not form.is_valid() or form.trial is None:
        return _page(request, form, status=400)
    typed = form.cleaned_data
    if "save" in request.POST:
        try:
            made = publish_year(actor=staff_of(request), **typed)
        except ActionError as refused:
            form.add_error(None, refused.message)
            return _page(request, form, status=409)
        undo = reverse("tickets:undo_calendar", args=[made.pk])
        said = _("已导入 %(year)d 年的日历，受影响的期限会在几分钟内重新计算。") % {"year": made.year}
        messages.success(request, said, extra_tags=undo)
        return redirect("tickets:calendars")
    known, then = calendar.load(form.trial.calendar), calendar.load(form.trial.calendar, form.trial)
    shown = CalendarForm(initial=typed)  # with the text of the file, so that saving needs no file
    look = {"changes": _changes(known, then, form.trial.year), "preview": recounted(then), "most": SHOWN}
    return _page(request, shown, look=look | {"year": form.trial.year})


def _page(
    request: HttpRequest, form: CalendarForm, *, status: int = 200, look: dict[str, Any] | None = None
) -> HttpResponse:
    rows = list(CalendarYear.objects.select_related("by").order_by("-id")[:LISTED])
    newest = set(_newest_of(rows))
    known = [
        (name, min(found.years, default=None), max(found.years, default=None), found.version)
        for name, found in sorted(calendar.delivered().items())
    ]
    context = {"form": form, "rows": [(row, row.pk in newest) for row in rows], "known": known, "look": look}
    return render(request, "tickets/calendars.html", context, status=status)


def _newest_of(rows: list[CalendarYear]) -> list[int]:
    """Of each year the version that can be undone."""
    newest: dict[tuple[str, int], CalendarYear] = {}
    for row in sorted(rows, key=lambda row: row.version):
        newest[row.calendar, row.year] = row
    return [row.pk for row in newest.values() if not row.withdrawn]


def _changes(known: calendar.Calendar, then: calendar.Calendar, year: int) -> list[Change]:
    days = (dt.date(year, 1, 1) + dt.timedelta(n) for n in range(366))
    changes = []
    for day in days:
        if day.year != year:
            break
        before = known.is_working(day) if year in known.years else None
        after = then.is_working(day)
        usual = day.weekday() < calendar.SATURDAY
        if after != (usual if before is None else before):
            changes.append(Change(day, before, after, then.name_of(day)))
    return changes


@requires(is_administrator)
@require_POST
def undo_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """As a further version; nothing is deleted."""
    imported = get_object_or_404(CalendarYear, pk=pk)
    unpublish_year(imported, actor=staff_of(request))
    messages.success(request, _("已撤销：%(year)d 年恢复到导入之前。") % {"year": imported.year})
    return redirect("tickets:calendars")
