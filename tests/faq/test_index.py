"""The engine on a handful of entries of its own."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from faq.search import Entry, Index
from faq.search.confidence import THRESHOLD, confidence
from faq.search.space import Space, best
from tests.faq.factories import ENTRIES

INDEX = Index.build(ENTRIES)
NONSENSE = [
    "",
    "   ",
    "\t\r\n",
    "😀😀😀",
    "？？？！！",
    "\x00\x01\x02",
    "\ud800",
    "' OR 1=1; DROP TABLE faq_article;--",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "a" * 2_000,
    "0" * 2_000,
    "zhuang" * 400,
    "ﷺ" * 2_000,
    "̀" * 500,
]


@pytest.mark.parametrize(
    ("query", "entry"),
    [
        ("怎么还钱啊", "methods"),
        ("有哪些还款方式", "methods"),
        ("提前還款要不要手續費", "early-fee"),
        ("提前結清可以嗎", "early"),
        ("hkfs", "methods"),
        ("cfkk", "twice"),
        ("yuqi", "overdue"),
        ("lixi zenme jisuan", "interest"),
        ("mima忘了", "password"),
        ("tousu", "complain"),
        ("逾其了会怎样", "overdue"),
        ("重复口款", "twice"),
        ("利息咋算", "interest"),
        ("1w一天多少利息", "interest"),
        ("忘记蜜码了", "password"),
        ("how do I repay", "methods"),
        ("early repayment fee", "early-fee"),
        ("forgot password", "password"),
        ("privacy", "privacy"),
        ("complaint", "complain"),
    ],
)
def test_search_puts_the_right_entry_first(query, entry):
    assert INDEX.search(query)[0].entry_id == entry


def test_search_says_why_and_by_which_text():
    reasons = {
        query: INDEX.search(query, 1)[0].reason for query in ("怎么还钱？", "怎么还钱啊", "yuqi", "hkfs")
    }
    assert reasons == {"怎么还钱？": "exact", "怎么还钱啊": "words", "yuqi": "sound", "hkfs": "initials"}
    assert INDEX.search("扣我两次钱", 1)[0].matched_text == "扣了我两次钱"


def test_a_homophone_is_found_by_its_sound_alone():
    assert [match.entry_id for match in INDEX.search("鱼其")] == ["overdue"]
    assert INDEX.search("鱼桌") == []


def test_search_keeps_to_the_limit_and_never_rises_in_confidence():
    found = INDEX.search("还款怎么办", 4)
    assert len(found) == 4
    assert [m.confidence for m in found] == sorted((m.confidence for m in found), reverse=True)
    assert len({m.entry_id for m in found}) == 4


@pytest.mark.parametrize("query", ["怎么投诉", "忘记密码怎么办？", "重複扣款怎麼辦", "hkfs"])
def test_a_plain_question_is_answered_with_confidence(query):
    assert INDEX.search(query)[0].confidence >= THRESHOLD


@pytest.mark.parametrize(
    "query", ["今天天气怎么样", "帮我写一首诗", "附近有加油站吗", "abc", "的", *NONSENSE]
)
def test_what_no_entry_answers_is_not_answered_with_confidence(query):
    assert all(match.confidence < THRESHOLD for match in INDEX.search(query))


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_takes_no_time(query):
    INDEX.search(query)
    started = time.process_time()
    INDEX.search(query)
    assert time.process_time() - started < 0.05


def test_text_without_words_finds_nothing():
    assert [INDEX.search(query) for query in ("", "  ", "😀", "？！", "\x00")] == [[]] * 5


def test_an_index_without_entries_finds_nothing():
    empty = Index.build([])
    assert (len(empty), empty.search("还款"), empty.search("hkfs")) == (0, [], [])


def test_entries_may_be_empty_long_or_repeated():
    odd = Index.build(
        [Entry(1, "", ("",)), Entry(2, "😀"), Entry(3, "还款" * 500), Entry(4, "还款", ("还款", "還款"))]
    )
    assert [odd.search(text) for text in ("", "😀", "？")] == [[]] * 3
    assert odd.search("还款", 1)[0] == odd.search("還款？", 1)[0]
    assert odd.search("还款", 1)[0].entry_id == 4


def test_building_and_searching_are_pure():
    other = Index.build(ENTRIES)
    queries = ["怎么还钱啊", "hkfs", "yuqi", "提前還款", "今天天气怎么样"] * 20
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(INDEX.search, queries)) == [other.search(query) for query in queries]


def test_more_evidence_and_a_longer_lead_make_surer():
    assert confidence(0.2) < confidence(0.5) < confidence(0.5, 0.4) < 1
    assert confidence(0.5, 0.1) == confidence(0.5)


def test_many_entries_are_found_by_their_rare_words():
    """Common features stop adding candidates in a large index; the rare ones must be enough."""
    questions = [
        f"{word}{number}号账单怎么还款" for number in range(600) for word in ("房贷", "车贷", "消费")
    ]
    large = Index.build(Entry(text, text) for text in questions)
    assert [large.search(text, 1)[0].entry_id for text in questions[::97]] == questions[::97]


def test_likeness_of_a_space_is_a_cosine():
    space = Space([["ab"], ["cd"]], lambda text: dict.fromkeys(text, 1.0))
    scores, known = space.scores("ab")
    assert scores == {0: pytest.approx(1)}
    assert known == 1
    half, known = space.scores("ax")
    assert half == {0: pytest.approx(0.5**0.5)}
    assert 0 < known < 1
    assert space.scores("xy") == ({}, 0.0)


def test_best_keeps_the_highest_and_their_ties():
    assert sorted(best({1: 0.1, 2: 0.5, 3: 0.5, 4: 0.9}, 2)) == [2, 3, 4]
    assert best({1: 0.1}, 2) == [1]
