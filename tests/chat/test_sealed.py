"""Secrets are never stored; the visitor's personal data is masked, sealed, and revealed with a reason."""

import uuid

import pytest
from django.db import connection
from django.urls import reverse

from chat.actions import post_message, reveal_message
from chat.events import message_frame
from chat.models import Message
from chat.queries import transcript_of
from chat.tokens import visitor
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import AuditEntry
from helpdesk.core.passwords import GONE

ID_NUMBER = "11010519491231002X"
CARD = "6222 0200 0000 0000 008"
DATA = "我的手机13800138021，身份证11010519491231002X"
SHOWN = "我的手机138******21，身份证1101************2X"


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
