"""The messages of one conversation to one socket: each once, in order, none left out.

Live events may come late, twice or out of order (several threads, several processes). The next number
is sent on; an older one is dropped; after a gap the missing ones are given a moment to arrive and are
then read from the database, which is the truth.
"""

import asyncio
import uuid

from chat import events, queries
from helpdesk.core.pool import run_sync
from helpdesk.core.sockets import Socket

PATIENCE = 0.02  # seconds that a missing number may take to arrive by itself
HELD = 64  # events kept meanwhile
PAGE = 100


def read_page(pk: uuid.UUID, after: int) -> list[tuple[int, str]]:
    """The next messages, as encoded frames."""
    found = queries.messages_after(pk, after, PAGE)
    return [(message.seq, events.encode(events.message_frame(message))) for message in found]


class Stream:
    def __init__(self, pk: uuid.UUID, after: int, socket: Socket) -> None:
        self.pk, self.last, self.newest = pk, after, after
        self._socket = socket
        self._held: dict[int, str] = {}
        self._reading = False
        self._again = False

    def hear(self, seq: int, text: str) -> None:
        """A live message."""
        self.newest = max(self.newest, seq)
        if self._reading or seq <= self.last:
            return
        if seq == self.last + 1 and not self._held:
            self._send(seq, text)
            return
        if len(self._held) < HELD:
            self._held[seq] = text
        self._release()
        if self._held:
            asyncio.get_running_loop().call_later(PATIENCE, self._missing)

    def catch_up(self) -> None:
        """Read from the database what has not been sent yet."""
        if self._reading:
            self._again = True
            return
        self._reading = True
        self._socket.spawn(self._read())

    def _send(self, seq: int, text: str) -> None:
        self._socket.push(text)
        self.last = seq

    def _release(self) -> None:
        while self.last + 1 in self._held:
            self._send(self.last + 1, self._held.pop(self.last + 1))
        self._held = {seq: text for seq, text in self._held.items() if seq > self.last}

    def _missing(self) -> None:
        if self._held:
            self._held.clear()
            self.catch_up()

    async def _read(self) -> None:
        """Page by page at the client's pace; what is heard meanwhile is in the next page."""
        self._held.clear()
        while True:
            self._again, announced = False, self.newest
            page = await run_sync(read_page, self.pk, self.last)
            for seq, text in page:
                await self._socket.out.put(text)
                self.last = seq
            newer = self.newest > max(self.last, announced)  # heard of while reading
            if len(page) < PAGE and not self._again and not newer:
                break
        self._reading = False
