"""What the visitor's and the desk's socket share: hello first, then writes in the order they came."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from chat import events
from chat.actions import Draft, Outcome
from chat.frames import Frame, Spec, read_frame
from chat.stream import Stream
from chat.writer import Sender, writer
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.events import Event, hub
from helpdesk.core.sockets import Close, Socket
from helpdesk.core.strict_json import InputError

log = logging.getLogger(__name__)
Job = tuple[Callable[[], Awaitable[object]], dict[str, str]]
TYPING_AGAIN = 2.0  # seconds before the same sign of life is passed on again
_workers: set[asyncio.Task[None]] = set()  # a write goes on when its socket has gone


def outcome_of(error: Exception) -> tuple[str, str]:
    """Code and detail for a write that failed."""
    if isinstance(error, ActionForbidden):
        return "forbidden", "you may not do this"
    if isinstance(error, ActionError):
        return getattr(error, "code", "conflict"), error.message
    if isinstance(error, ObjectDoesNotExist):
        return "not_found", "there is no such conversation"
    if not isinstance(error, DatabaseError):
        log.exception("a write from a socket failed", exc_info=error)
    return "unavailable", "it could not be saved just now; repeat it"


class ChatSocket(Socket, Sender):
    you: ClassVar[str]
    specs: ClassVar[Mapping[str, Spec]]

    async def opened(self) -> None:
        self._jobs: deque[Job] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._unsettled = 0  # messages at the writer
        self._all_settled: asyncio.Future[None] | None = None
        self._typing: dict[uuid.UUID, tuple[bool, float]] = {}
        asyncio.get_running_loop().call_later(settings.SOCKET_HELLO_SECONDS, self._expect_hello)

    def _expect_hello(self) -> None:
        if not self.greeted:
            self.end(Close.SILENT)

    async def heard(self, frame: Frame) -> None:
        kind, fields = read_frame(frame, self.specs)
        if not self.greeted:
            if kind != "hello":
                raise InputError("hello_first", "the first frame is hello")
            if fields["protocol"] != 1:
                raise InputError("protocol_not_supported", "this server speaks protocol 1")
            fields.pop("protocol")
            await self.hello(**fields)
        elif kind == "hello":
            raise InputError("hello_again", "hello was said")
        else:
            getattr(self, f"on_{kind}")(**fields)

    @property
    def hello(self) -> Callable[..., Awaitable[None]]:
        """What a door does with its own fields of ``hello``."""
        raise NotImplementedError

    # --- Writes: in the order they came, while the receive loop goes on ---------------------------

    def post(self, draft: Draft) -> None:
        """A message: to the writer, where those of all sockets share a commit."""
        if self._jobs:
            self.write(partial(self._submit, draft), **self.about(draft))
        elif self._has_room(self.about(draft)):
            self._to_writer(draft)

    async def _submit(self, draft: Draft) -> None:
        self._to_writer(draft)

    def _to_writer(self, draft: Draft) -> None:
        self._unsettled += 1
        writer().submit(self, draft)

    def about(self, draft: Draft) -> dict[str, str]:
        """What tells the client which of its messages an error is about."""
        return {"client_id": str(draft.client_id)}

    def settle(self, draft: Draft, outcome: Outcome) -> None:
        self._unsettled -= 1
        if self._all_settled and not self._unsettled:
            self._all_settled.set_result(None)
            self._all_settled = None
        if isinstance(outcome, Exception):
            self._failed(outcome, self.about(draft))
        else:
            self.push(events.encode(events.ack_frame(outcome[0])))

    def write(self, work: Callable[[], Awaitable[object]], **about: str) -> None:
        """Another action, after the messages sent before it."""
        if not self._has_room(about):
            return
        self._jobs.append((work, about))
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())
            _workers.add(self._worker)
            self._worker.add_done_callback(_workers.discard)

    async def finished(self) -> None:
        if self._worker is not None:
            await self._worker
        await self._settled()

    async def _settled(self) -> None:
        """The writer has answered all messages of this socket."""
        if self._unsettled:
            self._all_settled = self._all_settled or asyncio.get_running_loop().create_future()
            await self._all_settled

    def _has_room(self, about: dict[str, str]) -> bool:
        if len(self._jobs) + self._unsettled < settings.CHAT_PENDING_SENDS:
            return True
        detail = "too many unanswered frames; wait and repeat it"
        self.answer(type="error", code="too_fast", detail=detail, **about)
        return False

    async def _work(self) -> None:
        while self._jobs:
            work, about = self._jobs[0]
            await self._settled()
            try:
                if not self.broken:
                    await work()
            except Exception as error:
                self._failed(error, about)
            self._jobs.popleft()
        self._worker = None

    def _failed(self, error: Exception, about: dict[str, str]) -> None:
        code, detail = outcome_of(error)
        self.answer(type="error", code=code, detail=detail, **about)
        if code == "unavailable":  # nothing sent later may overtake it: the client comes back with all
            self.broken = True
            self.end(Close.UNAVAILABLE)

    # --- Passing on ---------------------------------------------------------------------------------

    def pass_typing(self, pk: uuid.UUID, on: bool) -> None:
        now = asyncio.get_running_loop().time()
        before, at = self._typing.get(pk, (False, 0.0))
        if on != before or (on and now - at > TYPING_AGAIN):
            self._typing[pk] = (on, now)
            events.passing("typing", pk, self.you, on)

    def show_presence(self, pk: uuid.UUID, on: bool, *, ask: bool = False) -> None:
        if not hub.is_alone(events.chat_group(pk), self):
            events.passing("presence", pk, self.you, on, ask=ask)

    def hear_shared(self, stream: Stream, event: Event) -> None:
        """What both sides hear of a conversation."""
        kind = event["type"]
        if kind == "message":
            stream.hear(event["seq"], event["json"])
        elif kind == "read" or (kind == "typing" and event["who"] != self.you):
            self.push(event["json"])
        elif kind == "presence":
            self._hear_presence(stream.pk, event)

    def _hear_presence(self, pk: uuid.UUID, event: Event) -> None:
        """The other side came or went; another socket of this side going does not mean that we did."""
        if event["who"] != self.you:
            self.push(event["json"])
            if event["on"] and event["ask"]:
                self.show_presence(pk, on=True)
        elif not event["on"]:
            self.show_presence(pk, on=True)
