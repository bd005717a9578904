"""Work that nobody waits for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from helpdesk.core import pool


@pytest.mark.parametrize("start", [pool.in_background, pool.in_own_time])
def test_what_is_left_when_the_process_ends_is_left_to_a_sweep(start, settings, monkeypatch):
    settings.BACKGROUND_WORK = True
    ran: list[str] = []
    open_threads, shut = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    shut.shutdown()
    for threads in (open_threads, shut):
        for name in ("_background", "_patient"):
            monkeypatch.setattr(pool, name, threads)
        start(lambda: ran.append("ran"))
    open_threads.shutdown()
    assert ran == ["ran"]
