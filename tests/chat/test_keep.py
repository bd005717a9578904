"""The visitor's transcript: complete, sent by e-mail, and the request to have it all deleted."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.urls import reverse

from chat.actions import answer_pending, convert_conversation, edit_message, post_message, start_conversation
from chat.actions import leave_message as leave
from chat.corrections import text_of_visitor
from chat.models import Conversation, Mailing, Message
from chat.queries import transcript_of
from chat.tasks import mail_transcripts
from chat.tokens import visitor
from chat.transcripts import as_text
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.models import AuditEntry
from tests.chat.test_actions import CASE
from tests.faq.factories import make_article
from tickets.kinds import details_of
from tickets.models import Kind, Ticket


def shown(conversation, **typed):
    return {"id": str(conversation.pk), "token": conversation.token, **typed}


def say(conversation, text):
    return post_message(conversation, actor=visitor(conversation), client_id=uuid.uuid4(), text=text)[0]


# --- By e-mail --------------------------------------------------------------------------------------------


def test_it_is_sent_in_the_background_and_the_address_is_forgotten(active, client_of):
    say(active, "我想提前还款")
    answer = client_of().post(reverse("chat:mail_transcript"), shown(active, email="wang@example.com"))
    assert answer.status_code == 200
    assert "正在发往 w***@example.com" in answer.content.decode()
    assert mail.outbox == []
    assert (mail_transcripts(), mail_transcripts()) == (1, 0)
    (letter,) = mail.outbox
    assert letter.to == ["wang@example.com"]
    assert "提前还款" not in f"{letter.subject}{letter.body}"
    name, content, kind = letter.attachments[0]
    assert (name.startswith("chat-"), content[:5], kind) == (True, b"%PDF-", "application/pdf")
    assert Mailing.objects.count() == 0
    entry = AuditEntry.objects.get(verb="conversation.transcript_asked")
    assert "wang@" not in str(entry.data)


def test_a_mail_server_that_is_away_is_tried_again_and_given_up_at_last(active, client_of, monkeypatch):
    client_of().post(reverse("chat:mail_transcript"), shown(active, email="wang@example.com"))
    monkeypatch.setattr("chat.tasks.compose", lambda mailing: 1 / 0)
    at = clock.now()
    assert mail_transcripts() == 0
    assert mail_transcripts() == 0  # not yet
    assert Mailing.objects.get().tries == 1
    for day in range(1, 10):
        with clock.at(at + dt.timedelta(days=day)):
            mail_transcripts()
    assert Mailing.objects.count() == 0


@pytest.mark.parametrize("email", ["", "无", "a@b", "a@example.com\nBcc: b@example.com"])
def test_a_bad_address_is_given_back(active, client_of, email):
    answer = client_of().post(reverse("chat:mail_transcript"), shown(active, email=email))
    assert (answer.status_code, Mailing.objects.count()) == (400, 0)
    assert answer.context["mail_form"]["email"].value() == email
    assert active.token in answer.content.decode()  # the page's buttons still carry it


def test_only_so_many_a_day(active, client_of):
    sent = shown(active, email="wang@example.com")
    codes = [client_of().post(reverse("chat:mail_transcript"), sent).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


# --- Deleted ----------------------------------------------------------------------------------------------


def test_a_deletion_request_is_a_case_of_its_own(active, client_of):
    say(active, "很私密的话")
    browser = client_of()
    asked = browser.post(reverse("chat:ask_deletion"), shown(active, contact="138 0013 8021", text="请尽快"))
    assert (asked.status_code, asked.url) == (302, reverse("tickets:received"))
    ticket = Ticket.objects.get()
    assert (ticket.kind, ticket.channel, ticket.contact) == (Kind.PRIVACY_REQUEST, "chat", "13800138021")
    assert (str(active.pk) in ticket.narrative, "请尽快" in ticket.narrative) == (True, True)
    assert details_of(ticket).right == "delete"
    assert "很私密的话" not in str(list(ticket.entries.values())) + ticket.narrative
    kept = Conversation.objects.get()
    assert (kept.deletion, kept.ticket) == (ticket, None)
    assert ticket.number in browser.get(asked.url).content.decode()
    assert ticket.number in client_of("agent").get(reverse("chat:record", args=[active.pk])).content.decode()


def test_it_is_asked_once_and_needs_a_way_to_answer(active, client_of):
    assert client_of().post(reverse("chat:ask_deletion"), shown(active, contact="无")).status_code == 400
    asked = shown(active, contact="13800138021", text="理由")
    assert client_of().post(reverse("chat:ask_deletion"), asked).status_code == 302
    again = client_of().post(reverse("chat:ask_deletion"), asked)
    assert (again.status_code, again.context["deletion_form"]["text"].value()) == (409, "理由")
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "form"), [("chat:ask_deletion", "deletion_form"), ("chat:leave_message", "leave_form")]
)
def test_what_becomes_a_case_is_limited_for_one_address(waiting, client_of, settings, address, form):
    settings.CASES_PER_ADDRESS = 0
    left = shown(waiting, contact="13800138021", text="请回电")
    refused = client_of().post(reverse(address), left)
    assert (refused.status_code, Ticket.objects.count()) == (429, 0)
    assert refused.context[form]["text"].value() == "请回电"


def test_a_message_that_is_left_needs_a_way_to_answer(waiting, client_of):
    left = shown(waiting, text="请回电", contact="无")
    answer = client_of().post(reverse("chat:leave_message"), left)
    assert (answer.status_code, list(answer.context["leave_form"].errors)) == (400, ["contact"])


# --- Complete ---------------------------------------------------------------------------------------------


def test_a_case_holds_the_corrected_words(active, cast):
    said = say(active, "扣了三次")
    edit_message(active, actor=visitor(active), seq=said.seq, text="扣了两次")
    assert text_of_visitor(list(active.messages.order_by("seq"))) == "扣了两次"
    assert "访客：（已修改）扣了两次" in transcript_of(active)
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    kept = ticket.entries.get(verb="ticket.transcript").text
    assert ("扣了两次" in kept, "扣了三次" in kept, kept.count("已修改")) == (True, False, 1)
    assert Message.objects.get(pk=said.pk).text == "扣了三次"


def test_so_does_a_message_that_is_left(waiting):
    said = say(waiting, "扣了三次")
    edit_message(waiting, actor=visitor(waiting), seq=said.seq, text="扣了两次")
    ticket = leave(waiting, actor=visitor(waiting), contact="13800138021", text="请回电")
    kept = ticket.entries.get(verb="ticket.transcript").text
    assert ("扣了两次" in kept, "扣了三次" in kept) == (True, False)


@pytest.mark.django_db
def test_sources_and_options_are_part_of_every_transcript(client_of, settings):
    settings.PUBLIC_URL = "https://desk.example"
    article = make_article(question="提前还款要收手续费吗？", variants=())
    chat = start_conversation(actor=Guest(), bot=True)
    say(chat, "提前还款要收手续费吗")
    answer_pending(chat.pk)
    question = {"kind": "question", "choices": ["怎么还款", "怎么借款", "转人工"]}
    Message.objects.filter(conversation=chat, seq=1).update(data=question)
    url = article.get_absolute_url()
    text = as_text(Conversation.objects.get(), "visitor")
    assert f"［来源］{article.question} https://desk.example{url}" in text
    assert "［选项］怎么还款 / 怎么借款\n" in text
    page = client_of().post(reverse("chat:transcript"), shown(chat)).content.decode()
    record = client_of("supervisor").get(reverse("chat:record", args=[chat.pk])).content.decode()
    for whole in (page, record):
        assert f'href="{url}">{article.question}' in whole
        assert "怎么还款 / 怎么借款" in whole
    assert client_of().post(reverse("chat:transcript"), shown(chat, format="pdf")).content[:5] == b"%PDF-"
