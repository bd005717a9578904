"""What the desk asks before a chat: who sets it, what the visitor sees, and that consent is really asked."""

import re

import pytest
from django.urls import reverse

from chat.actions import set_pre_chat, start_conversation
from chat.errors import ChatError
from chat.models import Conversation
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden

pytestmark = pytest.mark.django_db
TERMS = "我同意处理我填写的信息"
PAGE, START = reverse("chat:visitor"), reverse("chat:start")
API = "/api/v1/conversations"


def asked_of(client, name: str = "chat:visitor") -> list[str]:
    page = client.get(reverse(name)).content.decode()
    form = page[page.index('id="chat-start"') : page.index('id="chat-answers"')]
    return re.findall(r'name="(question|topic|name|consent)"', form)


@pytest.mark.parametrize("page", ["chat:visitor", "chat:frame"])
def test_the_visitor_is_asked_what_the_desk_wants_to_know(cast, client, page):
    assert asked_of(client, page) == ["question", "topic", "name"]
    set_pre_chat(actor=cast.supervisor, name="off", topic=False, consent="")
    assert asked_of(client, page) == ["question"]
    set_pre_chat(actor=cast.supervisor, name="optional", topic=False, consent=TERMS)
    assert asked_of(client, page) == ["question", "name", "consent"]


def test_a_question_alone_is_enough_where_nothing_else_is_asked(cast, client):
    set_pre_chat(actor=cast.supervisor, name="off", topic=False, consent="")
    assert client.post(START, {"question": "您好", "name": "王小明", "topic": "overdue"}).status_code == 302
    made = Conversation.objects.get()
    assert (made.name, made.topic, made.consent) == ("", "other", "")


def test_a_name_that_must_be_given_keeps_what_was_typed(cast, client):
    set_pre_chat(actor=cast.supervisor, name="required", topic=True, consent="")
    response = client.post(START, {"question": "扣了两次", "topic": "repayment"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "扣了两次</textarea>" in page
    assert Conversation.objects.count() == 0


def test_without_consent_nothing_begins_and_its_words_are_kept(cast, client):
    set_pre_chat(actor=cast.supervisor, name="off", topic=False, consent=TERMS)
    assert client.post(START, {"question": "您好"}).status_code == 400
    assert client.post(START, {"question": "您好", "consent": "on"}).status_code == 302
    set_pre_chat(actor=cast.supervisor, name="off", topic=False, consent="别的")
    assert [made.consent for made in Conversation.objects.all()] == [TERMS]


def test_the_api_asks_for_consent_too(cast, client):
    set_pre_chat(actor=cast.supervisor, name="off", topic=False, consent=TERMS)
    refused = client.post(API, {"consent": False}, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "consent_needed")
    assert client.post(API, {}, content_type="application/json").status_code == 400
    assert client.post(API, {"consent": True}, content_type="application/json").status_code == 201
    assert client.post(API, {"consent": "yes"}, content_type="application/json").status_code == 400
    assert [made.consent for made in Conversation.objects.all()] == [TERMS]


def test_the_action_itself_refuses(cast):
    set_pre_chat(actor=cast.supervisor, name="off", topic=False, consent=TERMS)
    with pytest.raises(ChatError) as refused:
        start_conversation(actor=Guest())
    assert (refused.value.code, refused.value.status) == ("consent_needed", 400)


def test_only_supervisors_and_administrators_decide(cast):
    for actor in (cast.agent, cast.analyst, cast.customer, Guest()):
        with pytest.raises(ActionForbidden):
            set_pre_chat(actor=actor, name="off", topic=False, consent="")
    assert set_pre_chat(actor=cast.administrator, name="off", topic=False, consent="").topic is False


def test_the_page_saves_shows_and_keeps_what_was_wrong(client_of):
    client, page = client_of("supervisor"), reverse("chat:pre_chat")
    wrong = client.post(page, {"name": "perhaps", "consent": "同" * 301})
    assert (wrong.status_code, "同" * 301 in wrong.content.decode()) == (400, True)
    assert client.post(page, {"name": "required", "consent": TERMS}).url == page
    shown = client.get(page).content.decode()
    assert (TERMS in shown, 'value="required" required id="id_name_2" checked' in shown) == (True, True)
