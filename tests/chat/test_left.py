"""Chats whose visitor has gone end by themselves, and go on when the visitor is back."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from chat import consumers
from chat.actions import (
    add_note,
    end_conversation,
    go_on,
    left,
    post_message,
    release_conversation,
    route,
    start_conversation,
    transfer_conversation,
    visitor_here,
)
from chat.actions.retention import due
from chat.actions.talk import end_now
from chat.models import Conversation, Message, Note
from chat.queries import load_of
from chat.states import State
from chat.tasks import end_left_chats
from chat.tokens import COOKIE, visitor
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, User
from tests.chat.script import visitor_door

MINUTE = dt.timedelta(minutes=1)


def now(conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def events(conversation) -> list[tuple[str, dict[str, str]]]:
    rows = conversation.messages.filter(kind=Message.Kind.EVENT)
    return list(rows.order_by("seq").values_list("text", "data"))


def in_minutes(minutes: int) -> int:
    with clock.at(clock.now() + minutes * MINUTE):
        return end_left_chats()


@pytest.mark.parametrize(("bot", "minutes"), [(False, 31), (True, 24 * 60 + 1)])
def test_it_ends_when_the_visitor_has_been_gone_for_long(db, bot, minutes):
    chat = start_conversation(actor=Guest(), bot=bot)
    assert in_minutes(minutes - 2) == 0
    assert in_minutes(minutes) == 1
    assert in_minutes(minutes) == 0
    state = State.BOT if bot else State.WAITING
    assert (now(chat).state, now(chat).closed_at is not None) == (State.CLOSED, True)
    assert events(chat) == [("left", {"state": state}), ("closed", {"by": "system"})]
    entry = AuditEntry.objects.get(verb="conversation.ended_by_itself")
    assert entry.actor is not None
    assert entry.actor.role == "system"
    with clock.at(clock.now() + dt.timedelta(days=2000)):
        assert due("enquiry", clock.now()).get() == chat


@pytest.mark.parametrize("sign", ["a message", "the page", "the answers of the API", "the socket"])
def test_a_sign_of_the_visitor_keeps_it(waiting, client_of, sign):
    with clock.at(clock.now() + 20 * MINUTE):
        if sign == "a message":
            post_message(waiting, actor=visitor(waiting), client_id=uuid.uuid4(), text="还在")
        elif sign == "the page":
            client = client_of()
            client.cookies[COOKIE] = waiting.token
            client.get(reverse("chat:visitor"))
        elif sign == "the socket":
            visitor_here(waiting.pk)
        else:
            headers = {"Authorization": f"Bearer {waiting.token}"}
            Client().get(f"/api/v1/conversations/{waiting.pk}/messages", headers=headers)
    assert in_minutes(40) == 0
    assert in_minutes(51) == 1


def test_a_sign_is_kept_now_and_then_only(waiting, client_of, django_assert_num_queries):
    client = client_of()
    client.cookies[COOKIE] = waiting.token
    client.get(reverse("chat:visitor"))
    kept = now(waiting).visitor_at
    with clock.at(clock.now() + MINUTE):
        client.get(reverse("chat:visitor"))
    assert now(waiting).visitor_at == kept


@pytest.mark.django_db(transaction=True)
async def test_the_socket_says_now_and_then_that_the_visitor_is_there(waiting, monkeypatch, settings):
    heard = []
    settings.SOCKET_CHECK_SECONDS = 0.05
    monkeypatch.setattr(consumers.visitor, "SIGN", dt.timedelta())
    monkeypatch.setattr(consumers.visitor, "in_background", lambda call, *args: heard.append((call, *args)))
    async with visitor_door(waiting) as door:
        await door.nothing()
    assert (visitor_here, waiting.pk) in heard


def test_the_urgent_are_left_to_people(active):
    start_conversation(actor=Guest())
    Conversation.objects.update(urgent=True)
    assert in_minutes(3000) == 0


def test_a_note_of_a_person_keeps_it(active, cast):
    with clock.at(clock.now() + 20 * MINUTE):
        add_note(active, actor=cast.agent, text="正在核实")
    Note.objects.create(
        conversation=active, author=User.system("bot"), text="警示", at=clock.now() + 40 * MINUTE
    )
    assert (in_minutes(49), in_minutes(51)) == (0, 1)


def test_with_an_agent_it_ends_too_once_neither_side_says_anything(active, cast, client_of):
    with clock.at(clock.now() + 20 * MINUTE):
        post_message(active, actor=cast.agent, client_id=uuid.uuid4(), text="还在吗")
    assert in_minutes(49) == 0
    assert in_minutes(51) == 1
    assert events(active)[-2:] == [("left", {"state": "active"}), ("closed", {"by": "system"})]
    assert (load_of(cast.agent), now(active).assignee) == (0, cast.agent)
    client = client_of()
    client.cookies[COOKIE] = active.token
    client.post(reverse("chat:go_on"), headers={"origin": "http://testserver"})
    assert (now(active).state, now(active).assignee) == (State.WAITING, None)


def test_one_that_cannot_be_ended_keeps_no_other_open(waiting, monkeypatch):
    other, ends = start_conversation(actor=Guest()), end_now

    def fails(conversation, *, by):
        if conversation.pk == waiting.pk:
            raise OSError
        ends(conversation, by=by)

    monkeypatch.setattr(left, "end_now", fails)
    assert in_minutes(31) == 1
    assert (now(waiting).state, now(other).state) == (State.WAITING, State.CLOSED)


@pytest.mark.parametrize("how", ["release", "team", "desk gone"])
def test_whoever_is_put_back_into_the_queue_has_its_whole_time_there(active, cast, teams, how):
    """Also if nobody has heard of the visitor for long, as people had the chat."""
    with clock.at(clock.now() + 40 * MINUTE):
        if how == "release":
            release_conversation(active, actor=cast.agent)
        elif how == "team":
            transfer_conversation(active, actor=cast.agent, to=teams[1])
        else:
            User.objects.filter(pk=cast.agent.pk).update(is_active=False)
            route()
        Message.objects.update(at=clock.now() - 40 * MINUTE)
    assert now(active).state == State.WAITING
    assert (in_minutes(69), in_minutes(71)) == (0, 1)


def test_zero_never_ends_it(waiting, settings):
    settings.CHAT_ENDS_AFTER = {"waiting": 0, "bot": 0}
    assert in_minutes(3000) == 0


def test_only_the_system_ends_it_and_only_when_it_is_time(waiting, cast):
    for actor in (cast.agent, visitor(waiting)):
        with pytest.raises(ActionForbidden):
            end_conversation(waiting, actor=actor)  # type: ignore[arg-type]
    with pytest.raises(ActionError):
        end_conversation(waiting, actor=User.system("chat-sweep"))


# --- Back again -----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("bot", "state"), [(False, State.WAITING), (True, State.BOT)])
def test_whoever_comes_back_goes_on_with_all_that_was_said(client_of, bot, state):
    chat = start_conversation(actor=Guest(), bot=bot)
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="我想提前还款")
    in_minutes(3000)
    client = client_of()
    client.cookies[COOKIE] = chat.token
    page = client.get(reverse("chat:visitor"))
    assert (page.context["view"], page.context["goes_on"]) == ("ended", True)
    assert "系统结束了这次对话" in page.content.decode()
    back = client.post(reverse("chat:go_on"), headers={"origin": "http://testserver"})
    assert (back.status_code, now(chat).state, now(chat).closed_at) == (302, state, None)
    assert "我想提前还款" in client.get(reverse("chat:visitor")).content.decode()
    assert events(chat)[-1] == ("reopened", {})
    assert in_minutes(20) == 0


def test_what_somebody_ended_is_not_gone_on_with(waiting, cast, client_of):
    client = client_of()
    client.cookies[COOKIE] = waiting.token
    for _state in ("open", "closed"):
        with pytest.raises(ActionError):
            go_on(waiting, actor=visitor(waiting))
        client.post(reverse("chat:end"))
    refused = client.post(reverse("chat:go_on"), headers={"origin": "http://testserver"})
    assert (refused.status_code, refused.context["goes_on"]) == (409, False)
    assert "请开始新的对话" in refused.content.decode()
    with pytest.raises(ActionForbidden):
        go_on(waiting, actor=cast.agent)
