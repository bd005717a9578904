"""Secrets are never kept; personal data of a customer is masked, and sealed beside it."""

import pytest

from helpdesk.core.passwords import GONE, without_secrets
from helpdesk.core.screen import Screened, screen
from tickets.numbers import new_code

ID_NUMBER = "11010519491231002X"
CODE = "7K2M-0QRS-9XTV-Y5ZZ-ABCD-EFGH-J1K8"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("我的密码是abc12345", f"我的密码是{GONE}"),
        ("登录密码：Qwer!234 登不上", f"登录密码：{GONE} 登不上"),
        ("password is hunter22", f"password is {GONE}"),
        ("验证码 482913", f"验证码 {GONE}"),
        ("短信验证码是4829 快点", f"短信验证码是{GONE} 快点"),
        ("482913是验证码", f"{GONE}是验证码"),
        ("CVV 123", f"CVV {GONE}"),
        ("安全码：0456", f"安全码：{GONE}"),
        ("密码是abcdef，验证码123456", f"密码是{GONE}，验证码{GONE}"),
        ("我的密碼是abc12345", f"我的密碼是{GONE}"),
        ("登入密碼 abc12345", f"登入密碼 {GONE}"),
        ("銀行卡密碼123456", f"銀行卡密碼{GONE}"),
        ("簡訊驗證碼是 123456", f"簡訊驗證碼是 {GONE}"),
        ("校驗碼 123456", f"校驗碼 {GONE}"),
        ("驗證碼收到了 887766", f"驗證碼收到了 {GONE}"),
        ("密码改成 abc12345 了", f"密码改成 {GONE} 了"),
        ("my PIN is 1234", f"my PIN is {GONE}"),
        ("passcode: 123456", f"passcode: {GONE}"),
        ("密码是Ａｂｃ１２３４５！登不上", f"密码是{GONE}！登不上"),  # full-width
        ("验证码１２３４５６", f"验证码{GONE}"),
        ("我的密码是Abc12345登录不了", f"我的密码是{GONE}登录不了"),
        ("my password is sunshine", f"my password is {GONE}"),
        (f"查询码：{CODE}，请查", f"查询码：{GONE}，请查"),
        (CODE.lower().replace("-", " － "), GONE),
        (CODE.replace("-", " "), GONE),
        (CODE.replace("-", ""), GONE),
        ("> " + CODE.replace("-Y5ZZ-", "-\n> Y5ZZ-"), f"> {GONE}"),  # quoted, and the line broken
    ],
)
def test_secrets_are_taken_out(text, kept):
    assert screen(text, mask=True) == Screened(kept, "", True)
    assert screen(text, mask=False) == Screened(kept, "", True)


def test_every_tracking_code_is_known():
    codes = [new_code() for _time in range(50)]
    assert {without_secrets(c.replace("-", sep)) for c in codes for sep in ("-", " ", "")} == {GONE}


@pytest.mark.parametrize(
    "text",
    [
        "忘记密码怎么办",
        "密码忘了！！！！",
        "密码要几位",
        "密码至少8位",
        "密码是 6-16 位字母和数字",
        "收不到验证码",
        "忘記密碼怎麼辦",
        "密碼至少8位",
        "password reset please",
        "forgot password please help",
        "my password is wrong",
        "why is my password invalid",
        "a password of 8 characters",
        "password 1234 characters",
        "I was shopping 12345",
        "验证码 5 分钟内有效",
        "订单 20261125000123 什么时候到账",
        "我借了 10000 元分 12 期",
        "2026-11-25 还的款",
        "12378",
        "订单号 4200 0012 3420 2401 0112 3456 7890",
        "they said that they will call back soon",
        "Transaction 4200001234202401011234567890 was charged twice.",
        "微信 4200001234202401011234567890  A",
        "I paid 5000 into this loan last week",
        "call me after 5 at the office in town, they said that 3000 will come back soon",
        "123e4567-e89b-12d3-a456-426614174000",
    ],
)
def test_what_is_no_secret_is_left_alone(text):
    assert screen(text, mask=True) == Screened(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13800138021", "138******21"),
        (f"身份证 {ID_NUMBER}", "身份证 1101************2X"),
        ("a@example.com", "a***@example.com"),
        ("我住建国路八十八号", "我住***"),
        ("卡号6222021234567890127", "卡号***************0127"),
    ],
)
def test_personal_data_of_the_visitor_is_masked_and_sealed(text, shown):
    assert screen(text, mask=True) == Screened(shown, text, False)
    assert screen(text, mask=False) == Screened(text)
