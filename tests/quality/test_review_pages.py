"""The pages of reviews: what they show to whom, what they keep of what was typed, where numbers lead."""

import csv
import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from helpdesk.core import clock
from quality import actions
from quality.models import Export, Review, ReviewSample, Scorecard, Scoring
from quality.scorecard import Item
from tests.quality.rows import answered, decided, ended, local, sampled

pytestmark = pytest.mark.django_db
LIST, RESULTS = reverse("quality:reviews"), reverse("quality:review_results")
DRAW, CARD = reverse("quality:draw_sample"), reverse("quality:edit_scorecard")


@pytest.fixture(autouse=True)
def _now():
    with clock.at(local("2026-11-17")):
        yield


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def posted(review: Review, **answers: str) -> dict[str, str]:
    return {f"item_{code}": answer for code, answer in answered(review, **answers).items()}


def step(review: Review, name: str) -> str:
    return reverse(f"quality:{name}", args=[review.pk])


def done(cast, review: Review, **answers: str) -> Review:
    given = answered(review, **answers)
    return actions.score_review(review, actor=cast.supervisor, answers=given, comment="评语")


# --- The sample ----------------------------------------------------------------------------------
def test_a_week_is_drawn_on_the_page_and_says_what_there_was(cast, client_of):
    case = decided(cast, "2026-11-11")
    ended(cast.other_agent, "2026-11-10")
    fields = {"week": "2026-11-09", "per_agent": "2", "percent_twice": "50", "seed": "春"}
    page = client_of("supervisor").post(DRAW, fields, follow=True)
    sample = ReviewSample.objects.get()
    assert page.redirect_chain == [(sample.get_absolute_url(), 302)]
    assert "不够，有多少抽多少" in text_of(page)
    assert "<code>春</code>" in page.content.decode()
    shown = client_of("supervisor").get(LIST)
    assert f'href="{case.get_absolute_url()}"' in shown.content.decode()
    assert "2026-11-09" not in client_of("analyst").get(DRAW).content.decode()


def test_a_week_without_work_and_bad_numbers_are_told(client_of):
    client = client_of("analyst")
    fields = {"week": "2026-11-09", "per_agent": "2", "percent_twice": "50"}
    assert (client.post(DRAW, fields).status_code, ReviewSample.objects.count()) == (409, 0)
    bad = client.post(DRAW, fields | {"per_agent": "0", "percent_twice": "101", "week": "2026-11-16"})
    assert (bad.status_code, set(bad.context["form"].errors)) == (400, {"week", "per_agent", "percent_twice"})


def test_empty_lists_say_what_will_be_there(client_of):
    assert "还没有抽过样本" in text_of(client_of("analyst").get(LIST))
    assert "还没有完成的质检" in text_of(client_of("agent").get(LIST))
    assert "这段时间没有抽过样本" in text_of(client_of("analyst").get(RESULTS))


def test_the_newest_week_comes_first(cast, client_of):
    ended(cast.agent, "2026-11-03")
    newer, older = sampled(cast)[0], sampled(cast, chats=0, week=dt.date(2026, 11, 2))[0]
    assert [shown.row for shown in client_of("analyst").get(LIST).context["page"]] == [newer, older]


# --- Scoring --------------------------------------------------------------------------------------
def test_a_draft_comes_back_and_then_is_handed_in(cast, client_of):
    (row,) = sampled(cast)
    client = client_of("analyst")
    client.post(step(row, "score_review"), {"item_tone": "no", "comment": "先看到这里", "draft": "1"})
    page = client.get(row.get_absolute_url())
    form = page.context["forms"]["score"]
    assert (form["item_tone"].value(), form["comment"].value()) == ("no", "先看到这里")
    assert not client_of("supervisor").get(row.get_absolute_url()).context["scorings"]
    missing = client.post(step(row, "score_review"), {"item_tone": "no", "comment": "改过的"})
    assert (missing.status_code, len(missing.context["forms"]["score"].errors)) == (400, 8)
    assert missing.context["forms"]["score"]["comment"].value() == "改过的"
    page = client.post(step(row, "score_review"), posted(row, tone="no") | {"comment": "语气急"}, follow=True)
    assert "90.0%" in text_of(page)
    assert Scoring.objects.get().handed_in_at


def test_a_critical_failure_is_told_with_what_it_would_have_been(cast, client_of):
    row = done(cast, sampled(cast)[0], pressure="no", contact="no")
    page = text_of(client_of("agent").get(row.get_absolute_url()))
    assert "关键项没做到，整件不合格" in page
    assert "不算这一条的话是 80.0%" in page
    assert "戊主管 的评语" in page


