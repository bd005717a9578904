"""``/ws/desk/``: an agent or supervisor, with all own conversations and the waiting list at once."""

import uuid
from functools import partial
from typing import Any

from chat import events, queries
from chat.actions import mark_read
from chat.consumers.base import ChatSocket
from chat.frames import DESK, Frame
from chat.models import Conversation
from chat.stream import Stream
from helpdesk.core.consumers import StaffSocket
from helpdesk.core.events import Event, hub
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import works_cases
from helpdesk.core.pool import run_sync, run_write
from helpdesk.core.strict_json import InputError

WAITING_SHOWN = 200


def read_lists(user: User) -> tuple[list[Frame], list[Frame]]:
    """The rows of the agent's own conversations and of the waiting list."""
    own = [events.row_frame(each) for each in queries.own_conversations(user)]
    waiting = [events.row_frame(each) for each in queries.waiting_for(user)[:WAITING_SHOWN]]
    return own, waiting


def read_notes(pk: uuid.UUID) -> list[str]:
    conversation = Conversation.objects.get(pk=pk)
    return [events.encode(events.note_frame(note)) for note in queries.notes_of(conversation)]


class DeskConsumer(StaffSocket, ChatSocket):
    you = "agent"
    specs = DESK
    allowed = works_cases

    async def opened(self) -> None:
        await super().opened()
        self.streams: dict[uuid.UUID, Stream] = {}
        self._rows: dict[uuid.UUID, int] = {}  # what the agent's lists show, and its newest number
        self._changed = False

    async def hello(self, *, after: dict[uuid.UUID, int]) -> None:
        hub.join(events.DESK, self)
        hub.join(events.user_group(self.user.pk), self)
        own, waiting = await self._read_lists()
        self.greeted = True
        self.answer(
            type="welcome", protocol=1, you=self.you, name=str(self.user), own=len(own), waiting=len(waiting)
        )
        for row in own:
            await self._list(row, mine=True)
        for row in waiting:
            await self._list(row, mine=False)
        for row in own:
            pk = uuid.UUID(row["conversation"])
            self._take(pk, min(after.get(pk, 0), row["seq"]))

    async def _read_lists(self) -> tuple[list[Frame], list[Frame]]:
        """As they are, read again if something changed meanwhile."""
        while True:
            self._changed = False
            own, waiting = await run_sync(read_lists, self.user)
            if not self._changed:
                return own, waiting

    async def _list(self, row: Frame, *, mine: bool) -> None:
        self._rows[uuid.UUID(row["conversation"])] = row["seq"]
        await self.out.put(events.encode({**row, "mine": mine}))

    # --- Own conversations: joined and left as they change hands ---------------------------------

    def _take(self, pk: uuid.UUID, after: int = 0) -> None:
        if pk in self.streams:
            return
        hub.join(events.chat_group(pk), self)
        hub.join(events.note_group(pk), self)
        self.streams[pk] = Stream(pk, after, self)
        self.streams[pk].catch_up()
        self.spawn(self._show_notes(pk))
        self.show_presence(pk, on=True, ask=True)

    def _drop(self, pk: uuid.UUID) -> None:
        if self.streams.pop(pk, None) is not None:
            hub.leave(events.chat_group(pk), self)
            hub.leave(events.note_group(pk), self)
            self._typing.pop(pk, None)
            self.show_presence(pk, on=False)

    async def _show_notes(self, pk: uuid.UUID) -> None:
        for note in await run_sync(read_notes, pk):
            await self.out.put(note)

    # --- From the agent ----------------------------------------------------------------------------

    def _own(self, pk: uuid.UUID) -> Conversation:
        """An unsaved handle: the actions read the row themselves, and check."""
        return Conversation(pk=pk)

    def on_send(
        self, *, conversation: uuid.UUID, client_id: uuid.UUID, text: str, attachments: Any = ()
    ) -> None:
        work = partial(self._store, conversation, client_id, text)
        self.write(work, client_id=str(client_id), conversation=str(conversation))

    async def _store(self, pk: uuid.UUID, client_id: uuid.UUID, text: str) -> None:
        if pk not in self.streams and not await run_sync(self._visible, pk):
            raise Conversation.DoesNotExist
        await self.store(self._own(pk), self.user, client_id, text)

    def _visible(self, pk: uuid.UUID) -> bool:
        return queries.conversations_visible_to(self.user).filter(pk=pk).exists()

    def on_typing(self, *, conversation: uuid.UUID, on: bool) -> None:
        self._mine(conversation)
        self.pass_typing(conversation, on)

    def on_read(self, *, conversation: uuid.UUID, seq: int) -> None:
        self._mine(conversation)
        work = partial(run_write, mark_read, self._own(conversation), actor=self.user, seq=seq)
        self.write(work, conversation=str(conversation))

    def _mine(self, pk: uuid.UUID) -> None:
        if pk not in self.streams:
            raise InputError("not_found", "there is no such conversation among yours")

    # --- To the agent --------------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        kind = event["type"]
        if not self.greeted:
            self._changed = True
        elif kind == "row":
            self._show_row(event)
        elif kind == "resync":
            self.spawn(self._resync())
        elif (stream := self.streams.get(uuid.UUID(event["conversation"]))) is not None:
            if kind == "note":
                self.push(event["json"])
            elif kind == "state":
                self.answer(**event["frame"])
            else:
                self.hear_shared(stream, event)

    def _show_row(self, event: Event) -> None:
        pk = uuid.UUID(event["conversation"])
        if event["seq"] < self._rows.get(pk, 0):
            return  # an older one that came late
        mine = event["open"] and event["assignee"] == self.user.pk
        if mine or (event["waiting"] and self._serves(event["team"])):
            self._rows[pk] = event["seq"]
            self.answer(**event["frame"], mine=mine)
        elif self._rows.pop(pk, None) is not None:
            self.answer(type="gone", conversation=str(pk))
        if mine:
            self._take(pk)
        else:
            self._drop(pk)

    def _serves(self, team: int | None) -> bool:
        return self.user.role == Role.SUPERVISOR or team in (None, self.user.team_id)

    async def _resync(self) -> None:
        own, waiting = await run_sync(read_lists, self.user)
        listed = {uuid.UUID(row["conversation"]) for row in [*own, *waiting]}
        mine = {uuid.UUID(row["conversation"]) for row in own}
        for pk in set(self._rows) - listed:
            del self._rows[pk]
            self.answer(type="gone", conversation=str(pk))
        for pk in set(self.streams) - mine:
            self._drop(pk)
        for row in own:
            await self._list(row, mine=True)
            self._take(uuid.UUID(row["conversation"]))
        for row in waiting:
            await self._list(row, mine=False)
        for stream in self.streams.values():
            stream.catch_up()

    def left(self) -> None:
        super().left()
        if hasattr(self, "user"):
            hub.leave(events.DESK, self)
            hub.leave(events.user_group(self.user.pk), self)
        for pk in list(self.streams):
            self._drop(pk)
