import pytest

from faq.highlight import marked


@pytest.mark.parametrize(
    ("text", "query", "pieces"),
    [
        (
            "提前还款要收手续费吗？",
            "提前還款手續費",
            [("提前还款", True), ("要收", False), ("手续费", True), ("吗？", False)],
        ),
        ("提前還款要收手續費嗎？", "手续费", [("提前還款要收", False), ("手續費", True), ("嗎？", False)]),
        ("怎么下载App？", "APP", [("怎么下载", False), ("App", True), ("？", False)]),
        ("可以吗？", "还款", [("可以吗？", False)]),
        ("可以吗？", "", [("可以吗？", False)]),
        ("", "还款", []),
    ],
)
def test_marked(text, query, pieces):
    assert marked(text, query) == pieces
