"""Where the bars of a schedule stand: plain geometry, drawn by faq/calculator/_chart.html."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from faq.calculators.schedule import Instalment, Schedule

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT = 4, 446  # the scale stands on the right
TOP, FLOOR = 12, 208
LABELS = 6  # numbers that fit under the axis
NICE = (Decimal(1), Decimal(2), Decimal(4), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Tick:
    at: str
    label: str


@dataclass(frozen=True)
class Bar:
    """One instalment: its interest stands on its principal."""

    row: Instalment
    x: str
    width: str
    top: str
    interest: str  # heights
    middle: str
    principal: str


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    scale: list[Tick]
    numbers: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    floor: int = FLOOR


def draw(plan: Schedule) -> Chart:
    step = (RIGHT - LEFT) / len(plan.rows)
    highest = nice_ceiling(max(row.payment for row in plan.rows))

    def tall(amount: Decimal) -> float:
        return float(amount / highest) * (FLOOR - TOP)

    def bar(index: int, row: Instalment) -> Bar:
        interest, principal = tall(row.interest), tall(row.principal)
        return Bar(
            row=row,
            x=n(LEFT + (index + 0.1) * step),
            width=n(step * 0.8),
            top=n(FLOOR - principal - interest),
            interest=n(interest),
            middle=n(FLOOR - principal),
            principal=n(principal),
        )

    every = ceil(len(plan.rows) / LABELS)
    return Chart(
        bars=[bar(index, row) for index, row in enumerate(plan.rows)],
        scale=[Tick(n(FLOOR - tall(at)), f"{at:,f}") for at in (Decimal(0), highest / 2, highest)],
        numbers=[
            Tick(n(LEFT + (index + 0.5) * step), str(row.number))
            for index, row in enumerate(plan.rows)
            if index % every == 0
        ],
    )


def n(number: float) -> str:
    """A coordinate: a point as decimal mark in every language."""
    return f"{number:.2f}"


def nice_ceiling(amount: Decimal) -> Decimal:
    """The smallest 1, 2, 4 or 5 times a power of ten that is not below ``amount``."""
    power = Decimal(1).scaleb(amount.adjusted())
    return next(factor * power for factor in NICE if factor * power >= amount)
