"""Business hours: worked instants, and what must hold in every zone, shift and year."""

import datetime as dt
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from helpdesk.core import calendar
from helpdesk.core.calendar import Undetermined
from helpdesk.core.hours import Hours, Span, spans, weekdays

CN = calendar.delivered()["CN"]
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
OFFICE = Hours(SHANGHAI, weekdays("09:00-12:00 13:30-18:00"), calendar=CN)
NIGHT = Hours(BERLIN, dict.fromkeys(range(7), spans("22:00-06:00")))
HOUR = dt.timedelta(hours=1)
NONE = dt.timedelta()


def at(text: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-23 09:00", 3, "2026-11-23 12:00"),
        ("2026-11-23 11:00", 2, "2026-11-23 14:30"),  # over lunch
        ("2026-11-23 17:30", 1, "2026-11-24 09:30"),  # over night
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),  # over a weekend
        ("2026-02-14 17:00", 2, "2026-02-24 10:00"),  # a worked Saturday, then nine days of festival
        ("2026-02-15 12:00", 1, "2026-02-24 10:00"),
    ],
)
def test_office_hours(start, hours, due):
    assert OFFICE.add(at(start), hours * HOUR) == at(due)
    assert OFFICE.elapsed(at(start), at(due)) == hours * HOUR


def test_a_make_up_day_with_hours_of_its_own():
    short = Hours(SHANGHAI, weekdays("09:00-18:00"), CN, make_up=spans("10:00-12:00"))
    assert short.elapsed(at("2026-02-14 00:00"), at("2026-02-15 00:00")) == 2 * HOUR


def test_a_desk_that_is_open_on_saturdays_is_closed_on_a_festival():
    desk = Hours(SHANGHAI, dict.fromkeys(range(7), spans("10:00-20:00")), CN)
    assert desk.is_open(at("2026-11-28 11:00"))
    assert not desk.is_open(at("2026-02-21 11:00"))


def test_exceptions_replace_a_day():
    day = dt.date(2026, 11, 24)
    desk = Hours(SHANGHAI, weekdays("09:00-18:00"), CN, exceptions={day: spans("13:00-14:00")})
    assert desk.elapsed(at("2026-11-24 00:00"), at("2026-11-25 00:00")) == HOUR
    closed = Hours(SHANGHAI, weekdays("09:00-18:00"), exceptions={day: ()})
    assert closed.next_opening(at("2026-11-24 09:00")) == at("2026-11-25 09:00")


def test_the_ends_of_a_span():
    assert [OFFICE.is_open(at(f"2026-11-23 {time}")) for time in ("08:59", "09:00", "11:59", "12:00")] == [
        False,
        True,
        True,
        False,
    ]
    assert OFFICE.next_opening(at("2026-11-23 12:00")) == at("2026-11-23 13:30")
    assert OFFICE.next_opening(at("2026-11-23 10:00")) == at("2026-11-23 10:00")


def test_a_night_shift_on_the_two_nights_of_the_year():
    # 28 to 29 March 2026 lacks an hour, 24 to 25 October has one more.
    assert NIGHT.elapsed(at("2026-03-28 12:00", BERLIN), at("2026-03-29 12:00", BERLIN)) == 7 * HOUR
    assert NIGHT.elapsed(at("2026-10-24 12:00", BERLIN), at("2026-10-25 12:00", BERLIN)) == 9 * HOUR
    assert NIGHT.add(at("2026-03-28 22:00", BERLIN), 7 * HOUR) == at("2026-03-29 06:00", BERLIN)
    assert NIGHT.is_open(at("2026-03-29 03:30", BERLIN))
    assert NIGHT.is_open(at("2026-03-29 05:59", BERLIN))
    assert not NIGHT.is_open(at("2026-03-29 06:00", BERLIN))


def test_a_night_shift_that_meets_the_morning_is_not_counted_twice():
    weekly = {0: spans("22:00-06:00"), 1: spans("05:00-09:00")}
    desk = Hours(SHANGHAI, weekly)
    assert desk.elapsed(at("2026-11-23 20:00"), at("2026-11-24 12:00")) == 11 * HOUR


