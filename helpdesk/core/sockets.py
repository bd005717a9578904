"""The lean base of our WebSocket consumers.

It leaves out Channels' thread hop around every event (one slow query would hold up all sockets of
the process) and adds what every socket here needs: a strict reader, a bounded outgoing side with
flow control, heartbeats, and an orderly end. docs/chat-protocol.md describes what the client sees.
"""

import asyncio
import json
import logging
import weakref
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings

from helpdesk.core.strict_json import InputError, read_object

log = logging.getLogger(__name__)

Frame = dict[str, Any]
BAD_FRAMES = 10  # more of them close the connection
CONFIRM_BYTES = 64 * 1024  # sent between two requests to confirm
CONFIRM_FRAMES = 64
SEND_NOW = "helpdesk.send_text"  # an ASGI extension of our server: send a text without a turn of the loop


encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Close:
    RESTART = 1012
    BAD_FRAMES = 4400
    SIGNED_OUT = 4401
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    SILENT = 4408
    SLOW = 4429
    UNAVAILABLE = 4503


class Outgoing:
    """What waits to be sent. The server (Daphne) buffers without limit, so the client confirms.

    Every 64 frames or 64 KiB a ``ping`` with a number asks for it; past ``SOCKET_WINDOW_BYTES``
    without an answer nothing more is sent, and a full queue is the caller's to act on.
    """

    def __init__(
        self, send: Callable[[Frame], Awaitable[None]], send_now: Callable[[str], None] | None = None
    ) -> None:
        self._send, self._send_now = send, send_now
        self._waiting: deque[str | int] = deque()  # texts; a number is a close code
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._sent = self._confirmed = self._asked = self._frames = 0
        self.closing = False

    def push(self, text: str) -> bool:
        """False when the queue is full (and nothing was queued)."""
        if self._send_now is not None and not self._waiting and self._open() and not self.closing:
            self._send_now(text)
            if self._must_ask(text):
                self._send_now(self._question())
            return True
        if len(self._waiting) >= settings.SOCKET_QUEUE:
            return False
        if not self.closing:
            self._waiting.append(text)
            self._wake.set()
        return True

    async def put(self, text: str) -> None:
        """Wait for room: for what the client asked for and we may read at its pace."""
        while len(self._waiting) >= settings.SOCKET_QUEUE // 2 and not self.closing:
            self._room.clear()
            await self._room.wait()
        self.push(text)

    def close(self, code: int, *, flush: bool = True) -> None:
        if self.closing:
            return
        if not flush:
            self._waiting.clear()
        self._waiting.append(code)
        self.closing = True
        self._wake.set()
        self._room.set()

    def confirm(self, number: int) -> None:
        if self._confirmed < number <= self._asked:
            self._confirmed = number
            self._wake.set()

    @property
    def stalled(self) -> bool:
        return bool(self._waiting) and not self._open()

    def _open(self) -> bool:
        return bool(self._sent - self._confirmed < settings.SOCKET_WINDOW_BYTES)

    async def run(self) -> None:
        """Send what waits, until a close code comes up."""
        while True:
            while self._waiting and (self._open() or self.closing):
                item = self._waiting.popleft()
                if isinstance(item, int):
                    await self._send({"type": "websocket.close", "code": item})
                    return
                await self._send_text(item)
                self._room.set()
            self._wake.clear()
            await self._wake.wait()

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})
        if self._must_ask(text):
            await self._send({"type": "websocket.send", "text": self._question()})

    def _must_ask(self, text: str) -> bool:
        """Count what was sent; True when the client is to confirm."""
        self._sent += len(text)
        self._frames += 1
        return self._sent - self._asked >= CONFIRM_BYTES or self._frames >= CONFIRM_FRAMES

    def _question(self) -> str:
        self._asked, self._frames = self._sent, 0
        return encode({"type": "ping", "n": self._sent})


open_sockets: "weakref.WeakSet[Socket]" = weakref.WeakSet()


