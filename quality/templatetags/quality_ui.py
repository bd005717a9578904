"""How the quality pages write their numbers and link them to the cases behind."""

import datetime as dt
from math import inf
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from quality.queries import Scope
from quality.reviewed import Row
from quality.series import OF_CASES, Measure, Series
from quality.weekly import scope_of

register = template.Library()
MINUS = "−"  # the minus of a number, as wide as its digits


@register.filter
def percent(share: float | None) -> str:
    """0.784 → 78.4%"""
    return "" if share is None else f"{share * 100:.1f}%"


@register.filter
def points(difference: float | None) -> str:
    """−0.0423 → −4.2: percentage points, always with their sign."""
    return "" if difference is None else signed(difference * 100, 1)


@register.filter
def plus(number: float | None) -> str:
    """3 → +3"""
    return "" if number is None else signed(number, 0)


@register.filter
def plus_percent(share: float | None) -> str:
    return "" if share is None else f"{signed(share * 100, 0)}%"


@register.filter
def times(ratio: float | None) -> str:
    """0.82 → 0.82×"""
    if ratio is None:
        return ""
    return "∞" if ratio == inf else f"{ratio:.2f}×"


@register.filter
def level(value: float, is_share: bool) -> str:
    """A level of a series: a share, or cases a week."""
    return percent(value) if is_share else f"{value:.1f}"


@register.filter
def chance(probability: float) -> str:
    """0.00021 → 0.02%; what is less is said to be less."""
    return "< 0.01%" if probability < 0.0001 else f"{probability * 100:.2f}%"


@register.filter
def mean(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"


@register.filter
def kappa(value: float | None) -> str:
    return "" if value is None else f"{MINUS if value < -0.004 else ''}{abs(value):.2f}"


@register.filter
def duration(seconds: int | None) -> str:
    """95 → 1:35, minutes and seconds; a dash where nothing was measured."""
    return "–" if seconds is None else f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def heat(share: float | None) -> str:
    """The step of the heat scale: 0 (below 40 %) to 6 (90 % and more)."""
    return "" if share is None else str(min(6, max(0, int(share * 10 + 1e-9) - 3)))


def signed(number: float, digits: int) -> str:
    text = f"{abs(number):.{digits}f}"
    if float(text) == 0:
        return f"±{text}"
    return f"{MINUS if number < 0 else '+'}{text}"


@register.simple_tag(takes_context=True)
def reviews_url(context: template.Context, row: Row | None = None, shown: str = "") -> str:
    """The reviews behind a number of the results: its weeks, its filters, and what the number adds."""
    wanted = context["only"] | (row.only if row else {}) | {"shown": shown}
    return f"{reverse('quality:reviews')}?{urlencode({k: v for k, v in wanted.items() if v})}"


@register.simple_tag(takes_context=True)
def cases_url(
    context: template.Context,
    since: dt.date,
    until: dt.date,
    topic: str | None = None,
    score: str = "",
    what: str = "",
) -> str:
    """The rows behind a number of this page: its days, its filters, and what the number adds."""
    scope: Scope = context["scope"]
    wanted: dict[str, Any] = {
        "what": what,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "topic": scope.topic if topic is None else topic,
        "door": scope.door,
        "channel": scope.channel,
        "score": score,
    }
    return f"{reverse('quality:cases')}?{urlencode({k: v for k, v in wanted.items() if v})}"


@register.simple_tag
def behind_url(series: Series, days: tuple[dt.date, dt.date], hits: bool = False) -> str:
    """The rows behind a number of a series: all that it counts, or with ``hits`` those of its share."""
    since, until = (day.isoformat() for day in days)
    wanted: dict[str, Any] = {"since": since, "until": until}
    if series.measure == Measure.OVERDUE or series.dimension in OF_CASES:
        wanted |= {"series": series.code, "late": "on" if hits else ""}
        page = "quality:series_cases"
    else:
        scope = scope_of(series)
        wanted |= {"topic": scope.topic, "channel": scope.channel}
        wanted |= {"score": "high" if hits else ""} if series.is_share else {"what": "volume"}
        page = "quality:cases"
    return f"{reverse(page)}?{urlencode({k: v for k, v in wanted.items() if v})}"
