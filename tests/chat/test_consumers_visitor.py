import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from chat import events
from chat.actions import (
    accept_conversation,
    close_conversation,
    post_message,
    release_conversation,
    route,
    start_conversation,
)
from chat.consumers.visitor import read_welcomes
from chat.models import Conversation, Message
from chat.tokens import visitor as visitor_of
from helpdesk.asgi import application
from helpdesk.core import events as core_events
from helpdesk.core.actors import Guest
from helpdesk.core.models import Presence
from helpdesk.core.staffing.actions import set_presence
from tests.chat.script import ORIGIN, begin, desk_door, do, door, visitor_door
from tests.chat.test_routing import on_duty

pytestmark = pytest.mark.django_db(transaction=True)


def say(conversation, text, actor=None):
    actor = actor or visitor_of(conversation)
    return post_message(conversation, actor=actor, client_id=uuid.uuid4(), text=text)


def say_many(conversation, count):
    for n in range(count):
        say(conversation, str(n))


@sync_to_async
def stored(conversation):
    return list(
        Message.objects.filter(conversation=conversation).order_by("seq").values_list("text", flat=True)
    )


# --- Hello ----------------------------------------------------------------------------------------------


async def test_welcome_says_where_one_stands():
    await begin()
    conversation = await begin(name="王小明")
    async with visitor_door(conversation) as visitor:
        assert visitor.welcome == {
            "type": "welcome",
            "protocol": 1,
            "seq": 0,
            "you": "visitor",
            "conversation": str(conversation.pk),
            "state": "waiting",
            "queue_position": 2,
            "visitor_read": 0,
            "agent_read": 0,
        }


async def test_wrong_token_unknown_and_impossible_ids_answer_alike():
    conversation, other = await begin(), await begin()
    answers = []
    for pk, token in [
        (conversation.pk, other.token),
        (conversation.pk, ""),
        (conversation.pk, "nonsense"),
        (uuid.uuid4(), conversation.token),
        ("not-an-id", conversation.token),
    ]:
        async with door(f"/ws/chat/{pk}/") as stranger:
            await stranger.say(type="hello", token=token, after=0, protocol=1)
            answers.append([await stranger.next(), await stranger.next()])
    assert answers[0][0]["code"] == "not_found"
    assert answers[0][1] == {"type": "closed", "code": 4404}
    assert answers == [answers[0]] * 5


async def test_the_cookie_is_as_good_as_the_token():
    conversation = await begin()
    cookie = (b"cookie", f"other=1; chat_token={conversation.token}".encode())
    async with door(f"/ws/chat/{conversation.pk}/", (cookie,)) as visitor:
        await visitor.say(type="hello", after=0, protocol=1)
        assert (await visitor.next())["type"] == "welcome"


async def test_no_hello_in_time_is_closed(settings):
    settings.SOCKET_HELLO_SECONDS = 0.05
    async with door(f"/ws/chat/{uuid.uuid4()}/") as stranger:
        assert await stranger.next() == {"type": "closed", "code": 4408}


async def test_nothing_is_heard_before_hello():
    conversation = await begin()
    async with door(f"/ws/chat/{conversation.pk}/") as stranger:
        await do(say, conversation, "秘密")
        await stranger.nothing()


@pytest.mark.parametrize("headers", [[], [(b"origin", b"http://evil.example")], [(b"origin", b"null")]])
async def test_a_foreign_origin_is_refused(headers):
    conversation = await begin()
    for path in (f"/ws/chat/{conversation.pk}/", "/ws/desk/"):
        socket = WebsocketCommunicator(application, path, headers=headers)
        assert (await socket.connect(timeout=5))[0] is False
        await socket.disconnect()


async def test_an_unknown_address_is_refused():
    socket = WebsocketCommunicator(application, "/ws/nowhere/", headers=[ORIGIN])
    assert (await socket.connect(timeout=5))[0] is False
    await socket.disconnect()


