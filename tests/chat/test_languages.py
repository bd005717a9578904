"""The visitor reads the language of the conversation; what is stored for the desk is in the desk's."""

import uuid

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from chat.actions import answer_pending, ask_deletion, leave_message, post_message, start_conversation
from chat.mail import compose
from chat.models import Conversation, Mailing, Message
from chat.queries import transcript_of
from chat.tokens import visitor
from helpdesk.core.actors import Guest
from helpdesk.core.models import AuditEntry
from tests.chat.test_keep import shown
from tests.chat.test_pages_visitor import browser_of
from tickets.kinds import details_of
from tickets.models import Ticket

CHINESE = {"accept-language": "zh-CN"}
FROM_HERE = {**CHINESE, "origin": "http://testserver"}
COOKIE = settings.LANGUAGE_COOKIE_NAME


@pytest.fixture
def english(db) -> Conversation:
    """Held in English, in the widget of a site, by somebody whose browser asks for Chinese."""
    return start_conversation(actor=Guest(), language="en")


@pytest.mark.parametrize("name", ["transcript", "mail_transcript", "ask_deletion", "leave_message"])
def test_pages_that_the_widget_opens_are_in_its_language(english, client_of, name):
    page = client_of().post(reverse(f"chat:{name}"), shown(english), headers=FROM_HERE)
    assert (page.headers["Content-Language"], '<html lang="en"' in page.content.decode()) == ("en", True)


@pytest.mark.parametrize("name", ["ask_deletion", "leave_message", "my_ticket", "resume"])
def test_and_so_is_the_page_that_follows(english, client_of, name):
    client = client_of()
    if name == "my_ticket":
        leave_message(english, actor=visitor(english), contact="13800138021", text="Call me")
    typed = shown(english, contact="13800138021", text="Call me")
    answer = client.post(reverse(f"chat:{name}"), typed, headers=FROM_HERE)
    assert (answer.status_code, client.cookies[COOKIE].value) == (302, "en")
    assert '<html lang="en"' in client.get(answer.url, headers=CHINESE).content.decode()
    assert Conversation.objects.get().language == "en"


def test_who_reads_it_already_is_left_alone(english, client_of):
    client = client_of()
    typed = shown(english, contact="13800138021", text="Call me")
    client.post(reverse("chat:leave_message"), typed, headers={"accept-language": "en"})
    assert COOKIE not in client.cookies


def test_the_mailed_one_too(english, client_of):
    sent = shown(english, email="wang@example.com")
    client_of().post(reverse("chat:mail_transcript"), sent, headers=CHINESE)
    letter = compose(Mailing.objects.get())
    assert letter.subject.isascii()


def test_the_desk_reads_its_own_language_in_what_is_left(english):
    post_message(english, actor=visitor(english), client_id=uuid.uuid4(), text="Hello")
    with translation.override("en"):
        left = leave_message(english, actor=visitor(english), contact="13800138021", text="Call me")
        asked = ask_deletion(english, actor=visitor(english), contact="13800138021")
        transcript = transcript_of(english)
    assert (left.complainant, left.request) == ("访客", "请回复留言。")
    assert (asked.complainant, asked.request) == ("访客", "请删除这次对话的记录。")
    assert asked.narrative.startswith("申请删除")
    assert details_of(asked).scope.startswith("在线对话")
    assert "访客：Hello" in transcript
    assert set(Ticket.objects.values_list("language", flat=True)) == {"en"}  # in which they are answered


def test_a_page_in_another_language_is_a_switch(db, client_of):
    chat = start_conversation(actor=Guest(), bot=True)
    client = browser_of(chat, client_of)
    client.get(reverse("chat:visitor"), headers=CHINESE)
    assert not AuditEntry.objects.filter(verb="conversation.language_set").exists()
    client.cookies[COOKIE] = "en"
    client.get(reverse("chat:visitor"), headers=CHINESE)
    assert Conversation.objects.get().language == "en"
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="hello")
    answer_pending(chat.pk)
    said = Message.objects.latest("seq")
    assert said.text.isascii()
    assert all(choice.isascii() for choice in said.data["choices"])
    assert AuditEntry.objects.filter(verb="conversation.language_set").count() == 1
