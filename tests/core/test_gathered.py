"""What many ask for at the same moment is read together."""

import asyncio
import threading

import pytest

from helpdesk.core.gathered import MOST, Gathered


class Reader:
    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, keys):
        assert self.go.wait(5)
        self.batches.append(list(keys))
        if -1 in keys:
            raise LookupError("one of them")
        return [key * 2 for key in keys]


@pytest.fixture
def reader() -> Reader:
    return Reader()


async def test_each_gets_its_own_and_what_comes_meanwhile_is_read_next(reader):
    gathered = Gathered(reader)
    reader.go.clear()
    first = asyncio.ensure_future(gathered.read(1))
    await asyncio.sleep(0.01)
    later = [asyncio.ensure_future(gathered.read(n)) for n in range(2, MOST + 5)]
    await asyncio.sleep(0)
    reader.go.set()
    assert await asyncio.gather(first, *later) == [n * 2 for n in range(1, MOST + 5)]
    assert [len(batch) for batch in reader.batches] == [1, MOST, 3]
    assert await gathered.read(7) == 14  # and it begins anew
    assert reader.batches[-1] == [7]


async def test_a_reading_begins_after_it_was_asked_for(reader):
    """Who has begun to listen before must not be answered by a reading that was under way."""
    gathered = Gathered(reader)
    reader.go.clear()
    first = asyncio.ensure_future(gathered.read(1))
    await asyncio.sleep(0.01)
    second = asyncio.ensure_future(gathered.read(1))
    await asyncio.sleep(0)
    reader.go.set()
    await asyncio.gather(first, second)
    assert reader.batches == [[1], [1]]


async def test_a_failure_is_told_to_all_of_its_reading_and_to_nobody_else(reader):
    gathered = Gathered(reader)
    reader.go.clear()
    first = asyncio.ensure_future(gathered.read(1))
    await asyncio.sleep(0.01)
    later = [asyncio.ensure_future(gathered.read(n)) for n in (2, -1)]
    await asyncio.sleep(0)
    reader.go.set()
    assert await first == 2
    told = await asyncio.gather(*later, return_exceptions=True)
    assert [type(error) for error in told] == [LookupError, LookupError]
    assert await gathered.read(3) == 6


async def test_who_has_gone_meanwhile_holds_up_nobody(reader):
    gathered = Gathered(reader)
    reader.go.clear()
    gone, stays = asyncio.ensure_future(gathered.read(1)), asyncio.ensure_future(gathered.read(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0)
    reader.go.set()
    assert await stays == 4


async def test_a_reading_that_was_cancelled_leaves_nobody_waiting_for_it(reader):
    gathered = Gathered(reader)
    reader.go.clear()
    asked = asyncio.ensure_future(gathered.read(1))
    await asyncio.sleep(0.01)
    for task in gathered._working:
        task.cancel()
    reader.go.set()
    await asyncio.sleep(0.01)
    asked.cancel()
    assert await asyncio.wait_for(gathered.read(2), 5) == 4
