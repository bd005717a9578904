"""The socket that tells staff pages what changed, so that they can refetch it."""

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from helpdesk.core.events import Event, hub
from helpdesk.core.models import User
from helpdesk.core.permissions import is_staff


class HintsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # untyped library
    """``/ws/hints/``: to staff only, ``{"type": "changed", "kind", "id", "state"}``; it hears nothing."""

    async def connect(self) -> None:
        user = self.scope.get("user")
        if not isinstance(user, User) or not is_staff(user):
            await self.close(code=4403)
            return
        hub.join("staff", self)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        hub.leave("staff", self)

    def deliver(self, event: Event) -> None:
        asyncio.get_running_loop().create_task(self.send(text_data=json.dumps(dict(event))))

    async def receive(self, text_data: str | None = None, bytes_data: Any = None) -> None:
        """Nothing is expected from the page; a frame is not an error."""
