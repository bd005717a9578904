"""The visitor's pages without scripts, and that no secret or note of the desk reaches them."""

import re
from uuid import UUID

import pytest
from django.core.cache import cache
from django.urls import reverse

from chat.actions import add_note, close_conversation, convert_conversation, post_message
from chat.lines import EVENTS
from chat.models import Conversation, Message
from chat.tokens import COOKIE, visitor
from faq.models import SearchLog
from helpdesk.core.staffing.actions import set_presence
from tests.chat.access import CASE
from tickets.models import Ticket

SENTINEL = "只有同事能看的话"
PAGE = reverse("chat:visitor")


def browser_of(conversation: Conversation, client_of):
    client = client_of()
    client.cookies[COOKIE] = conversation.token
    return client


def page(response) -> str:
    return str(response.content, "utf-8")


def lines(response) -> list[tuple[str, str]]:
    return [(line.author, line.text) for line in response.context["lines"]]


@pytest.mark.django_db
def test_start_makes_a_conversation_with_the_question_and_remembers_it(client_of):
    client = client_of()
    asked = {"question": "扣了两次款", "topic": "repayment", "name": "王小明"}
    response = client.post(reverse("chat:start"), asked)
    assert (response.status_code, response.url) == (302, f"{PAGE}#chat-compose")
    conversation = Conversation.objects.get()
    assert (conversation.topic, conversation.name, conversation.language) == (
        "repayment",
        "王小明",
        "zh-hans",
    )
    cookie = client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    shown = client.get(PAGE)
    said = lines(shown)
    assert (shown.context["view"], said[1]) == ("room", ("visitor", "扣了两次款"))
    assert [author for author, _ in said] == ["bot", "visitor", "bot"]
    assert shown.context["choices"] == ["转人工"]
    client.post(reverse("chat:send"), {"text": "转人工"})  # a quick reply is a button of a plain form
    assert "您排在第 1 位" in page(client.get(PAGE))
    assert "刷新查看新消息" in page(shown)


@pytest.mark.django_db
def test_start_brings_what_was_searched_and_tells_the_search_log(client_of):
    client = client_of()
    client.get(reverse("faq:search"), {"q": "我叫王小明，扣了两次款"})
    client.post(reverse("chat:start"), {"question": "扣了两次款", "topic": "repayment"})
    conversation, search = Conversation.objects.get(), SearchLog.objects.get()
    assert conversation.searched == ["我叫王**，扣了两次款"]
    assert search.contacted_at is not None
    assert conversation.searched[0] not in page(client.get(PAGE))
    client_of().post(reverse("chat:start"), {"question": "别人的问题", "topic": "other"})
    assert Conversation.objects.latest("created_at").searched == []


@pytest.mark.django_db
def test_start_by_script_brings_it_too(client_of):
    client = client_of()
    client.get(reverse("faq:search"), {"q": "扣了两次款"})
    answer = client.post("/api/v1/conversations", {"topic": "repayment"}, content_type="application/json")
    assert answer.status_code == 201
    assert Conversation.objects.get().searched == ["扣了两次款"]
    assert SearchLog.objects.get().contacted_at is not None


@pytest.mark.django_db
def test_start_in_english_keeps_the_language(client_of):
    client_of().post(
        reverse("chat:start"), {"question": "hello", "topic": "other"}, HTTP_ACCEPT_LANGUAGE="en"
    )
    assert Conversation.objects.get().language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("question", ["", "   ", "\0", "长" * 20_000])
def test_start_keeps_what_was_typed_when_it_cannot_be_used(client_of, question):
    response = client_of().post(
        reverse("chat:start"), {"question": question, "topic": "repayment", "name": "王"}
    )
    assert (response.status_code, list(response.context["start_form"].errors)) == (400, ["question"])
    assert response.context["start_form"]["question"].value() == question
    assert Conversation.objects.count() == 0


@pytest.mark.django_db
def test_question_and_topic_of_the_address_are_filled_in_and_carried_to_the_complaint(client_of):
    response = client_of().get(PAGE, {"question": "怎么还款", "topic": "repayment"})
    form = response.context["start_form"]
    assert (form["question"].value(), form["topic"].value()) == ("怎么还款", "repayment")
    assert response.context["complaint_url"] == (
        reverse("tickets:new") + "?topic=repayment&question=%E6%80%8E%E4%B9%88%E8%BF%98%E6%AC%BE"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ["", "x", "{token}x", "{pk}", "{hash}", "a" * 5000])