def test_nothing_of_the_first_shows_to_the_second(cast, client_of):
    (row,) = sampled(cast, twice=True)
    given = answered(row, tone="no")
    actions.score_review(row, actor=cast.supervisor, answers=given, comment="语气很急躁")
    for role in ("analyst", "administrator"):
        page = client_of(role).get(row.get_absolute_url()).content.decode()
        assert "语气很急躁" not in page
        assert "90.0%" not in page + client_of(role).get(LIST).content.decode()
    page = client_of("supervisor").get(row.get_absolute_url())
    assert "您的评分已提交，等第二个人评" in text_of(page)
    assert "score" not in page.context["forms"]
    assert client_of("agent").get(row.get_absolute_url()).status_code == 404


def test_only_what_they_differ_in_is_settled(cast, client_of):
    (row,) = sampled(cast, twice=True)
    for actor, answers in ((cast.supervisor, {"tone": "no"}), (cast.analyst, {"record": "no"})):
        actions.score_review(row, actor=actor, answers=answered(row, **answers), comment="评语")
    client = client_of("analyst")
    form = client.get(row.get_absolute_url()).context["forms"]["settle"]
    assert [name for name in form.fields if name.startswith("item_")] == ["item_tone", "item_record"]
    fields = {"item_tone": "yes", "item_record": "no", "reason": "一起重看"}
    page = client.post(step(row, "settle_review"), fields, follow=True)
    assert "95.0%" in text_of(page)
    assert "一起重看" in text_of(page)


def test_whoever_must_keep_off_is_told_why(cast, client_of):
    decided(cast, "2026-11-11", narrative="己质检打电话骂人。")
    (row,) = sampled(cast, chats=0)
    client = client_of("analyst")
    page = client.get(row.get_absolute_url())
    assert ("利益冲突" in text_of(page), page.context["forms"]) == (True, {})
    refused = client.post(step(row, "score_review"), posted(row))
    assert (refused.status_code, Scoring.objects.count()) == (409, 0)


def test_who_came_second_is_told(cast, client_of):
    (row,) = sampled(cast)
    done(cast, row)
    page = client_of("analyst").post(step(row, "score_review"), posted(row))
    assert (page.status_code, "别人先提交了评分" in text_of(page)) == (409, True)


# --- The agent ------------------------------------------------------------------------------------
def test_agents_see_their_own_when_done_and_appeal(cast, client_of):
    first, second = sampled(cast, chats=2)
    row = done(cast, first, tone="no")
    client = client_of("agent")
    assert [shown.row for shown in client.get(LIST).context["page"]] == [row]
    assert client.get(second.get_absolute_url()).status_code == 404
    assert client_of("other_agent").get(row.get_absolute_url()).status_code == 404
    assert "到 2026-11-27 为止可以申诉一次" in text_of(client.get(row.get_absolute_url()))
    empty = client.post(step(row, "appeal_review"), {"reason": " "})
    assert empty.status_code == 400
    client.post(step(row, "appeal_review"), {"reason": "那句话是引用客户的"})
    assert client.post(step(row, "appeal_review"), {"reason": "再来"}).status_code == 409
    assert "decide" not in client_of("supervisor").get(row.get_absolute_url()).context["forms"]
    decider = client_of("analyst")
    assert [s.row for s in decider.get(LIST, {"shown": "appealed"}).context["page"]] == [row]
    fields = posted(row) | {"reason": "确实是引用"}
    page = decider.post(step(row, "decide_appeal"), fields, follow=True)
    assert "已改判" in text_of(page)
    page = text_of(client.get(row.get_absolute_url()))
    assert ("申诉后改判" in page, "确实是引用" in page, "100.0%" in page) == (True, True, True)


def test_after_the_window_the_page_says_so(cast, client_of):
    row = done(cast, sampled(cast)[0])
    with clock.at(local("2026-11-28")):
        page = client_of("agent").get(row.get_absolute_url())
    assert ("appeal" in page.context["forms"], "申诉期到 2026-11-27 为止" in text_of(page)) == (False, True)


# --- The scorecard --------------------------------------------------------------------------------
def card(rows: list[tuple[str, str, str, bool]], version: int = 1) -> dict[str, str]:
    fields = {"version": str(version), "items-TOTAL_FORMS": str(len(rows)), "items-INITIAL_FORMS": "0"}
    for n, (code, text, weight, critical) in enumerate(rows):
        fields |= {f"items-{n}-code": code, f"items-{n}-text": text, f"items-{n}-weight": weight}
        fields |= {f"items-{n}-critical": "on"} if critical else {}
    return fields


