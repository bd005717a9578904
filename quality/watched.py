"""One series as its pages show it: its weeks with limits and marks, and the cases that show a change best."""

import datetime as dt
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.models import User
from quality import present, series_chart
from quality.charts import Mark
from quality.models import ImprovementAction, TrendAlert
from quality.queries import DAY, WEEK, Days, answers_in, feedback_visible_to, gravity, monday_of, volume_in
from quality.series import OF_CASES, Dimension, Measure, Series
from quality.series_chart import SeriesChart
from quality.shift import WEEKS, noise_of, total
from quality.states import AlertState
from quality.weekly import LATE, cases_in, due_in, scope_of, weekly
from tickets.models import Ticket
from tickets.people import kept_off
from tickets.queries import tickets_visible_to

EXAMPLES = 5


def chart_of(
    series: Series, *, alert: TrendAlert | None = None, around: dt.date | None = None
) -> SeriesChart:
    """The last half year of complete weeks, or as many that have a day in their middle."""
    this_monday = monday_of(clock.today())
    alerts = list(TrendAlert.objects.filter(**series.columns).order_by("since"))
    ongoing = [one.since for one in alerts if one.state != AlertState.EASED]
    changed = around or (alert.since if alert else max(ongoing, default=None))
    last = this_monday
    if around or alert:
        until = [monday_of(changed) + WEEKS // 2 * WEEK] if changed else []
        last = min(this_monday, max([*until, *([alert.until + DAY] if alert else [])]))
    first = last - WEEKS * WEEK
    sums = weekly(series, first, WEEKS)
    quiet = sums[: max(1, (monday_of(changed) - first) // WEEK)] if changed else sums
    whole = total(quiet)
    return series_chart.draw(
        first,
        sums,
        _marks(series, alerts),
        is_share=series.is_share,
        better_up=series.better_up,
        level=(whole.share or 0.0) if series.is_share else whole.n / len(quiet),
        noise=noise_of(quiet, is_share=series.is_share),
    )


def _marks(series: Series, alerts: list[TrendAlert]) -> list[Mark]:
    done = ImprovementAction.objects.running().filter(**series.columns, effective_on__isnull=False)
    return [
        *(Mark(alert.since, _("变化起点"), "alert") for alert in alerts),
        *(Mark(action.effective_on, action.title, "action") for action in done if action.effective_on),
    ]


def examples(reader: User, series: Series, days: Days) -> dict[str, list[Any]]:
    """Up to five: the lowest scores with words, the longest overdue, or the gravest and newest."""
    if series.measure == Measure.CSAT:
        rows = answers_in(feedback_visible_to(reader), scope_of(series), days, (1, 2, 3))
        told = Case(When(text="", then=Value(1)), default=Value(0), output_field=IntegerField())
        worst = rows.order_by("score", told, "-given_at", "-pk").select_related("ticket", "article")
        return {"answers": present.answers(reader, worst[:EXAMPLES])}
    if series.measure == Measure.VOLUME and series.dimension not in OF_CASES:
        arrived = volume_in(scope_of(series), days).order_by("rank", "-at", "key")
        return {"arrivals": present.arrivals(reader, arrived[:EXAMPLES])}
    found = list(cases_behind(reader, series, days, late=True)[:EXAMPLES])
    hidden = kept_off(reader, [ticket.pk for ticket in found])  # its words are shown, which are about them
    return {"cases": [ticket for ticket in found if ticket.pk not in hidden]}


def cases_behind(reader: User, series: Series, days: Days, *, late: bool) -> "QuerySet[Ticket]":
    """What a number of a series counts, where that is cases alone: the new ones, the gravest first; or those
    that fell due, or of these the ``late`` ones, the longest first."""
    if series.measure == Measure.OVERDUE:
        rows = due_in(days)
        if series.dimension == Dimension.TOPIC:
            rows = rows.filter(topic=series.value)
        rows = (rows.filter(LATE) if late else rows).order_by("due_on", "pk")
    else:
        rows = cases_in(series, days).order_by(gravity(), "-received_at", "-pk")
    return rows.filter(pk__in=tickets_visible_to(reader).values("pk"))
