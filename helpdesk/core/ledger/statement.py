"""A customer's loans at one instant: money as Decimal yuan and cents, due dates as local dates."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from helpdesk.core import clock

ZERO = Decimal("0.00")
METHODS = ("level", "linear", "bullet", "other")  # as faq.calculators names them; other: not one of these


@dataclass(frozen=True)
class Bill:
    """One instalment: what falls due on a day, and what of it has been paid."""

    number: int
    due_on: dt.date
    principal: Decimal
    interest: Decimal
    fees: Decimal
    penalty: Decimal  # penalty interest up to the instant of the statement
    paid: Decimal
    paid_on: dt.date | None  # the day it was paid in full

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fees + self.penalty

    @property
    def outstanding(self) -> Decimal:
        return self.total - self.paid

    @property
    def is_paid(self) -> bool:
        return self.outstanding == 0


@dataclass(frozen=True)
class Loan:
    reference: str
    product: str
    method: str  # one of METHODS
    principal: Decimal
    annual_rate: Decimal  # as a share of one: 0.144
    opened_on: dt.date
    principal_outstanding: Decimal
    bills: tuple[Bill, ...]  # by number; at least one

    @property
    def is_settled(self) -> bool:
        return all(bill.is_paid for bill in self.bills)

    @property
    def paid_count(self) -> int:
        """How many instalments, from the first on, have been paid without a gap."""
        return next((n for n, bill in enumerate(self.bills) if not bill.is_paid), len(self.bills))

    def overdue(self, on: dt.date) -> list[Bill]:
        return [bill for bill in self.bills if bill.due_on < on and not bill.is_paid]

    def overdue_sum(self, on: dt.date) -> Decimal:
        return sum((bill.outstanding for bill in self.overdue(on)), ZERO)

    def overdue_days(self, on: dt.date) -> int:
        """Since the oldest unpaid due date; the first day after it is day 1."""
        return max(((on - bill.due_on).days for bill in self.overdue(on)), default=0)

    def next_bill(self, on: dt.date) -> Bill | None:
        """The next one to fall due, today included."""
        return next((bill for bill in self.bills if bill.due_on >= on and not bill.is_paid), None)


@dataclass(frozen=True)
class Statement:
    customer_ref: str
    as_of: dt.datetime  # the instant at which all of this was true, aware
    loans: tuple[Loan, ...]

    @property
    def day(self) -> dt.date:
        """The local day of ``as_of``: overdue is counted to it."""
        return clock.local_date(self.as_of)

    @property
    def is_current(self) -> bool:
        """False: the ledger itself told us figures of an earlier hour, and a page must say so."""
        return clock.now() - self.as_of <= dt.timedelta(seconds=settings.LEDGER_FRESH_SECONDS)

    def loan(self, reference: str) -> Loan | None:
        return next((loan for loan in self.loans if loan.reference == reference), None)
