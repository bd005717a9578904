import asyncio
import datetime as dt
import uuid
from functools import partial

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.urls import reverse

from chat.actions import (
    accept_conversation,
    add_note,
    close_conversation,
    decline_offer,
    mark_read,
    offer_conversation,
    post_message,
    release_conversation,
    transfer_conversation,
)
from chat.actions.routing import router
from chat.models import Conversation
from chat.tokens import visitor as visitor_of
from helpdesk.core import clock
from helpdesk.core import events as core_events
from helpdesk.core.models import Presence, Role, Staffing, User
from tests.chat.script import at_desk, begin, desk_door, do, door, session_cookie, visitor_door
from tests.core.test_events import hints

pytestmark = pytest.mark.django_db(transaction=True)


def say(conversation, text, actor=None):
    actor = actor or visitor_of(conversation)
    return post_message(conversation, actor=actor, client_id=uuid.uuid4(), text=text)


@pytest.mark.parametrize("role", ["anonymous", "customer", "analyst", "administrator"])
async def test_others_are_closed(cast, role):
    user = cast.by_role(role)
    headers = (await sync_to_async(session_cookie)(user),) if user else ()
    async with door("/ws/desk/", headers) as stranger:
        assert await stranger.next() == {"type": "closed", "code": 4403}


async def test_hello_lists_own_and_waiting_with_masked_names_and_resumes(cast):
    mine, theirs, waiting = [await begin(name=name) for name in ("王小明", "李四", "赵六")]
    await do(accept_conversation, mine, actor=cast.agent)
    await do(accept_conversation, theirs, actor=cast.other_agent)
    await do(say, mine, "一")
    await do(add_note, mine, actor=cast.agent, text="内部")
    async with desk_door(cast.agent, after={str(mine.pk): 1}) as desk:
        assert (desk.welcome["name"], desk.welcome["own"], desk.welcome["waiting"]) == ("丙坐席", 1, 1)
        rows = [await desk.next(), await desk.next()]
        assert [(r["conversation"], r["mine"], r["name"], r["state"]) for r in rows] == [
            (str(mine.pk), True, "王**", "active"),
            (str(waiting.pk), False, "赵**", "waiting"),
        ]
        rest = [await desk.next(), await desk.next()]
        assert {f["type"]: f["text"] for f in rest} == {"message": "一", "note": "内部"}
        await desk.nothing()


async def test_the_visitors_full_name_reaches_no_desk(cast):
    conversation = await begin(name="王小明")
    async with desk_door(cast.agent) as desk:
        await do(accept_conversation, conversation, actor=cast.agent)
        frame = await desk.until("conversation", mine=True)
    assert "小明" not in str(frame)


async def test_a_new_conversation_appears_and_leaves_when_a_colleague_takes_it(cast):
    async with desk_door(cast.agent) as desk, desk_door(cast.supervisor) as supervisor:
        conversation = await begin(name="王小明")
        for each in (desk, supervisor):
            assert (await each.until("conversation"))["mine"] is False
        await do(accept_conversation, conversation, actor=cast.other_agent)
        for each in (desk, supervisor):
            assert await each.until("gone") == {"type": "gone", "conversation": str(conversation.pk)}
        await do(say, conversation, "秘密")
        await desk.nothing()
        await supervisor.nothing()


async def test_accepting_brings_the_messages_and_talking_works(cast):
    conversation = await begin()
    pk = str(conversation.pk)
    await do(say, conversation, "一")
    async with desk_door(cast.agent) as desk, visitor_door(conversation) as visitor:
        await do(accept_conversation, conversation, actor=cast.agent)
        assert (await desk.until("conversation", mine=True))["state"] == "active"
        assert await desk.texts(2) == ["一", "joined"]
        client_id = await desk.send("您好", conversation=pk)
        ack = await desk.until("ack")
        assert (ack["conversation"], ack["client_id"], ack["seq"]) == (pk, client_id, 3)
        reply = await visitor.until("message", seq=3)
        assert (reply["author"], reply["name"], reply["text"]) == ("agent", "丙坐席", "您好")
        await desk.say(type="read", conversation=pk, seq=3)
        assert (await visitor.until("read"))["who"] == "agent"


