"""Interest by the day, penalty interest, what a payment settles, and what a loan really costs."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.calculators import cost
from faq.calculators.cost import NoRateError, all_in_cost
from faq.calculators.daily import daily_loan
from faq.calculators.money import cents, interest
from faq.calculators.penalty import allocate, penalty
from faq.calculators.schedule import Method, schedule

D = Decimal
PLAN = [row.payment for row in schedule(Method.LEVEL, D(10000), D("0.144"), 12).rows]


@pytest.mark.parametrize(
    ("amount", "rate", "days", "base", "expected"),
    [
        ("5000", "0.0004", 17, 1, "34.00"),
        ("12345.67", "0.0005", 33, 1, "203.70"),
        ("10000", "0.18", 30, 360, "150.00"),
        ("10000", "0.18", 30, 365, "147.95"),
        ("1000", "0.000455", 1, 1, "0.46"),  # exactly 0.455
        ("1000", "0.000445", 1, 1, "0.45"),  # exactly 0.445: half up, not half even
        ("6", "0.1", 3, 360, "0.01"),  # exactly 0.005, though 0.1 / 360 never ends
    ],
)
def test_interest_by_the_day(amount, rate, days, base, expected):
    assert interest(D(amount), D(rate), days, base) == D(expected)


def test_a_loan_repaid_in_two_steps():
    first, change, end = dt.date(2026, 2, 10), dt.date(2026, 3, 5), dt.date(2026, 4, 1)
    loan = daily_loan(D(10000), D("0.00045"), (end - first).days, [((change - first).days, D(4000))])
    assert [(s.balance, s.days, s.interest) for s in loan.segments] == [
        (D(10000), 23, D("103.50")),
        (D(6000), 27, D("72.90")),
    ]
    assert (loan.days, loan.interest, loan.total) == (50, D("176.40"), D("10176.40"))
    assert loan.compound().quantize(D("1e-8")) == D("0.17744402")


def test_a_free_loan_costs_nothing():
    assert daily_loan(D(10000), D(0), 50).compound() == 0


@pytest.mark.parametrize(
    ("amount", "days", "total", "normal", "surcharge"),
    [("1000", 1, "0.75", "0.50", "0.25"), ("3000", 10, "22.50", "15.00", "7.50")],
)
def test_penalty_at_half_as_much_again(amount, days, total, normal, surcharge):
    made = penalty(D(amount), D("0.0005"), D("1.5"), days)
    assert (made.total, made.normal, made.surcharge) == (D(total), D(normal), D(surcharge))


def test_penalty_on_principal_alone_or_with_its_interest():
    principal, unpaid = D("798.58"), D("101.17")
    assert penalty(principal, D("0.144"), D("1.5"), 23, 360).total == D("11.02")
    assert penalty(principal + unpaid, D("0.144"), D("1.5"), 23, 360).total == D("12.42")


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        ("500", ("20.00", "132.45", "347.55", "0")),
        ("100", ("20.00", "80.00", "0", "0")),
        ("10", ("10", "0", "0", "0")),
        ("1000", ("20.00", "132.45", "800.00", "47.55")),
    ],
)
def test_a_payment_settles_fees_then_interest_then_principal(payment, expected):
    made = allocate(D(payment), fees=D("20.00"), interest=D("132.45"), principal=D("800.00"))
    assert (made.fees, made.interest, made.principal, made.surplus) == tuple(D(each) for each in expected)


@pytest.mark.parametrize(
    ("received", "payments", "monthly", "simple", "compound"),
    [
        ("12000", [D(1072)] * 12, "0.0108618536", "0.13034224", "0.13841785"),
        ("9700", PLAN, "0.0168818307", "0.20258197", "0.22249151"),
        ("10000", PLAN, "0.0119999232", "0.14399908", "0.15389357"),
        ("10000", [each + 80 for each in PLAN], "0.0258260461", "0.30991255", "0.35795276"),
    ],
)
def test_all_in_cost(received, payments, monthly, simple, compound):
    made = all_in_cost(D(received), payments)
    assert made.monthly.quantize(D("1e-10")) == D(monthly)
    assert made.simple.quantize(D("1e-8")) == D(simple)
    assert made.compound.quantize(D("1e-8")) == D(compound)


def test_the_fee_that_looks_small():
    made = all_in_cost(D(12000), [D(1072)] * 12)
    assert (made.flat, made.extra, made.paid) == (D("0.072"), D(864), D(12864))


def test_the_same_loan_on_what_was_received():
    """A service fee of 300 kept back: what it costs when the plan is made for 9,700 instead."""
    fair = schedule(Method.LEVEL, D(9700), D("0.144"), 12)
    assert (fair.first.payment, fair.interest) == (D("872.76"), D("773.15"))
    assert sum(PLAN) - fair.total == D("323.90")


def test_a_loan_that_pays_back_less_has_no_rate():
    with pytest.raises(NoRateError):
        all_in_cost(D(1000), [D(100)] * 9)
    assert all_in_cost(D(1000), [D(100)] * 10).monthly == 0


def test_a_thousandfold_in_a_month_is_a_mistake():
    with pytest.raises(NoRateError):
        all_in_cost(D(1), [D(1000)])


@settings(max_examples=20, deadline=None)
@given(st.decimals("100", "100000", places=2), st.decimals("0.001", "0.05", places=6), st.integers(1, 60))
def test_the_rate_found_is_the_rate_that_was_charged(received, monthly, count):
    payment = received * monthly / (1 - (1 + monthly) ** -count)
    found = all_in_cost(received, [payment] * count).monthly
    assert abs(found - monthly) < D("1e-12")


@settings(max_examples=40, deadline=None)
@given(st.decimals("1", "10000000", places=2), st.decimals("0", "0.0027", places=6), st.integers(1, 3650))
def test_every_daily_loan_has_two_decimals_and_a_yearly_rate(amount, daily, days):
    loan = daily_loan(amount, daily, days)
    assert loan.interest == cents(loan.interest)
    assert 0 <= loan.compound() < cost.HIGHEST
