"""Correcting a message: an event in the same log; the message itself stays as it was said."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from chat.actions import close_conversation, edit_message, post_message
from chat.actions.edit import WITHIN
from chat.errors import ChatError
from chat.models import Message
from chat.tokens import visitor
from helpdesk.core.errors import ActionForbidden
from tests.chat.script import begin, visitor_door


@pytest.fixture
def said(active, cast):
    return post_message(active, actor=cast.agent, client_id=uuid.uuid4(), text="利率 14.4%")[0]


def test_the_original_stays_in_the_record(active, said, cast, client_of):
    event = edit_message(active, actor=cast.agent, seq=said.seq, text="利率 12%")
    assert (event.seq, event.kind, event.text) == (said.seq + 1, "event", "edited")
    assert event.data == {"seq": said.seq, "text": "利率 12%", "by": "agent"}
    said.refresh_from_db()
    assert said.text == "利率 14.4%"
    page = client_of("agent").get(reverse("chat:record", args=[active.pk])).content.decode()
    assert "利率 12%" in page
    assert "原来写的：利率 14.4%" in page
    form = {"id": str(active.pk), "token": active.token, "format": "txt"}
    kept = client_of("anonymous").post(reverse("chat:transcript"), form).content.decode()
    assert "（已修改）：利率 12%" in kept
    assert "14.4" not in kept


def test_the_same_correction_again_says_nothing_new(active, said, cast):
    first = edit_message(active, actor=cast.agent, seq=said.seq, text="利率 12%")
    assert edit_message(active, actor=cast.agent, seq=said.seq, text="利率 12%").pk == first.pk
    second = edit_message(active, actor=cast.agent, seq=said.seq, text="利率 13%")
    assert second.seq == first.seq + 1


def test_after_a_minute_it_stands(active, said, cast):
    Message.objects.filter(pk=said.pk).update(at=said.at - WITHIN - dt.timedelta(seconds=1))
    with pytest.raises(ChatError) as refused:
        edit_message(active, actor=cast.agent, seq=said.seq, text="利率 12%")
    assert refused.value.code == "too_late"


def test_only_own_words_of_an_open_conversation(active, said, cast):
    with pytest.raises(ActionForbidden):
        edit_message(active, actor=visitor(active), seq=said.seq, text="零利率")
    with pytest.raises(ActionForbidden):  # an event is nobody's
        edit_message(active, actor=cast.agent, seq=1, text="x")
    with pytest.raises(ActionForbidden):
        edit_message(active, actor=cast.other_agent, seq=said.seq, text="x")
    close_conversation(active, actor=cast.agent)
    with pytest.raises(ChatError) as refused:
        edit_message(active, actor=cast.agent, seq=said.seq, text="利率 12%")
    assert refused.value.code == "closed"


def test_what_a_visitor_types_into_a_correction_is_masked_too(active):
    said = post_message(active, actor=visitor(active), client_id=uuid.uuid4(), text="我的号码")[0]
    event = edit_message(active, actor=visitor(active), seq=said.seq, text="号码 13800138021，密码 abcd1234")
    assert "13800138021" not in event.data["text"]
    assert "abcd1234" not in event.data["text"] + event.sealed
    assert "13800138021" in event.sealed
    assert Message.objects.latest("seq").text == "secret"


@pytest.mark.django_db(transaction=True)
async def test_an_edit_is_a_numbered_message_for_both_sides():
    conversation = await begin()
    async with visitor_door(conversation) as visitor_side, visitor_door(conversation) as other:
        await visitor_side.send("您号")
        assert (await visitor_side.until("message"))["seq"] == 1
        await visitor_side.say(type="edit", seq=1, text="您好")
        for side in (visitor_side, other):
            frame = await side.until("message", seq=2)
            assert (frame["author"], frame["kind"], frame["text"]) == ("system", "event", "edited")
            assert frame["data"] == {"seq": 1, "text": "您好", "by": "visitor"}
        await visitor_side.say(type="edit", seq=7, text="您好")
        assert (await visitor_side.until("error"))["code"] == "not_found"
