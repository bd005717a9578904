"""The socket that tells staff pages what changed, so that they can refetch it."""

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from helpdesk.core.events import Event, access_group, hub
from helpdesk.core.models import User
from helpdesk.core.permissions import is_staff


class HintsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # untyped library
    """``/ws/hints/``: to staff only, ``{"type": "changed", "kind", "id", "state"}``; it hears nothing."""

    groups_joined: tuple[str, ...] = ()

    async def connect(self) -> None:
        user = self.scope.get("user")
        if not isinstance(user, User) or not is_staff(user):
            await self.close(code=4403)
            return
        self.sending: set[asyncio.Task[None]] = set()  # the loop itself holds tasks weakly
        self.groups_joined = ("staff", access_group(user.pk))
        for group in self.groups_joined:
            hub.join(group, self)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        for group in self.groups_joined:
            hub.leave(group, self)

    def deliver(self, event: Event) -> None:
        ended = event["type"] == "access_ended"
        sent = self.close(code=4401) if ended else self.send(text_data=json.dumps(dict(event)))
        task = asyncio.get_running_loop().create_task(sent)
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)

    async def receive(self, text_data: str | None = None, bytes_data: Any = None) -> None:
        """Nothing is expected from the page; a frame is not an error."""
