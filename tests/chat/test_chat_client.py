"""The reference client where a proxy lets no socket through: the conversation goes on over HTTP."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from benchmarks.chat_client import ChatClient
from benchmarks.server import Server
from chat.actions import accept_conversation, post_message
from chat.models import Conversation, Message
from tests.chat.script import do
from tests.chat.test_kill9 import database_url

pytestmark = pytest.mark.deep
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
def server(transactional_db, tmp_path):
    with Server(tmp_path, database_url()) as running:
        yield running


class Proxy:
    """Passes everything on to a site but, while ``blocking``, refuses what asks for a socket."""

    def __init__(self, site: str) -> None:
        self.to = urlsplit(site)
        self.blocking = True
        self.refused = 0
        self.site = ""
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        if self.blocking and b"upgrade: websocket" in head.lower():
            self.refused += 1
            writer.write(REFUSAL)
        else:
            from_site, to_site = await asyncio.open_connection(self.to.hostname, self.to.port)
            self.writers.append(to_site)
            to_site.write(head)
            await asyncio.gather(self.copy(reader, to_site), self.copy(from_site, writer))
        writer.close()

    async def copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while part := await reader.read(65_536):
                writer.write(part)
        writer.close()


@asynccontextmanager
async def proxy_to(site: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(site)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as listening:
        proxy.site = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield proxy
        for writer in proxy.writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def test_without_sockets_it_goes_on_over_http_and_returns_to_a_socket(server, cast):
    async with proxy_to(server.site) as proxy:
        client = await ChatClient.start(proxy.site)
        running = asyncio.ensure_future(client.run())
        async with asyncio.timeout(60):
            sent = [await client.send("第一句"), await client.send("第二句")]
            conversation = await Conversation.objects.aget(pk=client.id)
            conversation = await do(accept_conversation, conversation, actor=cast.agent)
            await do(post_message, conversation, actor=cast.agent, client_id=uuid.uuid4(), text="您好")
            await client.until(lambda: any(m["author"] == "agent" for m in client.messages.values()))
            assert client.connections == 0
            assert proxy.refused > 1
            proxy.blocking = False
            await client.until(lambda: client.connections == 1)
            sent.append(await client.send("第三句"))
            await client.until(lambda: client.last >= sent[-1])
        running.cancel()
        await asyncio.wait([running])
    stored = [m async for m in Message.objects.filter(conversation=conversation).order_by("seq")]
    assert [m.seq for m in stored] == sorted(client.messages) == list(range(1, len(stored) + 1))
    assert [m.text for m in stored if m.seq in sent] == ["第一句", "第二句", "第三句"]
    assert [m.text for m in stored if m.author_kind == "visitor"] == ["第一句", "第二句", "第三句"]


async def test_a_token_that_is_none_ends_it_over_http_too(server):
    async with proxy_to(server.site) as proxy:
        client = await ChatClient.start(proxy.site)
        client.token = "not-the-token"  # it is to be refused
        with pytest.raises(httpx.HTTPStatusError):
            await asyncio.wait_for(client.run(), 30)
