"""Leaving the twelve months of 10,000.00 at 14.4 % after the fifth instalment."""

from decimal import Decimal

import pytest

from faq.calculators.early import balance_after, prepay, settle
from faq.calculators.schedule import Method, schedule

D = Decimal
NO_FEE = D(0)


@pytest.fixture
def level():
    return schedule(Method.LEVEL, D(10000), D("0.144"), 12)


def test_settling_ten_days_later(level):
    payoff = settle(level, paid=5, days=10, base=360, fee_rate=NO_FEE)
    assert (payoff.balance, payoff.accrued, payoff.fee) == (D("6006.54"), D("24.03"), D(0))
    assert (payoff.total, payoff.kept, payoff.saved) == (D("6030.57"), D("291.76"), D("267.73"))


def test_settling_with_a_fee(level):
    payoff = settle(level, paid=5, days=10, base=360, fee_rate=D("0.01"))
    assert (payoff.fee, payoff.total, payoff.saved) == (D("60.07"), D("6090.64"), D("207.66"))


def test_settling_before_the_first_instalment(level):
    payoff = settle(level, paid=0, days=0, base=360, fee_rate=NO_FEE)
    assert (payoff.total, payoff.saved) == (D("10000.00"), D("797.05"))


def test_a_part_for_a_lower_instalment(level):
    lower = prepay(level, 5, D(3000), NO_FEE).lower
    assert lower.principal == D("3006.54")
    assert (len(lower.rows), lower.first.number, lower.last.number) == (7, 6, 12)
    assert (lower.first.payment, lower.last.payment) == (D("450.37"), D("450.36"))
    assert lower.interest == D("146.04")
    assert prepay(level, 5, D(3000), NO_FEE).saved_lower == D("145.72")


def test_a_part_for_fewer_instalments(level):
    made = prepay(level, 5, D(3000), NO_FEE)
    assert made.fewer
    assert (len(made.fewer.rows), made.fewer.last.number) == (4, 9)
    assert (made.fewer.first.payment, made.fewer.last.payment) == (D("899.75"), D("388.92"))
    assert (made.fewer.interest, made.saved_fewer) == (D("81.63"), D("210.13"))


def test_the_fee_is_on_what_is_repaid(level):
    made = prepay(level, 5, D(3000), D("0.01"))
    assert (made.fee, made.total) == (D("30.00"), D("3030.00"))
    assert (made.saved_fewer, made.saved_lower) == (D("180.13"), D("115.72"))


def test_a_part_of_a_linear_loan():
    plan = schedule(Method.LINEAR, D(12000), D("0.12"), 12)
    made = prepay(plan, 6, D(3000), NO_FEE)
    assert balance_after(plan, 6) == D(6000)
    assert made.fewer
    assert [row.principal for row in made.fewer.rows] == [D(1000)] * 3
    assert [row.principal for row in made.lower.rows] == [D(500)] * 6


def test_where_only_interest_is_paid_the_time_stays():
    made = prepay(schedule(Method.BULLET, D(20000), D("0.108"), 6), 2, D(5000), NO_FEE)
    assert made.fewer is None
    assert [row.payment for row in made.lower.rows] == [D(135), D(135), D(135), D(15135)]
    assert (made.saved_lower, made.saved_fewer) == (D("180.00"), D(0))
