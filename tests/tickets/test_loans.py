"""A customer's loans as the ledger has them now, its bad days, and the request for another plan."""

import datetime as dt
import re
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.urls import reverse

from faq.calculators.early import Payoff
from faq.forms.calculator import EarlyForm
from helpdesk.core import clock
from helpdesk.core.ledger import Statement, ledger
from helpdesk.core.ledger.http import HttpLedger
from helpdesk.core.models import AuditEntry, User
from helpdesk.demo.ledger import DemonstrationLedger
from tests.core import ledger_server
from tests.core.ledger_server import TOKEN
from tests.core.test_ledger_http import wired_bytes
from tests.tickets.pages import shown_code, url
from tickets.models import PlanRequest, Ticket
from tickets.views.loan_pages import LoanPage

pytestmark = pytest.mark.django_db
LIST = "/tickets/loans/"
RUNNING, LATE, SETTLED, FOREIGN = "MC-100001", "MC-100002", "MC-100003", "MC-100004"
HTMX = {"HX-Request": "true"}
PLAN = {
    "wish": "lower",
    "payable": "５００ 元",
    "pay_on": "",
    "months": "",
    "cause": "income",
    "reason": "上个月起单位停工，收入少了一半。",
}


@pytest.fixture
def borrower(cast) -> User:
    User.objects.filter(pk=cast.customer.pk).update(customer_ref="DEMO-0001", phone="13800000021")
    return User.objects.get(pk=cast.customer.pk)


@pytest.fixture
def mine(client_of, borrower):
    return client_of("customer")


@pytest.fixture
def lender(settings):
    """A ledger over HTTP that has the demonstration's loans, and whatever bad day a test gives it."""
    with ledger_server.running() as server:
        settings.LEDGER_URL, settings.LEDGER_TOKEN, settings.LEDGER_TIMEOUT = server.url, TOKEN, 0.5
        yield server
        running = ledger()
        assert isinstance(running, HttpLedger)
        running.close()


def answers(customer: str = "DEMO-0001", **changes) -> ledger_server.Answer:
    statement = DemonstrationLedger().statement_of(customer)
    return ledger_server.body(wired_bytes(Statement(**(vars(statement) | changes))))


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Seeing them -------------------------------------------------------------------------------
def test_the_page_comes_at_once_and_asks_while_it_is_seen(mine):
    page = mine.get(LIST).content.decode()
    assert f'hx-get="{LIST}" hx-trigger="load"' in page
    assert '<noscript><meta http-equiv="refresh" content="0; url=?now=1"></noscript>' in page
    assert RUNNING not in page
    part = mine.get(LIST, headers=HTMX)
    whole = mine.get(LIST, {"now": "1"})
    assert ("<html" in part.content.decode(), "<html" in whole.content.decode()) == (False, True)
    for answer in (part, whole):
        assert re.findall(r"MC-\d+(?= </span>| ?</h2>)", text_of(answer)) == []
        assert sorted(set(re.findall(r"MC-\d+", answer.content.decode()))) == [RUNNING, LATE, SETTLED]
    assert whole["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_what_is_due_and_overdue(mine):
    with clock.at(dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)):
        text = text_of(mine.get(LIST, {"now": "1"}))
    for expected in (
        "借款系统在 2026-11-25 12:00 的数字",
        "下一期 2026-12-20 1,079.71",
        "逾期 15 天",
        "逾期应还 1,071.25",
        "剩余本金 4,000.00",
        "已还清",
    ):
        assert expected in text


def test_one_loan_with_bills_schedule_and_chart(mine):
    with clock.at(dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)):
        page = mine.get(f"{LIST}{LATE}/")
        text = text_of(page)
    assert '<svg class="bars"' in page.content.decode()
    for label, cells in (("应还日", 6), ("状态", 6), ("应还", 7), ("还欠", 7)):  # a phone shows cards
        assert page.content.decode().count(f'data-label="{label}"') == cells
    for expected in (
        "3 2026-11-10 1,071.25 逾期 15 天 1,000.00 60.00 11.25 1,071.25",
        "4 2026-12-10 1,045.00 下一期 1,000.00 45.00 0.00 1,045.00",
        "1 2026-09-10 1,090.00 已还 1,000.00 90.00 0.00 0.00",
        "合计 6,326.25 6,000.00 315.00 11.25 4,161.25",
    ):
        assert expected in text