class Socket(AsyncConsumer):  # type: ignore[misc]  # untyped library
    """One WebSocket. Subclasses say what happens on ``opened``, ``heard``, ``checked`` and ``left``."""

    out: Outgoing
    greeted = False  # until then one bad frame ends it

    async def __call__(
        self, scope: Frame, receive: Callable[[], Awaitable[Frame]], send: Callable[[Frame], Awaitable[None]]
    ) -> None:
        self.scope = scope
        self.out = Outgoing(send, scope.get("extensions", {}).get(SEND_NOW))
        self._bad = 0
        self._heard_at = asyncio.get_running_loop().time()
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False
        open_sockets.add(self)
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self.out.closing = True
            for task in self._tasks:
                task.cancel()
            self.left()

    async def dispatch(self, message: Frame) -> None:
        """No ``aclose_old_connections`` here: it would take every event through a thread."""
        if message["type"] == "websocket.receive":
            await self._receive(message)
        elif message["type"] == "websocket.connect":
            await self.out._send({"type": "websocket.accept"})
            self.spawn(self.out.run())
            self.spawn(self._watch())
            await self.opened()
        elif message["type"] == "websocket.disconnect":
            raise StopConsumer

    # --- For subclasses -------------------------------------------------------------------------

    async def opened(self) -> None:
        """The connection has been accepted."""

    async def heard(self, frame: Frame) -> None:
        """A well-formed object arrived, other than ``ping`` and ``pong``. Raise InputError to refuse it."""

    async def checked(self) -> None:
        """Every few seconds: whatever must still hold."""

    def left(self) -> None:
        """The connection is gone."""

    async def finished(self) -> None:
        """What the client sent so far has been answered."""

    def spawn(self, work: Any) -> None:
        """Run beside the receive loop, for as long as the connection lives."""
        task = asyncio.get_running_loop().create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def push(self, text: str) -> None:
        """Queue an encoded frame; a client that lets the queue fill is closed, and resumes."""
        if not self.out.push(text):
            self.out.close(Close.SLOW, flush=False)

    def answer(self, **frame: Any) -> None:
        self.push(encode(frame))

    def refuse(self, error: InputError, **more: Any) -> None:
        self.answer(type="error", code=error.code, detail=error.detail, **error.about, **more)

    def end(self, code: int) -> None:
        self.out.close(code)

    async def drain(self) -> None:
        """The server is going: take nothing more, finish what was taken, and send the client elsewhere."""
        self._draining = True
        await self.finished()
        self.end(Close.RESTART)

    # --- Inside -----------------------------------------------------------------------------------

    async def _guard(self, work: Any) -> None:
        """Whatever goes wrong inside is our fault: log it, and let the client come back."""
        try:
            await work
        except Exception:
            log.exception("a socket failed")
            self.end(Close.UNAVAILABLE)

    async def _receive(self, message: Frame) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if self.out.closing:
            return
        frame: Frame = {}
        try:
            text = message.get("text")
            if not isinstance(text, str):
                raise InputError("not_text", "frames are text")
            frame = read_object(text)
            if frame.get("type") == "ping":
                self.answer(type="pong", **_number_of(frame))
            elif frame.get("type") == "pong":
                self.out.confirm(_number_of(frame).get("n", 0))
            elif not self._draining:  # without an answer it is sent again, to the next server
                await self.heard(frame)
        except InputError as error:
            self._bad += 1
            self.refuse(error, **_about(frame))
            if self._bad > BAD_FRAMES or not self.greeted:
                self.end(Close.BAD_FRAMES)
        except Exception:
            log.exception("a socket failed")
            self.end(Close.UNAVAILABLE)

    async def _watch(self) -> None:
        """Close a client that has gone silent or no longer reads."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(settings.SOCKET_CHECK_SECONDS)
            if loop.time() - self._heard_at > settings.SOCKET_SILENT_SECONDS:
                self.out.close(Close.SLOW if self.out.stalled else Close.SILENT, flush=False)
            await self.checked()


def _number_of(frame: Frame) -> dict[str, int]:
    number = frame.get("n")
    if number is None:
        return {}
    if type(number) is not int:
        raise InputError("bad_field", "n is an integer", field="n")
    return {"n": number}


def _about(frame: Frame) -> dict[str, str]:
    """What tells the client which of its frames was refused, if it can be read."""
    known = {name: frame.get(name) for name in ("client_id", "conversation")}
    return {name: value for name, value in known.items() if isinstance(value, str) and len(value) <= 40}
