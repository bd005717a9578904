"""Events leave only after the commit, and their transport never breaks what was committed."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.test import Client

from helpdesk.core import consumers, events
from helpdesk.core.administration.actions import change_role, deactivate_person
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.pool import run_sync
from tests.chat.script import door, session_cookie
from tests.conftest import PASSWORD

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


async def test_who_is_alone_in_a_group_knows_it_unless_there_are_other_processes(ear, settings):
    settings.REDIS_URL = ""
    assert events.hub.is_alone("room", ear)
    other = Ear()
    events.hub.join("room", other)
    assert not events.hub.is_alone("room", ear)
    events.hub.leave("room", other)
    assert events.hub.is_alone("room", ear)
    assert events.hub.is_alone("nowhere", ear)
    settings.REDIS_URL = "redis://elsewhere"
    assert not events.hub.is_alone("room", ear)


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
    for raw in (b"not ours", b"x" * 16 + b"[1]", b"x" * 16 + b"{}", b"x" * 16 + b"not ours"):
        events.Bus()._hear(raw)


@pytest.mark.skipif(not settings.REDIS_URL, reason="without Redis there is one process")
async def test_another_process_hears_all_of_a_commit_in_order_and_its_sender_once(ear, monkeypatch):
    other, told = events.Bus(), [("room", {"n": n}) for n in range(3)]
    await asyncio.sleep(0.2)  # the ear has made this process listen …
    other.send(told)
    await asyncio.sleep(0.2)
    await run_sync(events.publish_all, told)  # … and it does not hear again what it said itself
    await asyncio.sleep(0.2)
    assert ear.heard == [event for _, event in told] * 2


@pytest.mark.skipif(not settings.REDIS_URL, reason="without Redis there is one process")
async def test_what_waits_for_the_bus_goes_together_and_stays_in_order(ear):
    other, count = events.Bus(), 3 * events.TOGETHER
    await asyncio.sleep(0.2)
    for n in range(count):
        other.send([("room", {"n": n}), ("another room", {"n": n})])
    for _ in range(200):
        await asyncio.sleep(0.05)
        if len(ear.heard) == count:
            break
    assert [event["n"] for event in ear.heard] == list(range(count))


# --- /ws/hints/ ------------------------------------------------------------------------------------


@asynccontextmanager
async def hints(user: User | None):
    headers = (await sync_to_async(session_cookie)(user),) if user else ()
    async with door("/ws/hints/", headers) as opened:
        yield opened


@pytest.mark.parametrize("role", ["agent", "supervisor", "analyst", "administrator"])
async def test_staff_hear_what_changed(cast, role):
    async with hints(cast.by_role(role)) as page:
        await page.say(type="ping")
        assert await page.next() == {"type": "pong"}
        await run_sync(events.publish_change, "ticket", 7, "closed")
        assert await page.next() == {"type": "changed", "kind": "ticket", "id": "7", "state": "closed"}


async def test_an_open_page_says_so_now_and_then(cast, settings, monkeypatch):
    settings.SOCKET_CHECK_SECONDS = 0.01
    said = []
    monkeypatch.setattr(consumers, "in_background", lambda call, *args, **fields: said.append(fields))
    monkeypatch.setattr(consumers, "SIGN_OF_LIFE", 0.02)
    async with hints(cast.agent) as page:
        await page.nothing()
    assert len(said) > 1
    assert {one["user"] for one in said} == {cast.agent}


@pytest.mark.parametrize("role", ["customer", "anonymous"])
async def test_others_are_refused(cast, role):
    async with hints(cast.by_role(role)) as page:
        assert await page.next() == {"type": "closed", "code": 4403}
        await run_sync(events.publish_change, "ticket", 7, "closed")
        await page.nothing()


@pytest.mark.parametrize("verb", ["role", "deactivate"])
async def test_losing_access_closes_the_socket(cast, verb):
    async with hints(cast.agent) as page, hints(cast.supervisor) as other:
        if verb == "role":
            await run_sync(change_role, cast.agent, actor=cast.administrator, role="customer", team=None)
        else:
            await run_sync(deactivate_person, cast.agent, actor=cast.administrator)
        assert await page.next() == {"type": "closed", "code": 4401}
        await other.nothing()


async def test_signing_out_closes_the_sockets_of_that_session_only(cast, settings):
    settings.SOCKET_CHECK_SECONDS = 0.05
    here, there = Client(), Client()
    for browser in (here, there):
        await sync_to_async(browser.force_login)(cast.agent)
    headers = [(b"cookie", f"sessionid={b.cookies['sessionid'].value}".encode()) for b in (here, there)]
    async with (
        door("/ws/hints/", (headers[0],)) as page,
        door("/ws/desk/", (headers[0],)) as desk,
        door("/ws/hints/", (headers[1],)) as elsewhere,
    ):
        response = await sync_to_async(here.post)("/accounts/logout/")
        assert response.status_code == 302
        assert await page.next() == {"type": "closed", "code": 4401}
        assert await desk.next() == {"type": "closed", "code": 4401}
        await elsewhere.nothing()


async def test_a_new_password_closes_the_sockets_of_that_person(cast):
    browser = Client()
    await sync_to_async(browser.force_login)(cast.agent)
    async with hints(cast.agent) as page, hints(cast.supervisor) as other:
        new = "another horse battery"
        fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        response = await sync_to_async(browser.post)("/accounts/password/", fields)
        assert response.status_code == 302
        assert await page.next() == {"type": "closed", "code": 4401}
        await other.nothing()


async def test_a_page_that_does_not_read_is_closed(cast, settings):
    settings.SOCKET_QUEUE, settings.SOCKET_WINDOW_BYTES = 8, 100
    async with hints(cast.agent) as page:
        for number in range(40):
            await run_sync(events.publish_change, "ticket", number, "closed")
        assert await page.until_closed() == {"type": "closed", "code": 4429}