def test_the_calculator_opens_with_the_loans_numbers_and_nothing_about_its_owner(borrower):
    for days in (0, 3, 20, 29):
        with clock.at(dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC) + dt.timedelta(days=days)):
            statement = DemonstrationLedger().statement_of("DEMO-0001")
        loan = statement.loans[0]
        assert loan.reference == RUNNING
        address = urlsplit(LoanPage(loan, statement).early_url)
        assert RUNNING not in address.query
        form = EarlyForm(dict(parse_qsl(address.query)))
        assert form.errors == {}
        payoff = form.result()
        assert isinstance(payoff, Payoff)
        assert payoff.balance == loan.principal_outstanding
        since = (statement.day - loan.bills[loan.paid_count - 1].due_on).days
        assert payoff.accrued == (payoff.balance * loan.annual_rate * since / 360).quantize(Decimal("0.01"))


def test_no_calculator_where_it_would_be_wrong(borrower):
    statement = DemonstrationLedger().statement_of("DEMO-0001")
    urls = {loan.reference: bool(LoanPage(loan, statement).early_url) for loan in statement.loans}
    assert urls == {RUNNING: True, LATE: False, SETTLED: False}


def test_a_foreign_loan_and_none_are_the_same(mine):
    answers = [mine.get(f"{LIST}{ref}/{page}") for ref in (FOREIGN, "MC-1") for page in ("", "plan/")]
    assert [answer.status_code for answer in answers] == [404] * 4
    bodies = {re.sub(r'nonce="[^"]*"|csrf[^>]*|MC-\d+|plan/', "", a.content.decode()) for a in answers}
    assert len({re.sub(r'"X-CSRFToken": "[^"]*"', "", body) for body in bodies}) == 1
    assert mine.post(f"{LIST}{FOREIGN}/plan/", PLAN).status_code == 404
    assert Ticket.objects.count() == 0


def test_an_account_that_is_not_linked_says_so(client_of, cast):
    text = text_of(client_of("customer").get(LIST, {"now": "1"}))
    assert "账号还没有和借款关联" in text


def test_unlinked_again_the_session_forgets(mine, borrower):
    mine.get(LIST, {"now": "1"})
    assert mine.get(f"{LIST}{LATE}/plan/").status_code == 200
    User.objects.filter(pk=borrower.pk).update(customer_ref="DEMO-0002")
    assert mine.get(f"{LIST}{LATE}/plan/").status_code == 404


def test_a_customer_without_loans_and_an_unknown_one(mine, borrower):
    for ref, expected in (("DEMO-0003", "现在没有借款"), ("DEMO-0009", "借款系统里找不到您的客户号")):
        User.objects.filter(pk=borrower.pk).update(customer_ref=ref)
        assert expected in text_of(mine.get(LIST, {"now": "1"}))


def test_without_a_ledger_nothing_leads_there(mine, settings):
    assert "我的借款" in text_of(mine.get("/"))
    settings.LEDGER = ""
    assert "我的借款" not in text_of(mine.get("/"))
    assert "这里还没有接入借款系统" in text_of(mine.get(LIST, {"now": "1"}))


