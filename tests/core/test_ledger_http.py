"""The ledger over HTTP: the recorded contract, and everything that a real one does on a bad day."""

import json
import re
import socket
import time
from contextlib import ExitStack, closing
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from helpdesk.core.ledger import LedgerError, LedgerFault, LedgerUnavailable, UnknownCustomer
from helpdesk.core.ledger import ledger as chosen
from helpdesk.core.ledger.breaker import Breaker
from helpdesk.core.ledger.http import HttpLedger
from helpdesk.core.ledger.wire import read_statement
from tests.core import ledger_server
from tests.core.ledger_server import EXAMPLES, TOKEN

RECORDED = "2026-11-25T10:00:00+08:00"
READINGS: dict[str, type[LedgerError]] = {
    "unknown_customer": UnknownCustomer,
    "fault": LedgerFault,
    "unavailable": LedgerUnavailable,
}
TWO, NONE = "C-7001", "C-7002"


@pytest.fixture(autouse=True)
def _then():
    with time_machine.travel(RECORDED):
        yield


@pytest.fixture
def server():
    with ledger_server.running() as running:
        yield running


@pytest.fixture
def asking():
    """Makes ledgers, and closes them behind the test."""
    with ExitStack() as stack:

        def make(url: str, timeout: float = 1.5, **options) -> HttpLedger:
            return stack.enter_context(closing(HttpLedger(url, TOKEN, timeout=timeout, **options)))

        yield make


@pytest.fixture
def ledger(server, asking):
    return asking(server.url)


def customer_of(example) -> str:
    return str(example["request"]["path"].split("/")[3])


# --- The contract ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_recorded_contract(name, server, ledger):
    """Our question is the recorded one, to the header, and the recorded answer is read as recorded."""
    example = EXAMPLES[name]
    ref = customer_of(example)
    if example["reading"] == "statement":
        assert wired(ledger.statement_of(ref)) == example["response"]["body"] | {"as_of": as_utc(example)}
    else:
        with pytest.raises(READINGS[example["reading"]]):
            ledger.statement_of(ref)
    path, headers = server.seen[0]
    assert path == example["request"]["path"]
    assert {name: headers[name] for name in example["request"]["headers"]} == example["request"]["headers"]


def as_utc(example) -> str:
    return {TWO: "2026-11-25T09:30:00+08:00", NONE: "2026-11-25T01:30:00+00:00"}[customer_of(example)]


def wired(statement):
    """Back to what was sent: nothing was lost, changed or made up on the way."""

    def plain(value):
        return value if value is None or isinstance(value, int) else str(value)

    def fields(row, names):
        return {name: plain(getattr(row, name)) for name in names.split()}

    loans = [
        fields(loan, "reference product method principal annual_rate opened_on principal_outstanding")
        | {
            "bills": [
                fields(bill, "number due_on principal interest fees penalty paid paid_on")
                for bill in loan.bills
            ]
        }
        for loan in statement.loans
    ]
    return {"customer_ref": statement.customer_ref, "as_of": statement.as_of.isoformat(), "loans": loans}


def wired_bytes(statement) -> bytes:
    return json.dumps(wired(statement)).encode()


def test_what_a_statement_says(ledger):
    statement = ledger.statement_of(TWO)
    late, settled = statement.loans
    day = statement.day
    assert (late.paid_count, late.is_settled, settled.paid_count, settled.is_settled) == (2, False, 3, True)
    assert [bill.number for bill in late.overdue(day)] == [3]
    assert late.overdue_days(day) == 15
    assert late.overdue_sum(day) == Decimal("1000.00") + 60 + 20 + Decimal("11.25") - 500
    assert (late.next_bill(day).number, settled.next_bill(day)) == (4, None)
    assert (settled.overdue_sum(day), settled.overdue_days(day)) == (0, 0)
    assert statement.loan("MC-100002") is late
    assert statement.loan("MC-100001") is None


def test_figures_of_an_earlier_hour_are_not_current(ledger, settings):
    statement = ledger.statement_of(TWO)
    settings.LEDGER_FRESH_SECONDS = 1830
    assert statement.is_current is True
    settings.LEDGER_FRESH_SECONDS = 1799
    assert statement.is_current is False


