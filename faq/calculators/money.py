"""What becomes payable is rounded to the cent, half up; nothing is rounded before."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def interest(amount: Decimal, rate: Decimal, days: int, base: int = 1) -> Decimal:
    """Simple interest at ``rate`` per ``base`` days: 1 for a daily rate, 360 or 365 for a yearly one."""
    return cents(amount * rate * days / base)  # divided last: a half cent must still be one
