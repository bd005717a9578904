"""The demonstration's ledger: invented loans whose sums are worked out by our own calculators.

The same loans for everybody who asks on the same day. Due days stand still from month to month and the
loans move along with the calendar, so that there is always one next bill and one that is overdue.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from faq.calculators.penalty import penalty
from faq.calculators.schedule import Instalment, Method, schedule
from helpdesk.core import clock
from helpdesk.core.ledger import Bill, Loan, Statement, UnknownCustomer
from helpdesk.core.ledger.statement import ZERO

MULTIPLE, YEAR = Decimal("1.5"), 360  # of the invented contracts: penalty interest, and its year


@dataclass(frozen=True)
class Contract:
    """``paid`` instalments have been paid, each on its day; the next one fell or falls on ``day``."""

    reference: str
    product: str
    method: Method
    amount: Decimal
    annual: Decimal
    months: int
    day: int  # of the month, at most 28
    paid: int
    late: bool = False  # the next one should have been paid already


CUSTOMERS = {
    "DEMO-0001": (
        Contract("MC-100001", "随心分期", Method.LEVEL, Decimal(12000), Decimal("0.144"), 12, 20, 5),
        Contract("MC-100002", "装修分期", Method.LINEAR, Decimal(6000), Decimal("0.18"), 6, 10, 2, late=True),
        Contract("MC-100003", "周转借款", Method.BULLET, Decimal(3000), Decimal("0.108"), 3, 5, 3),
    ),
    "DEMO-0002": (
        Contract("MC-100004", "随心分期", Method.LEVEL, Decimal(5000), Decimal("0.12"), 24, 15, 0),
    ),
    "DEMO-0003": (),
}


class DemonstrationLedger:
    def statement_of(self, customer_ref: str) -> Statement:
        if customer_ref not in CUSTOMERS:
            raise UnknownCustomer
        today = clock.today()
        loans = tuple(_loan(contract, today) for contract in CUSTOMERS[customer_ref])
        return Statement(customer_ref, clock.now(), loans)


def _loan(contract: Contract, today: dt.date) -> Loan:
    plan = schedule(contract.method, contract.amount, contract.annual, contract.months)
    pending = _pending(contract, today)
    due = [months_after(pending, row.number - 1 - contract.paid) for row in plan.rows]
    bills = tuple(_bill(contract, row, day, today) for row, day in zip(plan.rows, due, strict=True))
    return Loan(
        reference=contract.reference,
        product=contract.product,
        method=contract.method.value,
        principal=plan.principal,
        annual_rate=contract.annual,
        opened_on=months_after(due[0], -1),
        principal_outstanding=sum((bill.principal for bill in bills if not bill.is_paid), ZERO),
        bills=bills,
    )


def _pending(contract: Contract, today: dt.date) -> dt.date:
    """The due day of the first unpaid instalment: the last one before today, or the next from today on."""
    this_month = today.replace(day=contract.day)
    if contract.late:
        return this_month if this_month < today else months_after(this_month, -1)
    return this_month if this_month >= today else months_after(this_month, 1)


def _bill(contract: Contract, row: Instalment, due_on: dt.date, today: dt.date) -> Bill:
    is_paid = row.number <= contract.paid
    late = 0 if is_paid else max((today - due_on).days, 0)
    charged = penalty(row.principal, contract.annual, MULTIPLE, late, YEAR).total
    total = row.payment + charged
    return Bill(
        number=row.number,
        due_on=due_on,
        principal=row.principal,
        interest=row.interest,
        fees=ZERO,
        penalty=charged,
        paid=total if is_paid else ZERO,
        paid_on=due_on if is_paid else None,
    )


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of another month; every month has the days up to 28."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1)
