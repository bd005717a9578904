"""A small pool of threads in which consumers run synchronous database work.

Not asgiref's thread-sensitive executor: that one serialises every request of the process.
"""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

log = logging.getLogger(__name__)
Result = TypeVar("Result")
Fields = ParamSpec("Fields")

_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="consumer-db")
# Writes have threads of their own. SQLite takes one writer at a time and lets the others sleep and ask
# again, so there one thread is several times as fast as four.
_writers = ThreadPoolExecutor(max_workers=settings.CONSUMER_WRITERS, thread_name_prefix="consumer-write")
# Batches of messages never wait behind another write, where the database takes several at a time.
_batches = (
    _writers if settings.CONSUMER_WRITERS == 1 else ThreadPoolExecutor(1, thread_name_prefix="consumer-batch")
)

# What nobody waits for, such as the bot's search: it must not hold up what a client is waiting for.
_background = ThreadPoolExecutor(max_workers=2, thread_name_prefix="background")
_patient = ThreadPoolExecutor(
    max_workers=1, thread_name_prefix="patient"
)  # what pauses by itself, one after the other


def _with_connections(call: Callable[[], Result]) -> Result:
    """These threads keep their connections, unless one has failed: opening one costs more than a write."""
    try:
        return call()
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred or not settings.CONSUMERS_KEEP_CONNECTIONS:
                connection.close_if_unusable_or_obsolete()


async def run_sync(function: Callable[Fields, Result], *args: Fields.args, **fields: Fields.kwargs) -> Result:
    """Run a synchronous function that reads through the ORM, without blocking the event loop."""
    return await _run(_readers, partial(function, *args, **fields))


async def run_write(
    function: Callable[Fields, Result], *args: Fields.args, **fields: Fields.kwargs
) -> Result:
    """The same for an action."""
    return await _run(_writers, partial(function, *args, **fields))


def in_batches(function: Callable[[], object]) -> None:
    """The same for the messages of many sockets at once. Nobody waits for it, and it tells its own errors."""
    _batches.submit(_with_connections, partial(_logged, function))


async def _run(threads: ThreadPoolExecutor, function: Callable[[], Result]) -> Result:
    call = partial(contextvars.copy_context().run, function)
    return await asyncio.get_running_loop().run_in_executor(threads, _with_connections, call)


def in_background(function: Callable[Fields, object], *args: Fields.args, **fields: Fields.kwargs) -> None:
    """Run it soon, from any thread. It must be level-triggered: what fails is logged and done by a sweep."""
    if settings.BACKGROUND_WORK:
        _submit(_background, partial(function, *args, **fields))


def in_own_time(function: Callable[[], object]) -> None:
    """The same for what may take long and pauses meanwhile: it has a thread of its own."""
    if settings.BACKGROUND_WORK:
        _submit(_patient, function)


def _submit(threads: ThreadPoolExecutor, function: Callable[[], object]) -> None:
    with suppress(RuntimeError):  # the process is ending: a sweep of another one does it
        threads.submit(_with_connections, partial(_logged, function))


def _logged(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception as error:  # its text may quote a row
        log.error("work in the background failed: %s", type(error).__name__)
