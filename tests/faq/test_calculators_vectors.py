"""Every worked sum of data/loans.json by our calculators: to the cent, and to eight digits of a rate."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from faq.calculators import cost, daily, early, money
from faq.calculators.penalty import allocate, penalty
from faq.calculators.schedule import Method, Schedule, schedule

D = Decimal
VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "loans.json").read_text("utf-8"))
METHODS = {"level": Method.LEVEL, "linear": Method.LINEAR, "bullet": Method.BULLET}
PLANS = [name for name, vector in VECTORS.items() if vector.get("method") in METHODS]
EIGHT, TEN = D("1e-8"), D("1e-10")


def plan_of(name: str) -> Schedule:
    raw = VECTORS[name]
    return schedule(METHODS[raw["method"]], D(raw["P"]), D(raw["annual"]), raw["n"])


def rates(found: cost.Cost) -> dict[str, str]:
    return {
        "monthly_irr": str(found.monthly.quantize(TEN)),
        "apr_simple": str(found.simple.quantize(EIGHT)),
        "ear": str(found.compound.quantize(EIGHT)),
    }


def expected(name: str) -> dict[str, str]:
    return {key: VECTORS[name][key] for key in ("monthly_irr", "apr_simple", "ear")}


@pytest.mark.parametrize("name", PLANS)
def test_schedules_row_by_row(name):
    raw, plan = VECTORS[name], plan_of(name)
    rows = [[r.number, r.payment, r.principal, r.interest, r.balance] for r in plan.rows]
    assert rows == [[number, *map(D, sums)] for number, *sums in raw["schedule"]]
    assert (plan.interest, plan.last.payment) == (D(raw["total_interest"]), D(raw["last"]))
    assert plan.total == D(raw.get("total", plan.total))
    assert plan.first.payment == D(raw.get("payment", plan.first.payment))


def test_nothing_of_the_file_is_left_out():
    """A new vector fails here until it is computed below."""
    daily_ones = {"D1", "D2", "D3", "D4_360", "D4_365", "D5_360", "D5_365", "D6_tie", "D7_tie"}
    rest = {"E1", "E2", "E3", "E4", "F1", "F2", "F2b", "F3", "F4", "F5", "H1", "H2", "H3", "I1"}
    assert set(VECTORS) - set(PLANS) - daily_ones - rest == set()


def test_interest_by_the_day():
    one, two, three = VECTORS["D1"], VECTORS["D2"], VECTORS["D3"]
    days = (dt.date.fromisoformat(one["to"]) - dt.date.fromisoformat(one["from_"])).days
    assert days == one["days"]
    for raw in (one, two):
        assert daily.daily_loan(D(raw["P"]), D(raw["daily"]), raw["days"]).interest == D(raw["interest"])
    (_, _, first, whole, _), (_, _, second, rest, _) = three["segments"]
    loan = daily.daily_loan(D(three["P"]), D(three["daily"]), first + second, [(first, D(whole) - D(rest))])
    assert [[s.days, s.balance, s.interest] for s in loan.segments] == [
        [days, D(balance), D(interest)] for _, _, days, balance, interest in three["segments"]
    ]
    assert loan.interest == D(three["interest"])
    assert loan.compound().quantize(EIGHT) == D(VECTORS["F5"]["xirr"])
    assert D(three["daily"]) * 365 == D(VECTORS["F5"]["simple_365"])


@pytest.mark.parametrize("base", [360, 365])
def test_the_days_of_the_year(base):
    raw, rate = VECTORS[f"D4_{base}"], VECTORS[f"D5_{base}"]
    assert money.interest(D(raw["P"]), D(raw["annual"]), raw["days"], base) == D(raw["interest"])
    assert D(rate["daily"]) * base == D(rate["annual_simple"])


@pytest.mark.parametrize("name", ["D6_tie", "D7_tie"])
def test_half_a_cent_goes_up(name):
    assert money.cents(D(VECTORS[name]["exact"])) == D(VECTORS[name]["half_up"])


def test_penalty_interest():
    one, two, three = VECTORS["E1"], VECTORS["E2"], VECTORS["E3"]
    assert penalty(D(one["P"]), D(one["daily"]), D(one["mult"]), one["days"]).total == D(one["total"])
    due = penalty(D(two["P"]), D(two["daily"]), D(two["mult"]), two["days"])
    assert (due.total, due.normal, due.surcharge) == (D(two["total"]), D(two["normal"]), D(two["surcharge"]))
    annual, row = plan_of("A1").annual, plan_of("A1").rows[2]
    assert (row.principal, row.interest) == (D(three["overdue_principal"]), D(three["overdue_interest"]))
    late = penalty(row.principal, annual, D("1.5"), three["days"], 360)
    assert (late.total, row.payment + late.total) == (D(three["penalty"]), D(three["due_total"]))
    both = penalty(row.payment, annual, D("1.5"), three["days"], 360)
    assert both.total == D(three["with_compound"])
    raw = VECTORS["E4"]
    assert (D("0.18") * D("1.5"), D("0.16") * D("1.5")) == (D(raw["annual"]), D(raw["annual2"]))


def test_the_all_in_cost():
    level = [row.payment for row in plan_of("A1").rows]
    assert rates(cost.all_in_cost(D(12000), [D(1072)] * 12)) == expected("F1")
    assert rates(cost.all_in_cost(D(9700), level)) == expected("F2")
    assert rates(cost.all_in_cost(D(10000), level)) == expected("F3")
    assert rates(cost.all_in_cost(D(10000), [each + 80 for each in level])) == expected("F4")
    assert cost.all_in_cost(D(12000), [D(1072)] * 12).flat == D(VECTORS["F1"]["nominal_fee_rate"])
    again = schedule(Method.LEVEL, D(VECTORS["F2"]["civil670_principal"]), D("0.144"), 12)
    raw = VECTORS["F2b"]
    assert (again.first.payment, again.interest) == (D(raw["payment"]), D(raw["total_interest"]))
    assert plan_of("A1").total - again.total == D(raw["diff_total"])


def test_early_repayment():
    plan, whole, lower, fewer = plan_of("A1"), VECTORS["H1"], VECTORS["H2"], VECTORS["H3"]
    free, paid = early.settle(plan, 5, 10, 360, D(0)), early.settle(plan, 5, 10, 360, D("0.01"))
    assert (free.balance, free.accrued, free.total) == (
        D(whole["balance"]),
        D(whole["accrued"]),
        D(whole["payoff_nofee"]),
    )
    assert (paid.fee, paid.total) == (D(whole["fee"]), D(whole["payoff_fee"]))
    assert (free.kept, free.saved, paid.saved) == (
        *(D(whole["remaining_interest_if_kept"]), D(whole["saved_nofee"]), D(whole["saved_fee"])),
    )
    part = early.prepay(plan, 5, D(3000), D(0))
    assert early.balance_after(plan, 5) - part.part == D(lower["new_balance"])
    assert (part.lower.first.payment, part.lower.last.payment, part.lower.interest, part.saved_lower) == (
        *(D(lower["new_payment"]), D(lower["last"]), D(lower["interest"]), D(lower["saved"])),
    )
    assert part.fewer
    assert (len(part.fewer.rows), part.fewer.last.payment, part.fewer.interest, part.saved_fewer) == (
        *(fewer["periods"], D(fewer["last"]), D(fewer["interest"]), D(fewer["saved"])),
    )


def test_what_a_payment_settles():
    raw = VECTORS["I1"]
    found = allocate(D(500), D(20), D("132.45"), D(1000))
    assert (found.fees, found.interest, found.principal, found.surplus) == (
        *(D(raw["fees"]), D(raw["interest"]), D(raw["principal"]), D(raw["surplus"])),
    )