# --- Messages ------------------------------------------------------------------------------------------


async def test_a_message_is_acknowledged_and_comes_back():
    async with visitor_door(await begin()) as visitor:
        client_id = await visitor.send("我想提前还款")
        frames = {f["type"]: f for f in [await visitor.next(), await visitor.next()]}
    message, ack = frames["message"], frames["ack"]
    assert (ack["client_id"], ack["seq"]) == (client_id, 1)
    assert message.pop("id")
    assert message == {
        "type": "message",
        "conversation": ack["conversation"],
        "seq": 1,
        "client_id": client_id,
        "author": "visitor",
        "kind": "text",
        "text": "我想提前还款",
        "at": ack["at"],
    }


async def test_one_senders_messages_are_stored_in_the_order_sent():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        for n in range(60):
            await visitor.send(str(n))
        assert await visitor.texts(60) == [str(n) for n in range(60)]
    assert await stored(conversation) == [str(n) for n in range(60)]


async def test_a_retry_is_acknowledged_and_stored_once():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        client_id = await visitor.send("一")
        first = await visitor.until("ack")
        await visitor.send("一", client_id=client_id.upper())
        assert await visitor.until("ack") == first
    async with visitor_door(conversation, after=1) as visitor:
        await visitor.send("一", client_id=client_id)
        assert await visitor.until("ack") == first
        await visitor.nothing()
    assert await stored(conversation) == ["一"]


async def test_what_was_not_saved_says_so_with_its_client_id():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        client_id = await visitor.send("   ")
        error = await visitor.until("error")
        assert (error["code"], error["client_id"]) == ("text_empty", client_id)
        await do(close_conversation, conversation, actor=visitor_of(conversation))
        client_id = await visitor.send("还在吗")
        error = await visitor.until("error")
        assert (error["code"], error["client_id"]) == ("closed", client_id)
    assert await stored(conversation) == ["closed"]


async def test_too_many_unanswered_sends_are_refused_not_lost(settings):
    settings.CHAT_PENDING_SENDS = 3
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        sent = [await visitor.send(str(n)) for n in range(20)]
        outcomes: dict[str, str] = {}
        while len(outcomes) < 20:
            frame = await visitor.next()
            if frame["type"] in ("ack", "error"):
                outcomes[frame["client_id"]] = frame.get("code", "ack")
    assert set(outcomes.values()) == {"ack", "too_fast"}
    assert len(await stored(conversation)) == [outcomes[c] for c in sent].count("ack")


async def test_a_message_sent_just_before_leaving_is_stored():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        for n in range(5):
            await visitor.send(str(n))
        await visitor.say(type="ping")
        await visitor.until("pong")
    for _ in range(100):
        if len(texts := await stored(conversation)) == 5:
            break
        await asyncio.sleep(0.05)
    assert texts == ["0", "1", "2", "3", "4"]


# --- Resuming --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "expected"), [(0, 250), (249, 1), (250, 0), (2**31 - 1, 0)])
async def test_resume_delivers_what_came_after(after, expected):
    conversation = await begin()
    await do(say_many, conversation, 250)
    async with visitor_door(conversation, after=after) as visitor:
        assert await visitor.texts(expected) == [str(n) for n in range(250 - expected, 250)]
        await do(say, conversation, "live")
        assert await visitor.texts(1) == ["live"]


async def test_nothing_is_lost_or_doubled_around_a_reconnect():
    conversation = await begin()
    writing = asyncio.ensure_future(do(say_many, conversation, 120))
    got: list[int] = []
    while len(got) < 120:
        async with visitor_door(conversation, after=len(got)) as visitor:
            for _ in range(17):
                if len(got) < 120:
                    got.append((await visitor.until("message"))["seq"])
    await writing
    assert got == list(range(1, 121))


