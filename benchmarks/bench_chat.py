"""Durable chat against bare Channels, in one run on one machine: only the ratios mean something.

    python -m benchmarks.bench_chat [--rooms 20] [--seconds 6]

Rooms of two. In each, one side sends, waits until the other side has the message, and sends the next:
messages a second and the time from sending to the other side's receiving it. The load generator is
Python and shares the machine with the server, so the fastest contestant is held back by it the most.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.server import Server

TEXT = "我想提前还款，需要付违约金吗？"


@dataclass
class Measured:
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def at(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100)[percent - 1] * 1000


async def open_room(server: Server) -> list[ClientConnection]:
    """Two sockets of one conversation, past hello."""
    async with httpx.AsyncClient() as http:
        made = (await http.post(f"{server.site}/api/v1/conversations", json={}, timeout=30)).json()
    hello = json.dumps({"type": "hello", "token": made["token"], "after": 0, "protocol": 1})
    room = [await plain(server, f"/ws/chat/{made['id']}/") for _ in range(2)]
    for socket in room:
        await socket.send(hello)
        while json.loads(await socket.recv())["type"] != "welcome":
            pass
    return room


async def plain(server: Server, path: str) -> ClientConnection:
    address = f"ws://127.0.0.1:{server.port}{path}"
    return await connect(address, origin=server.site, ping_interval=None, compression=None)  # type: ignore[arg-type]


async def bare_room(server: Server) -> list[ClientConnection]:
    name = uuid.uuid4().hex
    return [await plain(server, f"/ws/room/{name}/") for _ in range(2)]


async def echo(server: Server) -> list[ClientConnection]:
    socket = await plain(server, "/ws/echo/")
    return [socket, socket]


async def talk(room: list[ClientConnection], until: float, measured: Measured) -> None:
    """One message at a time, from the one side to the other."""
    sender, receiver = room
    while time.perf_counter() < until:
        client_id = str(uuid.uuid4())
        started = time.perf_counter()
        await sender.send(json.dumps({"type": "send", "client_id": client_id, "text": TEXT}))
        while True:
            frame = json.loads(await receiver.recv())
            if frame["type"] == "ping":
                await receiver.send(json.dumps({**frame, "type": "pong"}))
            elif frame["type"] in ("message", "send") and frame.get("client_id") == client_id:
                break
        measured.times.append(time.perf_counter() - started)


async def drain(socket: ClientConnection) -> None:
    """The sender's own copies: read, and confirmed."""
    async for text in socket:
        frame = json.loads(text)
        if frame["type"] == "ping":
            await socket.send(json.dumps({**frame, "type": "pong"}))


async def measure(server: Server, opener, rooms: int, seconds: float) -> Measured:
    opened = [await opener(server) for _ in range(rooms)]
    drains = [asyncio.ensure_future(drain(a)) for a, b in opened if a is not b]
    measured, started = Measured(), time.perf_counter()
    await asyncio.gather(*(talk(room, started + seconds, measured) for room in opened))
    measured.seconds = time.perf_counter() - started
    for task in drains:
        task.cancel()
    for socket in {id(s): s for room in opened for s in room}.values():
        await socket.close()
    return measured


CONTESTANTS = {
    "bare echo": ("benchmarks.bare_echo:application", echo),
    "bare group_send room": ("benchmarks.bare_echo:application", bare_room),
    "our durable chat": ("helpdesk.asgi:application", open_room),
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=6)
    options = parser.parse_args()
    results: dict[str, list[Measured]] = {name: [] for name in CONTESTANTS}
    with tempfile.TemporaryDirectory() as folder:
        Server(Path(folder), os.environ.get("DATABASE_URL", "")).migrate()
        for _ in range(3):  # interleaved, so that a noisy minute hits all alike
            for name, (application, opener) in CONTESTANTS.items():
                server = Server(Path(folder), os.environ.get("DATABASE_URL", ""), application)
                with server:
                    run = measure(server, opener, options.rooms, options.seconds)
                    results[name].append(asyncio.run(run))
    database = os.environ.get("DATABASE_URL", "sqlite").split(":")[0]
    print(f"{options.rooms} rooms of two, one message under way in each; {database}; median of 3 runs")
    best = {name: sorted(runs, key=lambda r: r.rate)[1] for name, runs in results.items()}
    for name, run in best.items():
        print(f"{name:22} {run.rate:7.0f} msg/s   p50 {run.at(50):6.1f} ms   p99 {run.at(99):6.1f} ms")
    ours = best["our durable chat"]
    for name in ("bare echo", "bare group_send room"):
        other = best[name]
        print(
            f"ours ÷ {name}: {ours.rate / other.rate:.2f} of the throughput,"
            f" {ours.at(50) / other.at(50):.1f} × p50, {ours.at(99) / other.at(99):.1f} × p99"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
