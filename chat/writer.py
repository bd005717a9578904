"""One writer per process stores what the sockets say: many conversations' messages share a commit.

It takes what waits, stores it in one transaction in a thread with a connection of its own, and then
acknowledges. While a commit runs the next batch gathers by itself, so there is no timer: a lone message
is stored at once, and under load 64 to 128 of them cost little more than one (docs/performance.md).

Where more waits already, the thread takes the next batch by itself, and the one before is told of while the
database has it. Then the event loop has the interpreter to itself; told of at once, it would have to share it
with the thread that makes the next batch ready, and nobody would use it afterwards.
"""

import asyncio
import logging
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from functools import partial
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError

from chat import events
from chat.actions import REFUSALS, Draft, Outcome, post_messages
from chat.actions.post import nothing
from helpdesk.core.events import Call, hub
from helpdesk.core.pool import in_batches

log = logging.getLogger(__name__)
BATCH = 128  # messages in one transaction
TURNS = 4  # batches before another write may have the thread
GONE = (OperationalError, InterfaceError)  # the database went away, perhaps after the commit


class Sender:
    """Whose messages keep their order: after one that could not be saved, none that was sent later is."""

    broken = False

    def settle(self, draft: Draft, outcome: Outcome) -> None:
        """Called on the sender's loop, after the commit."""
        raise NotImplementedError


Waiting = tuple[Sender, Draft]
Changed = set[uuid.UUID]  # conversations whose row in the lists is to be told anew


def store(
    batch: Sequence[Waiting], meanwhile: Call = nothing, changed: Changed | None = None
) -> list[Outcome]:
    """Everything in one transaction, or, if the database objects to something in it, each by itself."""
    drafts = [draft for _, draft in batch]
    try:
        return _store(drafts, meanwhile, changed)
    except GONE as error:
        return [error] * len(batch)
    except Exception as error:
        if len(batch) == 1:
            return [error]
        log.warning("a batch of %d messages failed; storing them one by one", len(batch), exc_info=error)
    outcomes: list[Outcome] = []
    failed: dict[Sender, Exception] = {}
    for sender, draft in batch:
        outcome = failed[sender] if sender in failed else store([(sender, draft)], changed=changed)[0]
        if isinstance(outcome, Exception) and _is_failure(outcome):
            failed[sender] = outcome
        outcomes.append(outcome)
    return outcomes


def _store(drafts: list[Draft], meanwhile: Call, changed: Changed | None) -> list[Outcome]:
    try:
        return post_messages(drafts, meanwhile, changed)
    except GONE:
        return post_messages(drafts, meanwhile, changed)  # the ``client_id`` makes the second try harmless


class Writer:
    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._working = False
        self._finishing: list[asyncio.Future[None]] = []
        self._lock = threading.Lock()  # nobody stops working while something is handed over

    def submit(self, sender: Sender, draft: Draft) -> None:
        """Store it in its turn and tell the sender."""
        with self._lock:
            self._waiting.append((sender, draft))
            was_working, self._working = self._working, True
        if not was_working:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._start, loop)  # with what else arrives in this turn of the loop

    async def finished(self) -> None:
        """Wait until nothing waits."""
        with self._lock:
            if not self._working:
                return
            done = asyncio.get_running_loop().create_future()
            self._finishing.append(done)
        await done

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        in_batches(partial(self._work, loop))

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread."""
        tell: Call = nothing  # of the batch that is stored and not told of yet
        changed: Changed = set()
        try:
            for _ in range(TURNS):
                if not self._waiting:
                    break
                batch = self._next()
                tell_before, tell = tell, nothing
                try:
                    with hub.hold() as tell:
                        outcomes = store(batch, tell_before, changed) if batch else []
                        hub.call(loop, partial(_settle, batch, outcomes))
                finally:
                    tell_before()  # this batch may not have come so far
                if any(map(_is_failure, outcomes)):
                    break  # its sender is broken before more is taken
            tell()
            if changed:
                events.tell_rows(changed)
        finally:
            tell()
            self._end(loop)

    def _next(self) -> list[Waiting]:
        count = min(len(self._waiting), BATCH)
        batch = [self._waiting.popleft() for _ in range(count)]
        return [(sender, draft) for sender, draft in batch if not sender.broken]

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        """Or go on, once the loop has settled what it was told."""
        with self._lock:
            self._working = bool(self._waiting)
            finished, self._finishing = ([], self._finishing) if self._working else (self._finishing, [])
        if self._working:
            hub.call(loop, partial(self._start, loop))
        elif finished:
            hub.call(loop, partial(_finish, finished))


def _finish(waiting: list[asyncio.Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)


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