def test_the_scorecard_is_edited_and_known_words_stay_in_every_language(client_of):
    client = client_of("administrator")
    rows = [
        ("tone", "尊重、耐心，不推诿", "40", False),
        ("cause", "", "15", False),
        ("identity", "先核对", "20", True),
        ("", "问候", "5", False),
    ]
    page = client.post(CARD, card(rows), follow=True)
    assert "第 2 版" in text_of(page)
    assert Scorecard.objects.get(version=2).items == [
        Item("tone", 40),
        Item("identity", 20, critical=True, text="先核对"),
        Item("v2_4", 5, text="问候"),
    ]
    late = client.post(CARD, card([("", "晚了", "5", False)]))
    assert (late.status_code, "别人保存了改动" in text_of(late), "晚了" in late.content.decode()) == (
        409,
        True,
        True,
    )
    bad = client.post(CARD, card([("", "没有权重", "", False)], version=2))
    assert (bad.status_code, "写上权重" in text_of(bad)) == (400, True)
    assert client.post(CARD, {"version": "2"}).status_code == 400


# --- Results --------------------------------------------------------------------------------------
def test_numbers_link_to_the_reviews_behind_them(cast, client_of):
    rows = sampled(cast, chats=6, twice=True)
    for row in rows[:5]:
        done(cast, row, tone="no")
        actions.score_review(row, actor=cast.analyst, answers=answered(row, tone="no"), comment="评语")
    client = client_of("analyst")
    page = client.get(RESULTS)
    found = page.context["found"].everything
    assert (found.drawn, found.done, found.mean, found.agreement.kappa) == (6, 5, 0.9, 1.0)
    for href in set(re.findall(rf'href="({LIST}\?[^"]*)"', page.content.decode())):
        assert client.get(href.replace("&amp;", "&")).status_code == 200
    for query, count in {"shown=done": 5, "shown=open": 1, "shown=twice": 5, "shown=todo": 1}.items():
        assert client.get(f"{LIST}?{query}").context["page"].paginator.count == count
    since = "since=2026-11-09&until=2026-11-09"
    assert client.get(f"{LIST}?{since}&agent={cast.agent.pk}").context["page"].paginator.count == 6
    assert client.get(f"{LIST}?since=2026-11-16").context["page"].paginator.count == 0
    assert client.get(f"{LIST}?team=none").context["page"].paginator.count == 0


def test_few_show_neither_mean_nor_kappa_on_the_page_nor_in_the_file(cast, client_of):
    for row in sampled(cast, chats=4):
        done(cast, row, tone="no")
    client = client_of("analyst")
    page = text_of(client.get(RESULTS))
    assert ("90.0%" in page, "太少，不能判断" in page) == (False, True)
    response = client.post(reverse("quality:export_reviews"), {"weeks": "8", "reason": "质检会"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[1] == ["合计", "", "4", "4", "", "0", "0", "0", "0", *[""] * 4, "少于 5 件，不显示平均和 κ"]
    assert [row[:2] for row in rows[2:]] == [["周", "2026-11-09"], ["团队", "投诉一组"], ["客服", "丙坐席"]]
    made = Export.objects.get()
    assert (made.table, made.rows, made.filters, made.reason) == ("reviews", 4, {"weeks": "8"}, "质检会")


@pytest.mark.parametrize("rows", [1, 3])
def test_query_counts(cast, client_of, rows):
    client = client_of("analyst")
    for n in range(rows):
        decided(cast, f"2026-11-1{n}")
        for agent in (cast.agent, cast.other_agent):
            ended(agent, "2026-11-10", time=f"10:{n:02}")
    for row in sampled(cast, chats=0, twice=True)[: rows * 2]:
        done(cast, row)
        actions.score_review(row, actor=cast.analyst, answers=answered(row, tone="no"), comment="评语")
    row = Review.objects.filter(state="open")[0]
    differing = Review.objects.filter(state="differing", ticket__isnull=False)[0]
    addresses = {
        LIST: 8,
        row.get_absolute_url(): 11,
        differing.get_absolute_url(): 15,
        ReviewSample.objects.get().get_absolute_url(): 5,
        RESULTS: 5,
        DRAW: 3,
        CARD: 3,
    }
    got = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as made:
            client.get(address)
        got[address] = len(made)
    assert got == addresses
