"""The calculator page: five tabs, the numbers in the address, errors beside what was typed."""

import ast
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

import faq.calculators
from faq.calculators.schedule import Method, schedule
from faq.charts import draw, nice_ceiling
from faq.forms.calculator import (
    FORMS,
    CostForm,
    DailyForm,
    EarlyForm,
    PenaltyForm,
    ScheduleForm,
)
from faq.models import Article, Calculator
from faq.templatetags.faq import money, percent
from tests.faq.factories import make_article

D = Decimal
PAGE = "/calculator/"


def filled(form_class, **changes):
    form = form_class(form_class.EXAMPLE | changes)
    assert form.errors == {}
    return form.result()


def errors(form_class, **changes):
    form = form_class(form_class.EXAMPLE | changes)
    return {name: list(texts) for name, texts in form.errors.items()}


def test_the_maths_knows_no_framework():
    """Only the standard library and itself."""
    imported = set()
    for path in Path(faq.calculators.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(str(node.module))
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
    ours = {name for name in imported if name.split(".")[:2] == ["faq", "calculators"]}
    assert imported - ours == {"collections.abc", "dataclasses", "decimal", "enum"}


@pytest.mark.parametrize("kind", Calculator)
def test_every_tab_shows_an_example_and_its_result(kind, client: Client):
    page = client.get(PAGE, {"kind": kind.value})
    assert page.status_code == 200
    assert page.context["example"] is True
    assert page.context["form"].errors == {}
    text = page.content.decode()
    assert text.count('aria-current="page"') == 2  # the trail and the tab
    assert f'?kind={kind.value}" aria-current="page">{kind.label}' in text
    assert "例子的结果" in text
    assert "以合同和账单为准" in text


def test_the_numbers_of_the_address_are_computed(client: Client):
    address = {"kind": "schedule", "amount": "50000", "rate": "18", "unit": "year", "count": "24"}
    page = client.get(PAGE, address | {"method": "level", "other": "linear"})
    text = page.content.decode()
    assert page.context["example"] is False
    assert text.count('<svg class="bars"') == 2
    for expected in ("2,496.21", "2,496.09", "9,908.92", "59,908.92", "2,833.33", "2,114.66", "9,375.00"):
        assert expected in text


def test_an_unknown_tab_is_the_first_one(client: Client):
    assert client.get(PAGE, {"kind": "lottery"}).context["kind"] == Calculator.SCHEDULE


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "请填数字。"),
        ("   ", "请填数字。"),
        ("abc", "请只填数字，例如 10000 或 899.75。"),
        ("元", "请只填数字，例如 10000 或 899.75。"),
        ("NaN", "请只填数字，例如 10000 或 899.75。"),
        ("Infinity", "请只填数字，例如 10000 或 899.75。"),
        ("9" * 20_000, "请填 1 到 10,000,000 之间的数。"),
        ("1e999999", "请填 1 到 10,000,000 之间的数。"),
        ("0", "请填 1 到 10,000,000 之间的数。"),
        ("-5", "请填 1 到 10,000,000 之间的数。"),
        ("10000000.01", "请填 1 到 10,000,000 之间的数。"),
        ("1.005", "小数最多 2 位。"),
        ("1e-999999", "请填 1 到 10,000,000 之间的数。"),
    ],
)
def test_a_bad_amount_is_named_and_kept(typed, error, client: Client):
    page = client.get(PAGE, ScheduleForm.EXAMPLE | {"amount": typed})
    assert page.status_code == 422
    assert page.context["form"].errors["amount"][0] == error
    assert page.context["form"]["amount"].value() == typed
    assert page.context["result"] is None


@pytest.mark.parametrize("typed", ["１０，０００．５０", "10,000.50 元", "¥10000.5", " 10000.50"])
def test_numbers_as_people_type_them(typed):
    form = ScheduleForm(ScheduleForm.EXAMPLE | {"amount": typed, "count": "12 期", "rate": "14.4%"})
    assert form.is_valid()
    assert (form.cleaned_data["amount"], form.cleaned_data["count"], form.annual) == (
        *(D("10000.50"), 12, D("0.144")),
    )


@pytest.mark.parametrize(
    ("name", "typed", "error"),
    [
        ("count", "0", "请填 1 到 360 之间的数。"),
        ("count", "361", "请填 1 到 360 之间的数。"),
        ("count", "12.5", "请填整数。"),
        ("rate", "-1", "请填 0 到 100 之间的数。"),
        ("rate", "100.1", "请填 0 到 100 之间的数。"),
        ("unit", "week", "选择一个有效的选项。 week 不在可用的选项中。"),
    ],
)
def test_other_bad_numbers(name, typed, error):
    assert errors(ScheduleForm, **{name: typed}) == {name: [error]}


def test_a_daily_rate_is_held_to_the_same_limit():
    assert list(errors(ScheduleForm, rate="0.3", unit="day")) == ["rate"]
    assert filled(ScheduleForm, rate="0.05", unit="day")[0].plan.annual == D("0.18")


