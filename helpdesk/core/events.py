"""Events to browsers: the one door between a committed write and the sockets that show it.

The database is the truth and an event a hint: delivery is at most once, and whoever misses one reads
the database. Inside a process a hub maps a group to its subscribers; between processes there is one
Redis subscription each (``REDIS_URL``), and in the embedded default, which is one process, nothing.
Channels' own layers are not used: measured, the hub carries four times as much (docs/architecture.md).
"""

import asyncio
import json
import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

import redis
import redis.asyncio
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

Event = Mapping[str, Any]
REDIS_CHANNEL = "helpdesk:events"
RESYNC: Event = {"type": "resync"}  # the bus was away: read the database again


class Subscriber(Protocol):
    def deliver(self, event: Event) -> None:
        """Called on the subscriber's own loop; it must not block or raise."""


class Hub:
    """Group → subscribers of this process. Safe to publish to from any thread."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[Subscriber, asyncio.AbstractEventLoop]] = defaultdict(dict)
        self._lock = threading.Lock()

    def join(self, group: str, subscriber: Subscriber) -> None:
        """Subscribe from the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._groups[group][subscriber] = loop
        bus.listen(loop)

    def leave(self, group: str, subscriber: Subscriber) -> None:
        with self._lock:
            self._groups[group].pop(subscriber, None)
            if not self._groups[group]:
                del self._groups[group]

    def fan_out(self, group: str, event: Event) -> None:
        with self._lock:
            members = list(self._groups.get(group, {}).items())
        for subscriber, loop in members:
            _call(loop, subscriber, event)

    def fan_out_to_all(self, event: Event) -> None:
        with self._lock:
            members = {s: loop for group in self._groups.values() for s, loop in group.items()}
        for subscriber, loop in members.items():
            _call(loop, subscriber, event)


def _call(loop: asyncio.AbstractEventLoop, subscriber: Subscriber, event: Event) -> None:
    try:
        loop.call_soon_threadsafe(subscriber.deliver, event)
    except RuntimeError:  # the loop has closed; so has the socket
        log.debug("a subscriber's loop is closed")


class Bus:
    """One Redis channel between processes. Down or absent, events stay inside their process."""

    def __init__(self) -> None:
        self._me = uuid.uuid4().hex
        self._client: redis.Redis | None = None
        self._listeners: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}

    def send(self, group: str, event: Event) -> None:
        if not settings.REDIS_URL:
            return
        try:
            if self._client is None:
                self._client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2)
            self._client.publish(REDIS_CHANNEL, json.dumps([self._me, group, event]))
        except redis.RedisError:
            log.warning("event bus: Redis is not answering; other processes will catch up by reading")

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        if settings.REDIS_URL and loop not in self._listeners:
            self._listeners = {k: task for k, task in self._listeners.items() if not k.is_closed()}
            self._listeners[loop] = loop.create_task(self._receive(), name="event-bus")

    async def _receive(self) -> None:
        """Hear the other processes for as long as this loop runs, reconnecting by itself."""
        missed = False
        while True:
            try:
                client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None)
                async with client, client.pubsub() as channel:
                    await channel.subscribe(REDIS_CHANNEL)
                    if missed:
                        hub.fan_out_to_all(RESYNC)
                    async for message in channel.listen():
                        if message["type"] == "message":
                            self._hear(message["data"])
            except (redis.RedisError, OSError):
                missed = True
                await asyncio.sleep(0.5)

    def _hear(self, raw: bytes) -> None:
        sender, group, event = json.loads(raw)
        if sender != self._me:
            hub.fan_out(group, event)


hub = Hub()
bus = Bus()


def _send(group: str, event: Event) -> None:
    hub.fan_out(group, event)
    bus.send(group, event)


def publish(group: str, event: Event) -> None:
    """Send a JSON-serialisable event to a group once the current transaction has committed.

    A dead bus never breaks the committed action.
    """
    transaction.on_commit(partial(_send, group, dict(event)), robust=True)


def publish_change(kind: str, pk: object, state: str, *, groups: tuple[str, ...] = ()) -> None:
    """Tell staff pages that a row changed; they refetch through the ordinary view."""
    event = {"type": "changed", "kind": kind, "id": str(pk), "state": state}
    for group in ("staff", *groups):
        publish(group, event)