def test_always_open():
    desk = Hours(BERLIN, dict.fromkeys(range(7), spans("00:00-24:00")))
    start = at("2026-03-28 00:00", BERLIN)
    assert desk.add(start, 47 * HOUR) == at("2026-03-30 00:00", BERLIN)


def test_an_unpublished_year_is_undetermined():
    with pytest.raises(Undetermined):
        OFFICE.add(at("2026-12-31 17:00"), 2 * HOUR)
    assert OFFICE.add(at("2026-12-31 16:00"), 2 * HOUR) == at("2026-12-31 18:00")


def test_spans():
    assert spans("13:30-18:00 09:00-12:00") == (
        Span(dt.time(9), dt.time(12)),
        Span(dt.time(13, 30), dt.time(18)),
    )
    assert spans("") == ()
    assert spans("00:00-24:00") == (Span(dt.time(0), dt.time(0)),)


@pytest.mark.parametrize(
    "text", ["9-12", "09:00-12:00 11:00-13:00", "09:60-10:00", "24:30-01:00", "22:00-06:00 23:00-23:30"]
)
def test_bad_spans(text):
    with pytest.raises(ValueError, match=r"span|overlap|24:00"):
        spans(text)


def test_hours_that_are_never_open():
    with pytest.raises(ValueError, match="without any open time"):
        Hours(SHANGHAI, {0: ()})
    with pytest.raises(ValueError, match="forward"):
        OFFICE.add(at("2026-11-23 09:00"), -HOUR)
    assert OFFICE.elapsed(at("2026-11-24 09:00"), at("2026-11-23 09:00")) == NONE


# --- What must hold everywhere ----------------------------------------------------------------

SHIFTS = [
    "09:00-12:00 13:30-18:00",
    "08:30-17:00",
    "22:00-06:00",
    "00:00-24:00",
    "06:00-08:00 12:00-13:00 20:00-02:00",
    "01:30-02:45",
]
zones = st.sampled_from(
    ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
)
minutes = st.integers(0, 15_000).map(lambda n: dt.timedelta(minutes=n))
FIRST, LAST = dt.datetime.fromisoformat("2015-01-01"), dt.datetime.fromisoformat("2025-06-01")
instants = st.datetimes(FIRST, LAST, timezones=st.just(dt.UTC))


@st.composite
def desks(draw):
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    weekly = {day: spans(draw(st.sampled_from(SHIFTS))) for day in days}
    closed = draw(
        st.dictionaries(st.dates(dt.date(2015, 1, 1), dt.date(2025, 6, 1)), st.just(()), max_size=3)
    )
    known = draw(st.sampled_from([CN, None]))
    return Hours(ZoneInfo(draw(zones)), weekly, known, exceptions=closed)


@contextmanager
def in_published_years():
    """A desk that opens an hour a week may need more years for its hours than the calendar knows."""
    try:
        yield
    except Undetermined:
        reject()


@settings(deadline=None)
@given(desks(), instants, minutes)
def test_elapsed_is_the_inverse_of_add(desk, start, duration):
    with in_published_years():
        due = desk.add(start, duration)
    assert due >= start
    assert desk.elapsed(start, due) == duration


@settings(deadline=None)
@given(desks(), instants, minutes, minutes)
def test_add_is_additive_and_monotone(desk, start, first, second):
    with in_published_years():
        middle, due = desk.add(start, first), desk.add(start, first + second)
    assert desk.add(middle, second) == due
    assert middle <= due
    if first:  # the earliest such instant: a minute earlier, something is missing
        assert desk.elapsed(start, middle - dt.timedelta(minutes=1)) < first


@settings(deadline=None)
@given(desks(), instants, minutes, minutes)
def test_elapsed_adds_up_over_pauses(desk, start, first, second):
    stop, end = start + first, start + first + second
    assert desk.elapsed(start, stop) + desk.elapsed(stop, end) == desk.elapsed(start, end)
    assert desk.elapsed(start, end) <= end - start


@settings(deadline=None)
@given(desks(), instants)
def test_the_next_opening_is_open_and_nothing_before_it(desk, instant):
    opening = desk.next_opening(instant)
    assert desk.is_open(opening)
    assert opening >= instant
    assert desk.elapsed(instant, opening) == NONE
    assert desk.is_open(instant) == (opening == instant)
