"""One writer per process stores what the sockets say: many conversations' messages share a commit.

It takes what waits, stores it in one transaction in a thread with a connection of its own, and then
acknowledges. While a commit runs the next batch gathers by itself, so there is no timer: a lone message
is stored at once, and under load 64 to 128 of them cost little more than one (docs/performance.md).

Where more waits already, a batch is told of while the database has the next one. Then the event loop has the
interpreter to itself; told of at once, it would have to share it with the thread that makes the next batch
ready, and nobody would use it afterwards.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from functools import partial
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError

from chat.actions import REFUSALS, Draft, Outcome, post_messages
from chat.actions.post import nothing
from helpdesk.core.events import Call, hub
from helpdesk.core.pool import run_batch

log = logging.getLogger(__name__)
BATCH = 128  # messages in one transaction
GONE = (OperationalError, InterfaceError)  # the database went away, perhaps after the commit


class Sender:
    """Whose messages keep their order: after one that could not be saved, none that was sent later is."""

    broken = False

    def settle(self, draft: Draft, outcome: Outcome) -> None:
        """Called on the sender's loop, after the commit."""
        raise NotImplementedError


Waiting = tuple[Sender, Draft]


def store(batch: Sequence[Waiting], meanwhile: Call = nothing) -> list[Outcome]:
    """Everything in one transaction, or, if the database objects to something in it, each by itself."""
    drafts = [draft for _, draft in batch]
    try:
        return _store(drafts, meanwhile)
    except GONE as error:
        return [error] * len(batch)
    except Exception as error:
        if len(batch) == 1:
            return [error]
        log.warning("a batch of %d messages failed; storing them one by one", len(batch), exc_info=error)
    outcomes: list[Outcome] = []
    failed: dict[Sender, Exception] = {}
    for sender, draft in batch:
        outcome = failed[sender] if sender in failed else store([(sender, draft)])[0]
        if isinstance(outcome, Exception) and _is_failure(outcome):
            failed[sender] = outcome
        outcomes.append(outcome)
    return outcomes


def _store(drafts: list[Draft], meanwhile: Call) -> list[Outcome]:
    try:
        return post_messages(drafts, meanwhile)
    except GONE:
        return post_messages(drafts, meanwhile)  # the ``client_id`` makes the second try harmless


class Writer:
    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._tell: Call = nothing  # of the batch that is stored and not told of yet
        self._working: asyncio.Task[None] | None = None

    def submit(self, sender: Sender, draft: Draft) -> None:
        """Store it in its turn and tell the sender."""
        self._waiting.append((sender, draft))
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                count = min(len(self._waiting), BATCH)
                batch = [self._waiting.popleft() for _ in range(count)]
                batch = [(sender, draft) for sender, draft in batch if not sender.broken]
                if batch:
                    await run_batch(self._store_and_tell, loop, batch)
        finally:
            self._tell()  # what came after it was not stored, because its senders have gone
            self._working = None

    def _store_and_tell(self, loop: asyncio.AbstractEventLoop, batch: list[Waiting]) -> None:
        """In the thread: acknowledgements and messages reach the loop together."""
        tell_before, self._tell = self._tell, nothing
        try:
            with hub.hold() as tell:
                outcomes = store(batch, tell_before)
                hub.call(loop, partial(_settle, batch, outcomes))
        finally:
            tell_before()  # this batch may not have come so far
        if self._waiting and not any(map(_is_failure, outcomes)):
            self._tell = tell
        else:
            tell()

    async def finished(self) -> None:
        """Wait until nothing waits."""
        while self._working is not None:
            await self._working


def _is_failure(outcome: Outcome) -> bool:
    """After which its sender is broken, and must be before the next batch is taken."""
    return isinstance(outcome, Exception) and not isinstance(outcome, REFUSALS)


def _settle(batch: list[Waiting], outcomes: list[Outcome]) -> None:
    for (sender, draft), outcome in zip(batch, outcomes, strict=True):
        try:
            sender.settle(draft, outcome)
        except Exception:  # one broken sender must not silence its neighbours
            log.exception("a sender failed to take its answer")


_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, Writer] = WeakKeyDictionary()


def writer() -> Writer:
    """The writer of the running loop: a server has one loop."""
    return _writers.setdefault(asyncio.get_running_loop(), Writer())
