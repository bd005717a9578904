import pytest

from faq.search.synonyms import Synonyms

SYNONYMS = Synonyms.load()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("early repayment fee", "提前还款手续费"),
        ("how do i repay early", "怎么还款提前"),
        ("late fee", "逾期费用"),
        ("huan kuan fang shi", "huan kuan fang shi"),
        ("women huankuan", "women huankuan"),
        ("hkfs", "hkfs"),
    ],
)
def test_english_is_read_in_chinese_and_pinyin_is_left_alone(typed, read):
    assert SYNONYMS.from_english(typed) == read


def test_concepts_are_the_longest_words_and_none_inside_another():
    assert SYNONYMS.concepts_in("能不能一次性还清") == ["=可以", "=提前还款"]


def test_editors_words_take_the_place_of_ours_and_english_stays():
    own = Synonyms.load({"放款": ["下款", "發放"]})
    assert own == Synonyms({"下款": "=放款", "发放": "=放款"}, SYNONYMS.english)
    assert Synonyms.load({}) == SYNONYMS
