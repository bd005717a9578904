"""kill -9 while visitors talk: every acknowledged message is there exactly once, in order, without gaps.

    python -m benchmarks.faults --rounds 50 [--seed 1]

Each round starts a conversation, sends messages (several under way at once), kills the server at a
random moment, starts it again, lets the client reconnect and retry, and then compares what the client
was told with what the server holds. ``DATABASE_URL`` chooses the database; without it, a new SQLite file.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chat_client import ChatClient
from benchmarks.server import Server

UNDER_WAY = 4  # messages sent without waiting for the one before


@dataclass
class Outcome:
    messages: int
    connections: int
    retried_after: int  # messages that had no ack when the server died


async def talk(client: ChatClient, count: int) -> None:
    """Send ``count`` messages in order, a few of them without an ack at any time."""
    under_way: set[asyncio.Task[int]] = set()
    for n in range(count):
        under_way.add(asyncio.ensure_future(client.send(f"message {n}")))
        await asyncio.sleep(0)
        if len(under_way) >= UNDER_WAY:
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    if under_way:
        await asyncio.wait(under_way)


async def one_round(server: Server, chance: random.Random, count: int = 60) -> Outcome:
    client = await ChatClient.start(server.site)
    running = asyncio.ensure_future(client.run())
    talking = asyncio.ensure_future(talk(client, count))
    moment = chance.randrange(3, count // 2)
    await client.until(lambda: len(client.acked) >= moment)
    await asyncio.sleep(chance.uniform(0, 0.02))
    server.kill()
    unanswered = len(client.unacked)
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(30):
        await talking
        await client.until(lambda: client.last >= count)
    running.cancel()
    await check(client, count)
    return Outcome(count, client.connections, unanswered)


async def check(client: ChatClient, count: int) -> None:
    """What the client saw, what it was told, and what the server holds now are one and the same."""
    fresh = ChatClient(client.site, client.id, client.token)
    await fresh._fetch()
    stored = [fresh.messages[seq] for seq in sorted(fresh.messages)]
    wanted = [f"message {n}" for n in range(count)]
    problems = []
    if [m["seq"] for m in stored] != list(range(1, count + 1)):
        problems.append("a gap or an extra message")
    if [m["text"] for m in stored] != wanted:
        problems.append("order, loss or duplicate")
    if {m["client_id"]: m["seq"] for m in stored} != client.acked:
        problems.append("an ack that does not match")
    if client.messages != fresh.messages:
        problems.append("the client's view differs")
    if problems:
        raise AssertionError(f"{client.id}: {', '.join(problems)}")


async def rounds(server: Server, count: int, seed: int) -> list[Outcome]:
    chance = random.Random(seed)
    return [await one_round(server, chance) for _ in range(count)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), os.environ.get("DATABASE_URL", ""))
        server.migrate()
        started = time.monotonic()
        with server:
            outcomes = asyncio.run(rounds(server, options.rounds, seed))
    sent, retried = sum(o.messages for o in outcomes), sum(o.retried_after for o in outcomes)
    print(f"{len(outcomes)} kills, {sent} messages, {retried} without an ack at the kill and retried,")
    print(f"every one there exactly once and in order; {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
