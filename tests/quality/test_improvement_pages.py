"""The pages of improvements and alerts: what they show to whom, what they keep, and that they link up."""

import csv
import datetime as dt
import io
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from helpdesk.core import clock
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry
from quality import actions
from quality.models import Export, ImprovementAction, TakenUp
from quality.series import Series
from tests.quality.rows import CSAT, alert, chat, local, planned, vote
from tests.quality.test_improve import ON, brought_to, correction
from tests.tickets.factories import make_ticket

pytestmark = pytest.mark.django_db
NOW = local("2026-11-22")
LIST, PLAN = reverse("quality:improvements"), reverse("quality:plan_improvement")


@pytest.fixture(autouse=True)
def _now():
    with clock.at(NOW):
        yield


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def form(cast, **fields):
    return {
        "title": "改短信",
        "description": "说明原因",
        "kind": "process",
        "owner": cast.agent.pk,
        "due_on": "2026-12-20",
        "series": CSAT.code,
    } | fields


# --- Planning ------------------------------------------------------------------------------------
def test_an_alert_leads_to_an_improvement(cast, client_of):
    client, one = client_of("analyst"), alert()
    shown = client.get(PLAN, {"alert": one.pk})
    assert shown.context["form"]["series"].value() == CSAT.code
    response = client.post(PLAN, form(cast, alert=one.pk))
    made = ImprovementAction.objects.get()
    assert response.url == made.get_absolute_url()
    assert (made.alert, made.series, made.owner, made.planned_by) == (one, CSAT, cast.agent, cast.analyst)
    assert "已有措施" in text_of(client.get(one.get_absolute_url()))
    assert f'href="{made.get_absolute_url()}"' in client.get(one.get_absolute_url()).content.decode()


def test_a_correction_of_a_case_leads_to_one_and_is_taken_up(cast, client_of):
    client, one = client_of("supervisor"), correction(cast)
    shown = client.get(PLAN, {"correction": one.pk})
    assert shown.context["form"]["title"].value() == "改短信"
    assert shown.context["form"]["series"].value() == "volume:cause:collection"
    client.post(PLAN, form(cast, correction=one.pk))
    made = ImprovementAction.objects.get()
    assert (made.ticket, TakenUp.objects.get().correction) == (one.ticket, one)
    page = text_of(client.get(made.get_absolute_url()))
    assert one.ticket.number in page
    assert "并入的整改" in page


def test_the_same_form_sent_twice_is_one_improvement(cast, client_of):
    client, one = client_of("supervisor"), correction(cast)
    mark = re.search(
        r'name="once" value="([^"]+)"', client.get(PLAN, {"correction": one.pk}).content.decode()
    )
    assert mark
    sent = form(cast, correction=one.pk, once=mark[1])
    answers = [client.post(PLAN, sent) for _n in range(2)]
    made = ImprovementAction.objects.get()
    assert [answer["Location"] for answer in answers] == [made.get_absolute_url()] * 2
    assert client.post(PLAN, form(cast, once=mark[1], title="另一项")).status_code == 302
    assert ImprovementAction.objects.count() == 2


def test_two_equal_forms_at_the_same_moment_are_one_improvement(cast):
    fields = form(cast) | {"owner": cast.agent, "series": CSAT, "due_on": clock.today()}
    first, second = (actions.plan_once(actor=cast.analyst, submission="k" * 64, **fields) for _n in range(2))
    assert (first, ImprovementAction.objects.count()) == (second, 1)
    assert AuditEntry.objects.filter(verb="improvement.planned").count() == 1


def test_a_correction_that_is_taken_leaves_no_improvement_behind(cast):
    one, fields = (
        correction(cast),
        form(cast) | {"owner": cast.agent, "series": CSAT, "due_on": clock.today()},
    )
    actions.take_up_correction(planned(cast), actor=cast.supervisor, correction=one)
    with pytest.raises(ActionError):
        actions.plan_once(actor=cast.supervisor, submission="", correction=one, **fields)
    assert ImprovementAction.objects.count() == 1


def test_a_case_leads_to_one_with_its_root_cause(cast, client_of):
    client, ticket = client_of("analyst"), make_ticket(cast, "resolved")
    assert client.get(PLAN, {"ticket": ticket.number}).context["form"]["ticket"].value() == ticket.number
    unknown = client.post(PLAN, form(cast, ticket="C-2026-999999"))
    assert (unknown.status_code, set(unknown.context["form"].errors)) == (400, {"ticket"})
    client.post(PLAN, form(cast, ticket=ticket.number))
    made = ImprovementAction.objects.get()
    assert made.ticket == ticket
    assert "人员行为" in text_of(client.get(made.get_absolute_url()))


