"""The one clock. Code asks here for the time, so that tests can set it (``at``, or time-machine)."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_set_to: ContextVar[dt.datetime | None] = ContextVar("set_to", default=None)


def now() -> dt.datetime:
    """This instant, aware, in UTC."""
    return _set_to.get() or timezone.now()


@contextmanager
def at(instant: dt.datetime) -> Iterator[None]:
    """The clock stands at ``instant`` inside: for tests, and for telling the demonstration's past."""
    token = _set_to.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _set_to.reset(token)


def business_zone() -> ZoneInfo:
    """The zone in which the lender's days begin and end (``TIME_ZONE``)."""
    return ZoneInfo(settings.TIME_ZONE)


def local_date(instant: dt.datetime) -> dt.date:
    """The calendar day of an instant in the business time zone."""
    return instant.astimezone(business_zone()).date()


def today() -> dt.date:
    """The current day in the business time zone."""
    return local_date(now())


def start_of_day(day: dt.date) -> dt.datetime:
    """The first instant of a local day, in UTC. The calendar's first day begins as the one after it does."""
    day = max(day, dt.date.min + dt.timedelta(days=1))
    return dt.datetime.combine(day, dt.time(), tzinfo=business_zone()).astimezone(dt.UTC)


def end_of_day(day: dt.date) -> dt.datetime:
    """The first instant after a local day, in UTC: a deadline on that day is missed from then on.

    The calendar's last two days end as the one before them does: nothing comes after them.
    """
    return start_of_day(min(day, dt.date.max - dt.timedelta(days=2)) + dt.timedelta(days=1))
