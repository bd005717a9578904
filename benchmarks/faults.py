"""kill -9 while people talk: every acknowledged message is there exactly once, in order, without gaps.

    python -m benchmarks.faults --rounds 100 [--seed 1] [--history FILE]

Each round two participants of one conversation send messages (several under way at once), the server is
killed at a random moment and started again, both come back and retry by themselves, and then what they were
told is compared with what they saw and with what the server holds. Their histories (invoke, ok, unknown)
are kept with ``--history``. ``DATABASE_URL`` chooses the database; without it, a new SQLite file.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.chat_client import ChatClient
from benchmarks.server import Server

BACK_SECONDS = 10
UNDER_WAY = 4  # messages sent without waiting for the one before


@dataclass
class Outcome:
    messages: int
    connections: int
    retried_after: int  # messages that had no ack when the server died
    back: float  # seconds from the server's answering again to both participants' being welcome
    history: list[tuple[str, str, int]]


async def talk(client: ChatClient, count: int, name: str = "message") -> None:
    """Send ``count`` messages in order, a few of them without an ack at any time."""
    under_way: set[asyncio.Task[int]] = set()
    for n in range(count):
        under_way.add(asyncio.ensure_future(client.send(f"{name} {n}")))
        await asyncio.sleep(0)
        if len(under_way) >= UNDER_WAY:
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    if under_way:
        await asyncio.wait(under_way)


async def one_round(server: Server, chance: random.Random, count: int = 60) -> Outcome:
    async with asyncio.timeout(120):  # an ack that never comes is a failure as well
        return await _one_round(server, chance, count)


async def _one_round(server: Server, chance: random.Random, count: int) -> Outcome:
    one = await ChatClient.start(server.site)
    two = ChatClient(one.site, one.id, one.token)
    both = {"one": one, "two": two}
    running = [asyncio.ensure_future(client.run()) for client in both.values()]
    each = count // 2
    talking = [asyncio.ensure_future(talk(client, each, name)) for name, client in both.items()]
    moment = chance.randrange(3, each)
    await one.until(lambda: len(one.acked) >= moment)
    await asyncio.sleep(chance.uniform(0, 0.02))
    server.kill()
    unanswered = len(one.unacked) + len(two.unacked)
    await asyncio.to_thread(server.start)
    up = time.monotonic()
    await asyncio.gather(*talking)
    for client in both.values():
        # Back even if all had been said before the kill.
        await client.until(lambda client=client: client.connections > 1 and client.last >= 2 * each)  # type: ignore[misc]
    for task in running:
        task.cancel()
    await check_both(both, each)
    back = max(client.welcomed_at for client in both.values()) - up
    return Outcome(2 * each, one.connections, unanswered, max(back, 0.0), one.history + two.history)


async def check_both(both: dict[str, ChatClient], each: int) -> None:
    """As ``check``, for two who spoke at the same time: each in the order of its own words."""
    one, two = both.values()
    stored = await stored_of(one)
    problems = []
    if [m["seq"] for m in stored] != list(range(1, 2 * each + 1)):
        problems.append("a gap or an extra message")
    for name in both:
        said = [m["text"] for m in stored if m["text"].startswith(name)]
        if said != [f"{name} {n}" for n in range(each)]:
            problems.append(f"order, loss or duplicate of {name}")
    if {m["client_id"]: m["seq"] for m in stored} != one.acked | two.acked:
        problems.append("an ack that does not match")
    if not [*one.messages.values()] == [*two.messages.values()] == stored:
        problems.append("a participant's view differs")
    if problems:
        raise AssertionError(f"{one.id}: {', '.join(problems)}")


async def stored_of(client: ChatClient) -> list[dict[str, Any]]:
    fresh = ChatClient(client.site, client.id, client.token)
    await fresh._fetch()
    return [fresh.messages[seq] for seq in sorted(fresh.messages)]


async def check(client: ChatClient, count: int) -> None:
    """What the client saw, what it was told, and what the server holds now are one and the same."""
    stored = await stored_of(client)
    problems = []
    if [m["seq"] for m in stored] != list(range(1, count + 1)):
        problems.append("a gap or an extra message")
    if [m["text"] for m in stored] != [f"message {n}" for n in range(count)]:
        problems.append("order, loss or duplicate")
    if {m["client_id"]: m["seq"] for m in stored} != client.acked:
        problems.append("an ack that does not match")
    if [*client.messages.values()] != stored:
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
    parser.add_argument("--history", type=Path, help="keep what the clients did, a line of JSON a round")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), os.environ.get("DATABASE_URL", ""))
        server.migrate()
        started = time.monotonic()
        with server:
            outcomes = asyncio.run(rounds(server, options.rounds, seed))
    if options.history:
        lines = [json.dumps({"seed": seed, "history": outcome.history}) for outcome in outcomes]
        options.history.write_text("\n".join(lines), "utf-8")
    sent, retried = sum(o.messages for o in outcomes), sum(o.retried_after for o in outcomes)
    slowest = max(outcome.back for outcome in outcomes)
    print(f"{len(outcomes)} kills, {sent} messages, {retried} without an ack at the kill and retried:")
    print("0 acknowledged lost, 0 duplicates, 0 gaps; every participant saw all of them in one order;")
    print(
        f"both back {slowest:.1f} s after the server at the latest; {time.monotonic() - started:.0f} s in all"
    )
    if slowest > BACK_SECONDS:
        print(f"more than {BACK_SECONDS} s")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
