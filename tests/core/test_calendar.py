"""Working days: worked dates, make-up days, years that nobody has published, an administrator's file."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core import calendar
from helpdesk.core.calendar import BadCalendar, Undetermined
from helpdesk.core.models import AuditEntry, CalendarYear

D = dt.date.fromisoformat
CN = calendar.delivered()["CN"]
GB = calendar.delivered()["GB"]
published = st.dates(dt.date(2005, 1, 1), dt.date(2025, 6, 30))


@pytest.mark.parametrize(
    ("known", "day", "count", "due"),
    [
        (CN, "2026-11-22", 3, "2026-11-25"),
        (CN, "2026-11-22", 15, "2026-12-11"),
        (CN, "2026-09-17", 3, "2026-09-21"),  # Sunday 20 September is worked
        (CN, "2026-09-17", 15, "2026-10-14"),
        (CN, "2026-02-12", 3, "2026-02-24"),  # Saturday 14 February is worked, then the festival
        (CN, "2026-02-12", 15, "2026-03-11"),
        (GB, "2026-11-22", 35, "2027-01-13"),
        (GB, "2026-12-24", 1, "2026-12-29"),
    ],
)
def test_worked_dates(known, day, count, due):
    assert known.add(D(day), count) == D(due)


def test_a_make_up_saturday_is_a_working_day():
    assert CN.is_make_up(D("2026-02-14"))
    assert not CN.is_make_up(D("2026-02-13"))
    assert CN.roll(D("2026-02-15")) == D("2026-02-24")
    assert CN.name_of(D("2026-02-17")) == "Spring Festival"


def test_an_unpublished_year_is_undetermined():
    assert CN.roll(D("2026-12-31")) == D("2026-12-31")
    with pytest.raises(Undetermined, match="calendar CN: year 2027 not published"):
        CN.roll(D("2027-01-04"))
    with pytest.raises(Undetermined):
        CN.add(D("2026-12-20"), 15)
    with pytest.raises(Undetermined):
        CN.is_working(D("2003-12-31"))


@given(published, st.integers(0, 60))
def test_between_is_the_inverse_of_add(day, count):
    due = CN.add(day, count)
    assert CN.between(day, due) == count
    assert count == 0 or CN.is_working(due)


@given(published, st.integers(0, 40), st.integers(0, 40))
def test_adding_is_additive_and_monotone(day, first, second):
    assert CN.add(CN.add(day, first), second) == CN.add(day, first + second)
    assert CN.add(day, first) <= CN.add(day, first + second)
    assert CN.add(day, first + 1) <= CN.add(day + calendar.ONE_DAY, first + 1)


@given(published)
def test_rolling_is_idempotent_and_never_back(day):
    rolled = CN.roll(day)
    assert CN.is_working(rolled)
    assert rolled >= day
    assert CN.roll(rolled) == rolled


def imported(year, version, *days, name="CN"):
    rows = [{"date": day, "working": working, "name": "x"} for day, working in days]
    CalendarYear.objects.create(
        calendar=name, year=year, version=version, days=rows, source="s", at=dt.datetime.now(dt.UTC)
    )


@pytest.mark.django_db
def test_an_imported_year_is_published(django_assert_num_queries):
    assert calendar.load("CN") == CN
    imported(2027, 1, ("2027-01-01", False), ("2027-01-02", True))
    with django_assert_num_queries(1):
        known = calendar.load("CN")
    assert known.add(D("2026-12-31"), 2) == D("2027-01-04")
    assert known.version == f"{CN.version} + 2027 v1"
    imported(2027, 2, ("2027-01-01", False))
    assert calendar.load("CN").add(D("2026-12-31"), 2) == D("2027-01-05")
    assert calendar.load("CN").version == f"{CN.version} + 2027 v2"


@pytest.mark.django_db
def test_an_imported_year_replaces_the_delivered_one():
    imported(2026, 1, ("2026-10-01", False))
    known = calendar.load("CN")
    assert [known.is_working(D(day)) for day in ("2026-10-01", "2026-10-02", "2026-02-14")] == [
        False,
        True,
        False,
    ]
    assert known.is_working(D("2025-10-02")) is False


@pytest.mark.django_db
def test_a_calendar_that_nobody_knows_has_no_year():
    with pytest.raises(Undetermined, match="calendar SG: year 2026"):
        calendar.load("SG").add(D("2026-11-22"), 2)


def test_read_days():
    text = "\ufeffdate,working,name\n2027-01-01,0,元旦\n\n2027-01-03,班,元旦\n2028-01-01,no\n"
    years = calendar.read_days(text)
    assert years == {
        2027: [
            {"date": "2027-01-01", "working": False, "name": "元旦"},
            {"date": "2027-01-03", "working": True, "name": "元旦"},
        ],
        2028: [{"date": "2028-01-01", "working": False, "name": ""}],
    }
    assert calendar.count(years[2027]) == (1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "文件里没有任何一天。"),
        ("date,working\n1/1/2027,0", "第 2 行：日期要写成 2027-01-01。"),
        ("2027-01-01,maybe", "第 1 行：第二列写 1（上班）或 0（休息）。"),
        ("2027-01-01,0\n2027-01-01,1", "第 2 行：2027-01-01 已经出现过。"),
        ("\n".join(f"{D('2027-01-01') + dt.timedelta(n)},0" for n in range(401)), "一个文件最多 400 天。"),
    ],
)
def test_a_bad_file_says_where(text, message):
    with pytest.raises(BadCalendar) as refused:
        calendar.read_days(text)
    assert str(refused.value) == message


@pytest.mark.django_db
def test_import_calendar(cast, tmp_path):
    file = tmp_path / "2027.csv"
    file.write_text("date,working,name\n2027-01-01,0,元旦\n2027-01-02,1,元旦\n", "utf-8")
    out = io.StringIO()
    fixed = {"year": 2027, "source": "放假通知", "stdout": out}
    for version in (1, 2):
        call_command("import_calendar", str(file), **fixed, username="administrator")
        assert calendar.load("CN").version == f"{CN.version} + 2027 v{version}"
    assert out.getvalue().splitlines()[0] == "CN 2027 v1: 1 free days, 1 make-up days"
    assert calendar.load("CN").is_make_up(D("2027-01-02"))
    entry = AuditEntry.objects.order_by("pk")[0]
    assert (entry.verb, entry.actor) == ("calendar.imported", cast.administrator)
    for wrong in ({"username": "agent"}, {"username": "nobody"}, {"username": "administrator", "year": 2028}):
        with pytest.raises(CommandError):
            call_command("import_calendar", str(file), **(fixed | wrong))
    assert CalendarYear.objects.count() == 2


@pytest.mark.django_db
def test_is_published():
    why = str(Undetermined("CN", 2027))
    assert not calendar.is_published(why)
    imported(2027, 1, ("2027-01-01", False))
    assert calendar.is_published(why)
    assert not calendar.is_published("something else")
