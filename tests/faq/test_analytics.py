"""The numbers of the search log, counted by hand."""

import datetime as dt
import uuid

import pytest

from faq import analytics
from faq.analytics import NO_TOPIC, Counts, Times
from faq.models import SearchLog
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from tests.faq.factories import make_article

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 25)


def logged(query="还款", *, hours=48, visitor=None, **fields):
    """A search so many hours ago, of somebody else each time."""
    at = NOW - dt.timedelta(hours=hours)
    defaults = {"results": 3, "confidence": 0.9, "language": "zh-hans", "topic": "repayment"}
    return SearchLog.objects.create(
        at=at,
        on=clock.local_date(at),
        first_at=at,
        query=query,
        visitor=visitor or uuid.uuid4(),
        **(defaults | fields),
    )


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(NOW):
        yield


def test_counts_by_day_and_topic():
    logged(opened_after=5, position=1)
    logged(opened_after=9, position=3, contacted_at=NOW)
    logged(opened_after=9)  # not among those shown
    logged(confidence=0.3)
    logged(results=0, confidence=0, topic="")
    logged(hours=23, contacted_at=NOW)
    monday = dt.date(2026, 11, 23)
    assert analytics.counts_by_day(SearchLog.objects.all()) == {
        (monday, "repayment"): Counts(
            searches=4, nothing=0, unsure=1, opened=3, placed=2, places=4, settled=4, contacted=1
        ),
        (monday, ""): Counts(searches=1, nothing=1, settled=1),
        (dt.date(2026, 11, 24), "repayment"): Counts(searches=1),
    }


def test_shares_of_counts_and_of_none():
    counts = Counts(searches=8, nothing=2, opened=4, placed=4, places=6, settled=5, contacted=1)
    assert (counts.nothing_share, counts.click_through, counts.position) == (0.25, 0.5, 1.5)
    assert (counts.deflected, counts.deflection, counts.few) == (4, 0.8, False)
    none = Counts()
    assert (none.nothing_share, none.click_through, none.position, none.deflection) == (None,) * 4
    assert none.few


def test_searches_in_days_and_topic():
    inside, other, nothing = logged(), logged(topic="fees"), logged(topic="")
    logged(hours=24 * 9)
    log, days = SearchLog.objects.all(), (TODAY - dt.timedelta(days=7), TODAY)
    assert set(analytics.searches_in(log, days)) == {inside, other, nothing}
    assert set(analytics.searches_in(log, days, "fees")) == {other}
    assert set(analytics.searches_in(log, days, NO_TOPIC)) == {nothing}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], Times(0, None, None)),
        ([7], Times(1, 7, 7)),
        ([1, 2, 3, 4], Times(4, 2, 4)),
        ([5] * 9 + [600], Times(10, 5, 5)),
        ([5] * 8 + [600] * 2, Times(10, 5, 600)),
    ],
)
def test_times_are_exact(seconds, expected):
    for each in seconds:
        logged(opened_after=each)
    logged()
    assert analytics.times_to(SearchLog.objects.order_by(), "opened_after") == expected


def test_outcomes_count_each_failure_once():
    article, other = make_article(), make_article("other", "怎么投诉？", ())
    logged(top=other, clicked=article, opened_after=1, helpful=False, contacted_at=NOW)
    logged(top=article, clicked=article, opened_after=1, helpful=False)
    logged(top=article, clicked=article, opened_after=1, contacted_at=NOW)
    logged(top=article, clicked=article, opened_after=1, helpful=True)
    logged(top=article)
    (found,) = analytics.outcomes(SearchLog.objects.order_by())
    assert (found.article, found.shown_first, found.opened) == (article, 4, 4)
    assert (found.unhelpful, found.contacted, found.failed) == (2, 2, 3)


def test_answers_to_write_are_the_failed_searches_of_several_people_together():
    for text, times in (("账单日能改吗", 6), ("怎么改账单日", 5), ("改账单日", 2)):
        for _ in range(times):
            logged(text, results=0, topic="")
    logged("可以借吗", confidence=0.3)  # one person alone
    logged("怎么还款", confidence=0.3, opened_after=4)  # opened something
    logged("有哪些还款方式")  # a clear answer, which its summary may have given
    logged("扣款失败", contacted_at=NOW)  # a clear answer, and still a contact
    found = analytics.answers_to_write(SearchLog.objects.order_by(), 20)
    assert [(g.text, g.others, g.rare, g.searches, g.people, g.nothing) for g in found.groups] == [
        ("账单日能改吗", ["怎么改账单日"], 1, 13, 13, 13)
    ]
    assert (found.searches, found.hidden) == (15, 2)


def test_words_that_few_used_are_not_shown_however_many_asked_the_same():
    """The most frequent spelling is one person's; another one speaks for the group."""
    me = uuid.uuid4()
    for _ in range(8):
        logged("账单日能改吗", results=0, visitor=me)
    for _ in range(5):
        logged("怎么改账单日", results=0)
    (group,) = analytics.answers_to_write(SearchLog.objects.order_by(), 20).groups
    assert (group.text, group.others, group.rare) == ("怎么改账单日", [], 1)
    assert (group.searches, group.people) == (13, 6)


def test_a_group_without_common_words_is_not_shown():
    for text in ("账单日能改吗", "怎么改账单日"):
        for _ in range(4):
            logged(text, results=0)
    found = analytics.answers_to_write(SearchLog.objects.order_by(), 20)
    assert (found.groups, found.hidden) == ([], 8)


def test_one_person_who_asks_three_times_is_not_shown():
    me = uuid.uuid4()
    for text in ("账单日能改吗", "怎么改账单日", "改账单日"):
        logged(text, results=0, visitor=me)
    logged("账单日能改吗", results=0)
    found = analytics.answers_to_write(SearchLog.objects.order_by(), 20)
    assert (found.groups, found.hidden) == ([], 4)


def test_what_is_alike_only_in_its_filling_words_stays_apart():
    for text in ("可以提前还款吗", "可以延期还款吗"):
        for _ in range(5):
            logged(text, results=0)
    found = analytics.answers_to_write(SearchLog.objects.order_by(), 20)
    assert sorted(group.text for group in found.groups) == ["可以延期还款吗", "可以提前还款吗"]


def test_an_answer_to_write_names_the_article_that_is_near():
    article = make_article("repay", "信用卡可以还款吗？", ())
    for text in ("用信用卡还款", "今天天气"):
        for _ in range(5):
            logged(text, results=0)
    found = analytics.answers_to_write(SearchLog.objects.order_by(), 20)
    assert {group.text: group.nearest for group in found.groups} == {
        "用信用卡还款": article,
        "今天天气": None,
    }


def test_the_log_is_not_for_everybody(cast):
    logged()
    readers = [cast.supervisor, cast.analyst, cast.administrator]
    assert [analytics.searches_visible_to(reader).count() for reader in readers] == [1, 1, 1]
    others = [cast.customer, cast.agent, Guest()]
    assert [analytics.searches_visible_to(reader).count() for reader in others] == [0, 0, 0]
