"""Schedules to the cent, row by row, and what holds for every schedule."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.calculators.money import cents
from faq.calculators.schedule import Method, schedule

D = Decimal
LEVEL, LINEAR, BULLET = Method.LEVEL, Method.LINEAR, Method.BULLET


def plan(method, amount, annual, count):
    return schedule(method, D(amount), D(annual), count)


def rows(text):
    """number payment principal interest balance, a row a line"""
    return [tuple(D(cell) for cell in line.split()) for line in text.strip().splitlines()]


def table(made):
    return [(row.number, row.payment, row.principal, row.interest, row.balance) for row in made.rows]


def test_level_a_year():
    made = plan(LEVEL, "10000", "0.144", 12)
    assert table(made) == rows("""
        1 899.75 779.75 120.00 9220.25
        2 899.75 789.11 110.64 8431.14
        3 899.75 798.58 101.17 7632.56
        4 899.75 808.16 91.59 6824.40
        5 899.75 817.86 81.89 6006.54
        6 899.75 827.67 72.08 5178.87
        7 899.75 837.60 62.15 4341.27
        8 899.75 847.65 52.10 3493.62
        9 899.75 857.83 41.92 2635.79
        10 899.75 868.12 31.63 1767.67
        11 899.75 878.54 21.21 889.13
        12 899.80 889.13 10.67 0.00
    """)
    assert (made.interest, made.total, made.principal) == (D("797.05"), D("10797.05"), D("10000.00"))


def test_level_two_years():
    made = plan(LEVEL, "50000", "0.18", 24)
    assert table(made) == rows("""
        1 2496.21 1746.21 750.00 48253.79
        2 2496.21 1772.40 723.81 46481.39
        3 2496.21 1798.99 697.22 44682.40
        4 2496.21 1825.97 670.24 42856.43
        5 2496.21 1853.36 642.85 41003.07
        6 2496.21 1881.16 615.05 39121.91
        7 2496.21 1909.38 586.83 37212.53
        8 2496.21 1938.02 558.19 35274.51
        9 2496.21 1967.09 529.12 33307.42
        10 2496.21 1996.60 499.61 31310.82
        11 2496.21 2026.55 469.66 29284.27
        12 2496.21 2056.95 439.26 27227.32
        13 2496.21 2087.80 408.41 25139.52
        14 2496.21 2119.12 377.09 23020.40
        15 2496.21 2150.90 345.31 20869.50
        16 2496.21 2183.17 313.04 18686.33
        17 2496.21 2215.92 280.29 16470.41
        18 2496.21 2249.15 247.06 14221.26
        19 2496.21 2282.89 213.32 11938.37
        20 2496.21 2317.13 179.08 9621.24
        21 2496.21 2351.89 144.32 7269.35
        22 2496.21 2387.17 109.04 4882.18
        23 2496.21 2422.98 73.23 2459.20
        24 2496.09 2459.20 36.89 0.00
    """)
    assert (made.interest, made.total) == (D("9908.92"), D("59908.92"))


def test_level_three_months():
    made = plan(LEVEL, "1200", "0.072", 3)
    assert table(made) == rows("""
        1 404.81 397.61 7.20 802.39
        2 404.81 400.00 4.81 402.39
        3 404.80 402.39 2.41 0.00
    """)
    assert (made.interest, made.total) == (D("14.42"), D("1214.42"))


@pytest.mark.parametrize(
    ("amount", "annual", "count", "first", "share", "last", "interest", "total"),
    [
        ("10000", "0.144", 12, "953.33", "833.33", "843.37", "780.00", "10780.00"),
        ("10000", "0.12", 3, "3433.33", "3333.33", "3366.67", "200.00", "10200.00"),
        ("50000", "0.18", 24, "2833.33", "2083.33", "2114.66", "9375.00", "59375.00"),
    ],
)
def test_linear(amount, annual, count, first, share, last, interest, total):
    made = plan(LINEAR, amount, annual, count)
    assert {row.principal for row in made.rows[:-1]} == {D(share)}
    assert (made.first.payment, made.last.payment) == (D(first), D(last))
    assert (made.interest, made.total) == (D(interest), D(total))


def test_linear_row_by_row():
    assert table(plan(LINEAR, "10000", "0.12", 3)) == rows("""
        1 3433.33 3333.33 100.00 6666.67
        2 3400.00 3333.33 66.67 3333.34
        3 3366.67 3333.34 33.33 0.00
    """)
    middle = plan(LINEAR, "50000", "0.18", 24).rows[11]
    assert (middle.payment, middle.interest, middle.balance) == (D("2489.58"), D("406.25"), D("25000.04"))


@pytest.mark.parametrize(
    ("amount", "annual", "count", "each", "last", "interest"),
    [
        ("20000", "0.108", 6, "180.00", "20180.00", "1080.00"),
        ("8888.88", "0.15", 3, "111.11", "8999.99", "333.33"),
    ],
)
def test_bullet(amount, annual, count, each, last, interest):
    made = plan(BULLET, amount, annual, count)
    assert [row.payment for row in made.rows] == [D(each)] * (count - 1) + [D(last)]
    assert [row.balance for row in made.rows] == [D(amount)] * (count - 1) + [D(0)]
    assert made.interest == D(interest)


def test_without_interest_only_the_principal_is_shared_out():
    assert [row.payment for row in plan(LEVEL, "100", "0", 3).rows] == [D("33.33"), D("33.33"), D("33.34")]


def test_half_a_cent_of_interest_is_one_although_a_twelfth_has_no_end():
    assert plan(BULLET, "0.60", "0.1", 1).interest == D("0.01")  # 0.60 × 0.1 / 12 = 0.005


def test_what_rounding_pays_off_sooner_ends_sooner():
    made = plan(LINEAR, "1.00", "0", 150)  # 0.0067 a month becomes 0.01
    assert (len(made.rows), made.total) == (100, D("1.00"))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(Method),
    st.decimals("1", "10000000", places=2),
    st.decimals("0", "1", places=6),
    st.integers(1, 360),
)
def test_every_schedule_adds_up(method, amount, annual, count):
    made = schedule(method, amount, annual, count)
    assert made.principal == amount
    assert made.last.balance == 0
    assert made.total == amount + made.interest
    assert len(made.rows) <= count
    balance = amount
    for row in made.rows:
        sums = (row.payment, row.principal, row.interest, row.balance)
        assert sums == tuple(cents(each) for each in sums)
        assert min(sums) >= 0
        assert row.payment == row.principal + row.interest
        assert row.balance == balance - row.principal
        balance = row.balance
