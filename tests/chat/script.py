"""Socket tests as scripts: open a door, say something, expect something."""

import asyncio
import datetime as dt
import json
import uuid
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from chat.actions import start_conversation
from chat.models import Conversation
from helpdesk.asgi import application
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.models import Staffing, User

ORIGIN = (b"origin", b"http://localhost")
PASSING = {"presence", "ping"}  # frames that most scripts have nothing to say about


class Door:
    """One open socket."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket

    async def say(self, **frame: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(frame))

    async def say_text(self, text: str) -> None:
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def send(self, text: str, **fields: Any) -> str:
        """A ``send`` frame; returns its client_id."""
        client_id = fields.pop("client_id", None) or str(uuid.uuid4())
        await self.say(type="send", client_id=client_id, text=text, **fields)
        return client_id

    async def next(self, *, skip: set[str] = PASSING) -> dict[str, Any]:
        """The next frame; a close is ``{"type": "closed", "code"}``."""
        while True:
            event = await self.socket.receive_output(5)
            if event["type"] == "websocket.close":
                return {"type": "closed", "code": event["code"]}
            frame: dict[str, Any] = json.loads(event["text"])
            if frame["type"] not in skip:
                return frame

    async def until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Skip frames up to one of this type with these fields."""
        while True:
            frame = await self.next(skip=set())
            if frame["type"] == kind and all(frame.get(key) == value for key, value in wanted.items()):
                return frame
            assert frame["type"] != "closed", frame

    async def until_closed(self) -> dict[str, Any]:
        while (frame := await self.next(skip=set()))["type"] != "closed":
            pass
        return frame

    async def texts(self, count: int) -> list[str]:
        return [(await self.until("message"))["text"] for _ in range(count)]

    async def nothing(self, seconds: float = 0.2) -> None:
        """No frame but passing ones for a while."""
        await asyncio.sleep(seconds)
        while not self.socket.output_queue.empty():
            frame = await self.next(skip=set())
            assert frame["type"] in PASSING, frame


@asynccontextmanager
async def door(path: str, headers: tuple[tuple[bytes, bytes], ...] = ()):
    socket = WebsocketCommunicator(application, path, headers=[ORIGIN, *headers])
    connected, code = await socket.connect(timeout=5)
    assert connected, code
    try:
        yield Door(socket)
    finally:
        await socket.disconnect()


@asynccontextmanager
async def visitor_door(conversation: Conversation, *, after: int = 0, token: str | None = None, **more: str):
    """A visitor who has said hello and read the welcome (``door.welcome``)."""
    async with door(f"/ws/chat/{conversation.pk}/") as opened:
        await opened.say(type="hello", token=token or conversation.token, after=after, protocol=1, **more)
        opened.welcome = await opened.until("welcome")
        yield opened


def session_cookie(user: User) -> tuple[bytes, bytes]:
    client = Client()
    client.force_login(user)
    return (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())


@asynccontextmanager
async def desk_door(user: User, *, after: dict[str, int] | None = None):
    """An agent who has said hello and read the welcome."""
    cookie = await sync_to_async(session_cookie)(user)
    async with door("/ws/desk/", (cookie,)) as opened:
        await opened.say(type="hello", after=after or {}, protocol=1)
        opened.welcome = await opened.until("welcome")
        yield opened


def started(**fields: Any) -> Conversation:
    return start_conversation(actor=Guest(), **fields)


begin = sync_to_async(started)


def at_desk(*people: User) -> None:
    """Their desks are open."""
    for person in people:
        there = {"here_until": clock.now() + dt.timedelta(hours=1)}
        Staffing.objects.update_or_create(user=person, defaults=there)


def do(function, *args: Any, **fields: Any):
    """Await a synchronous action."""
    return sync_to_async(function)(*args, **fields)
