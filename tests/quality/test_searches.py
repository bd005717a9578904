"""The searches page: the same numbers in the tiles, the chart, the tables and the files."""

import csv
import datetime as dt
import io
import re
import uuid
from urllib.parse import quote

import pytest
from django.urls import reverse

from chat.models import Conversation
from faq import live
from faq.analytics import Counts, Outcome
from faq.models import Article, SearchLog
from helpdesk.core import clock
from helpdesk.core.signals import question_unanswered
from quality import search_chart
from quality.models import Export
from quality.searches import search_figures, worst
from tests.faq.factories import make_article
from tests.quality.rows import chat

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)  # a Wednesday
TODAY = dt.date(2026, 11, 25)
PAGE, FILE = reverse("quality:searches"), reverse("quality:export_searches")
WHY = {"reason": "补写答案"}


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOW):
        yield


def logged(days, query="还款", **fields):
    at = NOW - dt.timedelta(days=days)
    defaults = {"results": 2, "confidence": 0.9, "language": "zh-hans", "topic": "repayment"}
    return SearchLog.objects.create(
        at=at,
        on=clock.local_date(at),
        first_at=at,
        query=query,
        visitor=uuid.uuid4(),
        **(defaults | fields),
    )


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_weeks_topics_and_the_period_before():
    for days in (0, 1, 3, 8):
        logged(days)
    logged(3, topic="", results=0)
    logged(55, topic="fees")  # 10-01, the last day of the period before
    logged(54, topic="fees")  # 10-02, after it: this week had not come so far then
    found = search_figures(SearchLog.objects.all(), 8, "", today=TODAY)
    assert (found.since, found.until) == (dt.date(2026, 10, 5), TODAY)
    assert (found.since_before, found.until_before) == (dt.date(2026, 8, 10), dt.date(2026, 9, 30))
    assert [week.counts.searches for week in found.weeks] == [0, 0, 0, 0, 0, 0, 3, 2]
    assert [(row.code, row.now.searches, row.before.searches) for row in found.topics] == [
        ("repayment", 4, 0),
        ("", 1, 0),
    ]
    assert (found.now.searches, found.before.searches, found.weeks[-1].running) == (5, 0, True)


def test_worst_is_what_surely_failed():
    def row(pk, opened, failed):
        return Outcome(Article(pk=pk), 0, opened, 0, 0, failed)

    found = worst([row(1, 5, 5), row(2, 100, 70), row(3, 4, 4), row(4, 50, 0), row(5, 10, 1)])
    assert [one.outcome.article.pk for one in found] == [2, 1, 5]


def test_chart_leaves_a_gap_where_there_are_too_few():
    for days in (0, 1, 1, 1, 1):
        logged(days, opened_after=3)
    logged(8)
    weeks = search_figures(SearchLog.objects.all(), 8, "", today=TODAY).weeks
    chart = search_chart.draw(weeks)
    assert chart.click_through == ["634.2,16.0"]
    assert chart.slots[-1].bar_height == "76.0"  # five of five
    assert chart.slots[0].bar_height == "0.0"


def test_page_shows_the_numbers(client_of):
    article = make_article()
    for _ in range(6):
        logged(3, top=article, clicked=article, opened_after=95, position=1, helpful=False)
        logged(3, "账单日能改吗", results=0, topic="", confidence=0)
    response = client_of("analyst").get(PAGE)
    drafting = "/knowledge/new/?question=%E8%B4%A6%E5%8D%95%E6%97%A5%E8%83%BD%E6%94%B9%E5%90%97"
    assert f'href="{drafting}"' in response.content.decode()
    shown = text_of(response)
    for words in (
        "没有结果 6，没有明确答案 0",
        "50.0%",
        "1:35",
        "账单日能改吗",
        "可以提前还款吗？",
        "100.0%",
    ):
        assert words in shown


def test_page_without_searches_says_what_will_be_there(client_of):
    assert "这段时间没有人搜索" in text_of(client_of("analyst").get(PAGE))


