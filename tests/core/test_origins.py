"""Sockets are opened by pages of our own hosts and by nobody else, however often they ask."""

import pytest
from channels.testing import WebsocketCommunicator

from helpdesk.core.origins import OwnOrigins


async def accepting(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (b"https://help.example", True),
        (b"https://help.example:8443", True),
        (b"https://help.example.evil.example", False),
        (b"https://evil.example", False),
        (b"null", False),
        (b"", False),
        (None, False),
    ],
)
async def test_own_origins_alone(settings, origin, expected):
    settings.ALLOWED_HOSTS = ["help.example"]
    guarded = OwnOrigins(accepting)
    for _again in range(2):
        headers = [] if origin is None else [(b"origin", origin)]
        socket = WebsocketCommunicator(guarded, "/ws/chat/x/", headers=headers)
        connected, _code = await socket.connect()
        assert connected is expected