async def test_a_message_committed_during_the_first_read_is_delivered():
    conversation = await begin()
    for n in range(40):
        writing = asyncio.ensure_future(do(say, conversation, str(n)))
        await asyncio.sleep(n % 8 / 1000)
        async with visitor_door(conversation, after=n) as visitor:
            assert await visitor.texts(1) == [str(n)]
        await writing


async def test_two_sockets_see_one_order_from_many_writers(cast):
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    async with (
        visitor_door(conversation) as one,
        visitor_door(conversation) as two,
        desk_door(cast.agent) as desk,
    ):
        for n in range(20):
            await one.send(f"a{n}")
            await two.send(f"b{n}")
            await desk.send(f"c{n}", conversation=str(conversation.pk))
        views = [[(await d.until("message"))["text"] for _ in range(61)] for d in (one, two, desk)]
    assert views[0] == views[1] == views[2] == await stored(conversation)
    for sender in "abc":
        assert [text for text in views[0] if text.startswith(sender)] == [f"{sender}{n}" for n in range(20)]


async def test_a_gap_is_filled_from_the_database():
    """An event that got lost or came late must not leave a hole (several processes, a bus that was away)."""
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        await visitor.send("first")
        # What was there has been read; from here on it is live.
        assert {(await visitor.next())["type"] for _ in range(2)} == {"ack", "message"}
        deaf = core_events.hub.fan_out
        core_events.hub.fan_out = lambda group, event: None  # type: ignore[method-assign]
        try:
            await do(say, conversation, "lost")
        finally:
            core_events.hub.fan_out = deaf  # type: ignore[method-assign]
        await visitor.nothing(0.1)
        await do(say, conversation, "heard")
        assert await visitor.texts(2) == ["lost", "heard"]


async def test_events_out_of_order_and_twice_are_put_right():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        heard: list[tuple[str, Any]] = []
        real = core_events.hub.fan_out
        core_events.hub.fan_out = lambda group, event: heard.append((group, event))  # type: ignore[method-assign]
        try:
            await do(say_many, conversation, 5)
        finally:
            core_events.hub.fan_out = real  # type: ignore[method-assign]
        messages = [item for item in heard if item[1]["type"] == "message"]
        for index in (4, 2, 2, 0, 3, 1, 0, 4):
            real(*messages[index])
        assert await visitor.texts(5) == ["0", "1", "2", "3", "4"]
        await visitor.nothing()


async def test_resync_reads_again():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        real = core_events.hub.fan_out
        core_events.hub.fan_out = lambda group, event: None  # type: ignore[method-assign]
        try:
            await do(say, conversation, "lost")
        finally:
            core_events.hub.fan_out = real  # type: ignore[method-assign]
        core_events.hub.fan_out_to_all(core_events.RESYNC)
        assert await visitor.texts(1) == ["lost"]


# --- Slow, silent, and heartbeats ---------------------------------------------------------------------------


async def test_a_reader_that_does_not_confirm_is_closed_and_resumes(settings):
    settings.SOCKET_WINDOW_BYTES, settings.SOCKET_QUEUE = 20_000, 10
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        await do(say, conversation, "first")
        received = len(await visitor.texts(1))
        await do(say_many, conversation, 199)
        while (frame := await visitor.next(skip=set()))["type"] != "closed":
            received += frame["type"] == "message"
    assert frame["code"] == 4429
    assert 0 < received < 200
    async with visitor_door(conversation, after=received) as visitor:
        got: list[str] = []
        while len(got) < 200 - received:
            frame = await visitor.next(skip=set())
            if frame["type"] == "ping":
                await visitor.say(type="pong", n=frame["n"])
            elif frame["type"] == "message":
                got.append(frame["text"])
    assert got == [str(n) for n in range(received - 1, 199)]


