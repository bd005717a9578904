"""What the visitor's and the desk's socket share: hello first, then writes in the order they came."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from chat import events, writer
from chat.frames import Frame, Spec, read_frame
from chat.models import Conversation
from chat.stream import Stream
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.events import Event
from helpdesk.core.sockets import Close, Socket
from helpdesk.core.strict_json import InputError

log = logging.getLogger(__name__)
Job = tuple[Callable[[], Awaitable[object]], dict[str, str]]
TYPING_AGAIN = 2.0  # seconds before the same sign of life is passed on again
_workers: set[asyncio.Task[None]] = set()  # a write goes on when its socket has gone


def outcome(error: Exception) -> tuple[str, str]:
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


class ChatSocket(Socket):
    you: ClassVar[str]
    specs: ClassVar[Mapping[str, Spec]]

    async def opened(self) -> None:
        self._jobs: deque[Job] = deque()
        self._working = False
        self._typing: dict[uuid.UUID, tuple[bool, float]] = {}
        self.spawn(self._hello_in_time())

    async def _hello_in_time(self) -> None:
        await asyncio.sleep(settings.SOCKET_HELLO_SECONDS)
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

    # --- Writes: one after the other, while the receive loop goes on ------------------------------

    def write(self, work: Callable[[], Awaitable[object]], **about: str) -> None:
        if len(self._jobs) >= settings.CHAT_PENDING_SENDS:
            detail = "too many unanswered frames; wait and repeat it"
            self.answer(type="error", code="too_fast", detail=detail, **about)
            return
        self._jobs.append((work, about))
        if not self._working:
            self._working = True
            task = asyncio.get_running_loop().create_task(self._work())
            _workers.add(task)
            task.add_done_callback(_workers.discard)

    async def _work(self) -> None:
        while self._jobs:
            work, about = self._jobs[0]
            try:
                await work()
            except Exception as error:
                code, detail = outcome(error)
                self.answer(type="error", code=code, detail=detail, **about)
                if code == "unavailable":  # the next may not overtake it: the client comes back with all
                    self._jobs.clear()
                    self.end(Close.UNAVAILABLE)
                    break
            self._jobs.popleft()
        self._working = False

    async def store(self, conversation: Conversation, actor: Actor, client_id: uuid.UUID, text: str) -> None:
        message, _created = await writer.store(conversation, actor=actor, client_id=client_id, text=text)
        self.push(events.encode(events.ack_frame(message)))

    # --- Passing on ---------------------------------------------------------------------------------

    def pass_typing(self, pk: uuid.UUID, on: bool) -> None:
        now = asyncio.get_running_loop().time()
        before, at = self._typing.get(pk, (False, 0.0))
        if on != before or (on and now - at > TYPING_AGAIN):
            self._typing[pk] = (on, now)
            events.passing("typing", pk, self.you, on)

    def show_presence(self, pk: uuid.UUID, on: bool, *, ask: bool = False) -> None:
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
