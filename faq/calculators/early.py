"""Repaying early: all of it some days after an instalment, or a part on the day of one."""

from dataclasses import dataclass
from decimal import Decimal

from faq.calculators import money
from faq.calculators.money import ZERO, cents
from faq.calculators.schedule import Method, Schedule, schedule, with_payment, with_principal


@dataclass(frozen=True)
class Payoff:
    balance: Decimal
    accrued: Decimal  # interest since the last instalment
    fee: Decimal
    kept: Decimal  # the interest that would still come if the loan ran on

    @property
    def total(self) -> Decimal:
        return self.balance + self.accrued + self.fee

    @property
    def saved(self) -> Decimal:
        return self.kept - self.accrued - self.fee


@dataclass(frozen=True)
class Prepaid:
    part: Decimal
    fee: Decimal
    kept: Decimal
    fewer: Schedule | None  # the same instalment for a shorter time; none where only interest is paid
    lower: Schedule  # the same time with a lower instalment

    @property
    def total(self) -> Decimal:
        return self.part + self.fee

    @property
    def saved_fewer(self) -> Decimal:
        return self.kept - self.fewer.interest - self.fee if self.fewer else ZERO

    @property
    def saved_lower(self) -> Decimal:
        return self.kept - self.lower.interest - self.fee


def balance_after(plan: Schedule, paid: int) -> Decimal:
    return plan.rows[paid - 1].balance if paid else plan.principal


def settle(plan: Schedule, paid: int, days: int, base: int, fee_rate: Decimal) -> Payoff:
    """Everything, ``days`` after instalment ``paid``; the fee is a share of the principal repaid."""
    balance = balance_after(plan, paid)
    return Payoff(
        balance=balance,
        accrued=money.interest(balance, plan.annual, days, base),
        fee=cents(balance * fee_rate),
        kept=plan.after(paid).interest,
    )


def prepay(plan: Schedule, paid: int, part: Decimal, fee_rate: Decimal) -> Prepaid:
    """``part`` of the principal on the day of instalment ``paid``, and both ways to go on."""
    rest, count, start = balance_after(plan, paid) - part, len(plan.rows) - paid, paid + 1
    return Prepaid(
        part=part,
        fee=cents(part * fee_rate),
        kept=plan.after(paid).interest,
        fewer=_fewer(plan, rest, count, start),
        lower=schedule(plan.method, rest, plan.annual, count, start),
    )


def _fewer(plan: Schedule, rest: Decimal, count: int, start: int) -> Schedule | None:
    if plan.method is Method.LEVEL:
        return with_payment(plan.first.payment, rest, plan.annual, count, start)
    if plan.method is Method.LINEAR:
        return with_principal(plan.method, plan.first.principal, rest, plan.annual, count, start)
    return None
