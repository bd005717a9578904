"""The durable chat beside what it is judged against, in one run on one machine: only ratios mean something.

    python -m benchmarks.bench_chat [--quick]          # DATABASE_URL and REDIS_URL choose the column

Contestants (rooms.py): a bare ASGI room on stock Daphne that stores nothing, Channels' ``group_send``, and
the naive durable design of one INSERT and ``group_send``. Ours runs with everything on. All servers are
up at once and take turns, so that a noisy minute hits all alike; every message is counted at every reader,
and a contestant that loses one is out. docs/performance.md explains and keeps the figures.
"""

import argparse
import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.commits import committing, paced
from benchmarks.load import Load, Measured, Socket
from benchmarks.server import ROOT, Server

BAD_FRAMES = [
    "",
    "hello",
    "[]",
    "null",
    "{}",
    '{"type":"send"',
    '{"type":"send"}{}',
    '{"type":"close",}',
    '{"type":"nothing"}',
    '{"type":["send"]}',
    '{"a":{"a":{"a":{"a":{}}}}}',
    "[" * 30_000 + "]" * 30_000,
    '{"type":"close","type":"close"}',
    '{"type":"read","seq":NaN}',
    '{"type":"read","seq":1e999}',
    '{"type":"read","seq":' + "9" * 5_000 + "}",
    '{"type":"read","seq":true}',
    '{"type":"read","seq":"1"}',
    '{"type":"read","seq":-1}',
    '{"type":"send","client_id":"x","text":"a"}',
    '{"type":"send","client_id":1,"text":"\\u0000"}',
    '{"type":"send","text":"\\ud800"}',
    '{"t":"' + "a" * 70_000 + '"}',
    b"\x00\x01",
]