def test_a_wrong_cookie_opens_nothing(waiting, client_of, cookie):
    client = client_of()
    client.cookies[COOKIE] = cookie.format(pk=waiting.pk, token=waiting.token, hash=waiting.token_hash)
    assert client.get(PAGE).context["conversation"] is None
    assert client.post(reverse("chat:send"), {"text": "x"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["[]", "None", "\0", "9" * 5000, "../../x"])
def test_nonsense_for_an_id_is_not_found(client_of, given):
    shown = {"id": given, "token": "x"}
    assert client_of().post(reverse("chat:my_ticket"), shown).status_code == 404


@pytest.mark.django_db
def test_send_stores_the_message_and_comes_back(active, client_of):
    client = browser_of(active, client_of)
    response = client.post(reverse("chat:send"), {"text": "<script>alert(1)</script>"})
    assert (response.status_code, response.url) == (302, f"{PAGE}#chat-compose")
    shown = client.get(PAGE)
    assert lines(shown)[-1] == ("visitor", "<script>alert(1)</script>")
    assert "<script>alert(1)" not in page(shown)


@pytest.mark.django_db
def test_the_same_page_sent_twice_stores_one_message(active, client_of):
    client = browser_of(active, client_of)
    form = client.get(PAGE).context["message_form"]
    for _time in range(2):
        sent = {"text": "只说一次", "client_id": form["client_id"].value()}
        assert client.post(reverse("chat:send"), sent).status_code == 302
    assert lines(client.get(PAGE))[1:] == [("visitor", "只说一次")]


@pytest.mark.django_db
def test_start_is_limited_for_one_address_and_keeps_the_question(client_of):
    asked = {"question": "怎么还款", "topic": "repayment"}
    codes = [client_of().post(reverse("chat:start"), asked).status_code for _time in range(21)]
    assert codes == [302] * 20 + [429]
    last = client_of().post(reverse("chat:start"), asked)
    assert (last.context["start_form"]["question"].value(), Conversation.objects.count()) == ("怎么还款", 20)


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "code"), [("长" * 5_001, 400), ("", 400), ("\u200b", 400)])
def test_send_refuses_and_keeps_the_text(active, client_of, text, code):
    response = browser_of(active, client_of).post(reverse("chat:send"), {"text": text})
    assert (response.status_code, response.context["message_form"]["text"].value()) == (code, text)


@pytest.mark.django_db
def test_send_after_the_end_keeps_the_text(active, client_of):
    close_conversation(active, actor=visitor(active))
    response = browser_of(active, client_of).post(reverse("chat:send"), {"text": "还有一句"})
    assert (response.status_code, response.context["view"]) == (409, "ended")
    assert response.context["message_form"]["text"].value() == "还有一句"
    assert "对话已结束，这条消息没有保存。" in page(response)


@pytest.mark.django_db
def test_end_and_rate_once(active, client_of):
    client = browser_of(active, client_of)
    assert client.post(reverse("chat:end")).status_code == 302
    assert client.get(PAGE).context["view"] == "ended"
    assert client.post(reverse("chat:rate"), {}).status_code == 400
    assert client.post(reverse("chat:rate"), {"score": "4", "text": "很清楚"}).status_code == 302
    assert Conversation.objects.get().score == 4
    again = client.post(reverse("chat:rate"), {"score": "1"})
    assert (again.status_code, Conversation.objects.get().score) == (409, 4)
    ended = client.post(reverse("chat:end"))  # once more, from a page that was still open
    assert (ended.status_code, ended.url) == (302, PAGE)


@pytest.mark.django_db
def test_leave_forgets_the_conversation(active, client_of):
    client = browser_of(active, client_of)
    assert client.post(reverse("chat:leave")).status_code == 302
    assert client.get(PAGE).context["view"] == "start"


def converted(conversation: Conversation, actor) -> Ticket:
    return convert_conversation(conversation, actor=actor, **CASE | {"narrative": "扣款两次"})


@pytest.mark.django_db
def test_the_token_opens_the_case_without_its_tracking_code(active, cast, client_of):
    ticket = converted(active, cast.agent)
    client = client_of()
    response = client.post(reverse("chat:my_ticket"), {"id": active.pk, "token": active.token})
    assert (response.status_code, response.url) == (302, reverse("tickets:tracked", args=[ticket.number]))
    assert client.get(response.url).status_code == 200
    assert client_of().get(response.url).status_code == 404  # a stranger


@pytest.mark.django_db
def test_without_a_case_there_is_nothing_to_open(active, client_of):
    response = client_of().post(reverse("chat:my_ticket"), {"id": active.pk, "token": active.token})
    assert response.status_code == 409


@pytest.mark.django_db
def test_transcript_says_everything_that_was_said_and_no_note(active, cast, client_of):
    for number in range(3):
        post_message(active, actor=visitor(active), client_id=UUID(int=number), text=f"第 {number} 句")
    add_note(active, actor=cast.agent, text=SENTINEL)
    shown = {"id": active.pk, "token": active.token}
    response = client_of().post(reverse("chat:transcript"), shown)
    assert lines(response) == [
        ("system", "丙坐席 已接入对话"),
        ("visitor", "第 0 句"),
        ("visitor", "第 1 句"),
        ("visitor", "第 2 句"),
    ]
    assert SENTINEL not in page(response)


