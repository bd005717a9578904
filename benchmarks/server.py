"""A real server of our own on a free port: to be measured, and to be killed."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server in a process of its own, with its own data directory and the database it is given."""

    def __init__(
        self,
        data_dir: Path,
        database_url: str = "",
        application: str = "helpdesk.asgi",
        *,
        stock: bool = False,
    ) -> None:
        self.port = free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m"]
        if stock:  # as its documentation starts it, with a longer queue of arrivals
            endpoint = f"tcp:port={self.port}:interface=127.0.0.1:backlog=4096"
            self.command += ["daphne", "-e", endpoint, f"{application}:application"]
        else:
            self.command += ["helpdesk.server", "--port", str(self.port), "--application", application]
        self.log = (data_dir / "server.log").open("ab")
        self.env = {
            **os.environ,
            "HELPDESK_MODE": "demo",
            "HELPDESK_DATA_DIR": str(data_dir),
            "CHAT_STARTS_PER_MINUTE": "1000000",
            "PYTHONPATH": str(ROOT),
        }
        self.env.pop("DATABASE_URL", None)
        self.env.pop("DJANGO_SETTINGS_MODULE", None)
        if database_url:
            self.env["DATABASE_URL"] = database_url
        self.process: subprocess.Popen[bytes] | None = None

    def migrate(self) -> None:
        command = [sys.executable, "manage.py", "migrate", "-v", "0"]
        subprocess.run(command, cwd=ROOT, env=self.env, check=True)  # noqa: S603

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            self.command, cwd=ROOT, env=self.env, stdout=self.log, stderr=self.log
        )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended by itself, see {self.log.name}")
            try:
                httpx.get(f"{self.site}/api/v1/openapi.json").raise_for_status()
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise TimeoutError("the server does not answer")

    def traces(self) -> bytes:
        """What the server has printed."""
        self.log.flush()
        return Path(self.log.name).read_bytes()

    def kill(self) -> None:
        """SIGKILL: no goodbye, no flush."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """SIGTERM: in order; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=30)

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.log.close()
