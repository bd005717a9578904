"""A real server with the demonstration desk, and Chromium in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

BASE_DIR = Path(__file__).resolve().parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "helpdesk-demo"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker("browser")


class Desk:
    """The demonstration in a process of its own; it can be killed and started again on the same data."""

    def __init__(self, data: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = data
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = os.environ | {"HELPDESK_MODE": "demo", "HELPDESK_DATA_DIR": str(self.data)}
        environment |= self._settings
        environment.pop("DATABASE_URL", None)
        environment.pop("REDIS_URL", None)
        self._log = (self.data / "server.log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", "serve", "--port", str(self.port), "--no-worker"],
            cwd=BASE_DIR,
            env=environment,
            stdout=self._log,
            stderr=self._log,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 240  # the demonstration is told first
        while time.monotonic() < until:
            assert self._process and self._process.poll() is None, self.log()
            try:
                with urllib.request.urlopen(self.url, timeout=5) as answer:  # noqa: S310
                    assert answer.headers["Server"] == "Helpdesk", "another server answers on this port"
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log())

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()
        self._log.close()

    def log(self) -> str:
        return (self.data / "server.log").read_text(errors="replace")


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.start()
    yield desk
    desk.kill()
    assert "Traceback" not in desk.log()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is missing: apt-get install chromium fonts-noto-cjk"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield browser
    browser.close()


@pytest.fixture
def context_of(chromium: Browser, desk: Desk) -> Iterator[Callable[..., BrowserContext]]:
    """``context_of("agent")``: a browser of that person; without a name, a stranger's."""
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def make(username: str = "", **options: object) -> BrowserContext:
        settled: dict[str, object] = {"base_url": desk.url, "locale": "zh-CN"}
        context = chromium.new_context(**settled | options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", lambda m: faults.append(m.text) if "Content Security" in m.text else None)
        opened.append(context)
        if username:
            sign_in(context.new_page(), username)
        return context

    yield make
    for context in opened:
        context.close()
    assert faults == []


def sign_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.close()