# --- What does not add up is refused -------------------------------------------------------------
def changed(**changes) -> bytes:
    """The recorded answer with something else at ``loan__bill__field``; ``DROP`` removes it."""
    raw = json.loads(json.dumps(EXAMPLES["two_loans"]["response"]["body"]))
    for where, value in changes.items():
        spot, *rest = where.split("__")
        row = {"answer": raw, "loan": raw["loans"][0], "bill": raw["loans"][0]["bills"][2]}[spot]
        if value == "DROP":
            del row[rest[0]]
        else:
            row[rest[0]] = value
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"answer__customer_ref": "C-7002"},
        {"answer__as_of": "2026-11-25T09:30:00"},
        {"answer__as_of": "2026-11-25T10:06:00+08:00"},
        {"answer__as_of": 5},
        {"answer__as_of": "yesterday"},
        {"answer__loans": {}},
        {"answer__loans": [5]},
        {"answer__loans": "DROP"},
        {"answer__note": "hello"},
        {"loan__bills": []},
        {"loan__reference": "../../etc"},
        {"loan__reference": "MC-100003"},
        {"loan__product": ""},
        {"loan__product": "长" * 61},
        {"loan__product": "两\n行"},
        {"loan__method": "lottery"},
        {"loan__method": []},
        {"loan__principal": 6000},
        {"loan__principal": "6000"},
        {"loan__principal": "6000.01"},
        {"loan__principal": "６０００.00"},
        {"loan__annual_rate": "18"},
        {"loan__annual_rate": "-0.1"},
        {"loan__opened_on": "2026-02-30"},
        {"loan__opened_on": "20260210"},
        {"loan__principal_outstanding": "3499.99"},
        {"loan__principal_outstanding": "4000.01"},
        {"bill__number": "3"},
        {"bill__number": True},
        {"bill__number": 0},
        {"bill__number": 2},
        {"bill__due_on": "2026-08-01"},
        {"bill__interest": "-60.00"},
        {"bill__paid": "5000.00"},
        {"bill__paid": "1091.25"},
        {"bill__paid_on": "2026-11-11"},
        {"bill__penalty": "NaN"},
        {"bill__fees": None},
        {"bill__fees": "DROP"},
    ],
    ids=str,
)
def test_an_answer_that_does_not_add_up_is_refused(changes):
    assert read_statement(changed(), TWO).customer_ref == TWO
    with pytest.raises(LedgerFault):
        read_statement(changed(**changes), TWO)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>",
        b"\xff\xfe",
        b'{"customer_ref": NaN}',
        b'{"as_of": 1.5}',
        b"[" * 100_000,
        b"9" * 5_000,
        changed().replace(b'"as_of"', b'"loans": [], "as_of"'),
    ],
    ids=lambda body: str(body[:20]),
)
def test_what_is_not_the_agreed_json_is_refused(body, server, ledger):
    server.behaviours = [ledger_server.body(body)]
    with pytest.raises(LedgerFault):
        ledger.statement_of(TWO)


def test_the_log_names_the_field_and_no_figure(server, ledger, caplog):
    server.behaviours = [ledger_server.body(changed(bill__paid="5000.00"))]
    with pytest.raises(LedgerFault):
        ledger.statement_of(TWO)
    assert [record.getMessage() for record in caplog.records] == [
        "The ledger's answer is not as agreed: loans[0].bills[2].paid: more than its total"
    ]


# --- Asking again ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "failure",
    [ledger_server.status(502), ledger_server.status(503), ledger_server.hang_up],
    ids=["502", "503", "hang up"],
)
def test_a_passing_failure_is_asked_again_at_most_twice(failure, server, ledger):
    server.behaviours = [failure, failure]
    assert len(ledger.statement_of(TWO).loans) == 2
    server.behaviours = [failure] * 3
    with pytest.raises(LedgerUnavailable):
        ledger.statement_of(TWO)
    assert len(server.seen) == 6


@pytest.mark.parametrize("code", [429, 500])
def test_other_failures_are_not_asked_again(code, server, ledger):
    server.behaviours = [ledger_server.status(code)]
    with pytest.raises(LedgerUnavailable):
        ledger.statement_of(TWO)
    assert len(server.seen) == 1


def test_nobody_listens(asking):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(LedgerUnavailable):
        asking(f"http://127.0.0.1:{port}").statement_of(TWO)


def test_the_token_goes_nowhere_else(server, ledger):
    with ledger_server.running() as elsewhere:
        server.behaviours = [ledger_server.status(302, Location=f"{elsewhere.url}/v1/")]
        with pytest.raises(LedgerFault):
            ledger.statement_of(TWO)
        assert elsewhere.seen == []


@pytest.mark.parametrize("code", [400, 401, 403, 404, 204])
def test_an_unexpected_status_is_a_fault(code, server, ledger):
    server.behaviours = [ledger_server.status(code)]
    with pytest.raises(LedgerFault):
        ledger.statement_of(TWO)


