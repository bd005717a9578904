"""What only a server of its own shows: two people at the same moment, and a file that is too large."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from benchmarks.server import Server
from helpdesk.core.models import AuditEntry, User
from tests.chat.test_kill9 import database_url
from tests.conftest import Cast
from tests.core import ledger_server
from tests.tickets.factories import make_resolvable, make_ticket
from tests.tickets.pages import FORM
from tickets.models import Ticket

REASON = "这是本机构以外的业务，理由写得很长。"
MB = 1024 * 1024

pytestmark = pytest.mark.deep


@pytest.fixture
def server(transactional_db, tmp_path):
    running = Server(tmp_path, database_url())
    running.env |= {"SECRET_KEY": settings.SECRET_KEY, "DATA_KEYS": ",".join(settings.DATA_KEYS)}
    running.env["ANCHOR_KEY"] = settings.ANCHOR_KEY
    with running:
        yield running
    assert b"Traceback" not in (tmp_path / "server.log").read_bytes()


@sync_to_async
def signed_in(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"sessionid": client.cookies["sessionid"].value}


@asynccontextmanager
async def opened(server: Server, path: str, *people: User) -> AsyncIterator[list[httpx.AsyncClient]]:
    """A browser for each of them, with the page open."""
    async with AsyncExitStack() as stack:
        browsers = []
        for person in people:
            cookies = await signed_in(person)
            browser = httpx.AsyncClient(base_url=server.site, cookies=cookies, timeout=30)
            browsers.append(await stack.enter_async_context(browser))
            assert (await browser.get(path)).status_code == 200
        yield browsers


async def at_once(
    browsers: list[httpx.AsyncClient], path: str, fields: dict[str, str]
) -> list[httpx.Response]:
    """The same form from all of them, each with its own CSRF token."""
    sent = [b.post(path, data=fields | {"csrfmiddlewaretoken": b.cookies["csrftoken"]}) for b in browsers]
    return sorted(await asyncio.gather(*sent), key=lambda response: response.status_code)


async def test_two_at_once_make_one_decision_and_the_other_keeps_the_text(server, cast):
    for _ in range(3):
        ticket = await sync_to_async(make_ticket)(cast)
        page = f"/tickets/{ticket.number}/"
        async with opened(server, page, cast.agent, cast.supervisor) as both:
            won, lost = await at_once(both, f"{page}decline/", {"reason": REASON})
        assert (won.status_code, lost.status_code) == (302, 409)
        assert f"{REASON}</textarea>" in lost.text
        entries = AuditEntry.objects.filter(verb="ticket.declined", target_id=str(ticket.pk))
        assert await entries.acount() == 1
    await two_tabs_resolve(server, cast)


async def two_tabs_resolve(server: Server, cast: Cast) -> None:
    ticket = await sync_to_async(make_ticket)(cast, "investigating")
    await sync_to_async(make_resolvable)(cast, ticket)
    page = f"/tickets/{ticket.number}/"
    async with opened(server, page, cast.agent, cast.agent) as tabs:
        won, lost = await at_once(tabs, f"{page}resolve/", {})
    assert (won.status_code, lost.status_code) == (302, 409)
    assert await ticket.decisions.filter(sent_at__isnull=False).acount() == 1
    assert (await Ticket.objects.aget(pk=ticket.pk)).state == "resolved"


def memory(server: Server) -> int:
    """The most that the server has ever held, in MB."""
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def test_a_file_of_30_mb_is_refused_with_a_page_and_held_in_memory_once(server):
    with httpx.Client(base_url=server.site, timeout=60) as browser:
        browser.get("/tickets/new/")
        before = memory(server)
        for _ in range(3):
            response = browser.post(
                "/tickets/new/",
                data=FORM | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]},
                files={"attachments": ("large.pdf", b"\0" * 30 * MB, "application/pdf")},
            )
            assert response.status_code == 413
            assert "“large.pdf”超过 25 MB，没有保存。" in response.text
            assert FORM["narrative"] in response.text
        assert memory(server) - before < 60  # without our own request class: 450


@pytest.mark.parametrize("headers", [{"Content-Length": str(200 * MB)}, {}], ids=["declared", "chunked"])
def test_a_body_without_end_is_cut_off(server, headers):
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200 * MB:
            sent += MB
            yield b"\0" * MB

    before = memory(server)
    with httpx.Client(base_url=server.site, timeout=60) as browser, suppress(httpx.TransportError):
        assert browser.post("/tickets/new/", content=body(), headers=headers).status_code == 413
    assert sent < 200 * MB
    assert memory(server) - before < 20
    assert httpx.get(server.site).status_code == 200


# --- A slow ledger ---------------------------------------------------------------------------
async def test_a_silent_ledger_holds_up_nobody_else(transactional_db, tmp_path, cast):
    """Twelve customers wait for their loans; meanwhile a visitor's pages come as always."""
    await sync_to_async(User.objects.filter(pk=cast.customer.pk).update)(customer_ref="C-7001")
    with ledger_server.running() as ledger:
        ledger.behaviours = [ledger_server.silent] * 40
        running = Server(tmp_path, database_url())
        running.env |= {"SECRET_KEY": settings.SECRET_KEY, "DATA_KEYS": ",".join(settings.DATA_KEYS)}
        running.env |= {"LEDGER_URL": ledger.url, "LEDGER_TOKEN": ledger_server.TOKEN, "LEDGER_TIMEOUT": "3"}
        with running:
            cookies = await signed_in(cast.customer)
            async with (
                httpx.AsyncClient(base_url=running.site, cookies=cookies, timeout=30) as customer,
                httpx.AsyncClient(base_url=running.site, timeout=30) as visitor,
            ):
                await visitor.get("/")
                waiting = [asyncio.create_task(customer.get("/tickets/loans/?now=1")) for _ in range(12)]
                for _ in range(1000):
                    await asyncio.sleep(0.01)
                    if ledger.seen:
                        break
                quick = [await visitor.get("/") for _ in range(3)]
                assert [answer.status_code for answer in quick] == [200] * 3
                assert not any(task.done() for task in waiting)
                answers = await asyncio.gather(*waiting)
                assert [answer.status_code for answer in answers] == [503] * 12
                asked = len(ledger.seen)
                assert asked == 4  # as many as may ask at once; the others' time was over
                again = await customer.get("/tickets/loans/?now=1")  # it is left alone for a while now
                assert (again.status_code, len(ledger.seen)) == (503, asked)
        ledger.ended.set()
