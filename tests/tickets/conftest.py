"""A listener at the real hub."""

import asyncio
from collections.abc import Iterator

import pytest

from helpdesk.core.events import Event, hub
from tickets.classification import shipped_model


@pytest.fixture(scope="session", autouse=True)
def _classifier() -> None:
    """Ready, as after `manage.py train_classifier`: no page of a test waits for a thread."""
    shipped_model()


class Ear:
    """Hears a group as a socket would, on a loop that the test turns by hand."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._heard: list[Event] = []

    def deliver(self, event: Event) -> None:
        self._heard.append(event)

    def join(self, group: str) -> None:
        async def join() -> None:
            hub.join(group, self)

        self._loop.run_until_complete(join())

    def events(self) -> list[Event]:
        """What came since the last look."""
        self._loop.run_until_complete(asyncio.sleep(0))
        heard, self._heard = self._heard, []
        return heard

    def close(self, *groups: str) -> None:
        for group in groups:
            hub.leave(group, self)
        tasks = asyncio.all_tasks(self._loop)  # the event bus, where Redis is configured
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.wait(tasks) if tasks else asyncio.sleep(0))
        self._loop.close()


@pytest.fixture
def staff_ear() -> Iterator[Ear]:
    """Hears what staff pages hear."""
    ear = Ear()
    ear.join("staff")
    yield ear
    ear.close("staff")
