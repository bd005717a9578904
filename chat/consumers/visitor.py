"""``/ws/chat/<id>/``: a visitor, known by the token of this one conversation."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from functools import partial

from django.http.cookie import parse_cookie

from chat import events, queries, tokens
from chat.actions import (
    Draft,
    answer_pending,
    close_conversation,
    edit_message,
    mark_read,
    nudge_router,
    rate_conversation,
    set_language,
    visitor_here,
)
from chat.actions.left import LISTENS, SIGN
from chat.consumers.base import ChatSocket
from chat.frames import VISITOR, Frame, as_uuid
from chat.models import Conversation
from chat.stream import Stream
from helpdesk.core.actors import Guest
from helpdesk.core.events import Event, hub
from helpdesk.core.gathered import Gathered
from helpdesk.core.pool import in_background, run_write
from helpdesk.core.sockets import Close

Welcome = tuple[Conversation | None, Frame]


def read_welcomes(asked: Sequence[tuple[uuid.UUID, str]]) -> list[Welcome]:
    """The conversation of each key and token, and how it is now, as its visitor may see it."""
    opened = queries.conversations_opened_by(asked)
    places = queries.queue_places([found for found in opened if found is not None])
    return [
        (found, events.welcome_fields(found, VisitorConsumer.you, places.get(found.pk)) if found else {})
        for found in opened
    ]


welcomes = Gathered(read_welcomes)
SHOWN = {"state", "queue", "read", "resync"}  # events that change what ``welcome`` says


class VisitorConsumer(ChatSocket):
    you = "visitor"
    specs = VISITOR
    conversation: Conversation
    actor: Guest
    stream: Stream | None = None
    _joined: uuid.UUID | None = None
    state: Frame  # the fields of the last state frame

    async def hello(self, *, after: int, token: str = "", language: str = "") -> None:
        self._token = token or self._cookie()
        pk = as_uuid(self.scope["url_route"]["kwargs"]["pk"])
        self._join(pk)  # first hear, then read: nothing falls between
        self._missed: set[str] = set()
        found, welcome = await welcomes.read((pk, self._token))
        while found is not None and self._missed & SHOWN:
            self._missed.clear()
            found, welcome = await welcomes.read((pk, self._token))
        if found is None:
            self.answer(type="error", code="not_found", detail="no such conversation, or not with this token")
            self.end(Close.NOT_FOUND)
            return
        self.conversation, self.actor = found, tokens.visitor(found)
        self.greeted = True
        self.answer(type="welcome", **welcome)
        self.state = {key: welcome[key] for key in welcome if key not in ("protocol", "seq", "you")}
        self.stream = Stream(found.pk, min(after, welcome["seq"]), self)
        if after < welcome["seq"] or "message" in self._missed:
            self.stream.catch_up()
        if welcome["state"] == "bot" and found.waiting_since:
            in_background(answer_pending, found.pk)  # if a crash left something over
        if language and language != found.language:
            self.write(partial(run_write, set_language, found, actor=self.actor, language=language))
        self._signed = asyncio.get_running_loop().time() - random.uniform(0, SIGN.total_seconds())  # noqa: S311
        self.show_presence(found.pk, on=True, ask=True)

    def _join(self, pk: uuid.UUID) -> None:
        """Until the token has been looked at, what is heard is counted and not passed on."""
        self._joined = pk
        hub.join(events.chat_group(pk), self)
        hub.join(events.QUEUE, self)

    def _cookie(self) -> str:
        headers = [value for name, value in self.scope.get("headers", []) if name == b"cookie"]
        return str(parse_cookie(b"; ".join(headers).decode("latin-1")).get(tokens.COOKIE, ""))

    # --- From the visitor ---------------------------------------------------------------------------

    def on_send(self, *, client_id: uuid.UUID, text: str, attachments: tuple[uuid.UUID, ...] = ()) -> None:
        self.post(Draft(self.conversation.pk, self.actor, client_id, text, attachments))

    def on_edit(self, *, seq: int, text: str) -> None:
        self.write(partial(run_write, edit_message, self.conversation, actor=self.actor, seq=seq, text=text))

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
            self._missed.add(event["type"])
        elif event["type"] == "state":
            self._show(event["frame"])
        elif event["type"] == "queue":
            pk = str(self.conversation.pk)
            self._show_place(event["positions"].get(pk), event["waits"].get(pk))
        elif event["type"] == "resync":
            self.stream.catch_up()
            self.spawn(self._resync())
        else:
            self.hear_shared(self.stream, event)

    def _show(self, fields: Frame) -> None:
        self.state = {key: value for key, value in fields.items() if key != "type"}
        self.answer(type="state", **self.state)

    def _show_place(self, place: int | None, wait: int | None) -> None:
        """What comes late, when it is served or over, says nothing any more."""
        known = self.state.get("queue_position"), self.state.get("wait_estimate")
        if self.state["state"] == "waiting" and place is not None and (place, wait) != known:
            fields = {**self.state, "queue_position": place, "wait_estimate": wait}
            self._show(events.without_nothing(fields))

    async def checked(self) -> None:
        nudge_router()
        if self.stream is not None and self.state["state"] in LISTENS:
            self._be_there()

    def _be_there(self) -> None:
        """A sign of life now and then: a chat ends by itself when its visitor has gone."""
        now = asyncio.get_running_loop().time()
        if now - self._signed >= SIGN.total_seconds():
            self._signed = now
            in_background(visitor_here, self.conversation.pk)

    async def _resync(self) -> None:
        found, welcome = await welcomes.read((self.conversation.pk, self._token))
        if found is not None:
            self._show({key: welcome[key] for key in welcome if key not in ("protocol", "seq", "you")})

    def left(self) -> None:
        if self._joined is not None:
            hub.leave(events.QUEUE, self)
            hub.leave(events.chat_group(self._joined), self)
        if self.stream is not None:
            self.show_presence(self.conversation.pk, on=False)
