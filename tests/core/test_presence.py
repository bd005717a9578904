"""Who else has a case open, as two pages hear it."""

import pytest
from asgiref.sync import sync_to_async

from helpdesk.core import presence
from helpdesk.core.models import User
from tests.core.test_events import hints
from tests.tickets.factories import make_ticket

pytestmark = pytest.mark.django_db(transaction=True)


async def case_of(cast, state="received"):
    ticket = await sync_to_async(make_ticket)(cast, state)
    return f"ticket:{ticket.pk}"


def said(what: str, place: str, person: User) -> dict[str, object]:
    return {"type": what, "at": place, "who": person.pk, "name": person.name}


async def test_two_people_at_one_case_hear_of_each_other_and_of_leaving(cast):
    place = await case_of(cast)
    async with hints(cast.supervisor) as first:
        await first.say(type="watch", at=[place], here=place)
        async with hints(cast.agent) as second:
            await second.say(type="watch", at=[place], here=place)
            assert await second.next() == said("here", place, cast.supervisor)
            assert await first.next() == said("here", place, cast.agent)
            await second.say(type="watch", at=[], here="")
            assert await first.next() == said("gone", place, cast.agent)
            await second.say(type="watch", at=[place], here=place)
            assert await first.next() == said("here", place, cast.agent)
        assert await first.next() == said("gone", place, cast.agent)


async def test_a_queue_hears_who_is_at_its_cases_without_being_at_any(cast):
    place = await case_of(cast)
    async with hints(cast.supervisor) as page, hints(cast.agent) as queue:
        await page.say(type="watch", at=[place], here=place)
        await queue.say(type="watch", at=[place], here="")
        assert await queue.next() == said("here", place, cast.supervisor)
        await page.nothing()


async def test_nobody_hears_of_a_case_that_is_not_theirs_to_see(cast):
    place = await case_of(cast, "assigned")
    async with hints(cast.supervisor) as page, hints(cast.other_agent) as stranger:
        await page.say(type="watch", at=[place], here=place)
        await stranger.say(type="watch", at=[place], here=place)
        await stranger.nothing()
        await page.nothing()


@pytest.mark.parametrize(
    "frame", [{"at": "ticket:1"}, {"at": [1]}, {"at": ["x"] * 61}, {"here": 3, "at": []}]
)
async def test_a_frame_that_is_none_is_refused(cast, frame):
    async with hints(cast.agent) as page:
        await page.say(type="watch", **frame)
        assert (await page.next())["code"] == "bad_field"


@pytest.mark.parametrize(
    "place", ["", "ticket", "ticket:", "ticket:x", "ticket:²", "user:1", "ticket:" + "9" * 19]
)
def test_places_that_are_none(place, cast):
    assert presence.visible(cast.supervisor, [place]) == set()