@pytest.mark.django_db
def test_notes_reach_no_page_of_the_visitor(active, cast, client_of):
    client = browser_of(active, client_of)
    add_note(active, actor=cast.agent, text=SENTINEL)
    ticket = converted(active, cast.agent)
    opened = client.post(reverse("chat:my_ticket"))
    pages = [
        client.get(PAGE),
        client.post(reverse("chat:send"), {"text": ""}),
        client.post(reverse("chat:transcript")),
        client.get(opened.url),
    ]
    close_conversation(active, actor=cast.agent)
    pages.append(client.get(PAGE))
    assert [SENTINEL in page(one) for one in pages] == [False] * 5
    assert ticket.number in page(pages[2])


@pytest.mark.django_db
def test_who_waits_while_nobody_is_there_reads_so_and_may_leave_word(waiting, cast, client_of):
    shown = browser_of(waiting, client_of).get(PAGE)
    assert shown.context["leaves"]
    assert "现在没有同事在岗" in shown.context["state_text"]
    set_presence(cast.agent, actor=cast.agent, presence="on")
    cache.clear()
    shown = browser_of(waiting, client_of).get(PAGE)
    assert not shown.context["leaves"]
    assert "预计一分钟内" in shown.context["state_text"]


@pytest.mark.django_db
def test_events_are_told_in_words(active, cast, client_of):
    ticket = converted(active, cast.agent)
    close_conversation(active, actor=cast.agent)
    assert [text for _author, text in lines(browser_of(active, client_of).get(PAGE))] == [
        "丙坐席 已接入对话",
        f"已建立工单 {ticket.number}",
        "对话已结束",
    ]


@pytest.mark.django_db
def test_a_long_conversation_costs_the_page_no_more_queries(active, client_of, django_assert_num_queries):
    client = browser_of(active, client_of)
    client.get(PAGE)  # keeps that the visitor is there
    for number in range(3):
        post_message(active, actor=visitor(active), client_id=UUID(int=number), text="一句")
    with django_assert_num_queries(2):
        client.get(PAGE)
    for number in range(3, 30):
        post_message(active, actor=visitor(active), client_id=UUID(int=number), text="一句")
    with django_assert_num_queries(2):
        assert len(lines(client.get(PAGE))) == 31


def test_every_event_has_its_words():
    assert {code.removesuffix("_team") for code in EVENTS} == set(Message.Event.values)


@pytest.mark.django_db
def test_a_refused_message_left_by_token_can_be_sent_again(waiting, client_of):
    left = {"id": waiting.pk, "token": waiting.token, "text": "请回电", "contact": ""}
    ours = {"origin": "http://testserver"}
    client, address = client_of(), reverse("chat:leave_message")
    refused = client.post(address, left, headers=ours)
    form = page(refused).split(f'action="{address}"')[1].split("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)" data-credential>', form)
    assert (refused.status_code, dict(hidden)) == (400, {"id": str(waiting.pk), "token": waiting.token})
    assert (" data-cookie" in page(refused), "请回电" in form) == (False, True)
    assert client.post(address, left | dict(hidden) | {"contact": "13800138021"}).status_code == 302


@pytest.mark.django_db
def test_a_refused_message_left_by_cookie_goes_on_with_the_cookie(waiting, client_of):
    refused = browser_of(waiting, client_of).post(reverse("chat:leave_message"), {"text": "请回电"})
    assert (refused.status_code, " data-cookie" in page(refused)) == (400, True)
    assert waiting.token not in page(refused)


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_other_site_gets_a_page_with_a_conversation_from_a_message_left(waiting, client_of, origin):
    left = {"id": waiting.pk, "token": waiting.token}
    refused = client_of().post(reverse("chat:leave_message"), left, headers={"origin": origin})
    assert refused.status_code == 403


@pytest.mark.django_db
def test_what_was_not_sent_before_the_end_is_shown_and_begins_the_next_conversation(active, client_of):
    close_conversation(active, actor=visitor(active))
    client = browser_of(active, client_of)
    assert re.search(r'id="chat-compose"[^>]* hidden>', page(client.get(PAGE)))
    refused = page(client.post(reverse("chat:send"), {"text": "还有一句"}))
    assert not re.search(r'id="chat-compose"[^>]* hidden>', refused)
    assert 'formaction="/chat/leave/"' in refused
    taken = client.post(reverse("chat:leave"), {"text": "还有一句"})
    assert (taken.status_code, taken.context["view"]) == (200, "start")
    assert taken.context["start_form"]["question"].value() == "还有一句"
    assert client.get(PAGE).context["view"] == "start"
