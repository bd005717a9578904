"""The demonstration's loans: the same on the same day, and right to the cent on every day."""

import datetime as dt
from decimal import Decimal

import pytest

from faq.calculators.penalty import penalty
from faq.calculators.schedule import Method, schedule
from helpdesk.core import clock
from helpdesk.core.ledger import UnknownCustomer, ledger
from helpdesk.core.ledger.wire import read_statement
from helpdesk.demo.ledger import CUSTOMERS, DemonstrationLedger
from tests.core.test_ledger_http import wired_bytes

D = Decimal
NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
DAYS = [NOON + dt.timedelta(days=days) for days in (*range(0, 62, 3), 95, 96, 400)]


def on(day: dt.datetime, customer: str = "DEMO-0001"):
    with clock.at(day):
        return DemonstrationLedger().statement_of(customer)


def test_it_is_what_stands_behind_the_demonstration():
    assert isinstance(ledger(), DemonstrationLedger)


def test_the_three_loans_of_the_customer():
    running, late, settled = on(NOON).loans
    day = on(NOON).day
    assert (running.reference, running.paid_count, running.overdue_sum(day)) == ("MC-100001", 5, 0)
    assert (running.next_bill(day).due_on, running.next_bill(day).total) == (
        dt.date(2026, 12, 20),
        D("1079.71"),
    )
    assert (late.overdue_days(day), late.overdue_sum(day)) == (15, D("1071.25"))
    assert (settled.is_settled, settled.principal_outstanding) == (True, 0)


@pytest.mark.parametrize("day", DAYS, ids=lambda day: f"{day:%F}")
def test_sums_agree_to_the_cent_on_every_day(day):
    assert on(day) == on(day)
    for customer, contracts in CUSTOMERS.items():
        statement = on(day, customer)
        for contract, loan in zip(contracts, statement.loans, strict=True):
            plan = schedule(Method(loan.method), loan.principal, loan.annual_rate, len(loan.bills))
            assert [(b.principal, b.interest) for b in loan.bills] == [
                (r.principal, r.interest) for r in plan.rows
            ]
            assert loan.principal_outstanding == plan.after(contract.paid).principal
            late = loan.overdue(statement.day)
            assert len(late) == contract.late
            days = [(statement.day - bill.due_on).days for bill in late]
            charged = [
                penalty(b.principal, loan.annual_rate, D("1.5"), n, 360).total
                for b, n in zip(late, days, strict=True)
            ]
            assert [bill.penalty for bill in late] == charged
        with clock.at(day):
            assert read_statement(wired_bytes(statement), customer) == statement


def test_nobody_else_is_known():
    with pytest.raises(UnknownCustomer):
        on(NOON, "DEMO-0009")
