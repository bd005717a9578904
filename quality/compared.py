"""The comparison of a series around a day, with what else may explain what it shows."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from helpdesk.core import clock
from quality.effect import MOST, Comparison, Window, window
from quality.models import ImprovementAction
from quality.series import Dimension, Series
from quality.weekly import weekly
from tickets.models import Ticket


@dataclass(frozen=True)
class Compared:
    series: Series
    window: Window
    comparison: Comparison

    @property
    def points(self) -> bool:
        """Whether the change is one of shares, in percentage points; else a ratio of volumes."""
        return self.series.is_share


def comparison_of(series: Series, effective_on: dt.date, *, most: int = MOST) -> Compared:
    """Of the complete weeks since then with as many before."""
    span = window(effective_on, today=clock.today(), most=most)
    sums = weekly(series, span.before[0], 2 * span.weeks) if span.weeks else []
    sides = Comparison(sums[: span.weeks], sums[span.weeks :], series.is_share, series.better_up)
    return Compared(series, span, sides)


@dataclass(frozen=True)
class Confounders:
    """What else may explain a change: ``others`` took effect in the windows and may move the series, too."""

    others: list[ImprovementAction]
    whole: Compared | None  # the same figure of everything
    unclassified: int  # cases of the weeks after whose cause is not known yet
    alerted: bool  # it began with an alert: after an extreme week the next one is more ordinary by itself


def confounders_of(improvement: ImprovementAction, compared: Compared) -> Confounders:
    series, span = compared.series, compared.window
    around = Q(effective_on__range=(span.before[0], span.after[1]))
    rows = ImprovementAction.objects.running().filter(around).exclude(pk=improvement.pk)
    others = rows.select_related("owner").order_by("effective_on", "pk")
    whole = series.dimension != Dimension.ALL and span.weeks
    return Confounders(
        others=[other for other in others if series.overlaps(other.series)] if span.weeks else [],
        whole=comparison_of(series.whole, span.effective_on) if whole else None,
        unclassified=_unclassified(span) if series.dimension == Dimension.CAUSE and span.weeks else 0,
        alerted=improvement.alert_id is not None,
    )


def _unclassified(span: Window) -> int:
    first, last = clock.start_of_day(span.after[0]), clock.end_of_day(span.after[1])
    return Ticket.objects.filter(received_at__gte=first, received_at__lt=last, cause="").count()
