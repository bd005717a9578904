"""What the pages of loans show of one: its states in words, its schedule for the chart, ways to calculate."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from faq.calculators.schedule import Instalment, Method, Schedule
from faq.models import Calculator
from helpdesk.core.ledger import Bill, Loan, Statement
from helpdesk.core.ledger.statement import ZERO

MOST_DAYS = 31  # after an instalment, as far as the calculator of early repayment goes


@dataclass(frozen=True)
class Row:
    """One instalment with what is owed afterwards. ``state``: paid, overdue, next, later."""

    bill: Bill
    balance: Decimal
    state: str
    late: int

    @property
    def charges(self) -> Decimal:
        return self.bill.fees + self.bill.penalty


@dataclass(frozen=True)
class LoanPage:
    loan: Loan
    statement: Statement

    @property
    def overdue(self) -> list[Bill]:
        return self.loan.overdue(self.statement.day)

    @property
    def overdue_sum(self) -> Decimal:
        return self.loan.overdue_sum(self.statement.day)

    @property
    def overdue_days(self) -> int:
        return self.loan.overdue_days(self.statement.day)

    @property
    def next_bill(self) -> Bill | None:
        return self.loan.next_bill(self.statement.day)

    @property
    def total(self) -> Decimal:
        return sum((bill.total for bill in self.loan.bills), ZERO)

    @property
    def outstanding(self) -> Decimal:
        return sum((bill.outstanding for bill in self.loan.bills), ZERO)

    @property
    def charges(self) -> Decimal:
        return sum((bill.fees + bill.penalty for bill in self.loan.bills), ZERO)

    @property
    def rows(self) -> list[Row]:
        day, coming, rows = self.statement.day, self.next_bill, []
        balance = self.loan.principal
        for bill in self.loan.bills:
            balance -= bill.principal
            late = (day - bill.due_on).days
            state = (
                "paid" if bill.is_paid else "overdue" if late > 0 else "next" if bill is coming else "later"
            )
            rows.append(Row(bill, balance, state, late))
        return rows

    @property
    def plan(self) -> Schedule:
        """For the chart and the sums: the ledger's own rows, not ours."""
        method = Method(self.loan.method) if self.loan.method in set(Method) else Method.LEVEL
        rows = tuple(
            Instalment(
                r.bill.number,
                r.bill.principal + r.bill.interest,
                r.bill.principal,
                r.bill.interest,
                r.balance,
            )
            for r in self.rows
        )
        return Schedule(method, self.loan.annual_rate, rows)

    @property
    def early_url(self) -> str:
        """The calculator with this loan's numbers; none where it could not work it out."""
        loan, paid = self.loan, self.loan.paid_count
        if loan.is_settled or self.overdue or loan.method not in set(Method):
            return ""
        since = loan.bills[paid - 1].due_on if paid else loan.opened_on
        numbers = {
            "amount": f"{loan.principal:f}",
            "count": len(loan.bills),
            "rate": percent(loan.annual_rate),
            "unit": "year",
            "method": loan.method,
            "paid": paid,
            "way": "full",
            "days": min(max((self.statement.day - since).days, 0), MOST_DAYS),
            "base": "360",
            "fee": "0",
        }
        return calculator(Calculator.EARLY, numbers)


def calculator(kind: Calculator, numbers: dict[str, object]) -> str:
    """Numbers alone: neither the loan's reference nor anything about its owner."""
    return f"{reverse('faq:calculator')}?{urlencode({'kind': kind.value, **numbers})}#result"


def percent(share: Decimal) -> str:
    """0.144 → 14.4"""
    return f"{(share * 100).normalize():f}"


def figures_of(loan: Loan, statement: Statement) -> dict[str, str]:
    """What a request for another plan keeps of the moment in which it was made."""
    day = statement.day
    coming = loan.next_bill(day)
    return {
        "as_of": statement.as_of.isoformat(),
        "product": loan.product,
        "principal_outstanding": str(loan.principal_outstanding),
        "overdue_sum": str(loan.overdue_sum(day)),
        "overdue_days": str(loan.overdue_days(day)),
        "next_due_on": f"{coming.due_on:%Y-%m-%d}" if coming else "",
        "next_sum": str(coming.outstanding) if coming else "",
    }