async def test_a_neighbour_of_a_slow_reader_is_unaffected(settings):
    settings.SOCKET_WINDOW_BYTES, settings.SOCKET_QUEUE = 20_000, 40
    conversation = await begin()
    async with visitor_door(conversation), visitor_door(conversation) as quick:
        got: list[str] = []
        for _ in range(5):  # fewer at a time than may wait for one who reads
            writing = asyncio.ensure_future(do(say_many, conversation, 30))
            for _ in range(30):
                while (frame := await quick.next(skip=set()))["type"] != "message":
                    assert frame["type"] != "closed"
                    if frame["type"] == "ping":
                        await quick.say(type="pong", n=frame["n"])
                got.append(frame["text"])
            await writing
    assert got == [str(n) for n in range(30)] * 5


async def test_a_silent_client_is_closed_and_a_pinging_one_is_not(settings):
    settings.SOCKET_SILENT_SECONDS, settings.SOCKET_CHECK_SECONDS = 0.4, 0.05
    conversation = await begin()
    async with visitor_door(conversation) as silent, visitor_door(conversation) as alive:
        for n in range(8):
            await asyncio.sleep(0.1)
            await alive.say(type="ping", n=n)
            assert await alive.next() == {"type": "pong", "n": n}
        assert await silent.next() == {"type": "closed", "code": 4408}


# --- The other frames ------------------------------------------------------------------------------------


async def test_the_agent_joins_and_both_are_told(cast):
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        await do(accept_conversation, conversation, actor=cast.agent)
        frames = {frame["type"]: frame for frame in [await visitor.next(), await visitor.next()]}
    message, state = frames["message"], frames["state"]
    assert (message["author"], message["kind"], message["text"]) == ("system", "event", "joined")
    assert message["data"] == {"name": "丙坐席"}
    assert (state["type"], state["state"], state["agent"]) == ("state", "active", "丙坐席")


async def test_places_in_the_queue_move_up(cast):
    first, second = await begin(), await begin()
    async with visitor_door(second) as visitor:
        assert visitor.welcome["queue_position"] == 2
        await do(accept_conversation, first, actor=cast.agent)
        moved = await visitor.until("state")
        assert (moved["state"], moved["queue_position"]) == ("waiting", 1)
        await do(release_conversation, first, actor=cast.agent)
        assert (await visitor.until("state"))["queue_position"] == 2


async def test_a_place_that_comes_late_does_not_put_a_served_visitor_back(cast):
    conversation = await begin()
    late = {"type": "queue", "positions": {str(conversation.pk): 1}, "waits": {}}
    async with visitor_door(conversation) as visitor:
        for verb, actor in (
            (accept_conversation, cast.agent),
            (close_conversation, visitor_of(conversation)),
        ):
            state = (await do(verb, conversation, actor=actor)).state
            await visitor.until("state", state=state)
            core_events.hub.fan_out(events.QUEUE, late)
        await visitor.nothing()


async def test_the_wait_is_told_anew_when_people_come_and_go(cast):
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        assert "wait_estimate" not in visitor.welcome
        await do(on_duty, cast.agent)
        await do(route)
        assert (await visitor.until("state"))["wait_estimate"] == 15
        await do(set_presence, cast.agent, actor=cast.agent, presence=Presence.OFF)
        await do(route)
        assert "wait_estimate" not in await visitor.until("state")
        await do(route)
        await visitor.nothing()


async def test_the_conversation_follows_the_language_that_its_visitor_reads():
    conversation = await begin(bot=True)
    async with visitor_door(conversation, language="en"):
        await asyncio.sleep(0.1)
    assert (await do(Conversation.objects.get)).language == "en"
    async with door(f"/ws/chat/{conversation.pk}/") as opened:
        await opened.say(type="hello", token=conversation.token, after=0, protocol=1, language="xx")
        assert (await opened.until("error"))["field"] == "language"


