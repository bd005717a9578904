"""Events to browsers: the one door between a committed write and the sockets that show it.

The database is the truth and an event a hint: delivery is at most once, and whoever misses one reads
the database. Inside a process a hub maps a group to its subscribers; between processes there is one
Redis subscription each (``REDIS_URL``), and in the embedded default, which is one process, nothing.
Channels' own layers are not used: measured, the hub carries four times as much (docs/architecture.md).
"""

import asyncio
import json
import logging
import queue
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from typing import Any, Protocol

import redis
import redis.asyncio
from django.conf import settings
from django.db import models, transaction

log = logging.getLogger(__name__)

Event = Mapping[str, Any]
News = Sequence[tuple[str, Event]]  # groups and their events, in order
REDIS_CHANNEL = f"{settings.REDIS_PREFIX}:events"
EVERYONE = "*"
TOGETHER = 256  # of what waits to be sent, in one message of the bus
RESYNC: Event = {"type": "resync"}  # the bus was away: read the database again


class Subscriber(Protocol):
    def deliver(self, event: Event) -> None:
        """Called on the subscriber's own loop; it must not block or raise."""


Call = Callable[[], None]


class Hub:
    """Group → subscribers of this process. Safe to publish to from any thread."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[Subscriber, asyncio.AbstractEventLoop]] = defaultdict(dict)
        self._lock = threading.Lock()
        self._here = threading.local()

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

    def is_alone(self, group: str, subscriber: Subscriber) -> bool:
        """Nobody else hears this group, here or, as far as this process can know, in another."""
        with self._lock:
            return not settings.REDIS_URL and self._groups.get(group, {}).keys() <= {subscriber}

    def fan_out(self, group: str, event: Event) -> None:
        with self._lock:
            members = list(self._groups.get(group, {}).items())
        self._deliver(members, event)

    def fan_out_to_all(self, event: Event) -> None:
        with self._lock:
            members = {s: loop for group in self._groups.values() for s, loop in group.items()}
        self._deliver(list(members.items()), event)

    def _deliver(self, members: list[tuple[Subscriber, asyncio.AbstractEventLoop]], event: Event) -> None:
        loops: dict[asyncio.AbstractEventLoop, list[Subscriber]] = defaultdict(list)
        for subscriber, loop in members:
            loops[loop].append(subscriber)
        for loop, subscribers in loops.items():
            self.call(loop, partial(_deliver_here, subscribers, event))

    def call(self, loop: asyncio.AbstractEventLoop, call: Call) -> None:
        """Run ``call`` on a loop, in its turn among the events of this thread."""
        held: dict[asyncio.AbstractEventLoop, list[Call]] | None = getattr(self._here, "held", None)
        if held is not None:
            held[loop].append(call)
        else:
            _wake(loop, call)

    @contextmanager
    def hold(self) -> Iterator[Call]:
        """What this thread publishes inside waits for the call that it is given, and then wakes every loop
        once. A second call tells nothing again."""
        held: dict[asyncio.AbstractEventLoop, list[Call]] = defaultdict(list)
        self._here.held = held
        try:
            yield partial(_tell, held)
        finally:
            self._here.held = None


def _tell(held: dict[asyncio.AbstractEventLoop, list[Call]]) -> None:
    while held:
        loop, calls = held.popitem()
        _wake(loop, partial(_call_all, calls))


def _wake(loop: asyncio.AbstractEventLoop, call: Call) -> None:
    try:
        if _runs_here(loop):  # nobody needs to be woken
            loop.call_soon(call)
        else:
            loop.call_soon_threadsafe(call)
    except RuntimeError:  # the loop has closed; so have its sockets
        log.debug("a subscriber's loop is closed")


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _call_all(calls: list[Call]) -> None:
    for call in calls:
        call()


def _deliver_here(subscribers: list[Subscriber], event: Event) -> None:
    for subscriber in subscribers:
        try:
            subscriber.deliver(event)
        except Exception:  # one broken subscriber must not silence its neighbours
            log.exception("a subscriber failed to take an event")


class Bus:
    """One Redis channel between processes. Down or absent, events stay inside their process.

    What waits to be sent is one message, so that under load Redis and everybody who listens have less to do.
    It begins with the sender's mark: a process need not read its own.
    """

    def __init__(self) -> None:
        self._me = uuid.uuid4().bytes
        self._outgoing: queue.Queue[bytes] = queue.Queue(maxsize=10_000)
        self._sender: threading.Thread | None = None
        self._lost = threading.Event()  # something was not sent: the others must read again
        self._listeners: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}

    def send(self, news: News) -> None:
        """Never waits: a thread of its own talks to Redis, in order."""
        if not settings.REDIS_URL:
            return
        if self._sender is None:
            self._sender = threading.Thread(target=self._keep_sending, name="event-bus", daemon=True)
            self._sender.start()
        try:
            self._outgoing.put_nowait(_encode(news))
        except queue.Full:
            self._lost.set()

    def _keep_sending(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2)
        while True:
            waiting = [self._outgoing.get()]
            with suppress(queue.Empty):
                while len(waiting) < TOGETHER:
                    waiting.append(self._outgoing.get_nowait())
            try:
                if self._lost.is_set():
                    client.publish(REDIS_CHANNEL, self._message([_encode([(EVERYONE, RESYNC)])]))
                    self._lost.clear()
                client.publish(REDIS_CHANNEL, self._message(waiting))
            except redis.RedisError:
                self._lost.set()
                log.warning("event bus: Redis is not answering; other processes will catch up by reading")

    def _message(self, encoded: list[bytes]) -> bytes:
        return self._me + b"[" + b",".join(encoded) + b"]"

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
        if raw.startswith(self._me):
            return
        try:
            heard = chain.from_iterable(json.loads(raw[len(self._me) :]))
            news: News = [(group, event) for group, event in heard]
        except (ValueError, TypeError):
            log.warning("event bus: a message that is not ours")
            return
        for group, event in news:
            if group == EVERYONE:
                hub.fan_out_to_all(event)
            else:
                hub.fan_out(group, event)


def _encode(news: News) -> bytes:
    return json.dumps(news, ensure_ascii=False, separators=(",", ":")).encode()


hub = Hub()
bus = Bus()


def announce(group: str, event: Event) -> None:
    """Send a JSON-serialisable event now. For what is never stored; a write uses ``publish``."""
    _announce_all([(group, event)])


def publish(group: str, event: Event) -> None:
    """Send a JSON-serialisable event to a group once the current transaction has committed.

    A dead bus never breaks the committed action.
    """
    transaction.on_commit(partial(announce, group, dict(event)), robust=True)


def publish_all(events: Iterable[tuple[str, Event]]) -> None:
    """The same for several groups and their events, in order."""
    transaction.on_commit(partial(_announce_all, list(events)), robust=True)


def _announce_all(news: News) -> None:
    for group, event in news:
        hub.fan_out(group, event)
    bus.send(news)


def publish_change(kind: str, pk: object, state: str, *, groups: tuple[str, ...] = ()) -> None:
    """Tell staff pages that a row changed; they refetch through the ordinary view."""
    event = {"type": "changed", "kind": kind, "id": str(pk), "state": state}
    for group in ("staff", *groups):
        publish(group, event)


def access_group(pk: object) -> str:
    """The group of all sockets of one person."""
    return f"user:{pk}"


def hints_group(pk: object) -> str:
    """The group of the staff pages of one person: hints that concern nobody else."""
    return f"hints:{pk}"


def end_access(user: models.Model) -> None:
    """Close the sockets of a person whose role or access changed; they come back if they still may."""
    publish(access_group(user.pk), {"type": "access_ended"})
