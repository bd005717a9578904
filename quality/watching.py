"""What changed for the worse by a given day, and which alerts are over: what the nightly job acts on."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from quality.models import TrendAlert
from quality.queries import WEEK, monday_of
from quality.series import Series
from quality.shift import WEEKS, Shift, Tally, alarms, scan
from quality.states import AlertState
from quality.weekly import every_series


@dataclass(frozen=True)
class Found:
    """A change, with the Monday of its first week and the last day that was looked at."""

    series: Series
    since: dt.date
    until: dt.date
    shift: Shift


def changes(today: dt.date) -> tuple[list[Found], list[tuple[TrendAlert, dt.date]]]:
    """New changes for the worse; and the alerts whose series has come back, with the Monday since when.

    Of complete weeks. A series with an alert is looked at from its ``since`` on: only a change from the new
    level counts, or its end.
    """
    this_monday = monday_of(today)
    first = this_monday - WEEKS * WEEK
    latest: dict[Series, TrendAlert] = {}
    for alert in TrendAlert.objects.order_by("since", "pk"):
        latest[alert.series] = alert
    worse: list[tuple[Series, Shift]] = []
    back: list[tuple[TrendAlert, Shift]] = []
    for series, sums in every_series(first, WEEKS).items():
        known = latest.get(series)
        weeks = _since(sums, first, (known.eased_since or known.since) if known else first)
        if shift := scan(weeks, is_share=series.is_share, rises=not series.better_up):
            worse.append((series, shift))
        if known is not None and known.state != AlertState.EASED:
            better = scan(weeks, is_share=series.is_share, rises=series.better_up)
            if better is not None:
                back.append((known, better))
    return (
        [
            Found(series, this_monday - shift.weeks_after * WEEK, this_monday - dt.timedelta(days=1), shift)
            for (series, shift), real in zip(worse, alarms([s for _, s in worse]), strict=True)
            if real
        ],
        [
            (alert, this_monday - shift.weeks_after * WEEK)
            for (alert, shift), real in zip(back, alarms([s for _, s in back]), strict=True)
            if real
        ],
    )


def _since(sums: Sequence[Tally], first: dt.date, monday: dt.date) -> Sequence[Tally]:
    return sums[max(0, (monday - first) // WEEK) :]
