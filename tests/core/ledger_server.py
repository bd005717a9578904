"""A tiny ledger that answers as docs/ledger.md says, from recorded examples, and fails as real ones do."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONTRACT = Path(__file__).parent / "ledger_contract"
TOKEN = "contract-token"
EXAMPLES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(CONTRACT.glob("*.json"))}
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    server: "LedgerServer"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        behaviour = self.server.behaviours.pop(0) if self.server.behaviours else recorded
        behaviour(self)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Silent."""


class LedgerServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.behaviours: list[Answer] = []  # of the next questions, instead of the recorded answer
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """A client that hung up is part of the tests."""


@contextmanager
def running() -> Iterator[LedgerServer]:
    server = LedgerServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


# --- Behaviours ------------------------------------------------------------------------------
def recorded(handler: Handler) -> None:
    """The example of this very request; 401 without the token, a bare 404 elsewhere."""
    if handler.headers["Authorization"] != f"Bearer {TOKEN}":
        handler.send(401, b'{"error": "unauthorized"}')
        return
    for example in EXAMPLES.values():
        if (handler.command, handler.path) == (example["request"]["method"], example["request"]["path"]):
            answer = example["response"]
            handler.send(answer["status"], json.dumps(answer["body"]).encode())
            return
    handler.send(404, b'{"error": "no such address"}')


def status(code: int, **headers: str) -> Answer:
    return lambda handler: handler.send(code, b"{}", **headers)


def body(content: bytes) -> Answer:
    return lambda handler: handler.send(200, content)


def hang_up(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.close()


def silent(handler: Handler) -> None:
    """Takes the question and says nothing."""
    handler.server.ended.wait(20)
    handler.close_connection = True


def drip(handler: Handler) -> None:
    """Says something all the time and never comes to an end."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    until = time.monotonic() + 20
    while time.monotonic() < until and not handler.server.ended.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def drip_headers(handler: Handler) -> None:
    until = time.monotonic() + 20
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while time.monotonic() < until and not handler.server.ended.wait(0.05):
        handler.wfile.write(b"X-More: x\r\n")
        handler.wfile.flush()
