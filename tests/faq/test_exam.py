"""An index that examines itself, on fields that are easy, crowded, or too small to say anything."""

from faq.search import Entry, Index
from faq.search.confidence import SHIPPED, THRESHOLD
from faq.search.exam import Answer, answers, fit

THINGS = [
    "还款日",
    "逾期费",
    "提前结清",
    "银行卡",
    "验证码",
    "登录密码",
    "征信报告",
    "借款合同",
    "催收电话",
    "结清证明",
    "优惠券",
    "担保人",
]
ASKED = [
    "怎么查{}",
    "{}在哪里看",
    "想看一下{}",
    "{}如何查询",
    "帮我查{}",
    "请问{}怎么看",
    "看不到{}",
    "查{}要去哪",
]
ACTS = ["变更", "取消", "办理"]


def field(acts: list[str]) -> list[Entry]:
    """Every thing with every act: entries whose variants differ in the frame only."""
    return [
        Entry(thing + act, ASKED[0].format(thing + act), tuple(ask.format(thing + act) for ask in ASKED[1:]))
        for thing in THINGS
        for act in acts
    ]


def test_an_index_asks_itself_what_it_was_not_told():
    entries = field(ACTS)
    told: list[set[str]] = []

    def build(known: list[Entry]) -> Index:
        told.append({text for entry in known for text in (entry.question, *entry.variants)})
        return Index(known, Index.build([])._synonyms, heard=False)

    found = answers(entries, build)
    everything = {text for entry in entries for text in (entry.question, *entry.variants)}
    assert all(texts < everything for texts in told)
    assert {(answer.answered, answer.right) for answer in found} >= {(True, True), (False, False)}
    assert not any(answer.right and not answer.answered for answer in found)


def test_the_same_entries_make_the_same_judge():
    entries = field(ACTS)
    assert Index.build(entries).judge == Index.build(entries).judge != SHIPPED


def test_few_entries_or_few_variants_leave_the_shipped_judge():
    bare = [Entry(entry.id, entry.question) for entry in field(ACTS)]
    assert [Index.build(known).judge for known in ([], field(ACTS)[:10], bare)] == [SHIPPED] * 3


def test_evidence_is_worth_less_where_the_first_answer_is_often_wrong():
    strong, weak = ((8.0, 5.0, 6.0, 1.0, 5.0, 2.0, 4.0, 5.0), (4.0, 3.0, 5.0, 2.0, 5.0, 1.0, 2.0, 3.0))
    lacking = [Answer(weak, answered=False, right=False)] * 200
    clear, crowded = (
        fit(
            [Answer(strong, answered=True, right=number % 10 < right) for number in range(200)] + lacking,
            SHIPPED,
        )
        for right in (9, 3)
    )
    said = [
        judge.confidence(sum(w * f for w, f in zip(judge.weights, strong, strict=True)))
        for judge in (clear, crowded)
    ]
    assert said[0] >= THRESHOLD > 0.45 > said[1]


def test_trust_is_the_share_of_what_was_found_beside_what_is_shipped():
    seen = [
        Answer((float(number % 7), *[1.0] * 7), answered=number % 7 > 3, right=number % 7 > 4)
        for number in range(300)
    ]
    alone, half, none = (fit(seen, SHIPPED, trust).weights for trust in (1.0, 0.5, 0.0))
    assert none == SHIPPED.weights
    assert [round(weight, 9) for weight in half] == [
        round((a + b) / 2, 9) for a, b in zip(alone, none, strict=True)
    ]
