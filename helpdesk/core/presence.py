"""Who else has a row open right now: told from page to page through the hub, and never stored.

A page says which places it shows (``ticket:12``) and which one it is itself. Whoever comes to a place says
so and asks who is there, and those who are answer. Pages forget whom they have not heard of for a minute,
so a server that dies takes nothing with it that would have to be cleaned up.
"""

from collections.abc import Callable, Iterable

from helpdesk.core.events import Event, announce, hub
from helpdesk.core.models import User
from helpdesk.core.pool import run_sync
from helpdesk.core.sockets import Frame, Socket
from helpdesk.core.strict_json import InputError

MOST = 60  # places of one page
Seen = Callable[[User, set[str]], set[str]]  # of these keys, those that the person may know of
_kinds: dict[str, Seen] = {}


def register(kind: str, seen: Seen) -> None:
    """An app says who may know of its rows; of other kinds nobody hears anything."""
    _kinds[kind] = seen


def visible(user: User, places: Iterable[str]) -> set[str]:
    """Those of these places that exist for this person."""
    keys: dict[str, set[str]] = {}
    for place in places:
        kind, _colon, key = place.partition(":")
        if key.isascii() and key.isdigit() and len(key) <= 18:
            keys.setdefault(kind, set()).add(key)
    return {
        f"{kind}:{key}"
        for kind, wanted in keys.items()
        if kind in _kinds
        for key in _kinds[kind](user, wanted)
    }


def group_of(place: str) -> str:
    return f"presence:{place}"


class Presence:
    """The part of one socket: where its page is, and which places it shows."""

    def __init__(self, socket: Socket, user: User) -> None:
        self._socket, self._user = socket, user
        self._places: set[str] = set()
        self._here = ""

    async def watch(self, frame: Frame) -> None:
        """``{"type": "watch", "at": [places], "here": place or ""}`` replaces what was said before."""
        at, here = frame.get("at"), frame.get("here", "")
        if not isinstance(at, list) or len(at) > MOST or not all(isinstance(one, str) for one in (*at, here)):
            raise InputError("bad_field", f"at is a list of up to {MOST} places, here is one", field="at")
        places = await run_sync(visible, self._user, {*at, here})
        self._leave(self._places - places)
        new, self._places = places - self._places, places
        for place in new:
            announce(group_of(place), {"type": "who", "at": place})  # to those who are there already
            hub.join(group_of(place), self._socket)
        if self._here and self._here != here:
            self._say("gone")
        self._here = here if here in places else ""
        self._say("here")

    def hear(self, event: Event) -> bool:
        """Whether the page should be told. A question is answered here."""
        if event["type"] == "who" or (event["type"] == "gone" and event["who"] == self._user.pk):
            if event["at"] == self._here:  # also after a second page of the same person was closed
                self._say("here")
            return False
        return bool(event.get("who") != self._user.pk)

    def left(self) -> None:
        self._leave(self._places)
        self._say("gone")

    def _leave(self, places: set[str]) -> None:
        for place in places:
            hub.leave(group_of(place), self._socket)

    def _say(self, what: str) -> None:
        if self._here:
            event = {"type": what, "at": self._here, "who": self._user.pk, "name": str(self._user)}
            announce(group_of(self._here), event)
