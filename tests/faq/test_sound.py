import pytest

from faq.search.sound import cut, initials, sound_of_pair, syllables


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("还款方式", "huan kuan fang shi"),
        ("重复扣款", "chong fu kou kuan"),
        ("怎么还钱", "zen me huan qian"),
        ("还有多少", "hai you duo shao"),
        ("银行卡", "yin hang ka"),
        ("mima忘了", "mi ma wang le"),
        ("huankuan", "huan kuan"),
        ("huan kuan", "huan kuan"),
        ("tiqianhuank", "ti qian huan"),
    ],
)
def test_syllables(text, spoken):
    assert " ".join(syllables(text)) == spoken


@pytest.mark.parametrize(
    ("letters", "clean"),
    [("huankuan", True), ("huank", True), ("yuqi", True), ("hkfs", False), ("xn", False)],
)
def test_cut_knows_pinyin_from_an_abbreviation(letters, clean):
    assert cut(letters)[1] is clean


def test_initials_of_characters_and_of_pinyin_are_the_same():
    assert initials("还款方式") == initials("huankuanfangshi") == initials("hkfs") == "hkfs"


def test_a_homophone_sounds_the_same():
    assert sound_of_pair("逾期") == sound_of_pair("逾其") == sound_of_pair("预期") == "yu qi"