async def test_transfer_moves_the_stream_and_its_notes(cast):
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    await do(at_desk, cast.other_agent)
    async with desk_door(cast.agent) as giver, desk_door(cast.other_agent) as taker:
        await do(transfer_conversation, conversation, actor=cast.agent, to=cast.other_agent, note="请接手")
        assert await giver.until("gone")
        assert (await taker.until("conversation"))["mine"] is True
        assert {(await taker.next())["text"] for _ in range(3)} == {"joined", "transferred", "请接手"}
        await do(say, conversation, "新消息")
        assert await taker.texts(1) == ["新消息"]
        await giver.nothing()


async def test_a_team_only_sees_its_own_queue(cast, teams):
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    async with desk_door(cast.other_agent) as theirs, desk_door(cast.agent) as ours:
        await do(transfer_conversation, conversation, actor=cast.agent, to=teams[1])
        assert (await theirs.until("conversation"))["team"] == "客服二组"
        assert await ours.until("gone")


async def test_release_and_close_leave_the_list(cast):
    conversation = await begin()
    async with desk_door(cast.agent) as desk:
        await do(accept_conversation, conversation, actor=cast.agent)
        await desk.until("conversation", mine=True)
        await do(release_conversation, conversation, actor=cast.agent)
        assert (await desk.until("conversation"))["mine"] is False
        await do(close_conversation, conversation, actor=visitor_of(conversation))
        assert await desk.until("gone")


async def test_foreign_and_absent_conversations_answer_alike(cast):
    foreign = await begin()
    await do(accept_conversation, foreign, actor=cast.other_agent)
    async with desk_door(cast.agent) as desk:
        answers = []
        for pk in (str(foreign.pk), str(uuid.uuid4())):
            client_id = await desk.send("您好", conversation=pk)
            for frame in ({"type": "typing", "on": True}, {"type": "read", "seq": 1}):
                await desk.say(conversation=pk, **frame)
            got = [await desk.until("error") for _ in range(3)]
            assert {f.pop("client_id", client_id) for f in got} == {client_id}
            assert {f.pop("conversation") for f in got} == {pk}
            answers.append(sorted(f["code"] for f in got))
    assert answers == [["not_found"] * 3] * 2


async def test_a_waiting_conversation_can_be_seen_but_not_answered(cast):
    waiting = await begin()
    async with desk_door(cast.agent) as desk:
        await desk.send("您好", conversation=str(waiting.pk))
        assert (await desk.until("error"))["code"] == "forbidden"


async def test_sign_out_closes_within_seconds(cast, settings):
    settings.SOCKET_CHECK_SECONDS = 0.1
    async with desk_door(cast.agent) as desk:
        await do(Session.objects.all().delete)
        assert (await desk.until_closed())["code"] == 4401


@pytest.mark.parametrize("change", [{"role": Role.CUSTOMER}, {"is_active": False}])
async def test_losing_the_role_closes_within_seconds(cast, settings, change):
    settings.SOCKET_CHECK_SECONDS = 0.1
    async with desk_door(cast.agent) as desk:
        await do(User.objects.filter(pk=cast.agent.pk).update, **change)
        assert (await desk.until_closed())["code"] == 4401


async def test_resync_puts_the_lists_right(cast):
    conversation = await begin()
    async with desk_door(cast.agent) as desk:
        await desk.until("conversation")
        real = core_events.hub.fan_out
        core_events.hub.fan_out = lambda group, event: None  # type: ignore[method-assign]
        try:
            await do(accept_conversation, conversation, actor=cast.other_agent)
            mine = await begin()
            await do(accept_conversation, mine, actor=cast.agent)
        finally:
            core_events.hub.fan_out = real  # type: ignore[method-assign]
        core_events.hub.fan_out_to_all(core_events.RESYNC)
        assert await desk.until("gone") == {"type": "gone", "conversation": str(conversation.pk)}
        assert (await desk.until("conversation"))["conversation"] == str(mine.pk)
        assert await desk.texts(1) == ["joined"]


