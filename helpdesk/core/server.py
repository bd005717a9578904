"""Daphne as this desk runs it: leaner sockets, a long queue of arrivals, and an orderly end.

Measured (docs/performance.md): Daphne's way of sending one small frame costs more than storing it, its
pings go out to all sockets in one tick, and on SIGTERM it says goodbye to nobody. The application itself
does not depend on any of this and runs on any ASGI server.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

from autobahn.websocket import protocol as autobahn_protocol
from daphne import server as daphne_server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import defer

from helpdesk.core import started
from helpdesk.core.sockets import SEND_NOW, Close, open_sockets

log = logging.getLogger(__name__)
BACKLOG = 4096  # arrivals that may wait: after a restart everybody comes back at once
DRAIN_SECONDS = 10  # for what is under way when the server is told to stop
NEVER = 10**9  # seconds
WHOLE_TEXT = 0x81  # first octet of a text frame that is a whole message
SHORT = 4096  # octets
SWITCH = 0.001  # seconds before another thread may have the interpreter


def _nothing(_: object) -> str:
    """In place of a debugging text that Autobahn prints, readably, for every connection and then drops."""
    return ""


class Protocol(WebSocketProtocol):  # type: ignore[misc]  # untyped library
    """Autobahn's, without its debugging texts, and writing what a turn of the loop says at once."""

    def connectionMade(self) -> None:  # noqa: N802  # Twisted's name
        self._unsent: list[bytes] = []
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        text = self._only_text(data) if data[0] == WHOLE_TEXT else None
        if text is None:
            self._dataReceived(data)
        else:
            self.application_queue.put_nowait({"type": "websocket.receive", "text": text})

    def _only_text(self, data: bytes) -> str | None:
        """What most reads are: one whole, short, masked text frame. Anything else is Autobahn's to judge."""
        if self.state != self.STATE_OPEN or self.data or self.current_frame or self.inside_message:
            return None
        if 6 < len(data) < 126 + 6:
            head, size = 6, len(data) - 6
            length = bytes((0x80 | size,))
        elif 126 + 8 <= len(data) <= SHORT:
            head, size = 8, len(data) - 8
            length = b"\xfe" + size.to_bytes(2, "big")
        else:
            return None
        if data[1 : head - 4] != length:
            return None
        mask = (data[head - 4 : head] * (size // 4 + 1))[:size]
        bare = int.from_bytes(data[head:], "big") ^ int.from_bytes(mask, "big")
        try:
            return bare.to_bytes(size, "big").decode("utf-8")
        except UnicodeDecodeError:
            return None

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        event = {"bytes": payload} if isBinary else {"text": payload.decode("utf-8")}
        self.application_queue.put_nowait({"type": "websocket.receive", **event})

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(data)

    def _flush(self) -> None:
        """Straight to the socket; what it does not take waits in Twisted's buffer."""
        data, self._unsent = b"".join(self._unsent), []
        transport = self.transport
        if not data or transport is None:
            return
        if transport.connected and not (transport.dataBuffer or transport._tempDataBuffer):
            taken = transport.writeSomeData(data)
            data = data[taken:] if isinstance(taken, int) else data
        if data:
            transport.write(data)

    def _closeConnection(self, abort: bool = False) -> None:  # noqa: N802
        self._flush()
        super()._closeConnection(abort)

    def send_text(self, text: str) -> None:
        """Nothing happens when the connection is gone already."""
        if self.state == self.STATE_OPEN and self._perMessageCompress is None:
            self.sendData(self.factory.frame_of(text))
        elif self.state == self.STATE_OPEN:
            self.serverSend(text)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Autobahn lets nobody but itself say 1012, "service restart"."""
        if code == Close.RESTART:
            self.sendCloseFrame(code=code, isReply=False)
        else:
            super().serverClose(code)


class Factory(WebSocketFactory):  # type: ignore[misc]  # untyped library
    protocol = Protocol
    _last: tuple[str, bytes] = ("", b"\x81\x00")

    def frame_of(self, text: str) -> bytes:
        """A text as the octets of a frame; a room's members get the same text one after the other."""
        if self._last[0] is not text:
            payload = text.encode("utf-8")
            size = len(payload)
            if size < 126:
                head = bytes((0x81, size))
            elif size < 65_536:
                head = bytes((0x81, 126)) + size.to_bytes(2, "big")
            else:
                head = bytes((0x81, 127)) + size.to_bytes(8, "big")
            self._last = (text, head + payload)
        return self._last[1]


class Server(daphne_server.Server):  # type: ignore[misc]  # untyped library
    """``Server(application, host, port).run()``; SIGTERM and Ctrl-C end it in order."""

    def __init__(
        self,
        application: Any,
        host: str = "127.0.0.1",
        port: int = 8000,
        ready: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(
            application=application,
            endpoints=[f"tcp:port={port}:interface={host}:backlog={BACKLOG}"],
            ready_callable=ready,
            ping_interval=NEVER,  # our sockets have heartbeats of their own, each in its own time
            server_name="Helpdesk",
        )
        self._ports: list[Any] = []

    def run(self) -> None:
        daphne_server.WebSocketFactory = Factory
        setattr(autobahn_protocol, "pformat", _nothing)  # noqa: B010  # not theirs to export
        started.settle_memory()
        sys.setswitchinterval(SWITCH)
        super().run()

    def listen_success(self, port: Any) -> None:
        self._ports.append(port)
        super().listen_success(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket":
            scope["extensions"] = {SEND_NOW: protocol.send_text}
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send" and message.get("text"):
            details = self.connections.get(protocol)
            if details is not None and "disconnected" not in details:
                protocol.send_text(message["text"])
        else:
            await super().handle_reply(protocol, message)

    def kill_all_applications(self) -> Any:
        """Before the process ends: no new arrivals, what is under way finished, and a goodbye to all."""
        drained = defer.Deferred.fromFuture(asyncio.ensure_future(self._drain()))
        drained.addErrback(lambda failure: log.error("the end was not orderly: %s", failure))
        drained.addCallback(lambda _: daphne_server.Server.kill_all_applications(self))
        return drained

    async def _drain(self) -> None:
        for port in self._ports:
            port.stopListening()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.gather(*(socket.drain() for socket in list(open_sockets)))
                await asyncio.gather(*self._applications(), return_exceptions=True)
        except TimeoutError:
            log.warning("%d connections were cut off", len(self._applications()))

    def _applications(self) -> list[Any]:
        running = [details.get("application_instance") for details in self.connections.values()]
        return [application for application in running if application and not application.done()]