@pytest.mark.parametrize("ref", ["", "a/b", "../x", "甲", "x" * 65, "a?b", "a\n"])
def test_a_strange_reference_is_not_even_asked(ref, server, ledger):
    with pytest.raises(UnknownCustomer):
        ledger.statement_of(ref)
    assert server.seen == []


# --- Slow ------------------------------------------------------------------------------------
@pytest.mark.parametrize("slow", [ledger_server.silent, ledger_server.drip, ledger_server.drip_headers])
def test_nobody_waits_longer_than_agreed(slow, server, asking):
    ledger = asking(server.url, timeout=0.5)
    server.behaviours = [slow]
    began = time.perf_counter()
    with pytest.raises(LedgerUnavailable):
        ledger.statement_of(TWO)
    assert time.perf_counter() - began < 5  # 0.5 and a busy machine; the server would take 20
    server.ended.set()
    assert len(server.seen) == 1


def test_an_answer_without_end_is_not_kept(server, ledger):
    server.behaviours = [ledger_server.body(b" " * (5 * 1024 * 1024))]
    with pytest.raises(LedgerFault):
        ledger.statement_of(TWO)


# --- The breaker -----------------------------------------------------------------------------
class Timer:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def guarded(server, timer, asking):
    return asking(server.url, breaker=Breaker(2, 15, timer))


def test_after_failures_in_a_row_it_is_left_alone_and_then_tried_once(server, guarded, timer):
    server.behaviours = [ledger_server.status(500)] * 3
    for _ in range(4):
        with pytest.raises(LedgerUnavailable):
            guarded.statement_of(TWO)
    assert len(server.seen) == 2
    timer.now += 15
    for _ in range(2):  # the one try fails, and it is left alone again
        with pytest.raises(LedgerUnavailable):
            guarded.statement_of(TWO)
    assert len(server.seen) == 3
    timer.now += 15
    for _ in range(3):
        assert len(guarded.statement_of(TWO).loans) == 2
    assert len(server.seen) == 6


def test_an_answer_in_between_starts_the_count_again(server, guarded):
    bad, good = ledger_server.status(500), ledger_server.recorded
    server.behaviours = [bad, good, bad, good]
    for works in (False, True, False, True):
        if works:
            guarded.statement_of(TWO)
        else:
            with pytest.raises(LedgerUnavailable):
                guarded.statement_of(TWO)


def test_a_fault_about_one_customer_shuts_nobody_out(server, guarded):
    for _ in range(3):
        with pytest.raises(UnknownCustomer):
            guarded.statement_of("C-7404")
    server.behaviours = [ledger_server.body(b"{}")] * 3
    for _ in range(3):
        with pytest.raises(LedgerFault):
            guarded.statement_of(TWO)
    assert len(guarded.statement_of(TWO).loans) == 2


def test_only_one_tries_at_a_time(timer):
    breaker = Breaker(1, 15, timer)
    with pytest.raises(LedgerUnavailable), breaker.guard():
        raise LedgerUnavailable
    timer.now += 15
    with breaker.guard(), pytest.raises(LedgerUnavailable, match="left alone"), breaker.guard():
        raise AssertionError("a second one was let in")
    with breaker.guard():
        pass


# --- The command for whoever connects one ----------------------------------------------------------
def test_check_ledger_says_what_it_understood_or_refused(server, settings, capsys):
    settings.LEDGER_URL, settings.LEDGER_TOKEN, settings.LEDGER_TIMEOUT = server.url, TOKEN, 1.5
    call_command("check_ledger", TWO)
    assert re.sub(r"\d\.\d\d s", "0.00 s", capsys.readouterr().out).splitlines() == [
        "2 loans as of 2026-11-25T09:30:00+08:00, which is not current; 0.00 s",
        "  MC-100002: linear, 6 bills, 2 paid",
        "  MC-100003: bullet, 3 bills, 3 paid",
    ]
    server.behaviours = [ledger_server.body(changed(bill__paid="5000.00"))]
    with pytest.raises(CommandError, match=r"LedgerFault: loans\[0\].bills\[2\].paid: more than its total"):
        call_command("check_ledger", TWO)
    running = chosen()
    assert isinstance(running, HttpLedger)
    running.close()


def test_check_ledger_without_one(settings):
    settings.LEDGER = ""
    with pytest.raises(CommandError, match="There is no ledger"):
        call_command("check_ledger", TWO)