async def test_a_supervisor_looks_on_live_and_is_not_there(cast):
    conversation, other = await begin(), await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    async with visitor_door(conversation) as visitor, desk_door(cast.supervisor) as boss:
        await visitor.send("一")
        await visitor.until("ack")
        await boss.say(type="watch", conversation=str(conversation.pk), after=1)
        assert (await boss.until("message"))["text"] == "一"
        await visitor.send("二")
        assert (await boss.until("message"))["text"] == "二"
        await boss.say(type="typing", conversation=str(conversation.pk), on=True)
        assert (await boss.until("error"))["code"] == "not_found"  # looking on is all
        await boss.say(type="watch", conversation=str(other.pk), after=0)
        await boss.say(type="ping", n=1)
        await boss.until("pong")
        await asyncio.sleep(0.2)
        await visitor.send("三")
        await visitor.until("ack")
        await boss.nothing()


async def test_an_agent_looks_on_until_somebody_else_has_it(cast):
    conversation = await begin()
    async with visitor_door(conversation) as visitor, desk_door(cast.agent) as desk:
        await desk.say(type="watch", conversation=str(conversation.pk), after=0)
        await visitor.send("一")
        assert (await desk.until("message"))["text"] == "一"
        await do(accept_conversation, conversation, actor=cast.supervisor)
        await desk.until("gone")
        await visitor.send("二")
        await visitor.until("ack", seq=3)
        await desk.nothing()
        await desk.say(type="watch", conversation=str(conversation.pk), after=0)
        assert (await desk.until("error"))["code"] == "not_found"


@pytest.mark.parametrize("asked", ["before", "meanwhile"])
async def test_whoever_is_asked_about_a_chat_of_another_team_hears_it(cast, teams, asked, monkeypatch):
    monkeypatch.setattr("chat.actions.routing._run_soon", lambda: None)
    conversation = await begin()
    await do(Conversation.objects.update, urgent=True, team=teams[1])
    await do(User.objects.filter(pk=cast.agent.pk).update, team=teams[0])
    here = clock.now() + dt.timedelta(hours=1)
    await do(Staffing.objects.create, user=cast.agent, presence=Presence.ON, here_until=here)
    ask = partial(offer_conversation, conversation, actor=await do(router), to=cast.agent)
    offer = await do(ask) if asked == "before" else None
    agent = await do(User.objects.get, pk=cast.agent.pk)
    async with visitor_door(conversation) as visitor, desk_door(agent) as desk:
        if offer is None:
            offer = await do(ask)
            await desk.until("offer")
        await desk.say(type="watch", conversation=str(conversation.pk), after=0)
        for text in ("一", "二"):
            await visitor.send(text)
            assert (await desk.until("message"))["text"] == text
        await do(decline_offer, offer, actor=agent)
        await desk.until("gone")
        await visitor.send("三")
        await visitor.until("ack")
        await desk.nothing()


async def test_the_navigation_counts_what_waits_at_the_desk(cast, client_of, monkeypatch):
    """On every page of staff: a chat with something unread, and an offer."""
    monkeypatch.setattr("chat.actions.routing._run_soon", lambda: None)
    conversation = await begin()
    await do(accept_conversation, conversation, actor=cast.agent)
    await do(Staffing.objects.create, user=cast.agent)
    client = await do(client_of, "agent")

    async def counted() -> bool:
        return b"</span>1</span>" in (await do(client.get, reverse("chat:unread"))).content

    async with hints(cast.agent) as page:
        for act in (
            partial(say, conversation, "您好"),
            partial(mark_read, conversation, actor=cast.agent, seq=100),
            partial(say, conversation, "还在吗"),
            partial(mark_read, conversation, actor=cast.agent, seq=100),
            partial(offer_conversation, await begin(), actor=await do(router), to=cast.agent),
        ):
            await do(act)
            while (await page.until("changed"))["kind"] != "chat":
                pass
            assert await counted() == (act.func is not mark_read)
