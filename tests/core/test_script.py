"""Traditional characters: what the dictionaries mistake is set right, and nothing else is touched."""

import pytest

from helpdesk.core.script import to_traditional


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("换发查询码", "換發查詢碼"),
        ("核查对象", "核查對象"),
        ("提交决定并发给客户", "提交決定並發給客戶"),
        ("在网页里加入", "在網頁裡加入"),
        ("文章已发布", "文章已發布"),
        ("头发、公里、一行代码", "頭髮、公里、一行程式碼"),
        ("已并入另一件", "已併入另一件"),
    ],
)
def test_words_of_the_desk_in_traditional_characters(simplified, traditional):
    assert to_traditional(simplified) == traditional
