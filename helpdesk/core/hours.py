"""Business hours: open time counted in a zone, with lunch breaks, night shifts, holidays and make-up days.

    hours = Hours(ZoneInfo("Asia/Shanghai"), weekdays("09:00-12:00 13:30-18:00"), calendar=cn)
    hours.add(received_at, dt.timedelta(hours=4))
    hours.elapsed(received_at, answered_at)

Spans are local wall times; counting is done in UTC, so a day with a clock change has the hours that it really
has. A span that ends at or before its start runs into the next day and belongs to the day it starts on:
the morning after a night shift is worked even if that day is a holiday. A wall time that a clock change
skips is read as the standard library reads it, with the offset from before the change.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from zoneinfo import ZoneInfo

from helpdesk.core.calendar import ONE_DAY, SATURDAY, Calendar

SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, order=True)
class Span:
    """Local wall times; ``end <= start`` runs into the next day (equal: 24 hours)."""

    start: dt.time
    end: dt.time

    def on(self, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        """The two instants, in UTC."""
        last = day if self.start < self.end else day + ONE_DAY
        start = dt.datetime.combine(day, self.start, zone).astimezone(dt.UTC)
        return start, dt.datetime.combine(last, self.end, zone).astimezone(dt.UTC)


Spans = tuple[Span, ...]


def spans(text: str) -> Spans:
    """``"09:00-12:00 13:30-18:00"``; "" is a day off. Raises ValueError for anything else, or an overlap."""
    found = []
    for part in text.split():
        match = SPAN.fullmatch(part)
        if match is None:
            raise ValueError(f"{part} is no span such as 09:00-12:00")
        found.append(Span(_time(match[1], match[2]), _time(match[3], match[4])))
    found.sort()
    for before, after in pairwise(found):
        if before.end > after.start or before.end <= before.start:
            raise ValueError(f"{before.start:%H:%M} and {after.start:%H:%M} overlap")
    return tuple(found)


def _time(hour: str, minute: str) -> dt.time:
    if hour == "24" and minute != "00":
        raise ValueError("a day ends at 24:00")
    return dt.time(int(hour) % 24, int(minute))


def weekdays(text: str) -> dict[int, Spans]:
    """The same spans from Monday to Friday."""
    return dict.fromkeys(range(SATURDAY), spans(text))


@dataclass(frozen=True)
class Hours:
    """When a desk is open. Raises Undetermined where its calendar's year is not published.

    ``weekly`` by weekday (0 is Monday). With a calendar, holidays are closed, and a make-up day that the
    week has no spans for is worked like ``make_up``, or if that is empty like a Monday. ``exceptions``
    replace everything else on their day; an empty tuple closes it.
    """

    zone: ZoneInfo
    weekly: Mapping[int, Spans]
    calendar: Calendar | None = None
    make_up: Spans = ()
    exceptions: Mapping[dt.date, Spans] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.weekly.values()):
            raise ValueError("business hours without any open time")

    def on(self, day: dt.date) -> Spans:
        """The spans that start on a local day."""
        if day in self.exceptions:
            return self.exceptions[day]
        usual = self.weekly.get(day.weekday(), ())
        if self.calendar is None:
            return usual
        if self.calendar.is_make_up(day):
            return usual or self.make_up or self.weekly.get(0, ())
        if day.weekday() >= SATURDAY and not self.calendar.name_of(day):
            return usual  # an ordinary weekend: a desk that is open on Saturdays is
        return usual if self.calendar.is_working(day) else ()

    def is_open(self, instant: dt.datetime) -> bool:
        start, end = next(self._from(instant))
        return start <= instant < end

    def next_opening(self, instant: dt.datetime) -> dt.datetime:
        """The first open instant at or after one, in UTC."""
        return max(next(self._from(instant))[0], instant.astimezone(dt.UTC))

    def add(self, instant: dt.datetime, duration: dt.timedelta) -> dt.datetime:
        """The earliest instant by which so much open time has passed, in UTC; closed time does not count."""
        if duration < dt.timedelta():
            raise ValueError("time is counted forward")
        if not duration:
            return instant.astimezone(dt.UTC)
        for start, end in self._from(instant):
            begin = max(start, instant)
            if duration <= end - begin:
                return begin.astimezone(dt.UTC) + duration
            duration -= end - begin
        raise OverflowError("beyond the last day of all calendars")

    def elapsed(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """The open time between two instants; none if the second is not after the first."""
        total = dt.timedelta()
        if end <= start:
            return total
        for opens, closes in self._from(start, until=end):
            total += max(min(closes, end) - max(opens, start), dt.timedelta())
        return total

    def _from(
        self, instant: dt.datetime, until: dt.datetime | None = None
    ) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Open stretches that end after an instant, in order, without overlap; up to ``until`` if given."""
        day = instant.astimezone(self.zone).date() - ONE_DAY  # a night shift of the day before may reach here
        last = until.astimezone(self.zone).date() if until else dt.date.max
        covered = instant
        while day <= last:
            for span in self.on(day):
                start, end = span.on(day, self.zone)
                if end > covered:
                    # Where a night shift runs into the next morning's span, that begins where it ends.
                    yield (max(start, covered) if covered > instant else start), end
                    covered = end
            day += ONE_DAY
