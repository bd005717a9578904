"""Canned replies: whose they are, what is filled in, and the page that keeps them."""

import pytest
from django.urls import reverse

from chat.actions import add_canned, change_canned, put_back_canned, withdraw_canned
from chat.canned import ready_for
from chat.models import CannedReply, Conversation
from helpdesk.core.errors import ActionError, ActionForbidden

HELLO = {"shortcut": "hi", "language": "zh-hans", "text": "{{name}}，您好，我是{{ agent }}。"}


def shortcuts(conversation, user):
    return [one.shortcut for one in ready_for(conversation, user)]


def test_variables_are_filled_in_and_missing_ones_named(active, cast):
    add_canned(actor=cast.supervisor, team=None, **HELLO)
    add_canned(actor=cast.supervisor, team=None, shortcut="no", language="zh-hans", text="工单 {{ticket}}")
    hello, number = ready_for(active, cast.agent)
    assert (hello.text, hello.missing) == ("王小明，您好，我是丙坐席。", "")
    assert (number.text, number.missing) == ("工单 {{ticket}}", "工单号")


def test_variables_speak_the_language_of_the_reply(active, cast):
    Conversation.objects.update(name="", topic="repayment")
    english = {"shortcut": "hi", "language": "en", "text": "Hello {{name}}, about {{topic}}."}
    add_canned(actor=cast.supervisor, team=None, **english)
    add_canned(actor=cast.supervisor, team=None, **HELLO | {"shortcut": "no"})
    active.refresh_from_db()
    hello, chinese = ready_for(active, cast.agent)[::-1]
    assert (hello.text, hello.missing) == ("Hello, about Repayment.", "")
    assert (chinese.text, chinese.missing) == ("您好，我是丙坐席。", "")


def test_a_team_has_its_own_and_the_shared_ones(active, cast):
    add_canned(actor=cast.supervisor, team=None, **HELLO)
    add_canned(actor=cast.agent, team=cast.agent.team, **HELLO | {"shortcut": "team"})
    assert shortcuts(active, cast.agent) == ["hi", "team"]
    assert shortcuts(active, cast.other_agent) == ["hi"]
    with pytest.raises(ActionForbidden):
        add_canned(actor=cast.agent, team=None, **HELLO | {"shortcut": "all"})
    with pytest.raises(ActionForbidden):
        change_canned(CannedReply.objects.get(shortcut="team"), actor=cast.other_agent, team=None, **HELLO)


def test_the_language_of_the_visitor_comes_first(active, cast):
    add_canned(actor=cast.supervisor, team=None, shortcut="a", language="en", text="Hello")
    add_canned(actor=cast.supervisor, team=None, shortcut="b", language="zh-hans", text="您好")
    assert shortcuts(active, cast.agent) == ["b", "a"]


def test_a_shortcut_is_there_once(cast):
    first = add_canned(actor=cast.supervisor, team=None, **HELLO)
    with pytest.raises(ActionError):
        add_canned(actor=cast.supervisor, team=None, **HELLO)
    withdraw_canned(first, actor=cast.supervisor)
    add_canned(actor=cast.supervisor, team=None, **HELLO)
    with pytest.raises(ActionError):  # its name is taken meanwhile
        put_back_canned(first, actor=cast.supervisor)


def test_the_page_keeps_what_was_typed_and_names_the_unknown_variable(client_of):
    agent = client_of("agent")
    page = agent.post(reverse("chat:canned"), HELLO | {"text": "{{vorname}} 您好"})
    assert page.status_code == 400
    assert "没有“{{vorname}}”这个变量" in page.content.decode()
    assert "{{vorname}} 您好" in page.content.decode()
    assert agent.post(reverse("chat:canned"), HELLO).status_code == 302
    again = agent.post(reverse("chat:canned"), HELLO)
    assert (again.status_code, "已经有“/hi”了" in again.content.decode()) == (409, True)


def test_deleting_can_be_undone(client_of, cast):
    reply = add_canned(actor=cast.agent, team=cast.agent.team, **HELLO)
    agent = client_of("agent")
    page = agent.post(reverse("chat:withdraw_canned", args=[reply.pk]), follow=True)
    undo = reverse("chat:put_back_canned", args=[reply.pk])
    assert undo in page.content.decode()
    agent.post(undo)
    assert [one.withdrawn for one in CannedReply.objects.all()] == [False]


def test_two_of_one_name_are_told_apart_in_the_menu(active, cast, client_of):
    add_canned(actor=cast.supervisor, team=None, **HELLO)
    add_canned(actor=cast.agent, team=cast.agent.team, **HELLO)
    assert sorted(one.whose for one in ready_for(active, cast.agent)) == sorted(
        [str(cast.agent.team), "所有人"]
    )
    page = client_of("agent").get(reverse("chat:conversation", args=[active.pk])).content.decode()
    menu = page[page.index('id="desk-canned-list"') :]
    assert [f">{whose}</span>" in menu for whose in ("所有人", cast.agent.team)] == [True, True]