async def test_typing_and_presence_pass_and_are_never_stored(cast):
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    pk = str(conversation.pk)
    async with desk_door(cast.agent) as desk:
        async with visitor_door(conversation) as visitor:
            assert (await desk.until("presence", on=True))["who"] == "visitor"
            assert (await visitor.until("presence", on=True))["who"] == "agent"
            await visitor.say(type="typing", on=True)
            assert await desk.until("typing") == {
                "type": "typing",
                "conversation": pk,
                "who": "visitor",
                "on": True,
            }
            await desk.say(type="typing", on=True, conversation=pk)
            assert (await visitor.until("typing"))["who"] == "agent"
        assert (await desk.until("presence", on=False))["who"] == "visitor"
    assert await stored(conversation) == ["joined"]


async def test_a_visitor_who_polls_is_there_too(cast):
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    address = f"/api/v1/conversations/{conversation.pk}/messages"
    async with desk_door(cast.agent) as desk:
        await AsyncClient().get(address, headers={"Authorization": f"Bearer {conversation.token}"})
        assert (await desk.until("presence", on=True))["who"] == "visitor"


async def test_a_second_tab_keeps_the_visitor_present(cast):
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    async with desk_door(cast.agent) as desk, visitor_door(conversation):
        async with visitor_door(conversation):
            pass
        await desk.until("presence", on=False)
        await desk.until("presence", on=True)


async def test_read_marks_reach_the_other_side(cast):
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    async with visitor_door(conversation) as visitor, desk_door(cast.agent) as desk:
        await visitor.say(type="read", seq=1)
        expected = {"type": "read", "conversation": str(conversation.pk), "who": "visitor", "seq": 1}
        assert await desk.until("read") == expected
    assert (await Conversation.objects.aget()).visitor_read == 1


async def test_rate_and_close():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        await visitor.say(type="rate", score=5, text="谢谢")
        assert (await visitor.until("state"))["score"] == 5
        await visitor.say(type="rate", score=1)
        assert (await visitor.until("error"))["code"] == "already_rated"
        await visitor.say(type="close")
        assert (await visitor.until("message"))["data"] == {"by": "visitor"}
        assert (await visitor.until("state"))["state"] == "closed"
        await visitor.say(type="close")
        assert (await visitor.until("error"))["code"] == "conflict"


async def test_closing_waits_for_what_was_sent_before():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        for n in range(5):
            await visitor.send(str(n))
        await visitor.say(type="close")
        await visitor.until("state", state="closed")
    assert await stored(conversation) == ["0", "1", "2", "3", "4", "closed"]


async def test_a_visitor_hears_nothing_of_others(cast):
    mine = await begin()
    other = await sync_to_async(start_conversation)(actor=Guest())
    async with visitor_door(mine) as visitor:
        await do(accept_conversation, mine, actor=cast.agent)
        assert {(await visitor.next())["type"] for _ in range(2)} == {"message", "state"}
        await do(accept_conversation, other, actor=cast.agent)
        await do(say, other, "秘密")
        await visitor.nothing()


async def test_many_who_come_back_at_once_are_read_together():
    """Each is told its own conversation and place; a wrong token among them stays outside."""
    rows = [await begin(topic="repayment") for _ in range(6)]
    async with AsyncExitStack() as stack:
        doors = await asyncio.gather(*(stack.enter_async_context(visitor_door(row)) for row in rows))
        told = [opened.welcome for opened in doors]
    assert [w["conversation"] for w in told] == [str(row.pk) for row in rows]
    assert [w["queue_position"] for w in told] == [1, 2, 3, 4, 5, 6]
    asked = [(row.pk, row.token) for row in rows] + [(rows[0].pk, "wrong"), (rows[1].pk, rows[0].token)]

    def read():
        with CaptureQueriesContext(connection) as queries:
            return read_welcomes(asked), len(queries)

    found, queries = await do(read)
    assert [row and row.pk for row, _ in found] == [row.pk for row in rows] + [None, None]
    assert queries <= 4  # conversations, places, and the pace of the queue