# --- A ledger's bad day --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (ledger_server.status(500), "借款系统现在没有回应"),
        (ledger_server.silent, "借款系统现在没有回应"),
        (ledger_server.body(b"{}"), "借款系统给出的数据对不上"),
        (ledger_server.status(401), "借款系统给出的数据对不上"),
    ],
    ids=["500", "silent", "nonsense", "401"],
)
def test_a_ledger_that_is_down_is_said_plainly_and_shows_no_old_money(behaviour, expected, mine, lender):
    lender.behaviours = [answers(), behaviour, behaviour]
    assert "4,000.00" in text_of(mine.get(LIST, {"now": "1"}))
    for headers in ({}, HTMX):
        answer = mine.get(LIST, {"now": "1"}, headers=headers)
        assert answer.status_code == 503
        assert expected in text_of(answer)
        assert re.findall(r"\d[\d,]*\.\d\d", text_of(answer)) == []
    lender.ended.set()


def test_figures_of_an_earlier_hour_are_marked(mine, lender):
    lender.behaviours = [
        answers(as_of=clock.now() - dt.timedelta(minutes=14)),
        answers(as_of=clock.now() - dt.timedelta(hours=9)),
    ]
    assert "不是现在的" not in text_of(mine.get(LIST, {"now": "1"}))
    assert "不是现在的" in text_of(mine.get(LIST, {"now": "1"}))


# --- Another plan --------------------------------------------------------------------------------
def ask(mine, loan=LATE, **changes):
    page = mine.get(f"{LIST}{loan}/plan/").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    return mine.post(f"{LIST}{loan}/plan/", PLAN | {"token": token[1]} | changes)


def test_request_plan_files_a_case_with_its_number_and_due_date_at_once(mine, borrower):
    with clock.at(dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)):
        answer = ask(mine)
        assert answer["Location"] == reverse("tickets:received")
        page = mine.get(answer["Location"]).content.decode()
    case = Ticket.objects.get()
    assert shown_code(page)[0] == case.number
    assert f'data-draft-accepted="plan-{LATE}"' in page
    assert f'datetime="{case.due_on:%Y-%m-%d}"' in page
    assert (case.kind, case.channel, case.topic, case.customer) == (
        "hardship_request",
        "web",
        "repayment",
        borrower,
    )
    assert (case.complainant, case.contact, case.product) == ("甲客户", "13800000021", f"装修分期 {LATE}")
    assert (case.narrative, case.request) == (PLAN["reason"], "每期少还一些，每月能还 500.00 元。")
    plan = PlanRequest.objects.get(ticket=case)
    assert (plan.loan, plan.wish, plan.cause, plan.payable, plan.pay_on, plan.months) == (
        *(LATE, "lower", "income", Decimal(500), None, None),
    )
    assert plan.figures == {
        "as_of": "2026-11-25T04:00:00+00:00",
        "product": "装修分期",
        "principal_outstanding": "4000.00",
        "overdue_sum": "1071.25",
        "overdue_days": "15",
        "next_due_on": "2026-12-10",
        "next_sum": "1045.00",
    }
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["ticket.filed", "ticket.plan_requested"]


def test_nothing_is_typed_twice(mine):
    page = mine.get(f"{LIST}{LATE}/plan/").content.decode()
    names = re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', page)
    known = {"csrfmiddlewaretoken", "token", "language", "next", "theme", "density"}
    assert set(names) - known == {"wish", "payable", "pay_on", "months", "cause", "reason", "attachments"}


def test_the_agent_sees_the_wish_in_fields(mine, client_of):
    with clock.at(dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)):
        ask(mine, wish="deferral", months="3", payable="0")
    number = Ticket.objects.get().number
    text = text_of(client_of("agent").get(url("ticket", number)))
    for expected in (
        f"借款编号 {LATE} 希望 暂停一段时间再还 每月能还（元） 0.00 希望暂停几个月 3 主要原因 收入减少或失业",
        "客户看到的数字（2026-11-25 12:00，不是现在的） 剩余本金 4000.00 逾期应还 1071.25，15 天",
    ):
        assert expected in text
    theirs = text_of(mine.get(url("tracked", number)))
    assert f"借款编号 {LATE} 希望 暂停一段时间再还" in theirs
    assert "客户看到的数字" not in theirs


