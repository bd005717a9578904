"""``/ws/desk/``: an agent or supervisor, with all own conversations and the waiting list at once."""

import asyncio
import uuid
from functools import partial

from chat import events, queries
from chat.actions import Draft, edit_message, mark_read, nudge_router
from chat.consumers.base import ChatSocket
from chat.frames import DESK, Frame
from chat.models import Conversation
from chat.states import OfferState
from chat.stream import Stream
from helpdesk.core.consumers import StaffSocket
from helpdesk.core.events import Event, hub
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import works_cases
from helpdesk.core.pool import in_background, run_sync, run_write
from helpdesk.core.staffing.actions import STAYS, seen
from helpdesk.core.strict_json import InputError

WAITING_SHOWN = 200


def read_lists(user: User) -> tuple[list[Frame], list[Frame], set[uuid.UUID]]:
    """The rows of the agent's own conversations and of the waiting list, and about which this person is
    asked."""
    own = [events.row_frame(each) for each in queries.own_conversations(user)]
    waiting = [events.row_frame(each) for each in queries.waiting_for(user)[:WAITING_SHOWN]]
    return own, waiting, {offer.conversation_id for offer in queries.offers_to(user)}


def read_notes(pk: uuid.UUID, user: User) -> list[str]:
    conversation = Conversation.objects.get(pk=pk)
    return [events.encode(events.note_frame(note)) for note in queries.notes_of(conversation, user)]


