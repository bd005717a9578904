"""What a loan really costs: the rate at which all payments are worth what was received."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from faq.calculators.money import ZERO

ONE = Decimal(1)
PRECISION = Decimal("1e-16")
HIGHEST = Decimal(128)  # times the money in one period; beyond, it is a mistake rather than a loan


class NoRateError(Exception):
    """Less was paid than received, or so much more that no rate says it."""


@dataclass(frozen=True)
class Cost:
    received: Decimal
    paid: Decimal
    count: int
    monthly: Decimal

    @property
    def extra(self) -> Decimal:
        return self.paid - self.received

    @property
    def flat(self) -> Decimal:
        """What it looks like: the extra a year as a share of what was received."""
        return self.extra / self.received * 12 / self.count

    @property
    def simple(self) -> Decimal:
        return self.monthly * 12

    @property
    def compound(self) -> Decimal:
        return (ONE + self.monthly) ** 12 - 1


def all_in_cost(received: Decimal, payments: Sequence[Decimal]) -> Cost:
    """``payments``: everything paid, month by month."""

    def present(growth: Decimal) -> Decimal:
        worth = ZERO
        for payment in reversed(payments):
            worth = (worth + payment) / growth
        return worth

    paid = sum(payments, ZERO)
    return Cost(received, paid, len(payments), _solve(received, paid, present))


def rate(received: Decimal, payments: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """The compound rate of payments at any (time in years, amount)."""
    flows = list(payments)

    def present(growth: Decimal) -> Decimal:
        return sum((payment / growth**years for years, payment in flows), ZERO)

    return _solve(received, sum((payment for _, payment in flows), ZERO), present)


def _solve(received: Decimal, paid: Decimal, present: Callable[[Decimal], Decimal]) -> Decimal:
    """Bisection: the worth of the payments falls as the rate rises, so it cannot miss."""
    if paid < received:
        raise NoRateError
    if paid == received:
        return ZERO
    low, high = ONE, ONE + 1
    while present(high) > received:
        low, high = high, high * 2
        if high > HIGHEST:
            raise NoRateError
    while high - low > PRECISION:
        middle = (low + high) / 2
        low, high = (middle, high) if present(middle) > received else (low, middle)
    return (low + high) / 2 - 1