def test_only_what_belongs_to_the_wish_is_kept(mine):
    """A page hides the other fields; what was typed into them before is not meant."""
    with clock.at(dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)):
        ask(mine, wish="later", pay_on="2026-12-15", months="3")
    plan = PlanRequest.objects.get()
    assert (plan.wish, plan.payable, plan.pay_on, plan.months) == (
        *("later", Decimal(500), dt.date(2026, 12, 15), None),
    )


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"wish": ""}, "wish", "这个字段是必填项。"),
        ({"wish": "gift"}, "wish", "选择一个有效的选项。 gift 不在可用的选项中。"),
        ({"payable": ""}, "payable", "请填每月能还多少。"),
        ({"payable": "-1"}, "payable", "请填 0 到 10,000,000 之间的数。"),
        ({"payable": "很少"}, "payable", "请只填数字，例如 10000 或 899.75。"),
        ({"wish": "later"}, "pay_on", "请选希望从哪天开始还。"),
        ({"wish": "later", "pay_on": "2026-11-25"}, "pay_on", "请选明天起一年以内的一天。"),
        ({"wish": "later", "pay_on": "2036-11-25"}, "pay_on", "请选明天起一年以内的一天。"),
        ({"wish": "later", "pay_on": "13月"}, "pay_on", "输入一个有效的日期。"),
        ({"wish": "deferral"}, "months", "请填想暂停几个月。"),
        ({"wish": "deferral", "months": "13"}, "months", "请填 1 到 12 之间的数。"),
        ({"cause": ""}, "cause", "这个字段是必填项。"),
        ({"reason": "  "}, "reason", "这个字段是必填项。"),
        ({"reason": "字" * 5_001}, "reason", "最多 5000 字，现在是 5001 字。"),
        ({"reason": "a\0b"}, "reason", "不允许是用空字符串。"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_kept(changes, field, error, mine):
    with clock.at(dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)):
        answer = ask(mine, **changes)
    assert answer.status_code == 400
    assert dict(answer.context["form"].errors) == {field: [error]}
    kept = [name for name in PLAN if answer.context["form"][name].value() != (PLAN | changes)[name]]
    assert kept == []
    assert Ticket.objects.count() == 0


def test_two_loans_can_be_asked_for_and_one_twice_is_one_case(mine):
    assert ask(mine).status_code == 302
    page = mine.get(f"{LIST}{LATE}/plan/").content.decode()
    assert "已经有一个申请在处理" in page
    token = mine.session["filing_tokens"][0]
    again = mine.post(f"{LIST}{LATE}/plan/", PLAN | {"token": token})
    assert (again.status_code, Ticket.objects.count()) == (302, 1)
    mine.post(f"{LIST}{RUNNING}/plan/", PLAN | {"token": token})
    assert sorted(PlanRequest.objects.values_list("loan", flat=True)) == [RUNNING, LATE]


def test_a_request_needs_no_ledger_once_the_loan_was_seen(mine, lender):
    lender.behaviours = [answers(), *[ledger_server.status(500)] * 9]
    mine.get(LIST, {"now": "1"})
    assert ask(mine).status_code == 302
    assert Ticket.objects.get().kind == "hardship_request"
    assert len(lender.seen) == 1


def test_what_was_typed_survives_a_ledger_that_is_down(mine, lender):
    lender.behaviours = [ledger_server.status(500)] * 2
    answer = mine.post(f"{LIST}{LATE}/plan/", PLAN | {"token": "x"})
    assert answer.status_code == 503
    assert f"{PLAN['reason']}</textarea>" in answer.content.decode()
    assert "kind=hardship_request" in mine.get(f"{LIST}{LATE}/plan/").content.decode()
    assert Ticket.objects.count() == 0


def test_pages_of_loans_cost_few_queries_whatever_their_number(mine, borrower, django_assert_num_queries):
    for ref in ("DEMO-0002", "DEMO-0001"):  # one loan, three loans
        User.objects.filter(pk=borrower.pk).update(customer_ref=ref)
        mine.get(LIST, {"now": "1"})
        with django_assert_num_queries(5):
            mine.get(LIST, {"now": "1"})
