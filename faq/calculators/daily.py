"""Loans that count every day: borrow when you need it, repay when you like (随借随还)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from faq.calculators import cost, money
from faq.calculators.money import ZERO

YEAR = 365


@dataclass(frozen=True)
class Segment:
    """Days in which the same principal was owed."""

    balance: Decimal
    days: int
    interest: Decimal


@dataclass(frozen=True)
class DailyLoan:
    segments: tuple[Segment, ...]

    @property
    def amount(self) -> Decimal:
        return self.segments[0].balance

    @property
    def days(self) -> int:
        return sum(segment.days for segment in self.segments)

    @property
    def interest(self) -> Decimal:
        return sum((segment.interest for segment in self.segments), ZERO)

    @property
    def total(self) -> Decimal:
        return self.amount + self.interest

    def compound(self) -> Decimal:
        """The yearly rate of these very payments, interest being paid whenever principal is."""
        payments, day = [], 0
        for segment, left in zip(self.segments, [*(s.balance for s in self.segments[1:]), ZERO], strict=True):
            day += segment.days
            payments.append((Decimal(day) / YEAR, segment.balance - left + segment.interest))
        return cost.rate(self.amount, payments)


def daily_loan(
    amount: Decimal, rate: Decimal, days: int, repaid: Sequence[tuple[int, Decimal]] = (), base: int = 1
) -> DailyLoan:
    """``repaid``: principal repaid on the way, as (days since the start, amount), in their order."""
    segments, since, balance = [], 0, amount
    for day, part in [*repaid, (days, ZERO)]:
        interest = money.interest(balance, rate, day - since, base)
        segments.append(Segment(balance, day - since, interest))
        since, balance = day, balance - part
    return DailyLoan(tuple(segments))
