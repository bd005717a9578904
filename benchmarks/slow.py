"""A synchronous query that takes its time."""

import time


def slow_query() -> None:
    time.sleep(0.3)  # the database is working; the thread waits without the interpreter's lock
