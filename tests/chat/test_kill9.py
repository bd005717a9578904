"""kill -9 of a real server in the middle of a conversation (benchmarks/faults.py runs more rounds)."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from benchmarks.chat_client import ChatClient
from benchmarks.faults import check, rounds
from benchmarks.server import Server
from chat.models import Message

pytestmark = pytest.mark.deep


def database_url() -> str:
    """Where this test's database is, for a process of its own."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    password = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    return f"postgres://{at['USER']}{password}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


@pytest.fixture
def server(transactional_db, tmp_path):
    with Server(tmp_path, database_url()) as running:
        yield running


async def test_acknowledged_messages_survive_kill_9_exactly_once(server):
    outcomes = await rounds(server, 3, seed=20_261_122)
    assert [outcome.connections for outcome in outcomes] == [2, 2, 2]  # each was cut off once, and came back
    assert sum(outcome.retried_after for outcome in outcomes) > 0  # and some were under way
    assert await Message.objects.acount() == sum(outcome.messages for outcome in outcomes)  # our own server
    assert b"Traceback" not in await sync_to_async(server.traces)()


async def test_the_check_notices_a_lost_message(server):
    """The judge is judged: a row deleted behind the server's back must not pass."""
    client = await ChatClient.start(server.site)
    running = asyncio.ensure_future(client.run())
    for n in range(3):
        await client.send(f"message {n}")
    await client.until(lambda: client.last >= 3)
    running.cancel()
    await check(client, 3)
    await Message.objects.filter(seq=2).adelete()
    with pytest.raises(AssertionError):
        await check(client, 3)
