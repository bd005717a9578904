"""Start the load generator (load.c, compiled on first use) against a server, and read what it measured."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("load.c")


@dataclass(frozen=True)
class Socket:
    """One connection of a plan: members of a room have the same number, the first of them speaks."""

    room: int
    path: str
    header: str = "-"
    hello: str = "-"

    def line(self) -> str:
        return f"{self.room}\t{self.path}\t{self.header}\t{self.hello}\n"


@dataclass(frozen=True)
class Connected:
    connected: int
    seconds: float  # until all were
    p50: float  # ms, each
    p99: float


@dataclass(frozen=True)
class Measured:
    sent: int
    done: int  # messages that every reader of the room had in time
    seconds: float
    p50: float  # ms from a message's being due to the last reader's having it
    p99: float
    max: float
    deliveries: int
    expected: int
    acks: int
    errors: int  # error frames, and messages out of order, twice or missing
    closed: int

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    def check(self) -> "Measured":
        """A contestant that loses is out."""
        if self.errors or self.closed or self.deliveries != self.expected:
            raise AssertionError(f"messages were lost: {self}")
        return self


@cache
def program() -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise SystemExit(
            "the load generator is written in C: install a C compiler (Debian: apt-get install gcc)"
        )
    made = (
        Path(tempfile.gettempdir()) / f"helpdesk-load-{hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]}"
    )
    if not made.exists():
        part = made.with_suffix(".part")
        subprocess.run([compiler, "-O2", "-o", part, SOURCE], check=True)  # noqa: S603
        part.rename(made)
    return made


class Load:
    """Connections held open: connect in ``with``, then ``run``."""

    def __init__(
        self, port: int, plan: list[Socket], *, seconds: float = 0, rate: float = 0, speaking: int = 0
    ) -> None:
        self.command = [str(program()), *map(str, (port, len(plan), seconds, rate, speaking))]
        self.plan = plan

    def __enter__(self) -> "Load":
        self.process = subprocess.Popen(  # noqa: S603
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin is not None
        self.process.stdin.write("".join(socket.line() for socket in self.plan) + "\n")
        self.process.stdin.flush()
        self.connected = Connected(**self._answer())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def run(self) -> Measured:
        assert self.process.stdin is not None
        self.process.stdin.write("g")
        self.process.stdin.flush()
        return Measured(**self._answer()).check()

    def _answer(self) -> dict[str, float]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator ended by itself")
        return json.loads(line)
