"""A real server of our own: it frames what it sends, and ends in order."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from benchmarks.server import Server
from chat.models import Message
from tests.chat.script import begin
from tests.chat.test_kill9 import database_url


@pytest.fixture(scope="module")
def lasting(django_db_setup, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server"), database_url()) as running:
        yield running


@pytest.fixture
def server(lasting, transactional_db):
    return lasting


@pytest.fixture
def mortal(transactional_db, tmp_path):
    """For a test that ends it."""
    with Server(tmp_path, database_url()) as running:
        yield running


def visit(server: Server, path: str):
    return connect(f"ws://127.0.0.1:{server.port}{path}", origin=Origin(server.site), ping_interval=None)


async def say(socket: ClientConnection, **frame) -> None:
    await socket.send(json.dumps(frame, ensure_ascii=False))


def masked(payload: bytes) -> bytes:
    """A client's text frame."""
    key, size = b"\x01\x02\x03\x04", len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + key + bytes(octet ^ key[n % 4] for n, octet in enumerate(payload))


async def until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    frame: dict[str, Any] = {"type": ""}
    while frame["type"] != kind:
        frame = json.loads(await socket.recv())
    return frame


async def test_messages_of_every_length_of_frame_arrive_whole(server):
    conversation = await begin()
    async with visit(server, f"/ws/chat/{conversation.pk}/") as socket:
        await say(socket, type="hello", token=conversation.token, after=0, protocol=1)
        for text in ("a", "甲", "b" * 5_000, "乙" * 5_000):  # up to 125, 65,535 and more octets of payload
            await say(socket, type="send", client_id=str(uuid.uuid4()), text=text)
            assert (await until(socket, "message"))["text"] == text
        many = "丙" * 4_000
        for _ in range(12):
            await say(socket, type="send", client_id=str(uuid.uuid4()), text=many)
        assert [(await until(socket, "message"))["text"] for _ in range(12)] == [many] * 12


async def test_a_frame_that_arrives_in_pieces_or_with_others_is_read_like_any_other(server):
    conversation = await begin()
    texts = ["a", "b" * 130, "丙" * 30, "d" * 5_000, "e"]
    frames = [{"type": "send", "client_id": str(uuid.uuid4()), "text": text} for text in texts]
    octets = b"".join(masked(json.dumps(frame, ensure_ascii=False).encode()) for frame in frames)
    async with visit(server, f"/ws/chat/{conversation.pk}/") as socket:
        await say(socket, type="hello", token=conversation.token, after=0, protocol=1)
        await until(socket, "welcome")
        for start in range(0, len(octets), 97):
            socket.transport.write(octets[start : start + 97])
            await asyncio.sleep(0.001)
        assert [(await until(socket, "message"))["text"] for _ in texts] == texts


@pytest.mark.parametrize(
    "octets",
    [b"\x81\x02hi", b"\x81\xfe\x00\x02\0\0\0\0hi", b"\x81\x82\0\0\0\0\xff\xfe", b"\x81\x80\0\0\0\0"],
    ids=["unmasked", "longer length than needed", "not UTF-8", "empty"],
)
async def test_a_frame_that_is_not_as_it_should_be_ends_its_connection(server, octets):
    conversation = await begin()
    async with visit(server, f"/ws/chat/{conversation.pk}/") as socket:
        socket.transport.write(octets)
        with pytest.raises(ConnectionClosed):
            while True:
                await socket.recv()


async def test_sigterm_finishes_what_was_taken_and_says_goodbye(mortal):
    conversation = await begin()
    async with visit(mortal, f"/ws/chat/{conversation.pk}/") as socket:
        await say(socket, type="hello", token=conversation.token, after=0, protocol=1)
        await until(socket, "welcome")
        for n in range(100):
            await say(socket, type="send", client_id=str(uuid.uuid4()), text=f"{n}")
        await until(socket, "ack")
        ended = asyncio.create_task(asyncio.to_thread(mortal.stop))
        acked = 1
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                acked += json.loads(await socket.recv())["type"] == "ack"
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert await ended == 0
    stored = [m.text async for m in Message.objects.filter(conversation=conversation).order_by("seq")]
    assert stored == [f"{n}" for n in range(acked)]
    assert b"Traceback" not in await sync_to_async(mortal.traces)()


async def test_an_idle_server_ends_at_once(mortal):
    assert await asyncio.to_thread(mortal.stop) == 0
