"""Events leave only after the commit, and their transport never breaks what was committed."""

import asyncio

import pytest
from channels.testing import WebsocketCommunicator
from django.db import transaction

from helpdesk.core import events
from helpdesk.core.administration.actions import change_role, deactivate_person
from helpdesk.core.consumers import HintsConsumer
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.pool import run_sync

pytestmark = pytest.mark.django_db(transaction=True)


class Ear:
    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []

    def deliver(self, event) -> None:
        self.heard.append(dict(event))


@pytest.fixture
async def ear():
    ear = Ear()
    events.hub.join("room", ear)
    yield ear
    events.hub.leave("room", ear)


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_an_event_waits_for_the_commit(ear):
    def write() -> list[dict[str, object]]:
        with transaction.atomic():
            events.publish("room", {"n": 1})
            return list(ear.heard)

    assert await run_sync(write) == []
    await settle()
    assert ear.heard == [{"n": 1}]


async def test_a_rollback_publishes_nothing(ear):
    def write() -> None:
        with transaction.atomic():
            events.publish("room", {"n": 1})
            raise ActionError("no")

    with pytest.raises(ActionError):
        await run_sync(write)
    await settle()
    assert ear.heard == []


async def test_other_groups_hear_nothing(ear):
    await run_sync(events.publish, "other room", {"n": 1})
    await settle()
    assert ear.heard == []


async def test_after_leaving_nothing_is_heard(ear):
    events.hub.leave("room", ear)
    events.hub.leave("room", ear)  # twice is no error
    await run_sync(events.publish, "room", {"n": 1})
    await settle()
    assert ear.heard == []


async def test_publish_change_names_the_row(ear):
    await run_sync(events.publish_change, "ticket", 7, "resolved", groups=("room",))
    await settle()
    assert ear.heard == [{"type": "changed", "kind": "ticket", "id": "7", "state": "resolved"}]


def test_a_dead_bus_does_not_break_the_action(cast, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(events, "bus", events.Bus())
    change_role(cast.agent, actor=cast.administrator, role="supervisor", team=None)
    assert User.objects.get(pk=cast.agent.pk).role == "supervisor"


def test_what_other_programs_say_on_the_channel_is_passed_over():
    events.Bus()._hear(b"not ours")


# --- /ws/hints/ ------------------------------------------------------------------------------------


def hints(user) -> WebsocketCommunicator:
    socket = WebsocketCommunicator(HintsConsumer.as_asgi(), "/ws/hints/")
    socket.scope["user"] = user
    return socket


@pytest.mark.parametrize("role", ["agent", "supervisor", "analyst", "administrator"])
async def test_staff_hear_what_changed(cast, role):
    socket = hints(cast.by_role(role))
    assert (await socket.connect())[0]
    await run_sync(events.publish_change, "ticket", 7, "closed")
    assert await socket.receive_json_from() == {
        "type": "changed",
        "kind": "ticket",
        "id": "7",
        "state": "closed",
    }
    await socket.disconnect()


@pytest.mark.parametrize("role", ["customer", "anonymous"])
async def test_others_are_refused(cast, role):
    assert await hints(cast.by_role(role)).connect() == (False, 4403)


@pytest.mark.parametrize("verb", ["role", "deactivate"])
async def test_losing_access_closes_the_socket(cast, verb):
    socket, other = hints(cast.agent), hints(cast.supervisor)
    await socket.connect()
    await other.connect()
    if verb == "role":
        await run_sync(change_role, cast.agent, actor=cast.administrator, role="customer", team=None)
    else:
        await run_sync(deactivate_person, cast.agent, actor=cast.administrator)
    assert await socket.receive_output() == {"type": "websocket.close", "code": 4401}
    assert await other.receive_nothing()
    await other.disconnect()