class Bench:
    def __init__(
        self,
        desk: Server,
        rooms: Server,
        known: list[tuple[str, str]],
        quick: bool,
        commit: Callable[[], None],
    ) -> None:
        self.desk, self.rooms, self.known, self.quick = desk, rooms, known, quick
        self.commit = commit  # one small row, stored without a chat
        self.rows: list[tuple[str, float, str]] = []

    # --- Plans ------------------------------------------------------------------------------------

    def ours(self, rooms: int, size: int = 2) -> list[Socket]:
        plan = []
        for number, (pk, token) in enumerate(self.known[:rooms]):
            hello = json.dumps({"type": "hello", "token": token, "after": 2**31 - 1, "protocol": 1})
            plan += [Socket(number, f"/ws/chat/{pk}/", hello=hello)] * size
        return plan

    def other(self, kind: str, rooms: int, size: int = 2) -> list[Socket]:
        names = [uuid.uuid4().hex for _ in range(rooms)]
        return [
            Socket(number, f"/ws/{kind}/{name}/") for number, name in enumerate(names) for _ in range(size)
        ]

    def turn(self, kind: str, rooms: int, *, size: int = 2, speaking: int = 0, **load: float) -> Measured:
        server = self.desk if kind == "ours" else self.rooms
        plan = self.ours(rooms, size) if kind == "ours" else self.other(kind, rooms, size)
        with Load(server.port, plan, speaking=speaking, **load) as running:
            time.sleep(0.3)
            return running.run()

    def turns(self, kinds: list[str], rooms: int, times: int, **load: float) -> dict[str, list[Measured]]:
        results: dict[str, list[Measured]] = {kind: [] for kind in kinds}
        for _ in range(1 if self.quick else times):
            for kind in kinds:
                results[kind].append(self.turn(kind, rooms, **load))  # type: ignore[arg-type]
        return results

    def say(self, what: str, ratio: float, more: str) -> None:
        self.rows.append((what, ratio, more))
        print(f"{what:58} {ratio:8.2f}   {more}", flush=True)

    # --- What is measured ----------------------------------------------------------------------------

    def saturation(self) -> None:
        """Rooms of two, 200 connections, the next message as soon as the last one is there."""
        found = self.turns(["bare", "ours", "naive"], 100, 3, seconds=3)
        rate = {kind: statistics.median(run.rate for run in runs) for kind, runs in found.items()}
        p50 = {kind: statistics.median(run.p50 for run in runs) for kind, runs in found.items()}
        more = f"{rate['ours']:.0f} : {rate['bare']:.0f} msg/s, p50 {p50['ours']:.0f} : {p50['bare']:.0f} ms"
        self.say("durable throughput / bare Daphne room", rate["ours"] / rate["bare"], more)
        more = f"{rate['ours']:.0f} : {rate['naive']:.0f} msg/s"
        slow = rate["naive"] or math.nan  # finished nothing in the time
        self.say("durable throughput / naive durable design", rate["ours"] / slow, more)

    def processor(self) -> None:
        """The same in processor time of the server, which a busy machine disturbs less."""
        cost = {}
        for kind, server in (("bare", self.rooms), ("ours", self.desk)):
            with Load(
                server.port, self.ours(100) if kind == "ours" else self.other(kind, 100), seconds=3
            ) as load:
                before = cpu_seconds(server)
                run = load.run()
                cost[kind] = (cpu_seconds(server) - before) / run.sent * 1e6
        more = f"{cost['bare']:.0f} : {cost['ours']:.0f} µs of the server's processor a message"
        self.say("bare room's processor time / ours", cost["bare"] / cost["ours"], more)

    def latency(self) -> None:
        """1,000 connections, 150 messages a second; between the turns as many commits without a chat."""
        found: dict[str, list[Measured]] = {"bare": [], "ours": []}
        commits = []
        for _ in range(1 if self.quick else 4):
            for kind, runs in found.items():
                runs.append(self.turn(kind, 500, seconds=4, rate=150))
            commits.append(paced(self.commit, rate=150, seconds=2))
        p99 = {kind: min(run.p99 for run in runs) for kind, runs in found.items()}
        p50 = {kind: min(run.p50 for run in runs) for kind, runs in found.items()}
        more = f"{p99['ours']:.1f} : {p99['bare']:.1f} ms; p50 {p50['ours']:.1f} : {p50['bare']:.1f} ms"
        self.say("p99 at 1,000 connections, 150 msg/s / bare room's", p99["ours"] / p99["bare"], more)
        alone, slowest = (min(times) for times in zip(*commits, strict=True))
        more = f"{slowest:.1f} : {p99['bare']:.1f} ms; p50 {alone:.1f} : {p50['bare']:.1f} ms"
        self.say("the same of a commit alone, without any chat", slowest / p99["bare"], more)

    def crowd(self) -> None:
        """As many speak as at 200 connections, among thousands who are there and silent."""
        rooms = len(self.known)
        few = self.turn("ours", 100, seconds=3)
        time.sleep(2)
        before = memory(self.desk)
        with Load(self.desk.port, self.ours(rooms), seconds=3, speaking=100) as load:
            each = (memory(self.desk) - before) / (2 * rooms) / 1024
            seconds = load.connected.seconds
            many = load.run()
        again = self.turn("ours", 100, seconds=3)
        base = (few.rate + again.rate) / 2
        more = f"{many.rate:.0f} : {base:.0f} msg/s; all connected in {seconds:.1f} s"
        self.say(f"throughput at {2 * rooms:,} connections / at 200", many.rate / base, more)
        self.say("memory of one idle connection, KiB", each, "resident memory of the server")

    def big_rooms(self) -> None:
        """Rooms of 50."""
        found = self.turns(["layer", "ours"], 8, 2, size=50, seconds=3)
        rate = {kind: statistics.median(run.rate for run in runs) for kind, runs in found.items()}
        more = f"{rate['ours']:.0f} : {rate['layer']:.0f} msg/s"
        self.say("rooms of 50: durable / group_send that stores nothing", rate["ours"] / rate["layer"], more)

    def beside(self) -> None:
        """Everybody else's wait, beside one synchronous query of 300 ms after the other."""
        for kind, server in (("ours", self.desk), ("layer", self.rooms)):
            alone = self.turn(kind, 100, seconds=3, rate=150)
            with always(lambda server=server: httpx.get(f"{server.site}/slow/", timeout=30)):
                busy = self.turn(kind, 100, seconds=3, rate=150)
            who = "others' p50" if kind == "ours" else "the same, stock Channels"
            more = f"{busy.p50:.1f} : {alone.p50:.1f} ms"
            self.say(f"{who} beside a 300 ms query / without", busy.p50 / alone.p50, more)

    def bad_neighbour(self) -> None:
        """Everybody else's p99 while somebody sends every kind of bad frame as fast as it is answered.

        It is closed after ten and comes back at once; beside it, one who does the same with good frames.
        """
        pk, token = self.known[-1]
        p99: dict[str, list[float]] = {"nobody": [], "good": [], "bad": []}
        for _ in range(1 if self.quick else 3):
            p99["nobody"].append(self.turn("ours", 100, seconds=4, rate=150).p99)
            for kind, frames in (("good", ['{"type":"ping"}'] * len(BAD_FRAMES)), ("bad", BAD_FRAMES)):
                with always(lambda frames=frames: asyncio.run(insist(self.desk, pk, token, frames))):
                    p99[kind].append(self.turn("ours", 100, seconds=4, rate=150).p99)
        bad, good, nobody = (statistics.median(p99[kind]) for kind in ("bad", "good", "nobody"))
        more = f"{bad:.1f} : {good:.1f} ms, {len(BAD_FRAMES)} kinds; {nobody:.1f} ms beside nobody"
        self.say("neighbours' p99 beside bad frames / as many good ones", bad / good, more)

    def arrivals(self) -> None:
        """Connected and greeted: known by a token, and known by nobody."""
        count = 1000
        plan = [Socket(0, "/ws/plain/", hello='{"type":"hello"}')] * count
        rates: dict[str, list[float]] = {"plain": [], "ours": []}
        for _ in range(1 if self.quick else 2):
            for kind, found in rates.items():
                with Load(self.desk.port, plan if kind == "plain" else self.ours(count // 2)) as load:
                    found.append(count / load.connected.seconds)
        ours, plain = max(rates["ours"]), max(rates["plain"])
        self.say("authenticated / anonymous connects", ours / plain, f"{ours:.0f} : {plain:.0f} a second")


@contextmanager
def always(work: Callable[[], object]) -> Iterator[None]:
    """Do it again and again beside the body."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


async def insist(server: Server, pk: str, token: str, sent: Sequence[str | bytes]) -> None:
    """Send them all and read an answer to each, over three connections."""
    address = f"ws://127.0.0.1:{server.port}/ws/chat/{pk}/"
    for frames in (sent[:10], sent[10:20], sent[20:]):  # the eleventh bad one would close
        try:
            async with connect(address, origin=server.site, compression=None, max_size=None) as socket:  # type: ignore[arg-type]
                await socket.send(json.dumps({"type": "hello", "token": token, "after": 0, "protocol": 1}))
                for frame in frames:
                    await socket.send(frame)
                answers = 0
                while answers < len(frames):
                    answers += json.loads(await socket.recv())["type"] in ("error", "pong")
        except ConnectionClosed as closed:
            raise AssertionError("a frame closed its connection") from closed


def cpu_seconds(server: Server) -> float:
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(server: Server) -> int:
    """Resident bytes."""
    assert server.process is not None
    pages = Path(f"/proc/{server.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def prepared(server: Server, *command: str) -> str:
    run = [sys.executable, "-m", *command]
    return subprocess.run(  # noqa: S603
        run, cwd=ROOT, env=server.env, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one turn each, fewer connections")
    parser.add_argument("--only", default="", help="parts, comma-separated")
    options = parser.parse_args()
    url = os.environ.get("DATABASE_URL", "")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        desk = Server(Path(folder), url, "benchmarks.desk")
        rooms = Server(Path(folder), url, "benchmarks.rooms", stock=True)
        desk.migrate()
        prepared(desk, "benchmarks.rooms")
        known = json.loads(prepared(desk, "benchmarks.conversations", "500" if options.quick else "2500"))
        with desk, rooms, committing(url, Path(folder)) as commit:
            print(f"{url.split(':')[0] or 'sqlite'}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            bench = Bench(desk, rooms, known, options.quick, commit)
            parts = [
                bench.saturation,
                bench.processor,
                bench.latency,
                bench.crowd,
                bench.big_rooms,
                bench.beside,
                bench.bad_neighbour,
                bench.arrivals,
            ]
            for part in parts:
                if not options.only or part.__name__ in options.only.split(","):
                    part()
        print(f"load {os.getloadavg()[0]:.1f} at the end; {time.monotonic() - started:.0f} s")
        traces = Path(folder, "server.log").read_bytes()
        if b"Traceback" in traces:
            print(traces.decode(errors="replace")[-2000:])
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