def test_comparing_a_method_with_itself_is_one_plan():
    assert len(filled(ScheduleForm, other="level")) == 1
    assert [each.plan.interest for each in filled(ScheduleForm, other="bullet")] == [D("797.05"), D(1440)]


@pytest.mark.parametrize(
    ("changes", "labels", "interests"),
    [
        (
            {"other_count": "24"},
            ["等额本息，12 期，14.4% 一年", "等额本息，24 期，14.4% 一年"],
            ["797.05", "1568.49"],
        ),
        (
            {"other_rate": "7.2"},
            ["等额本息，12 期，14.4% 一年", "等额本息，12 期，7.2% 一年"],
            ["797.05", "394.28"],
        ),
        (
            {"other_rate": "0"},
            ["等额本息，12 期，14.4% 一年", "等额本息，12 期，0% 一年"],
            ["797.05", "0.00"],
        ),
        (
            {"other": "linear", "other_count": "6"},
            ["等额本息，12 期，14.4% 一年", "等额本金，6 期，14.4% 一年"],
            ["797.05", "420.00"],
        ),
        ({"other": "linear"}, ["等额本息", "等额本金"], ["797.05", "780.00"]),
    ],
)
def test_two_plans_that_differ_in_anything(changes, labels, interests):
    plans = filled(ScheduleForm, **changes)
    assert [str(plan.label) for plan in plans] == labels
    assert [str(plan.plan.interest) for plan in plans] == interests


def test_the_same_numbers_again_are_one_plan():
    assert len(filled(ScheduleForm, other="level", other_count="12", other_rate="14.40")) == 1


def test_a_second_daily_rate_is_held_to_the_same_limit():
    assert list(errors(ScheduleForm, rate="0.04", unit="day", other_rate="0.3")) == ["other_rate"]


# --- A link to send, and the form inside an article ------------------------------------------------
@pytest.mark.parametrize("kind", Calculator)
def test_the_link_opens_the_same_result_and_holds_nothing_but_numbers(kind, client: Client):
    typed = FORMS[kind].EXAMPLE | {"name": "甲客户", "phone": "13800000021", "s": "77", "kind": kind.value}
    first = client.get(PAGE, typed)
    link = first.context["share"]
    assert f'href="{link}"'.replace("&", "&amp;") in first.content.decode()
    address = dict(parse_qsl(urlsplit(link).query))
    assert set(address) <= {"kind", *FORMS[kind].base_fields}
    second = client.get(link)
    assert (second.status_code, second.context["example"]) == (200, False)
    assert second.context["result"] == first.context["result"]
    assert second.context["share"] == link


@pytest.mark.django_db
def test_an_article_holds_its_calculator(client: Client):
    found = make_article(slug="early", calculator=Calculator.EARLY)
    page = client.get(found.get_absolute_url()).content.decode()
    assert f'action="{PAGE}#result" hx-get="{PAGE}" hx-target="#calculator"' in page
    assert '<input type="hidden" name="kind" value="early">' in page
    assert 'name="paid" value="5"' in page
    assert "结清一共付" not in page
    part = client.get(PAGE, EarlyForm.EXAMPLE | {"kind": "early", "fee": "1"}, headers={"HX-Request": "true"})
    text = part.content.decode()
    assert ("<html" in text, "6,090.64" in text) == (False, True)
    wrong = client.get(
        PAGE, EarlyForm.EXAMPLE | {"kind": "early", "paid": "很多"}, headers={"HX-Request": "true"}
    )
    assert wrong.status_code == 422
    assert 'value="很多"' in wrong.content.decode()


@pytest.mark.django_db
def test_other_articles_have_none(client: Client):
    page = client.get(make_article(slug="plain").get_absolute_url()).content.decode()
    assert 'id="calculator"' not in page


def test_early_in_full_and_in_part():
    payoff = filled(EarlyForm, fee="1")
    assert (payoff.total, payoff.saved) == (D("6090.64"), D("207.66"))
    part = filled(EarlyForm, way="part")
    assert (part.saved_fewer, part.saved_lower) == (D("210.13"), D("145.72"))


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"paid": "12"}, "paid", "已还的期数要少于总期数。"),
        ({"way": "part", "part": ""}, "part", "请填要提前还的本金。"),
        (
            {"way": "part", "part": "6006.54"},
            "part",
            "要少于剩余本金 6,006.54 元。想全部还掉，请选“全部结清”。",
        ),
        ({"days": "32"}, "days", "请填 0 到 31 之间的数。"),
    ],
)
def test_early_refuses(changes, field, error):
    assert errors(EarlyForm, **changes) == {field: [error]}


@pytest.mark.parametrize("way", ["full", "part"])
def test_early_after_rounding_has_cleared_the_loan(way):
    """1 yuan in 150 parts is paid in 100: nothing is left after them."""
    tiny = {"amount": "1", "count": "150", "rate": "0", "method": "linear", "paid": "120", "part": "1"}
    assert errors(EarlyForm, way=way, **tiny) == {"paid": ["这些钱到第 100 期就还清了。"]}