def test_what_was_typed_is_kept_and_told_what_is_wrong(cast, client_of):
    response = client_of("analyst").post(PLAN, form(cast, owner="", due_on="2026-11-01", title="改" * 121))
    assert response.status_code == 400
    assert set(response.context["form"].errors) == {"owner", "due_on", "title"}
    assert "完成期限不能早于今天" in text_of(response)
    assert response.context["form"]["description"].value() == "说明原因"
    assert ImprovementAction.objects.count() == 0


def test_a_source_that_is_gone_is_told_and_what_was_typed_is_kept(cast, client_of):
    client, one = client_of("analyst"), correction(cast)
    actions.take_up_correction(planned(cast), actor=cast.supervisor, correction=one)
    response = client.post(PLAN, form(cast, correction=one.pk))
    assert (response.status_code, "来源没有找到" in text_of(response)) == (400, True)
    assert response.context["form"]["description"].value() == "说明原因"
    again = client.post(PLAN, form(cast))
    assert again.status_code == 302


def test_the_trends_page_leads_to_one(cast, client_of):
    for day in ("2026-09-01", "2026-11-17"):
        for _ in range(30):
            vote(day, 5 if day < "2026-10" else 1)
    page = client_of("analyst").get(reverse("quality:trends")).content.decode()
    assert f'href="{PLAN}?series=csat:topic:repayment"' in page
    assert PLAN not in client_of("administrator").get(reverse("quality:trends")).content.decode()


# --- The list --------------------------------------------------------------------------------------
def test_what_is_late_is_marked_and_filtered(cast, client_of):
    with clock.at(local("2026-10-01")):
        planned(cast, title="晚了")
    planned(cast, title="还早", kind="answer", owner=cast.supervisor)
    client = client_of("analyst")
    assert [row.title for row in client.get(LIST).context["page"]] == ["晚了", "还早"]
    assert "已超期 32 天" in text_of(client.get(LIST))
    for query, titles in {
        "state=late": ["晚了"],
        "state=planned": ["晚了", "还早"],
        "state=done": [],
        "kind=answer": ["还早"],
        f"owner={cast.supervisor.pk}": ["还早"],
    }.items():
        assert [row.title for row in client.get(f"{LIST}?{query}").context["page"]] == titles
    assert "没有符合条件的改进措施" in text_of(client.get(LIST, {"state": "done"}))


def test_an_agent_sees_what_they_own(cast, client_of):
    own, other = planned(cast), planned(cast, owner=cast.other_agent)
    client = client_of("agent")
    assert list(client.get(LIST).context["page"]) == [own]
    assert client.get(own.get_absolute_url()).status_code == 200
    assert client.get(other.get_absolute_url()).status_code == 404
    page = client.get(own.get_absolute_url()).content.decode()
    for address in (reverse("quality:series"), reverse("quality:drop_improvement", args=[own.pk])):
        assert address not in page


def test_empty_lists_say_what_will_be_there(client_of):
    assert "还没有改进措施" in text_of(client_of("analyst").get(LIST))
    assert "没有由您负责的改进措施" in text_of(client_of("agent").get(LIST))
    assert "没有提醒" in text_of(client_of("analyst").get(reverse("quality:trend_alerts")))
    assert "没有这样的整改" in text_of(client_of("analyst").get(reverse("quality:corrections")))


