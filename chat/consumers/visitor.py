"""``/ws/chat/<id>/``: a visitor, known by the token of this one conversation."""

import uuid
from functools import partial
from typing import Any

from django.http.cookie import parse_cookie

from chat import events, queries, tokens
from chat.actions import close_conversation, mark_read, rate_conversation
from chat.consumers.base import ChatSocket
from chat.frames import VISITOR, Frame, as_uuid
from chat.models import Conversation
from chat.stream import Stream
from helpdesk.core.actors import Guest
from helpdesk.core.events import Event, hub
from helpdesk.core.pool import run_sync, run_write
from helpdesk.core.sockets import Close


def read_welcome(conversation: Conversation, you: str) -> Frame:
    """The conversation as it is now, as its visitor may see it."""
    fresh = Conversation.objects.select_related("assignee", "ticket").get(pk=conversation.pk)
    return events.welcome_fields(fresh, you, queries.queue_position(fresh))


class VisitorConsumer(ChatSocket):
    you = "visitor"
    specs = VISITOR
    conversation: Conversation
    actor: Guest
    stream: Stream | None = None
    state: Frame  # the fields of the last state frame

    async def hello(self, *, after: int, token: str = "") -> None:
        pk = as_uuid(self.scope["url_route"]["kwargs"]["pk"])
        found = await run_sync(queries.conversation_opened_by, pk, token or self._cookie())
        if found is None:
            self.answer(type="error", code="not_found", detail="no such conversation, or not with this token")
            self.end(Close.NOT_FOUND)
            return
        self.conversation, self.actor = found, tokens.visitor(found)
        self._changed = False
        hub.join(events.chat_group(found.pk), self)  # first hear, then read: nothing falls between
        hub.join(events.QUEUE, self)
        welcome = await run_sync(read_welcome, found, self.you)
        while self._changed:
            self._changed = False
            welcome = await run_sync(read_welcome, found, self.you)
        self.greeted = True
        self.answer(type="welcome", **welcome)
        self.state = {key: welcome[key] for key in welcome if key not in ("protocol", "seq", "you")}
        self.stream = Stream(found.pk, min(after, welcome["seq"]), self)
        self.stream.catch_up()
        self.show_presence(found.pk, on=True, ask=True)

    def _cookie(self) -> str:
        headers = [value for name, value in self.scope.get("headers", []) if name == b"cookie"]
        return str(parse_cookie(b"; ".join(headers).decode("latin-1")).get(tokens.COOKIE, ""))

    # --- From the visitor ---------------------------------------------------------------------------

    def on_send(self, *, client_id: uuid.UUID, text: str, attachments: Any = ()) -> None:
        work = partial(self.store, self.conversation, self.actor, client_id, text)
        self.write(work, client_id=str(client_id))

    def on_typing(self, *, on: bool) -> None:
        self.pass_typing(self.conversation.pk, on)

    def on_read(self, *, seq: int) -> None:
        self.write(partial(run_write, mark_read, self.conversation, actor=self.actor, seq=seq))

    def on_rate(self, *, score: int, text: str = "") -> None:
        work = partial(
            run_write, rate_conversation, self.conversation, actor=self.actor, score=score, text=text
        )
        self.write(work)

    def on_close(self) -> None:
        self.write(partial(run_write, close_conversation, self.conversation, actor=self.actor))

    # --- To the visitor -----------------------------------------------------------------------------

    def deliver(self, event: Event) -> None:
        if self.stream is None:
            self._changed = True
        elif event["type"] == "state":
            self._show(event["frame"])
        elif event["type"] == "queue":
            self._show_place(event["positions"].get(str(self.conversation.pk)))
        elif event["type"] == "resync":
            self.stream.catch_up()
            self.spawn(self._resync())
        else:
            self.hear_shared(self.stream, event)

    def _show(self, fields: Frame) -> None:
        self.state = {key: value for key, value in fields.items() if key != "type"}
        self.answer(type="state", **self.state)

    def _show_place(self, place: int | None) -> None:
        if place is not None and place != self.state.get("queue_position"):
            self._show({**self.state, "state": "waiting", "queue_position": place})

    async def _resync(self) -> None:
        welcome = await run_sync(read_welcome, self.conversation, self.you)
        self._show({key: welcome[key] for key in welcome if key not in ("protocol", "seq", "you")})

    def left(self) -> None:
        if self.stream is not None:
            hub.leave(events.QUEUE, self)
            hub.leave(events.chat_group(self.conversation.pk), self)
            self.show_presence(self.conversation.pk, on=False)
