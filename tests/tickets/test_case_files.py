"""Cases out of another system's file: each once, the refused ones by their line."""

import csv
import io
import os
import signal

import pytest
from django.core.management import CommandError, call_command

from helpdesk.core import clock
from tickets import case_files
from tickets.models import Ticket

HEADER = "reference,kind,channel,topic,complainant,contact,narrative,request,received_at"
GOOD = "{ref},complaint,phone,repayment,甲客户,13800000021,扣了两次。,请退回。,2026-03-01"

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path, cast):
    def run(*lines: str, header: str = HEADER, raw: bytes | None = None, **options):
        path = tmp_path / "old.csv"
        path.write_bytes(raw if raw is not None else "\n".join([header, *lines]).encode())
        out = io.StringIO()
        call_command("import_cases", str(path), by="agent", stdout=out, **options)
        report = tmp_path / "old.csv.refused.csv"
        lines_of_report = report.read_text(encoding="utf-8-sig").splitlines() if report.exists() else []
        refused = list(csv.DictReader(lines_of_report))
        report.unlink(missing_ok=True)
        return out.getvalue().splitlines()[0], refused

    return run


def test_a_refused_reference_is_no_formula_where_the_report_is_opened(run, cast):
    _told, refused = run(GOOD.format(ref="=cmd").replace("complaint", "nothing"))
    assert [row["reference"] for row in refused] == ["'=cmd"]


def test_rows_become_cases_on_the_day_they_were_received(run, cast):
    told, refused = run(GOOD.format(ref="A1"), GOOD.format(ref="A2"))
    assert (told, refused) == ("2 filed, 0 already known, 0 refused", [])
    case = Ticket.objects.order_by("pk")[0]
    assert (case.complainant, case.channel, f"{clock.local_date(case.received_at)}") == (
        "甲客户",
        "phone",
        "2026-03-01",
    )
    assert f"{case.due_on}" == "2026-03-16"


def test_a_second_run_files_what_the_first_did_not(run):
    run(GOOD.format(ref="A1"))
    told, _refused = run(GOOD.format(ref="A1"), GOOD.format(ref="A2"), GOOD.format(ref="A2"))
    assert told == "1 filed, 2 already known, 0 refused"
    assert Ticket.objects.count() == 2


def test_refused_rows_are_named_by_their_line(run):
    told, refused = run(
        GOOD.format(ref="A1"),
        GOOD.format(ref="A2").replace("complaint", "nonsense"),
        '"A3",complaint,phone,repayment,甲客户,13800000021,"两行\n的文字",请退回。,',
        GOOD.format(ref=""),
        GOOD.format(ref="A5") + ",one more",
        GOOD.format(ref="A6").replace("2026-03-01", "2099-01-01"),
        GOOD.format(ref="A7").replace("13800000021", "12"),
        "",
        GOOD.format(ref="A8"),
    )
    assert told == "3 filed, 0 already known, 5 refused"
    assert [(row["line"], row["reference"]) for row in refused] == [
        ("3", "A2"),
        ("6", ""),
        ("7", "A5"),
        ("8", "A6"),
        ("9", "A7"),
    ]
    assert all(row["reasons"] for row in refused)


def test_a_dry_run_files_nothing(run):
    told, refused = run(GOOD.format(ref="A1"), GOOD.format(ref="A2").replace("phone", "x"), dry_run=True)
    assert told == "1 would be filed, 0 already known, 1 refused"
    assert (len(refused), Ticket.objects.count()) == (1, 0)


@pytest.mark.parametrize("raw", [b"", b"reference,kind\n1,2\n", b"\x00\x01", b"PK\x03\x04"])
def test_a_file_without_the_columns_is_refused_whole(raw, run):
    with pytest.raises(CommandError, match="缺少这些列"):
        run(raw=raw)


def test_text_in_another_encoding_is_refused_by_row(run):
    gbk = "\n".join([HEADER, GOOD.format(ref="A1")]).encode("gb18030")
    told, refused = run(raw=gbk)
    assert (told, len(refused)) == ("0 filed, 0 already known, 1 refused", 1)


def test_only_who_works_cases_may_import(tmp_path, cast):
    path = tmp_path / "old.csv"
    path.write_text(HEADER, encoding="utf-8")
    for name in ("customer", "analyst", "nobody"):
        with pytest.raises(CommandError, match="not an agent"):
            call_command("import_cases", str(path), by=name)


def test_stopped_it_goes_on_where_it_was(run, monkeypatch):
    monkeypatch.setattr(case_files, "BATCH", 2)
    lines = [GOOD.format(ref=f"A{n}") for n in range(5)]
    file_row = case_files._file
    calls: list[int] = []

    def interrupted(row, *args, **fields):
        calls.append(row.line)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return file_row(row, *args, **fields)

    monkeypatch.setattr(case_files, "_file", interrupted)
    with pytest.raises(CommandError, match="go on"):
        run(*lines)
    assert Ticket.objects.count() == 4
    told, _refused = run(*lines)
    assert told == "1 filed, 4 already known, 0 refused"
