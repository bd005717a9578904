"""The socket that tells staff pages what changed, so that they can refetch it."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest

from helpdesk.core.events import Event, access_group, hints_group, hub
from helpdesk.core.models import User
from helpdesk.core.permissions import Rule, is_staff
from helpdesk.core.pool import in_background, run_sync
from helpdesk.core.presence import Presence
from helpdesk.core.signals import page_open
from helpdesk.core.sockets import Close, Frame, Socket

SIGN_OF_LIFE = 15.0  # seconds between two marks that this person is there


def still_signed_in(user: User, session: Any, allowed: Rule) -> bool:
    """What a page would find now: the same person in a session that lives, with the role."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
    found = get_user(request)
    return isinstance(found, User) and found == user and allowed(found)


class StaffSocket(Socket):
    """A socket of somebody signed in with a role. Signing out closes it within seconds."""

    allowed: Rule
    user: User
    _marked = float("-inf")

    async def opened(self) -> None:
        await super().opened()
        user = self.scope.get("user")
        if not isinstance(user, User) or not self.allowed(user):
            self.end(Close.FORBIDDEN)
            return
        self.user = user
        hub.join(access_group(user.pk), self)

    async def checked(self) -> None:
        if not hasattr(self, "user"):
            return
        try:
            if not await run_sync(still_signed_in, self.user, self.scope["session"], self.allowed):
                self.end(Close.SIGNED_OUT)
        except DatabaseError:
            return  # it will be asked again

    def be_there(self, mark: Callable[..., object], *args: Any, **fields: Any) -> None:
        """Call it in the background, unless that was done a moment ago."""
        now = asyncio.get_running_loop().time()
        if now - self._marked >= SIGN_OF_LIFE:
            self._marked = now
            in_background(mark, *args, **fields)

    def left(self) -> None:
        super().left()
        if hasattr(self, "user"):
            hub.leave(access_group(self.user.pk), self)

    def deliver(self, event: Event) -> None:
        """From the hub; subclasses hear what is left."""
        if event["type"] == "access_ended":
            self.end(Close.SIGNED_OUT)
        else:
            self.hear(event)

    def hear(self, event: Event) -> None:
        raise NotImplementedError


class HintsConsumer(StaffSocket):
    """``/ws/hints/``: to staff only: ``{"type": "changed", "kind", "id", "state"}``, and who is where."""

    allowed = is_staff
    greeted = True

    async def opened(self) -> None:
        await super().opened()
        if hasattr(self, "user"):
            self.presence = Presence(self, self.user)
            hub.join("staff", self)
            hub.join(hints_group(self.user.pk), self)
            self._say_open()

    async def checked(self) -> None:
        await super().checked()
        if hasattr(self, "user") and not self.out.closing:
            self._say_open()

    def _say_open(self) -> None:
        self.be_there(page_open.send, User, user=self.user)

    async def heard(self, frame: Frame) -> None:
        """Nothing is expected from the page but signs of life and where it is; no frame is an error."""
        if frame.get("type") == "watch" and hasattr(self, "presence"):
            await self.presence.watch(frame)

    def hear(self, event: Event) -> None:
        if event["type"] not in ("who", "here", "gone") or self.presence.hear(event):
            self.answer(**event)

    def left(self) -> None:
        super().left()
        hub.leave("staff", self)
        if hasattr(self, "presence"):
            self.presence.left()
        if hasattr(self, "user"):
            hub.leave(hints_group(self.user.pk), self)