def test_the_list_as_a_file_is_on_record_and_runs_nothing(cast, client_of):
    planned(cast, title="=HYPERLINK(1)")
    planned(cast, kind="answer", title="另一项")
    address = reverse("quality:export_improvements")
    response = client_of("analyst").post(address, {"kind": "process", "reason": "季度复盘"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[1:] == [
        ["'=HYPERLINK(1)", "流程调整", "计划中", "丙坐席", "2026-12-12", "", "主题“还款”的满意度", "", "", ""]
    ]
    made = Export.objects.get()
    assert (made.table, made.rows, made.filters) == ("improvements", 1, {"kind": "process"})


# --- One improvement -------------------------------------------------------------------------------
def test_steps_on_the_page_and_their_undoing(cast, client_of):
    client, row = client_of("agent"), planned(cast)
    page = client.post(reverse("quality:start_improvement", args=[row.pk]), follow=True)
    undo = reverse("quality:step_back_improvement", args=[row.pk])
    assert f'action="{undo}"' in page.content.decode()
    client.post(undo)
    assert ImprovementAction.objects.get().state == "planned"
    refused = client.post(
        reverse("quality:complete_improvement", args=[row.pk]), {"effective_on": "2026-11-23", "note": "好"}
    )
    assert (refused.status_code, "生效日不能晚于今天" in text_of(refused)) == (400, True)
    assert refused.context["forms"]["complete"]["note"].value() == "好"


def test_a_step_that_somebody_else_took_first_is_told(cast, client_of):
    row = brought_to(cast, "done")
    page = client_of("analyst").post(reverse("quality:start_improvement", args=[row.pk]))
    assert (page.status_code, "可能已有人先处理" in text_of(page)) == (409, True)


def test_too_early_to_judge_is_told_with_the_day(cast, client_of):
    row = actions.complete_improvement(
        planned(cast), actor=cast.agent, effective_on=local("2026-11-10").date(), note="上线"
    )
    address = reverse("quality:judge_improvement", args=[row.pk])
    page = client_of("analyst").post(address, {"comment": "有用"})
    assert (page.status_code, "2026-12-08" in text_of(page)) == (409, True)


def test_a_late_edit_keeps_what_was_typed(cast, client_of):
    row, client = planned(cast), client_of("analyst")
    address = reverse("quality:edit_improvement", args=[row.pk])
    assert client.post(address, form(cast, revision=1, title="先到")).status_code == 302
    late = client.post(address, form(cast, revision=1, title="后到"))
    assert (late.status_code, "别人保存了改动" in text_of(late)) == (409, True)
    assert late.context["form"]["title"].value() == "后到"
    assert ImprovementAction.objects.get().title == "先到"


def test_the_page_says_when_the_data_cannot_tell(cast, client_of):
    for week in range(1, 6):
        for score in (5, 5, 1):
            vote(f"{ON + dt.timedelta(weeks=week - 1)}", score)
            vote(f"{ON - dt.timedelta(weeks=week)}", score)
    row = brought_to(cast, "done")
    page = text_of(client_of("analyst").get(row.get_absolute_url()))
    assert "数据还不能判断" in page
    assert "变化 ±0.0 个百分点" in page
    assert "同一时间全部满意度" in page


def test_few_answers_show_no_share(cast, client_of):
    vote("2026-10-01", 1)
    vote("2026-10-06", 5)
    page = text_of(client_of("analyst").get(brought_to(cast, "done").get_absolute_url()))
    assert "样本太少，不能判断" in page
    assert "100.0%" not in page


# --- Corrections -----------------------------------------------------------------------------------
def test_a_correction_is_taken_up_and_released_on_the_page(cast, client_of):
    row, one, client = planned(cast), correction(cast), client_of("supervisor")
    pair = {"correction": one.pk, "improvement": row.pk}
    page = client.post(reverse("quality:take_up_correction"), pair, follow=True)
    assert one not in page.context["page"].object_list
    undo = f"{reverse('quality:release_correction')}?improvement={row.pk}&amp;correction={one.pk}"
    assert f'action="{undo}"' in page.content.decode()
    client.post(undo.replace("&amp;", "&"))
    assert TakenUp.objects.count() == 0
    shown = client.get(reverse("quality:corrections")).context["page"]
    assert list(shown) == [one]


# --- Alerts ----------------------------------------------------------------------------------------
def test_alerts_stand_on_top_of_the_trends_and_on_their_chart(cast, client_of):
    alert()
    vote("2026-11-17", 5)
    client = client_of("analyst")
    page = client.get(reverse("quality:trends"), {"topic": "repayment"}).content.decode()
    assert page.index("主题“还款”的满意度") < page.index("figure-csat")
    assert page.count('class="chart-mark"') == 1
    assert client.get(reverse("quality:trends")).content.decode().count('class="chart-mark"') == 0
    assert "从 80.0% 变为 50.0%，自 2026-10-19 那一周起" in page


def test_an_alert_is_dismissed_with_a_reason_and_recalled(cast, client_of):
    one, client = alert(), client_of("analyst")
    address = reverse("quality:dismiss_trend_alert", args=[one.pk])
    assert client.post(address, {"reason": ""}).status_code == 400
    page = client.post(address, {"reason": "系统割接"}, follow=True)
    assert "系统割接" in text_of(page)
    assert client.post(address, {"reason": "再来"}).status_code == 409
    client.post(reverse("quality:recall_trend_alert", args=[one.pk]))
    assert client.post(reverse("quality:recall_trend_alert", args=[one.pk])).status_code == 409
    one.refresh_from_db()
    assert one.state == "open"


def test_the_chart_of_a_series_says_what_its_table_says(cast, client_of):
    for week in range(4):
        for score in [5] * 6 + [1] * (2 + week):
            vote(f"2026-10-{week * 7 + 5:02}", score)
    page = client_of("analyst").get(reverse("quality:series"), {"series": CSAT.code}).content.decode()
    drawn = [value for value in re.findall(r'data-value="([^"]*)"', page) if value]
    (table,) = re.findall(r"weeks-table.*?</table>", page, re.S)
    written = re.findall(r'满意度"><a href="[^"]+">(\d+\.\d%)', table)
    assert drawn == written[::-1] == ["75.0%", "66.7%", "60.0%", "54.5%"]


@pytest.fixture
def busy_week(cast):
    """Five answers, six cases that fell due, three of them late; of one cause and product, with chats."""
    due = []
    for n in range(6):
        with clock.at(local(f"2026-09-0{n % 2 + 7}")):
            made = make_ticket(cast, "assigned", topic="repayment", product="演示贷")
        type(made).objects.filter(pk=made.pk).update(
            cause="pricing",
            due_on=dt.date(2026, 10, 7),
            resolved_at=local("2026-10-0" + ("6" if n < 3 else "9")),
        )
        due.append(made)
    for score in (5, 5, 5, 2, 1):
        vote("2026-10-07", score)
    chat("2026-10-08")
    return due


@pytest.mark.parametrize(
    ("code", "shares", "counts"),
    [
        ("csat:topic:repayment", {"60.0%": 3}, {5}),
        ("overdue:all:", {"50.0%": 3}, {6}),
        ("overdue:topic:repayment", {"50.0%": 3}, {6}),
        ("volume:all:", {}, {6, 1}),
        ("volume:topic:repayment", {}, {6, 1}),
        ("volume:channel:chat", {}, {1}),
        ("volume:cause:pricing", {}, {6}),
        ("volume:product:演示贷", {}, {6}),
    ],
)
def test_every_number_of_a_series_leads_to_as_many_rows(client_of, busy_week, code, shares, counts):
    client = client_of("analyst")
    page = client.get(reverse("quality:series"), {"series": code}).content.decode()
    (table,) = re.findall(r"weeks-table.*?</table>", page, re.S)
    found = [(unescape(url), told) for url, told in re.findall(r'<a href="([^"]+)">([^<]+)</a>', table)]
    rows = {url: client.get(url).context["page"].paginator.count for url, _told in found}
    assert {told: rows[url] for url, told in found if told.endswith("%")} == shares
    assert all(rows[url] == int(told) for url, told in found if not told.endswith("%"))
    assert {int(told) for _url, told in found if told not in ("0", *shares)} == counts


def test_the_numbers_of_an_alert_lead_to_their_rows(client_of):
    for day in ("2026-10-18", "2026-10-19", "2026-11-15", "2026-11-16"):  # on both edges of four weeks
        vote(day, 1)
    client = client_of("analyst")
    page = client.get(alert().get_absolute_url()).content.decode()
    more = [unescape(url) for url in re.findall(r'<a class="small" href="([^"]+)">看明细', page)]
    assert [client.get(url).context["page"].paginator.count for url in more] == [1, 2]


@pytest.mark.parametrize("rows", [1, 3])
def test_query_counts(cast, client_of, rows):
    client = client_of("analyst")
    for n in range(rows):
        one = alert(f"2026-10-{n * 7 + 5:02}")
        row = brought_to(cast, "done", alert=one, title=f"第{n}项")
        actions.take_up_correction(row, actor=cast.analyst, correction=correction(cast))
        vote("2026-10-20", 1)
    addresses = {
        LIST: 5,
        row.get_absolute_url(): 11,
        reverse("quality:corrections") + "?shown=all": 5,
        reverse("quality:trends"): 6,
        reverse("quality:trend_alerts"): 5,
        one.get_absolute_url(): 10,
        reverse("quality:series") + f"?series={CSAT.code}": 8,
        PLAN: 4,
    }
    got = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as made:
            client.get(address)
        got[address] = len(made)
    assert got == addresses


def test_series_have_names_in_words():
    assert Series("overdue").label == "全部逾期率"
    assert Series("volume", "product", "演示贷").label == "产品“演示贷”的来件量"
    assert Series("volume", "cause", "pricing").label == "投诉原因“定价收费”的来件量"
