"""Repayment schedules of monthly instalments."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from faq.calculators.money import ZERO, cents


class Method(StrEnum):
    LEVEL = "level"  # 等额本息: the same instalment every month
    LINEAR = "linear"  # 等额本金: the same principal every month
    BULLET = "bullet"  # 先息后本: interest every month, the principal at the end


@dataclass(frozen=True)
class Instalment:
    number: int
    payment: Decimal
    principal: Decimal
    interest: Decimal
    balance: Decimal  # what is still owed afterwards


@dataclass(frozen=True)
class Schedule:
    method: Method
    annual: Decimal
    rows: tuple[Instalment, ...]

    @property
    def first(self) -> Instalment:
        return self.rows[0]

    @property
    def last(self) -> Instalment:
        return self.rows[-1]

    @property
    def principal(self) -> Decimal:
        return sum((row.principal for row in self.rows), ZERO)

    @property
    def interest(self) -> Decimal:
        return sum((row.interest for row in self.rows), ZERO)

    @property
    def total(self) -> Decimal:
        return sum((row.payment for row in self.rows), ZERO)

    def after(self, paid: int) -> "Schedule":
        """What is left of the plan when ``paid`` instalments are paid."""
        return Schedule(self.method, self.annual, self.rows[paid:])


def schedule(method: Method, amount: Decimal, annual: Decimal, count: int, start: int = 1) -> Schedule:
    """``annual`` as a share of one (0.144); a month is a twelfth of it. ``start`` numbers the first row."""
    if method is Method.LEVEL:
        return with_payment(level_payment(amount, annual, count), amount, annual, count, start)
    share = cents(amount / count) if method is Method.LINEAR else ZERO
    return with_principal(method, share, amount, annual, count, start)


def level_payment(amount: Decimal, annual: Decimal, count: int) -> Decimal:
    if not annual:
        return cents(amount / count)
    monthly = annual / 12
    return cents(amount * monthly / (1 - (1 + monthly) ** -count))


def with_payment(payment: Decimal, amount: Decimal, annual: Decimal, count: int, start: int = 1) -> Schedule:
    """A given instalment, for at most ``count`` months."""
    rows = _rows(lambda interest: payment - interest, amount, annual, count, start)
    return Schedule(Method.LEVEL, annual, rows)


def with_principal(
    method: Method, share: Decimal, amount: Decimal, annual: Decimal, count: int, start: int = 1
) -> Schedule:
    """A given principal a month, for at most ``count`` months."""
    return Schedule(method, annual, _rows(lambda interest: share, amount, annual, count, start))


def _rows(
    principal_of: Callable[[Decimal], Decimal], amount: Decimal, annual: Decimal, count: int, start: int
) -> tuple[Instalment, ...]:
    """Month by month until nothing is owed; the last one clears the balance, whatever rounding left."""
    rows: list[Instalment] = []
    balance = cents(amount)
    last = start + count - 1
    for number in range(start, last + 1):
        interest = cents(balance * annual / 12)
        principal = balance if number == last else min(principal_of(interest), balance)
        balance -= principal
        rows.append(Instalment(number, principal + interest, principal, interest, balance))
        if not balance:
            break
    return tuple(rows)
