import pytest

from faq.search.normalise import LONGEST, normalise


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("提前還款要不要手續費！！", "提前还款要不要手续费"),
        ("１Ｗ块一天多少利息？", "1万块一天多少利息"),
        ("借5k，分12期", "借5千分12期"),
        ("5km", "5km"),
        ("YuQi", "yuqi"),
        ("  early   Repayment? ", "early repayment"),
        ("我 想 还 钱", "我想还钱"),
        ("huan kuan fang shi", "huan kuan fang shi"),
        ("您好，请问一下怎么还款？谢谢", "怎么还款"),
        ("你好", "你好"),
        ("a\ud800b\x00c", "ab c"),
        ("😀 ／！？…", ""),
        ("", ""),
    ],
)
def test_normalise_gives_one_spelling(typed, searched):
    assert normalise(typed) == searched


def test_normalise_looks_at_so_many_characters_only():
    assert len(normalise("ﷺ" * 5_000)) <= LONGEST
    assert normalise("还" * 20_000) == "还" * LONGEST
