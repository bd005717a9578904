"""Reading together what many ask for at the same moment: after a restart everybody comes back at once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from helpdesk.core.pool import run_sync

Key = TypeVar("Key")
Value = TypeVar("Value")
MOST = 128  # in one reading


class Gathered(Generic[Key, Value]):
    """``await gathered.read(key)``: while one reading runs in a thread, the next gathers by itself.

    ``read_all`` gets keys and answers a value for each, in order; what it raises, all of them get. A reading
    begins after it was asked for, so that whoever has begun to listen before misses nothing.
    """

    def __init__(self, read_all: Callable[[Sequence[Key]], Sequence[Value]]) -> None:
        self._read_all = read_all
        self._waiting: WeakKeyDictionary[
            asyncio.AbstractEventLoop, list[tuple[Key, asyncio.Future[Value]]]
        ] = WeakKeyDictionary()
        self._working: set[asyncio.Task[None]] = set()

    async def read(self, key: Key) -> Value:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Value] = loop.create_future()
        waiting = self._waiting.get(loop)
        if waiting is not None:
            waiting.append((key, answer))
        else:
            self._waiting[loop] = [(key, answer)]
            task = loop.create_task(self._work(loop))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return await answer

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = self._waiting[loop]
        try:
            while waiting:
                asked, waiting[:MOST] = waiting[:MOST], []
                try:
                    values = await run_sync(self._read_all, [key for key, _ in asked])
                except Exception as error:
                    _answer(asked, [error] * len(asked))
                else:
                    _answer(asked, values)
        finally:  # cancelled, too: whoever asks next begins anew
            del self._waiting[loop]


def _answer(
    asked: "Sequence[tuple[Key, asyncio.Future[Value]]]", values: "Sequence[Value | Exception]"
) -> None:
    for (_, answer), value in zip(asked, values, strict=True):
        if answer.done():  # who asked has gone
            continue
        if isinstance(value, Exception):
            answer.set_exception(value)
        else:
            answer.set_result(value)
