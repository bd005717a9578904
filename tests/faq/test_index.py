"""The engine on a handful of entries of its own."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from faq.search import Entry, Index
from faq.search.confidence import SHIPPED, THRESHOLD, Signs
from faq.search.space import USUAL, Space, highest
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


def test_a_question_is_no_surer_for_being_endless():
    plain, long, endless = (
        SHIPPED.evidence(Signs(0.5, 0.5, length, 0.5, 0.1, 0.4, 0.2, 0.6, 0.5)) for length in (6, 30, 200)
    )
    assert plain < long == endless


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


@pytest.mark.parametrize(
    ("sign", "more", "surer"),
    [
        ("likeness", 0.8, True),
        ("ratio", 0.9, True),
        ("length", 12, True),
        ("known", 0.7, True),
        ("background", 0.3, False),
        ("expected", 0.6, False),
        ("kinship", 0.3, True),
        ("core", 0.9, True),
        ("nearest", 0.8, False),
    ],
)
def test_each_sign_makes_surer_or_less_sure(sign, more, surer):
    plain = Signs(
        likeness=0.5,
        ratio=0.5,
        length=6,
        known=0.5,
        background=0.1,
        expected=0.4,
        kinship=0.2,
        core=0.6,
        nearest=0.5,
    )
    before, after = (
        SHIPPED.confidence(SHIPPED.evidence(signs)) for signs in (plain, plain._replace(**{sign: more}))
    )
    assert (after > before) == surer
    assert min(before, after) > 0
    assert max(before, after) < 1


def test_many_entries_are_found_by_their_rare_words():
    """Common features stop adding candidates in a large index; the rare ones must be enough."""
    questions = [
        f"{word}{number}号账单怎么还款" for number in range(600) for word in ("房贷", "车贷", "消费")
    ]
    large = Index.build(Entry(text, text) for text in questions)
    assert [large.search(text, 1)[0].entry_id for text in questions[::97]] == questions[::97]


def test_likeness_of_a_space_is_a_cosine():
    space = Space([["ab"], ["cd"]], dict.fromkeys)
    whole, half, nothing = (space.scores(text) for text in ("ab", "ax", "xy"))
    assert whole.likeness == {0: pytest.approx(1)}
    assert whole.known == 1
    assert half.likeness == {0: pytest.approx(0.5**0.5)}
    assert 0 < half.known < 1
    assert nothing == ({}, 0, 0, 0, {})
    assert space.alike(whole.asked, "ab") == pytest.approx(1)
    assert space.alike(whole.asked, "ac") == pytest.approx(0.5)


def test_the_core_of_a_question_is_what_is_rare_in_it():
    """Both times the likeliest entry lacks one character: a rare one, or one that many entries have."""
    texts = [["abc"], ["ax"], ["ay"], ["az"], ["aw"], ["d"]]
    rare_is_lacking, common_is_lacking = (
        Space(texts[:1] + more, dict.fromkeys).scores(text).core
        for more, text in ((texts[1:], "abd"), ([["dx"], ["dy"], ["dz"], ["a"]], "bcd"))
    )
    assert rare_is_lacking < 0.65
    assert common_is_lacking > 0.8
    assert Space(texts, dict.fromkeys).scores("abc").core == pytest.approx(1)


def test_kinship_is_the_mean_likeness_of_the_likeliest_to_the_next_whatever_their_size():
    kin, strangers = (
        Space([["abcd"], [text, text, text], ["xy"]], dict.fromkeys).scores("abcd").kinship
        for text in ("abcd", "aefg")
    )
    assert kin == pytest.approx(1, abs=1e-6)
    assert 0 < strangers < 0.3
    assert Space([["ab"], ["cd"]], dict.fromkeys).scores("ab").kinship == 0


def test_more_is_expected_of_one_more_text_where_the_texts_are_alike():
    """Of one text nothing is known, so it is taken to be as the others are."""
    same, apart, alone = Space([["ab"] * 8, ["cd", "ef", "gh", "ij"], ["kl"]], dict.fromkeys).expected
    assert 1 > same > 0.85
    assert same - 0.2 > alone > apart + 0.2 > 0.2
    assert Space([["ab"], ["cd"]], dict.fromkeys).expected == [pytest.approx(USUAL)] * 2


def test_the_signs_of_a_question_are_seen_beside_its_first_entry():
    ranking = INDEX.rank(INDEX.read("忘记密码怎么办"))
    seen = INDEX._words.scores("忘记密码怎么办")
    signs = ranking.signs(0)
    assert signs.core == pytest.approx(1)
    assert signs.nearest == pytest.approx(1)
    assert (signs.core, signs.kinship) == (seen.core, seen.kinship)
    assert signs.expected == INDEX._words.expected[ranking.candidates[0].number]
    assert INDEX.rank(INDEX.read("忘记密码")).signs(0).nearest < 0.95


def test_feedback_prefers_words_that_variants_use_together():
    """Both of the first two have one word of the question; only the first has what goes with the other."""
    texts = [["ay"], ["az"], ["xy"], ["xy"], ["zw"], ["zw"]]
    plain, fed = (Space(texts, dict.fromkeys, feedback=on).scores("xa").likeness for on in (False, True))
    assert plain[0] == plain[1]
    assert fed[0] > fed[1]


def test_highest_are_the_highest_above_zero():
    assert sorted(highest(np.array([0, 0.1, 0.5, 0.4, 0.9]), 2)) == [2, 4]
    assert highest(np.array([0, 0.1]), 2) == [1]
    assert highest(np.array([0.0]), 2) == []
    assert highest(np.zeros(0), 2) == []