class DeskConsumer(StaffSocket, ChatSocket):
    you = "agent"
    specs = DESK
    allowed = works_cases

    async def opened(self) -> None:
        await super().opened()
        self.streams: dict[uuid.UUID, Stream] = {}
        self._rows: dict[uuid.UUID, int] = {}  # what the agent's lists show, and its newest number
        self._watched: Stream | None = None  # one that is open on the screen and not this person's
        self._asked: set[uuid.UUID] = set()  # what this person is being asked about, of whatever team
        self._changed = False

    async def checked(self) -> None:
        await super().checked()
        if self.greeted and not self.out.closing:
            self.be_there(seen, self.user)
            nudge_router()

    async def hello(self, *, after: dict[uuid.UUID, int]) -> None:
        hub.join(events.DESK, self)
        hub.join(events.user_group(self.user.pk), self)
        own, waiting = await self._read_lists()
        self.greeted = True
        self.be_there(seen, self.user)
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
            own, waiting, self._asked = await run_sync(read_lists, self.user)
            if not self._changed:
                return own, waiting

    async def _list(self, row: Frame, *, mine: bool) -> None:
        self._rows[uuid.UUID(row["conversation"])] = row["seq"]
        await self.out.put(events.encode({**row, "mine": mine}))

    # --- Own conversations: joined and left as they change hands ---------------------------------

    def _take(self, pk: uuid.UUID, after: int = 0) -> None:
        if pk in self.streams:
            return
        if self._watched is not None and self._watched.pk == pk:
            self._unwatch()
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

    # --- Looking on: a supervisor at any, an agent at one that waits --------------------------------

    def on_watch(self, *, conversation: uuid.UUID, after: int) -> None:
        self._unwatch()
        if conversation not in self.streams:
            self.spawn(self._look_on(conversation, after))

    async def _look_on(self, pk: uuid.UUID, after: int) -> None:
        if not await run_sync(self._visible, pk):
            about = {"code": "not_found", "detail": "there is no such conversation", "conversation": str(pk)}
            self.answer(type="error", **about)
        elif pk not in self.streams:
            self._unwatch()
            hub.join(events.chat_group(pk), self)
            hub.join(events.note_group(pk), self)
            self._watched = Stream(pk, after, self)
            self._watched.catch_up()

    def _unwatch(self) -> None:
        """Hear it no more, unless it has become this person's meanwhile."""
        watched, self._watched = self._watched, None
        if watched is not None and watched.pk not in self.streams:
            hub.leave(events.chat_group(watched.pk), self)
            hub.leave(events.note_group(watched.pk), self)

    def _stream(self, pk: uuid.UUID) -> Stream | None:
        if self._watched is not None and self._watched.pk == pk:
            return self._watched
        return self.streams.get(pk)

    async def _show_notes(self, pk: uuid.UUID) -> None:
        for note in await run_sync(read_notes, pk, self.user):
            await self.out.put(note)

    # --- From the agent ----------------------------------------------------------------------------

    def _own(self, pk: uuid.UUID) -> Conversation:
        """An unsaved handle: the actions read the row themselves, and check."""
        return Conversation(pk=pk)

    def on_send(
        self,
        *,
        conversation: uuid.UUID,
        client_id: uuid.UUID,
        text: str,
        attachments: tuple[uuid.UUID, ...] = (),
    ) -> None:
        draft = Draft(conversation, self.user, client_id, text, attachments)
        if conversation in self.streams:
            self.post(draft)
        else:
            self.write(partial(self._post_if_visible, draft), **self.about(draft))

    async def _post_if_visible(self, draft: Draft) -> None:
        if not await run_sync(self._visible, draft.conversation):
            raise Conversation.DoesNotExist
        await self._submit(draft)

    def about(self, draft: Draft) -> dict[str, str]:
        return {"client_id": str(draft.client_id), "conversation": str(draft.conversation)}

    def _visible(self, pk: uuid.UUID) -> bool:
        return queries.conversations_visible_to(self.user).filter(pk=pk).exists()

    def on_typing(self, *, conversation: uuid.UUID, on: bool) -> None:
        self._mine(conversation)
        self.pass_typing(conversation, on)

    def on_read(self, *, conversation: uuid.UUID, seq: int) -> None:
        self._mine(conversation)
        work = partial(run_write, mark_read, self._own(conversation), actor=self.user, seq=seq)
        self.write(work, conversation=str(conversation))

    def on_edit(self, *, conversation: uuid.UUID, seq: int, text: str) -> None:
        self._mine(conversation)
        row = self._own(conversation)
        work = partial(run_write, edit_message, row, actor=self.user, seq=seq, text=text)
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
        elif kind in ("offer", "flagged"):
            if kind == "offer":
                self._hear_offer(event["frame"])
            self.answer(**event["frame"])
        elif kind == "resync":
            self.spawn(self._resync())
        elif (stream := self._stream(uuid.UUID(event["conversation"]))) is not None:
            if kind == "note":
                if event["to"] in (None, self.user.pk):
                    self.push(event["json"])
            elif kind == "state":
                self.answer(**event["frame"])
            elif kind != "presence" or stream is not self._watched:  # who looks on is not there
                self.hear_shared(stream, event)

    def _hear_offer(self, frame: Frame) -> None:
        pk = uuid.UUID(frame["conversation"])
        if frame["state"] == OfferState.OPEN:
            self._asked.add(pk)
        else:
            self._asked.discard(pk)
            self.spawn(self._ask_no_more(pk))

    async def _ask_no_more(self, pk: uuid.UUID) -> None:
        """What another team waits for is out of sight again."""
        if await run_sync(self._visible, pk):
            return
        if self._watched is not None and self._watched.pk == pk:
            self._unwatch()
        if self._rows.pop(pk, None) is not None:
            self.answer(type="gone", conversation=str(pk))

    def _show_row(self, event: Event) -> None:
        pk = uuid.UUID(event["conversation"])
        if event["seq"] < self._rows.get(pk, 0):
            return  # an older one that came late
        mine = event["open"] and event["assignee"] == self.user.pk
        if mine or (event["waiting"] and self._serves(pk, event["team"])):
            self._rows[pk] = event["seq"]
            self.answer(**event["frame"], mine=mine)
        elif self._rows.pop(pk, None) is not None:
            self.answer(type="gone", conversation=str(pk))
        if mine:
            self._take(pk)
        else:
            self._drop(pk)
            self._look_away(pk, event)

    def _look_away(self, pk: uuid.UUID, event: Event) -> None:
        """An agent looks on while it waits for them; then somebody has it."""
        if self._watched is None or self._watched.pk != pk or self.user.role == Role.SUPERVISOR:
            return
        if not (event["waiting"] and self._serves(pk, event["team"])):
            self._unwatch()

    def _serves(self, pk: uuid.UUID, team: int | None) -> bool:
        asked = pk in self._asked
        return asked or self.user.role == Role.SUPERVISOR or team in (None, self.user.team_id)

    async def _resync(self) -> None:
        own, waiting, self._asked = await run_sync(read_lists, self.user)
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
        if self._watched is not None:
            self._watched.catch_up()

    def left(self) -> None:
        super().left()
        if hasattr(self, "user"):
            hub.leave(events.DESK, self)
            hub.leave(events.user_group(self.user.pk), self)
            if self.greeted:  # gone unless another page of theirs says otherwise meanwhile
                in_background(seen, self.user, at_most=True)
                asyncio.get_running_loop().call_later(STAYS.total_seconds() + 1, nudge_router)
            self._unwatch()
        for pk in list(self.streams):
            self._drop(pk)
