"""A small pool of threads in which consumers run synchronous database work.

Not asgiref's thread-sensitive executor: that one serialises every request of the process.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

Result = TypeVar("Result")
Fields = ParamSpec("Fields")

_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="consumer-db")


def _with_connections(call: Callable[[], Result]) -> Result:
    """These threads keep their connections, unless one has failed: opening one costs more than a write."""
    try:
        return call()
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.errors_occurred or not settings.CONSUMERS_KEEP_CONNECTIONS:
                connection.close_if_unusable_or_obsolete()


async def run_sync(function: Callable[Fields, Result], *args: Fields.args, **fields: Fields.kwargs) -> Result:
    """Run a synchronous function that uses the ORM, without blocking the event loop."""
    context = contextvars.copy_context()
    call = partial(context.run, partial(function, *args, **fields))
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _with_connections, call)
