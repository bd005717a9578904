"""Overdue instalments: penalty interest, and what a payment settles first."""

from dataclasses import dataclass
from decimal import Decimal

from faq.calculators import money


@dataclass(frozen=True)
class Penalty:
    base: Decimal  # what penalty interest runs on
    total: Decimal
    normal: Decimal  # the part that is ordinary interest

    @property
    def surcharge(self) -> Decimal:
        return self.total - self.normal


@dataclass(frozen=True)
class Allocation:
    fees: Decimal
    interest: Decimal
    principal: Decimal
    surplus: Decimal


def penalty(amount: Decimal, rate: Decimal, multiple: Decimal, days: int, base: int = 1) -> Penalty:
    """``multiple`` times the contract's ``rate`` per ``base`` days; never interest on penalty interest."""
    total = money.interest(amount, rate * multiple, days, base)
    return Penalty(amount, total, money.interest(amount, rate, days, base))


def allocate(payment: Decimal, fees: Decimal, interest: Decimal, principal: Decimal) -> Allocation:
    """Fees first, then interest, then principal; what is over is a surplus."""
    paid_fees = min(fees, payment)
    paid_interest = min(interest, payment - paid_fees)
    paid_principal = min(principal, payment - paid_fees - paid_interest)
    surplus = payment - paid_fees - paid_interest - paid_principal
    return Allocation(paid_fees, paid_interest, paid_principal, surplus)
