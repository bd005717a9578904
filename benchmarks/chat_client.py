"""A small chat client that keeps every rule of docs/chat-protocol.md: the reference for writing one.

python -m benchmarks.chat_client http://127.0.0.1:8000      # a visitor at the terminal
"""

import asyncio
import contextlib
import json
import random
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

Frame = dict[str, Any]
HEARTBEAT = 25.0
SILENCE = 60.0
PASSING = {429, 503}  # wait and repeat
FINAL = {4401, 4403, 4404}  # coming back would not help


class ChatClient:
    """One visitor in one conversation, over as many connections as it takes."""

    def __init__(self, site: str, conversation: str, token: str) -> None:
        self.site, self.id, self.token = site.rstrip("/"), conversation, token
        self.messages: dict[int, Frame] = {}  # what we hold, by seq
        self.last = 0  # held without a gap up to here
        self.state: Frame = {}
        self.unacked: dict[str, str] = {}  # client_id -> text, in the order sent
        self.acked: dict[str, int] = {}  # client_id -> seq
        self.connections = 0
        self.history: list[tuple[str, str, int]] = []  # invoke, ok or unknown; client_id; seq
        self.welcomed_at = 0.0  # time.monotonic() of the newest welcome
        self.on_frame: Callable[[Frame], None] = lambda frame: None
        self._waiting: dict[str, asyncio.Future[int]] = {}
        self._socket: ClientConnection | None = None
        self._news = asyncio.Event()

    @classmethod
    async def start(cls, site: str, **fields: str) -> "ChatClient":
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{site.rstrip('/')}/api/v1/conversations", json=fields)
        answer.raise_for_status()
        return cls(site, answer.json()["id"], answer.json()["token"])

    # --- Speaking -----------------------------------------------------------------------------------

    async def send(self, text: str) -> int:
        """The number of the stored message; it returns after the commit, however long that takes."""
        client_id = str(uuid.uuid4())
        self.unacked[client_id] = text
        self.history.append(("invoke", client_id, 0))
        self._waiting[client_id] = asyncio.get_running_loop().create_future()
        await self._say({"type": "send", "client_id": client_id, "text": text})
        return await self._waiting[client_id]

    async def _say(self, frame: Frame) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):  # it is in ``unacked``: the next connection sends it
                await self._socket.send(json.dumps(frame))

    # --- Listening -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected, with jittered back-off, until the server says that it is no use.

        Where no socket opens (a proxy may refuse them) each attempt ends with a turn over HTTP, so that the
        conversation goes on at the pace of the attempts.
        """
        pause = 0.5
        scheme, host = ("wss" if self.site.startswith("https") else "ws"), urlsplit(self.site).netloc
        while True:
            try:
                address = f"{scheme}://{host}/ws/chat/{self.id}/"
                async with connect(address, origin=Origin(self.site), ping_interval=None) as socket:
                    pause = 0.5
                    await self._converse(socket)
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in FINAL:
                    raise
            except (OSError, InvalidHandshake, TimeoutError):
                pass
            finally:
                self._socket = None
                self.history += [("unknown", client_id, 0) for client_id in self.unacked]
            try:
                await self._turn_over_http()
            except httpx.TransportError:
                pass  # nobody there at all: the next attempt asks again
            except httpx.HTTPStatusError as refused:
                if refused.response.status_code not in PASSING:
                    raise
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, 6)  # at most 9 s, so that all are back within 10

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something holds; it is asked again after every frame."""
        while not reached():
            self._news.clear()
            await self._news.wait()

    async def _converse(self, socket: ClientConnection) -> None:
        hello = {"type": "hello", "token": self.token, "after": self.last, "protocol": 1}
        await socket.send(json.dumps(hello))
        async with asyncio.timeout(SILENCE) as silence:
            heart = asyncio.ensure_future(self._beat(socket))
            try:
                async for text in socket:
                    silence.reschedule(asyncio.get_running_loop().time() + SILENCE)
                    await self._hear(socket, json.loads(text))
            finally:
                heart.cancel()
        raise ConnectionClosed(socket.protocol.close_rcvd, socket.protocol.close_sent)

    async def _beat(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT * random.uniform(0.8, 1.2))
            await socket.send('{"type":"ping"}')

    async def _hear(self, socket: ClientConnection, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "welcome":
            self.connections += 1
            self.welcomed_at = time.monotonic()
            self.state = frame
            for client_id, text in self.unacked.items():  # what has no ack goes again, in order
                await socket.send(json.dumps({"type": "send", "client_id": client_id, "text": text}))
            self._socket = socket
        elif kind == "message":
            await self._keep(frame)
        elif kind == "ack":
            self._settle(frame["client_id"], frame["seq"])
        elif kind == "state":
            self.state = {**self.state, **frame}
        elif kind == "ping":
            await socket.send(json.dumps({**frame, "type": "pong"}))
        elif kind == "error" and frame.get("client_id") in self._waiting and frame["code"] != "unavailable":
            self._refuse(frame["client_id"], frame["code"])
        self.on_frame(frame)
        self._news.set()

    async def _keep(self, message: Frame) -> None:
        """Drop what we have; on a gap fetch what is missing."""
        if message["seq"] > self.last + 1:
            await self._fetch()
        self._store(message)

    # --- Over HTTP -------------------------------------------------------------------------------------

    def _http(self) -> httpx.AsyncClient:
        address = f"{self.site}/api/v1/conversations/{self.id}"
        return httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {self.token}"})

    async def _fetch(self) -> None:
        async with self._http() as http:
            more = True
            while more:
                page = (await http.get("/messages", params={"after": self.last})).raise_for_status().json()
                for message in page["messages"]:
                    self._store(message)
                self.state = {**self.state, **{key: page[key] for key in page.keys() - {"messages", "more"}}}
                more = page["more"]

    async def _turn_over_http(self) -> None:
        """Post what has no ack, in order and with the same ``client_id``; then read what is new."""
        async with self._http() as http:
            for client_id, text in list(self.unacked.items()):
                answer = await http.post("/messages", json={"client_id": client_id, "text": text})
                if answer.is_success:
                    self._settle(client_id, answer.json()["seq"])
                elif answer.status_code in PASSING:
                    return  # nothing sent later may overtake it
                else:
                    self._refuse(client_id, answer.json()["error"]["code"])
        await self._fetch()
        self._news.set()

    def _store(self, message: Frame) -> None:
        if message["seq"] == self.last + 1:
            self.messages[message["seq"]] = message
            self.last += 1

    def _settle(self, client_id: str, seq: int) -> None:
        self.unacked.pop(client_id, None)
        self.acked[client_id] = seq
        self.history.append(("ok", client_id, seq))
        waiting = self._waiting.pop(client_id, None)
        if waiting and not waiting.done():
            waiting.set_result(seq)

    def _refuse(self, client_id: str, code: str) -> None:
        self.unacked.pop(client_id)
        self._waiting.pop(client_id).set_exception(RuntimeError(code))


async def _terminal(site: str) -> None:
    client = await ChatClient.start(site)

    def show(frame: Frame) -> None:
        if frame["type"] in ("message", "state", "error"):
            print(frame.get("seq", ""), frame.get("name") or frame.get("author", frame["type"]), end=": ")
            print(frame.get("text") or frame.get("state") or frame.get("code"))

    client.on_frame = show
    running = asyncio.ensure_future(client.run())
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        await client.send(line)
    running.cancel()


if __name__ == "__main__":
    asyncio.run(_terminal(sys.argv[1]))
