"""A year of a calendar, imported in the browser: looked at first, applied, undone by a further version."""

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from helpdesk.core import calendar
from helpdesk.core.administration.calendars import import_year, undo_import
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, CalendarYear
from tests.tickets.factories import make_ticket
from tickets.models import Ticket
from tickets.tasks import escalate_due

pytestmark = pytest.mark.django_db
PAGE = "/tickets/calendars/"
DAYS = "date,working,name\n2027-01-01,0,元旦\n2027-01-02,1,元旦调休\n"
TYPED = {"calendar_name": "CN", "year": "2027", "source": "放假通知"}


@pytest.fixture(autouse=True)
def _december():
    with time_machine.travel(dt.datetime(2026, 12, 20, 2, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def admin(client_of):
    return client_of("administrator")


def file_of(text: str, encoding: str = "utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile("2027.csv", text.encode(encoding), "text/csv")


def due(ticket: Ticket) -> tuple[str, bool]:
    fresh = Ticket.objects.get(pk=ticket.pk)
    return f"{fresh.due_on}", fresh.due_undetermined


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_look_saves_nothing_and_says_what_would_change(admin, cast, encoding):
    waiting = make_ticket(cast, kind="privacy_request")
    page = admin.post(PAGE, TYPED | {"file": file_of(DAYS, encoding), "look": "1"})
    look = page.context["look"]
    assert [(f"{day.on:%m-%d}", day.before, day.after, day.name) for day in look["changes"]] == [
        ("01-01", None, False, "元旦"),
        ("01-02", None, True, "元旦调休"),
    ]
    found = look["preview"]
    shift = found.shifts[0]
    assert (shift.clock.ticket, shift.clock.due_on, f"{shift.then.due_on}") == (waiting, None, "2027-01-08")
    assert (found.differing, CalendarYear.objects.count()) == (1, 0)
    assert page.context["form"]["text"].value() == DAYS
    assert due(waiting) == ("2027-01-01", True)


def test_import_and_undo(admin, cast):
    waiting = make_ticket(cast, kind="privacy_request")
    escalate_due()
    page = admin.post(PAGE, TYPED | {"text": DAYS, "save": "1"}, follow=True)
    made = CalendarYear.objects.get()
    assert f'action="{PAGE}{made.pk}/undo/"' in page.content.decode()
    escalate_due()
    assert due(waiting) == ("2027-01-08", False)
    admin.post(f"{PAGE}{made.pk}/undo/")
    assert [(row.version, row.withdrawn) for row in CalendarYear.objects.all()] == [(1, False), (2, True)]
    assert 2027 not in calendar.load("CN").years
    escalate_due()
    assert due(waiting) == ("2027-01-01", True)
    verbs = list(AuditEntry.objects.filter(verb__startswith="calendar.").values_list("verb", flat=True))
    assert verbs == ["calendar.imported", "calendar.import_undone"]


def test_a_correction_counts_running_cases_again_and_undo_brings_the_version_before_back(admin, cast):
    admin.post(PAGE, TYPED | {"text": DAYS, "save": "1"})
    running = make_ticket(cast, kind="privacy_request")
    assert due(running) == ("2027-01-08", False)
    longer = f"{DAYS}2027-01-04,0,元旦\n"
    look = admin.post(PAGE, TYPED | {"text": longer, "look": "1"}).context["look"]
    assert [(f"{day.on:%m-%d}", day.before, day.after) for day in look["changes"]] == [("01-04", True, False)]
    admin.post(PAGE, TYPED | {"text": longer, "save": "1"})
    escalate_due()
    assert due(running) == ("2027-01-11", False)
    newest = CalendarYear.objects.get(version=2)
    with pytest.raises(ActionError):
        undo_import(actor=cast.administrator, imported=CalendarYear.objects.get(version=1))
    undo_import(actor=cast.administrator, imported=newest)
    assert calendar.load("CN").is_working(dt.date(2027, 1, 4))
    with pytest.raises(ActionError):
        undo_import(actor=cast.administrator, imported=newest)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": ""}, "file"),
        ({"text": "2028-01-01,0"}, "text"),
        ({"text": "1/1/2027,0"}, "text"),
        ({"text": DAYS, "year": "27"}, "year"),
        ({"text": DAYS, "calendar_name": "XX"}, "calendar_name"),
        ({"text": DAYS, "source": ""}, "source"),
        ({"file": file_of("\x00\x01")}, "file"),
        ({"file": SimpleUploadedFile("x.csv", b"\xff\xfe\xff", "text/csv")}, "file"),
        ({"file": file_of("x" * 70_000)}, "file"),
    ],
)
def test_a_bad_file_is_refused_and_what_was_typed_kept(admin, typed, field):
    page = admin.post(PAGE, TYPED | {"save": "1"} | typed)
    form = page.context["form"]
    assert (page.status_code, list(form.errors)) == (400, [field])
    assert form["text"].value() == typed.get("text")
    assert CalendarYear.objects.count() == 0


def test_only_administrators_import_and_undo(cast):
    made = import_year(actor=cast.administrator, calendar_name="CN", year=2027, text=DAYS, source="x")
    with pytest.raises(ActionForbidden):
        undo_import(actor=cast.supervisor, imported=made)
    with pytest.raises(ActionForbidden):
        import_year(actor=cast.supervisor, calendar_name="CN", year=2027, text=DAYS, source="x")


@pytest.mark.parametrize("count", [1, 3])
def test_page_query_count(admin, cast, django_assert_num_queries, count):
    for year in range(count):
        text = f"{2030 + year}-01-01,0"
        import_year(actor=cast.administrator, calendar_name="CN", year=2030 + year, text=text, source="x")
    admin.get(PAGE)
    with django_assert_num_queries(4):
        admin.get(PAGE)
