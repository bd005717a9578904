"""Working days. A day of a year that nobody has published is undetermined; it is never guessed.

    cn = calendar.load("CN")
    cn.add(received_on, 15)    # the fifteenth working day after it; raises Undetermined
    cn.roll(due_on)            # that day, or the next one on which people work

What a calendar knows comes in layers, the later over the earlier: what is delivered with the product (China
from chinesecalendar, others from ``calendars/*.toml``), then the years that an administrator has imported.
Nothing is copied between them, so an upgrade of the package publishes a year without a migration.
"""

import csv
import datetime as dt
import importlib.metadata
import io
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from chinese_calendar import constants as chinese
from django.utils.translation import gettext as _

from helpdesk.core.memo import once
from helpdesk.core.models import CalendarYear

FOLDER = Path(__file__).parent / "calendars"
ONE_DAY = dt.timedelta(days=1)
SATURDAY = 5
UNDETERMINED = re.compile(r"calendar (?P<calendar>\w+): year (?P<year>\d+) not published")


class Undetermined(ValueError):  # noqa: N818  # an answer, not a mistake
    """A day that nobody can know yet."""

    def __init__(self, calendar: str, year: int) -> None:
        super().__init__(f"calendar {calendar}: year {year} not published")
        self.calendar = calendar
        self.year = year


class BadCalendar(ValueError):  # noqa: N818
    """A file that is no calendar; the message is for people and names the line."""


class Exceptional(NamedTuple):
    """A day that differs from its weekday, or that has a name of its own."""

    working: bool
    name: str


@dataclass(frozen=True)
class Calendar:
    """Monday to Friday, but for ``exceptions``, in the years that are published."""

    name: str
    version: str  # of every layer, so that a date can be explained later
    years: frozenset[int]
    exceptions: Mapping[dt.date, Exceptional]

    def is_working(self, day: dt.date) -> bool:
        """Whether people work on a day; Undetermined in a year that is not published."""
        if day.year not in self.years:
            raise Undetermined(self.name, day.year)
        exception = self.exceptions.get(day)
        return exception.working if exception else day.weekday() < SATURDAY

    def name_of(self, day: dt.date) -> str:
        """The holiday that a day belongs to (also a make-up day), or ""."""
        exception = self.exceptions.get(day)
        return exception.name if exception else ""

    def is_make_up(self, day: dt.date) -> bool:
        """A Saturday or Sunday on which people work (调休)."""
        return day.weekday() >= SATURDAY and self.is_working(day)

    def roll(self, day: dt.date) -> dt.date:
        """The day itself if people work on it, else the next working day."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def add(self, day: dt.date, working_days: int) -> dt.date:
        """The n-th working day after a day. Day 1 is the first working day after it; 0 is the day itself."""
        if working_days < 0:
            raise ValueError("working days are counted forward")
        while working_days:
            day += ONE_DAY
            working_days -= self.is_working(day)
        return day

    def between(self, start: dt.date, end: dt.date) -> int:
        """How many working days lie after ``start``, up to and with ``end``: the inverse of ``add``."""
        return sum(self.is_working(start + ONE_DAY * n) for n in range(1, (end - start).days + 1))


# --- Layers -----------------------------------------------------------------------------------


@cache
def _chinese() -> Calendar:
    days = {day: Exceptional(False, name) for day, name in chinese.holidays.items()}
    days |= {day: Exceptional(True, name) for day, name in chinese.workdays.items()}
    version = f"chinesecalendar {importlib.metadata.version('chinesecalendar')}"
    return Calendar("CN", version, frozenset(day.year for day in chinese.holidays), days)


@cache
def delivered() -> dict[str, Calendar]:
    """The calendars that come with the product, by name."""
    found = {"CN": _chinese()}
    for path in sorted(FOLDER.glob("*.toml")):
        raw = tomllib.loads(path.read_text("utf-8"))
        days = {dt.date.fromisoformat(day): Exceptional(False, name) for day, name in raw["holidays"].items()}
        found[path.stem] = Calendar(path.stem, raw["version"], frozenset(raw["years"]), days)
    return found


def load(name: str, trial: CalendarYear | None = None) -> Calendar:
    """The calendar of a name as it is known now; one query. An unknown name is one without any year.

    ``trial`` is a year that nobody has saved, to see what it would mean.
    """
    known = delivered().get(name, Calendar(name, "", frozenset(), {}))
    newest = {row.year: row for row in _imported(name)}
    if trial:
        newest[trial.year] = trial
    imported = {year: row for year, row in newest.items() if not row.withdrawn}
    if not imported:
        return known
    days = {day: exception for day, exception in known.exceptions.items() if day.year not in imported}
    for row in imported.values():
        for day in row.days:
            days[dt.date.fromisoformat(day["date"])] = Exceptional(day["working"], day["name"])
    versions = [known.version, *(f"{year} v{row.version}" for year, row in sorted(imported.items()))]
    return Calendar(name, " + ".join(filter(None, versions)), known.years | set(imported), days)


@once
def _imported(name: str) -> list[CalendarYear]:
    return list(CalendarYear.objects.filter(calendar=name).order_by("version"))


def is_published(undetermined: str) -> bool:
    """Whether the year that an Undetermined named has been published since; one query."""
    match = UNDETERMINED.fullmatch(undetermined)
    return match is not None and int(match[2]) in load(match[1]).years


# --- An administrator's file ------------------------------------------------------------------

WORKING = {"1": True, "true": True, "yes": True, "班": True, "0": False, "false": False, "no": False}
WORKING |= {"休": False}
MAX_DAYS = 400


def read_days(text: str) -> dict[int, list[dict[str, str | bool]]]:
    """Days by year out of a CSV file with the columns ``date, working, name``.

    It lists only what differs from Monday to Friday. Raises BadCalendar with the line that is wrong.
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    years: dict[int, list[dict[str, str | bool]]] = {}
    seen: set[dt.date] = set()
    try:
        for line, row in enumerate(rows, 1):
            if not any(cell.strip() for cell in row) or (line == 1 and row[0].strip().lower() == "date"):
                continue
            day, working, name = _day(line, row)
            if day in seen:
                raise BadCalendar(_("第 %(line)d 行：%(day)s 已经出现过。") % {"line": line, "day": day})
            if len(seen) >= MAX_DAYS:
                raise BadCalendar(_("一个文件最多 %(limit)d 天。") % {"limit": MAX_DAYS})
            seen.add(day)
            years.setdefault(day.year, []).append({"date": f"{day}", "working": working, "name": name})
    except csv.Error as error:
        raise BadCalendar(_("这不是 CSV 文件。")) from error
    if not years:
        raise BadCalendar(_("文件里没有任何一天。"))
    return years


def _day(line: int, row: list[str]) -> tuple[dt.date, bool, str]:
    cells = [cell.strip() for cell in row] + ["", ""]
    try:
        day = dt.date.fromisoformat(cells[0])
    except ValueError:
        raise BadCalendar(_("第 %(line)d 行：日期要写成 2027-01-01。") % {"line": line}) from None
    working = WORKING.get(cells[1].lower())
    if working is None:
        raise BadCalendar(_("第 %(line)d 行：第二列写 1（上班）或 0（休息）。") % {"line": line})
    return day, working, cells[2][:60]


def count(days: Iterable[Mapping[str, str | bool]]) -> tuple[int, int]:
    """How many free and how many make-up days a year lists, for the page that asks before an import."""
    working = [bool(day["working"]) for day in days]
    return working.count(False), working.count(True)
