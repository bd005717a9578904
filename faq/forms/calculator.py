"""The calculator's questions, one form a tab; ``result`` answers them with faq.calculators."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from faq.calculators import cost, daily, early
from faq.calculators.money import ZERO
from faq.calculators.penalty import Allocation, Penalty, allocate, penalty
from faq.calculators.schedule import Method, Schedule, schedule
from faq.forms.numbers import Amount, Number, Whole
from faq.models import Calculator

METHODS = [(Method.LEVEL, _("等额本息")), (Method.LINEAR, _("等额本金")), (Method.BULLET, _("先息后本"))]
LABELS = dict(METHODS)
UNITS = [("year", pgettext_lazy("rate", "% 一年")), ("day", pgettext_lazy("rate", "% 一天"))]
BASES = [("360", _("360 天")), ("365", _("365 天"))]
COUNTS = 360
DAYS = 3650
TOO_MUCH_A_DAY = _("一天的利率乘以 360 不能超过 100%。要填年利率，请改选“% 一年”。")
BANK_YEAR = 360  # a daily rate is turned into a yearly one, and a month has 30 of its days


class CalculatorForm(forms.Form):
    """Shown with ``EXAMPLE`` until the reader has numbers of their own."""

    KIND: ClassVar[Calculator]
    EXAMPLE: ClassVar[dict[str, str]]
    template_name = "faq/calculator/form.html"

    @classmethod
    def example(cls) -> Self:
        return cls(cls.EXAMPLE)

    def numbers(self) -> str:
        """The query of an address that opens this very calculation: what was understood, and nothing else."""
        typed = {name: self.cleaned_data.get(name) for name in self.fields}
        plain = {
            n: f"{v:f}" if isinstance(v, Decimal) else str(v) for n, v in typed.items() if v not in (None, "")
        }
        return urlencode({"kind": self.KIND.value, **plain})

    def result(self) -> Any:
        raise NotImplementedError


class RateForm(CalculatorForm):
    """A rate a year, or a rate a day."""

    rate = Number(_("利率"), "0", "100", places=6)
    unit = forms.ChoiceField(label=_("利率的单位"), choices=UNITS)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("unit") == "day" and data.get("rate", ZERO) * BANK_YEAR > 100:
            self.add_error("rate", TOO_MUCH_A_DAY)
        return data

    @property
    def annual(self) -> Decimal:
        return self._annual(self.cleaned_data["rate"])

    def _annual(self, rate: Decimal) -> Decimal:
        share = rate / 100
        return share * BANK_YEAR if self.cleaned_data["unit"] == "day" else share

    @property
    def year_days(self) -> int:
        """The days of the year in which ``annual`` is earned."""
        return BANK_YEAR if self.cleaned_data["unit"] == "day" else int(self.cleaned_data["base"])


def base_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("年利率折成日利率，除以"), choices=BASES, help_text=_("合同里有写。填日利率时不用选。")
    )


@dataclass(frozen=True)
class Plan:
    name: str  # in the page: plan-1, plan-2
    label: Any
    plan: Schedule


class ScheduleForm(RateForm):
    KIND = Calculator.SCHEDULE
    EXAMPLE = {"amount": "10000", "rate": "14.4", "unit": "year", "count": "12", "method": "level"}
    field_order = (
        *("amount", "count", "rate", "unit", "method"),
        *("other", "other_count", "other_rate"),
    )
    amount = Amount(_("借款金额（元）"))
    count = Whole(_("期数（每月一期）"), 1, COUNTS)
    method = forms.ChoiceField(label=_("还款方式"), choices=METHODS)
    other = forms.ChoiceField(
        label=_("比较：另一种方式"), choices=[("", _("方式相同或不比较")), *METHODS], required=False
    )
    other_count = Whole(_("比较：另一个期数"), 1, COUNTS, required=False)
    other_rate = Number(
        _("比较：另一个利率"), "0", "100", places=6, required=False, help_text=_("单位和上面的利率一样。")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("unit") == "day" and (data.get("other_rate") or ZERO) * BANK_YEAR > 100:
            self.add_error("other_rate", TOO_MUCH_A_DAY)
        return data

    def result(self) -> list[Plan]:
        """The plan, and the one to compare it with if it differs in anything."""
        data, unit = self.cleaned_data, dict(UNITS)[self.cleaned_data["unit"]]
        own = (data["method"], data["count"], data["rate"])
        other = (data["other"] or own[0], data["other_count"] or own[1], _given(data["other_rate"], own[2]))
        asked = list(dict.fromkeys((own, other)))
        plans = [schedule(Method(m), data["amount"], self._annual(rate), count) for m, count, rate in asked]
        same = own[1:] == other[1:]
        labels = [
            LABELS[Method(m)]
            if same
            else _now("%(method)s，%(count)s 期，%(rate)s%(unit)s")
            % {"method": LABELS[Method(m)], "count": count, "rate": f"{rate.normalize():f}", "unit": unit}
            for m, count, rate in asked
        ]
        pairs = zip(labels, plans, strict=True)
        return [Plan(f"plan-{n}", label, plan) for n, (label, plan) in enumerate(pairs, 1)]


def _given(number: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if number is None else number


class EarlyForm(RateForm):
    KIND = Calculator.EARLY
    EXAMPLE = ScheduleForm.EXAMPLE | {
        **{"paid": "5", "way": "full", "days": "10", "part": "3000", "fee": "0", "base": "360"}
    }
    field_order = ("amount", "count", "rate", "unit", "method", "paid", "way", "part", "days", "base", "fee")
    amount = Amount(_("借款金额（元）"))
    count = Whole(_("期数（每月一期）"), 1, COUNTS)
    method = forms.ChoiceField(label=_("还款方式"), choices=METHODS)
    paid = Whole(_("已经还了几期"), 0, COUNTS - 1)
    way = forms.ChoiceField(label=_("提前还"), choices=[("full", _("全部结清")), ("part", _("只还一部分"))])
    part = Amount(_("提前还的本金（元）"), required=False, help_text=_("只还一部分时填。"))
    days = Whole(
        _("离上个还款日几天"),
        *(0, 31),
        required=False,
        help_text=_("全部结清时填。只还一部分的，按还款日当天计算。"),
    )
    base = base_field()
    fee = Number(
        _("提前还款手续费（%）"), "0", "100", required=False, help_text=_("占提前还的本金。没有就填 0。")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "paid" in data and "count" in data and data["paid"] >= data["count"]:
            self.add_error("paid", _("已还的期数要少于总期数。"))
        if not self.errors:
            self._check_against(self.plan())
        return data

    def _check_against(self, plan: Schedule) -> None:
        paid, part = self.cleaned_data["paid"], self.cleaned_data["part"]
        if paid >= len(plan.rows):  # rounding up a tiny instalment clears a loan sooner
            self.add_error("paid", _now("这些钱到第 %(number)s 期就还清了。") % {"number": len(plan.rows)})
        elif self.cleaned_data["way"] == "full":
            return
        elif part is None:
            self.add_error("part", _("请填要提前还的本金。"))
        elif part >= (balance := early.balance_after(plan, paid)):
            text = _now("要少于剩余本金 %(balance)s 元。想全部还掉，请选“全部结清”。")
            self.add_error("part", text % {"balance": f"{balance:,}"})

    def plan(self) -> Schedule:
        data = self.cleaned_data
        return schedule(Method(data["method"]), data["amount"], self.annual, data["count"])

    def result(self) -> early.Payoff | early.Prepaid:
        data, plan = self.cleaned_data, self.plan()
        fee = (data["fee"] or ZERO) / 100
        if data["way"] == "part":
            return early.prepay(plan, data["paid"], data["part"], fee)
        return early.settle(plan, data["paid"], data["days"] or 0, self.year_days, fee)


@dataclass(frozen=True)
class DailyResult:
    loan: daily.DailyLoan
    yearly: Decimal  # the daily rate times 360
    yearly_365: Decimal
    compound: Decimal


class DailyForm(RateForm):
    KIND = Calculator.DAILY
    EXAMPLE = {
        **{"amount": "10000", "rate": "0.045", "unit": "day", "days": "50", "base": "360"},
        **{"part": "4000", "part_day": "23"},
    }
    field_order = ("amount", "days", "rate", "unit", "base", "part", "part_day")
    amount = Amount(_("借款金额（元）"))
    days = Whole(
        _("一共用几天"), 1, DAYS, help_text=_("借的那天算，还的那天不算：11 月 5 日借、22 日还，是 17 天。")
    )
    base = base_field()
    part = Amount(_("中途先还的本金（元）"), required=False)
    part_day = Whole(_("用到第几天先还"), 1, DAYS, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        part, day = data.get("part"), data.get("part_day")
        if part and "amount" in data and part >= data["amount"]:
            self.add_error("part", _("要少于借款金额。"))
        if part and "part_day" in data and not day:
            self.add_error("part_day", _("请填哪一天先还。"))
        if day and "part" in data and not part:
            self.add_error("part", _("请填先还多少。"))
        if part and day and "days" in data and day >= data["days"]:
            self.add_error("part_day", _("要早于最后还清的那天。"))
        return data

    def result(self) -> DailyResult:
        data = self.cleaned_data
        repaid = [(data["part_day"], data["part"])] if data["part"] else []
        loan = daily.daily_loan(data["amount"], self.annual, data["days"], repaid, self.year_days)
        a_day = self.annual / self.year_days
        return DailyResult(loan, a_day * 360, a_day * 365, loan.compound())


@dataclass(frozen=True)
class PenaltyResult:
    fees: Decimal
    principal: Decimal
    interest: Decimal
    penalty: Penalty
    yearly: Decimal
    allocation: Allocation | None

    @property
    def total(self) -> Decimal:
        return self.fees + self.principal + self.interest + self.penalty.total

    @property
    def still_due(self) -> Decimal:
        paid = self.allocation
        return self.total - (paid.fees + paid.interest + paid.principal) if paid else self.total


class PenaltyForm(RateForm):
    KIND = Calculator.PENALTY
    EXAMPLE = {
        **{"principal": "798.58", "interest": "101.17", "rate": "14.4", "unit": "year", "base": "360"},
        **{"multiple": "1.5", "days": "23", "on": "principal"},
    }
    field_order = (
        *("principal", "interest", "days", "multiple", "rate", "unit", "base", "on", "fees", "payment"),
    )
    principal = Amount(_("逾期的本金（元）"))
    interest = Amount(_("逾期的利息（元）"), low="0", required=False)
    days = Whole(_("逾期几天"), 1, DAYS)
    multiple = Number(_("合同约定的倍数"), "1", "5", help_text=_("例如合同写“加收 50%”，就填 1.5。"))
    base = base_field()
    on = forms.ChoiceField(
        label=_("罚息按什么计"), choices=[("principal", _("只按逾期本金")), ("both", _("逾期本金加利息"))]
    )
    fees = Amount(_("欠的费用（元）"), low="0", required=False)
    payment = Amount(
        _("准备先还多少（元）"),
        required=False,
        help_text=_("填了就会算出先抵哪一项：先费用，再利息，后本金。"),
    )

    def result(self) -> PenaltyResult:
        data = self.cleaned_data
        interest, fees = data["interest"] or ZERO, data["fees"] or ZERO
        runs_on = data["principal"] + (interest if data["on"] == "both" else ZERO)
        due = penalty(runs_on, self.annual, data["multiple"], data["days"], self.year_days)
        paid = data["payment"] and allocate(data["payment"], fees, interest + due.total, data["principal"])
        yearly = self.annual * data["multiple"]
        return PenaltyResult(fees, data["principal"], interest, due, yearly, paid)


class CostForm(CalculatorForm):
    KIND = Calculator.COST
    EXAMPLE = {"received": "12000", "count": "12", "payment": "1000", "fee_each": "72"}
    field_order = ("received", "count", "payment", "last", "fee_each", "fee_once")
    received = Amount(_("实际到手（元）"), help_text=_("放款时扣掉的费用不算到手。"))
    count = Whole(_("期数（每月一期）"), 1, COUNTS)
    payment = Amount(_("每期还款（元）"))
    last = Amount(_("最后一期还款（元）"), required=False, help_text=_("和别的期一样就不用填。"))
    fee_each = Amount(_("每期另付的费用（元）"), low="0", required=False)
    fee_once = Amount(_("放款时另付的费用（元）"), low="0", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        if (data["fee_once"] or ZERO) >= data["received"]:
            self.add_error("fee_once", _("要少于到手的金额。"))
            return data
        try:
            data["cost"] = self._cost(data)
        except cost.NoRateError:
            self.add_error("payment", _("这些还款加起来比到手的少，或者多得离谱，算不出年化。请核对。"))
        return data

    def _cost(self, data: dict[str, Any]) -> cost.Cost:
        """What is paid on the first day was never received."""
        payments = [data["payment"]] * (data["count"] - 1) + [data["last"] or data["payment"]]
        each = data["fee_each"] or ZERO
        received = data["received"] - (data["fee_once"] or ZERO)
        return cost.all_in_cost(received, [payment + each for payment in payments])

    def result(self) -> cost.Cost:
        found: cost.Cost = self.cleaned_data["cost"]
        return found


FORMS: dict[Calculator, type[CalculatorForm]] = {
    form.KIND: form for form in (ScheduleForm, EarlyForm, DailyForm, PenaltyForm, CostForm)
}