def test_daily_with_a_part_on_the_way():
    result = filled(DailyForm)
    assert (result.loan.interest, result.yearly, result.yearly_365) == (
        *(D("176.40"), D("0.162"), D("0.16425")),
    )
    assert result.compound.quantize(D("1e-8")) == D("0.17744402")
    assert filled(DailyForm, part="", part_day="").loan.interest == D("225.00")


@pytest.mark.parametrize(("base", "interest"), [("360", "150.00"), ("365", "147.95")])
def test_daily_at_a_yearly_rate(base, interest):
    result = filled(DailyForm, rate="18", unit="year", base=base, days="30", part="", part_day="")
    assert result.loan.interest == D(interest)
    assert percent(filled(DailyForm, rate="0.05").yearly_365) == "18.25%"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"part": "10000"}, {"part": ["要少于借款金额。"]}),
        ({"part_day": ""}, {"part_day": ["请填哪一天先还。"]}),
        ({"part": ""}, {"part": ["请填先还多少。"]}),
        ({"part_day": "50"}, {"part_day": ["要早于最后还清的那天。"]}),
    ],
)
def test_daily_refuses(changes, expected):
    assert errors(DailyForm, **changes) == expected


def test_penalty():
    result = filled(PenaltyForm)
    assert (result.penalty.total, result.total, result.allocation) == (D("11.02"), D("910.77"), None)
    assert filled(PenaltyForm, on="both").penalty.total == D("12.42")
    assert filled(PenaltyForm, rate="18").yearly == D("0.27")
    assert filled(PenaltyForm, rate="16").yearly == D("0.24")


def test_penalty_with_a_payment():
    """Penalty interest is interest: it comes before the principal."""
    result = filled(PenaltyForm, fees="20", payment="500")
    paid = result.allocation
    assert (paid.fees, paid.interest, paid.principal, paid.surplus) == (D(20), D("112.19"), D("367.81"), 0)
    assert (result.total, result.still_due) == (D("930.77"), D("430.77"))


def test_cost_and_its_refusals():
    assert percent(filled(CostForm).simple) == "13.03%"
    plan = {"received": "10000", "payment": "899.75", "last": "899.80", "fee_each": ""}
    assert percent(filled(CostForm, **plan).simple) == "14.40%"
    assert percent(filled(CostForm, **plan | {"fee_each": "20"}).simple) == "18.62%"
    assert percent(filled(CostForm, **plan | {"fee_once": "300"}).simple) == "20.26%"
    assert list(errors(CostForm, payment="900", fee_each="")) == ["payment"]
    assert errors(CostForm, fee_once="12000") == {"fee_once": ["要少于到手的金额。"]}


@pytest.mark.parametrize("kind", Calculator)
def test_the_largest_numbers_are_answered(kind, client: Client):
    large = {"amount": "10000000", "count": "360", "rate": "100", "principal": "10000000", "paid": "359"}
    large |= {"received": "10000000", "payment": "10000000", "days": "31", "fee": "100"}
    page = client.get(PAGE, FORMS[kind].EXAMPLE | large | {"unit": "year", "kind": kind.value})
    assert page.status_code == 200


def test_money_and_shares_are_written_the_same_everywhere():
    assert (money(D("1234567.5")), money(D("-12.345")), money(D(0))) == ("1,234,567.50", "−12.35", "0.00")
    assert (percent(D("0.16425")), percent(D("1.5"))) == ("16.43%", "150.00%")


def test_bars_stand_on_the_floor_and_on_each_other():
    chart = draw(schedule(Method.LINEAR, D(10000), D("0.12"), 10))
    assert [tick.label for tick in chart.scale] == ["0", "1,000", "2,000"]
    for bar in chart.bars:
        assert float(bar.middle) + float(bar.principal) == pytest.approx(chart.floor, abs=0.02)
        assert float(bar.top) + float(bar.interest) == pytest.approx(float(bar.middle), abs=0.02)
    assert [tick.label for tick in chart.numbers] == ["1", "3", "5", "7", "9"]


@pytest.mark.parametrize(
    ("amount", "ceiling"), [("899.75", "1000"), ("1000", "1000"), ("1000.01", "2000"), ("0.5", "0.5")]
)
def test_nice_ceiling(amount, ceiling):
    assert nice_ceiling(D(amount)) == D(ceiling)


@pytest.mark.django_db
def test_an_article_leads_to_its_calculator(client: Client):
    link = f'{reverse("faq:calculator")}?kind=penalty"'
    assert link in client.get(make_article(calculator="penalty").get_absolute_url()).content.decode()
    other = make_article(slug="other", question="另一个问题？", variants=())
    assert reverse("faq:calculator") not in client.get(other.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_the_home_page_leads_to_the_calculator(client: Client):
    make_article()
    assert f'href="{reverse("faq:calculator")}"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_answers_that_name_the_calculator_lead_to_it():
    call_command("load_faq", verbosity=0)
    named = Article.objects.published().filter(answer__contains="计算器")
    assert named.count() >= 6
    assert named.filter(calculator="").count() == 0
    assert named.filter(answer__contains="本页").count() == 0