@pytest.mark.parametrize("count", [1, 3])
def test_page_query_count(client_of, django_assert_num_queries, monkeypatch, count):
    monkeypatch.setattr(live, "INTERVAL", 3600)  # the engine's look at the database is not the page's
    for n in range(count):
        article = make_article(f"a{n}", f"问题{n}？", ())
        for _ in range(5):
            logged(3, top=article, clicked=article, opened_after=9, position=1, helpful=False)
            logged(3, f"{'甲乙丙'[n] * 4}", results=0, topic="", confidence=0)
        for k in range(5):
            told(chat("2026-11-22", name=f"{n} {k}"), f"{'甲乙丙'[n] * 4}")
    client = client_of("analyst")
    client.get(PAGE)
    with django_assert_num_queries(12):
        client.get(PAGE)


def told(conversation, text):
    """The bot gave this conversation to people."""
    question_unanswered.send(Conversation, about=conversation, text=text, at=conversation.created_at)


def test_what_the_bot_could_not_answer_is_listed_by_question(client_of):
    make_article("repay-early", "可以提前还款吗？", ())
    told(chat("2026-11-20", name="a"), "冥王星上能贷款吗\n火星呢")
    for n in range(5):
        told(chat("2026-11-21", name=f"b{n}"), "冥王星上能贷款吗\n\n可以提前还款吗？")
    told(chat("2026-11-22", name="c"), "可以提前还款吗？")
    for n in range(5):
        told(chat("2026-11-22", "fees", name=f"d{n}"), "冥王星上贷款行吗")
    told(chat("2026-11-22", "fees", name="e"), "冥王星贷款可以吗")
    for n in range(5):
        told(chat("2026-05-01", name=f"f{n}"), "很久以前的问题")
        told(chat("2026-11-22", name=f"g{n}", spam=True), "加我领红包")
    page = client_of("analyst").get(PAGE)
    found = page.context["bot"]
    assert [(g.text, g.times, g.others, g.rare, len(g.chats)) for g in found.groups] == [
        ("冥王星上能贷款吗", 12, ["冥王星上贷款行吗"], 1, 12),
    ]
    assert (found.answered, found.hidden) == (1, 1)  # of Mars one asked
    assert "火星呢" not in page.content.decode()
    drafting = f"/knowledge/new/?question={quote('冥王星上能贷款吗')}"
    assert f'href="{drafting}"' in page.content.decode()
    of_fees = client_of("analyst").get(PAGE, {"topic": "fees"}).context["bot"]
    assert [group.text for group in of_fees.groups] == ["冥王星上贷款行吗"]
    assert client_of("analyst").get(PAGE, {"topic": "none"}).context["bot"].empty


def test_one_customer_with_five_chats_is_one_person(cast, client_of):
    for n in range(5):
        told(chat("2026-11-22", name=f"{n}", customer=cast.customer), "冥王星上能贷款吗")
    found = client_of("analyst").get(PAGE).context["bot"]
    assert (found.groups, found.hidden) == ([], 1)


def table(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_export_of_weeks_suppresses_small_numbers_and_is_on_record(client_of):
    for _ in range(5):
        logged(8, opened_after=5, position=2)
    logged(1)
    response = client_of("analyst").post(FILE, WHY)
    rows = table(response)
    assert len(rows) == 1 + 8
    assert rows[-2][3:] == ["还款", "5", "0", "0", "5", "1.0", "2.0", "5", "1.0", ""]
    assert rows[-1][3:] == ["还款", "1", *[""] * 7, "搜索少于 5 次，不显示其他数字"]
    made = Export.objects.get()
    assert (made.table, made.rows, made.filters) == ("searches", 8, {"weeks": "8"})


def test_export_of_answers_to_write_runs_no_formula(client_of):
    for _ in range(5):
        logged(1, "=HYPERLINK(1)", results=0)
    logged(1, "=HYPERLINK(1) ", results=0)
    rows = table(client_of("analyst").post(FILE, WHY | {"table": "questions"}))
    assert rows[1:] == [["'=HYPERLINK(1)", "6", "6", "6", "", ""]]


def test_counts_add_up():
    total = Counts(searches=1, settled=1)
    total += Counts(searches=2, nothing=1)
    assert total == Counts(searches=3, nothing=1, settled=1)
