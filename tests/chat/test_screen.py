"""Secrets are never stored; the visitor's personal data is masked, sealed, and revealed with a reason."""

import uuid

import pytest
from django.db import connection
from django.urls import reverse

from chat.actions import post_message, reveal_message
from chat.events import message_frame
from chat.models import Message
from chat.queries import transcript_of
from chat.screen import GONE, Screened, screen
from chat.tokens import visitor
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import AuditEntry

ID_NUMBER = "11010519491231002X"
CARD = "6222 0200 0000 0000 008"
DATA = "我的手机13800138021，身份证11010519491231002X"
SHOWN = "我的手机138******21，身份证1101************2X"


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
        ("my password is sunshine", f"my password is {GONE}"),
    ],
)
def test_secrets_are_taken_out(text, kept):
    assert screen(text, mask=True) == Screened(kept, "", True)
    assert screen(text, mask=False) == Screened(kept, "", True)


@pytest.mark.parametrize(
    "text",
    [
        "忘记密码怎么办",
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


def say(conversation, text, actor=None, client_id=None):
    actor = actor or visitor(conversation)
    return post_message(conversation, actor=actor, client_id=client_id or uuid.uuid4(), text=text)


def test_nothing_that_leaves_the_row_shows_the_data(active, cast, client_of):
    message, _created = say(active, DATA)
    assert message.text == message_frame(message)["text"] == SHOWN
    assert SHOWN in transcript_of(active)
    desk = str(client_of("agent").get(reverse("chat:conversation", args=[active.pk])).content, "utf-8")
    assert SHOWN in desk
    assert "13800138021" not in desk
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, sealed FROM chat_message WHERE seq = %s", [message.seq])
        row = " ".join(cursor.fetchone())
    assert ("13800138021" in row, ID_NUMBER in row) == (False, False)


def test_a_secret_is_nowhere_and_its_sender_is_told(active):
    message, _created = say(active, "密码是Topsecret99，手机13800138021")
    stored = Message.objects.get(pk=message.pk)
    assert (stored.text, stored.sealed) == (
        f"密码是{GONE}，手机138******21",
        f"密码是{GONE}，手机13800138021",
    )
    told = Message.objects.latest("seq")
    assert (told.seq, told.kind, told.text, told.data) == (
        message.seq + 1,
        "event",
        "secret",
        {"by": "visitor"},
    )
    assert "Topsecret99" not in str(list(Message.objects.values())) + str(list(AuditEntry.objects.values()))


def test_a_repeat_is_answered_as_it_was_stored(active):
    client_id = uuid.uuid4()
    say(active, DATA, client_id=client_id)
    again, created = say(active, DATA, client_id=client_id)
    assert (again.text, created, Message.objects.filter(author_kind="visitor").count()) == (SHOWN, False, 1)


def test_what_an_agent_writes_can_be_read(active, cast):
    assert say(active, "请拨打13800138021", actor=cast.agent)[0].text == "请拨打13800138021"


def test_revealing_needs_the_right_and_leaves_a_trace(active, cast):
    message, _created = say(active, DATA)
    assert reveal_message(active, actor=cast.agent, seq=message.seq, reason="核对身份") == DATA
    assert reveal_message(active, actor=cast.supervisor, seq=message.seq, reason="复核") == DATA
    for actor in (cast.other_agent, cast.analyst, cast.administrator, visitor(active)):
        with pytest.raises(ActionForbidden):
            reveal_message(active, actor=actor, seq=message.seq, reason="看看")  # type: ignore[arg-type]
    trail = AuditEntry.objects.filter(verb="conversation.message_revealed")
    assert [entry.actor for entry in trail] == [cast.agent, cast.supervisor]
    assert trail[0].data == {"seq": message.seq, "reason": "<4 characters>"}
    assert active.notes.first().text == f"查看了第 {message.seq} 条消息的原文，原因：核对身份"


def test_the_page_shows_it_once(active, cast, client_of):
    message, _created = say(active, DATA)
    agent = client_of("agent")
    shown = agent.post(reverse("chat:reveal", args=[active.pk]), {"seq": message.seq, "reason": "核对身份"})
    assert DATA in str(shown.content, "utf-8")
    again = agent.get(reverse("chat:conversation", args=[active.pk]))
    assert DATA not in str(again.content, "utf-8")
