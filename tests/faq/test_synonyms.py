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


def test_a_file_of_an_editor_takes_the_place_of_ours(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('[concepts]\n"放款" = ["下款"]\n[english]\n"hi" = "你好"\n', "utf-8")
    assert Synonyms.load(file) == Synonyms({"下款": "=放款"}, {"hi": "你好"})
