"""The workspace without scripts: lists, conversation, verbs, and what a lost race looks like."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chat.actions import (
    accept_conversation,
    add_note,
    close_conversation,
    edit_message,
    post_message,
    release_conversation,
    set_wrap_up,
    start_conversation,
    whisper,
)
from chat.events import note_frame
from chat.models import Conversation, Note
from chat.tokens import visitor
from faq.models import Article, Status
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import Staffing, User
from tests.chat.access import CASE
from tests.chat.script import at_desk
from tests.chat.test_pages_visitor import browser_of, lines, page
from tickets.kinds import details_of
from tickets.models import Ticket

DESK = reverse("chat:desk")


def url(name: str, conversation: Conversation) -> str:
    return reverse(f"chat:{name}", args=[conversation.pk])


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def says(conversation: Conversation, text: str, actor: User | None = None) -> None:
    post_message(conversation, actor=actor or visitor(conversation), client_id=uuid4(), text=text)


@pytest.mark.django_db
def test_the_whole_way_without_scripts(client_of):
    guest, agent = client_of(), client_of("agent")
    guest.post(reverse("chat:start"), {"question": "扣了两次款", "topic": "repayment", "name": "王小明"})
    guest.post(reverse("chat:send"), {"text": "转人工"})
    guest.get(reverse("chat:visitor"))  # where the bot answers a browser without scripts
    conversation = Conversation.objects.get()
    assert [row.conversation for row in agent.get(DESK).context["waiting"]] == [conversation]
    accepted = agent.post(url("accept", conversation))
    assert (accepted.status_code, accepted.url) == (302, url("conversation", conversation))
    agent.post(url("send_as_agent", conversation), {"text": "我看一下", "mode": "reply"})
    guest.post(reverse("chat:send"), {"text": "谢谢"})
    both = [
        ("visitor", "扣了两次款"),
        ("visitor", "转人工"),
        ("system", "已转人工，请稍候"),
        ("system", "丙坐席 已接入对话"),
        ("agent", "我看一下"),
        ("visitor", "谢谢"),
    ]
    seen = [lines(client.get(address)) for client, address in ((agent, accepted.url), (guest, "/chat/"))]
    assert seen[0] == seen[1]
    assert [(author, text) for author, text in seen[0] if author != "bot"] == both
    assert "访客要找人工" in agent.get(accepted.url).context["notes"][0].text
    form = agent.get(url("convert", conversation)).context["form"]
    assert form.initial == {
        "kind": "complaint",
        "topic": "repayment",
        "narrative": "扣了两次款\n转人工\n谢谢",
        "complainant": "王小明",
        "contact": "",
    }
    assert agent.post(url("convert", conversation), CASE).status_code == 302
    conversation.refresh_from_db()
    assert conversation.ticket is not None
    assert (conversation.ticket.narrative, conversation.ticket.channel) == ("扣款两次", "chat")
    agent.post(url("close", conversation))
    assert guest.post(reverse("chat:rate"), {"score": "5"}).status_code == 302
    conversation.refresh_from_db()
    assert (conversation.state, conversation.score) == ("closed", 5)


@pytest.mark.django_db
def test_lists_show_own_waiting_and_just_ended_with_masked_names(active, cast, client_of):
    says(active, "在吗")
    says(active, "我看一下", cast.agent)  # one's own words are not unread
    waits = start_conversation(actor=Guest(), name="李小红")
    ended = accept_conversation(start_conversation(actor=Guest(), name="陈小刚"), actor=cast.agent)
    close_conversation(ended, actor=cast.agent)
    response = client_of("agent").get(DESK)
    context = response.context
    assert [(row.conversation, row.unread) for row in context["own"]] == [(active, 1)]
    assert [row.conversation for row in context["waiting"]] == [waits]
    assert list(context["ended"]) == [ended]
    assert [name in page(response) for name in ("王小明", "李小红", "陈小刚")] == [False] * 3
    assert [name in page(response) for name in ("王**", "李**", "陈**")] == [True] * 3


@pytest.mark.django_db
def test_own_conversations_are_sorted_by_who_waits_longest(cast, client_of, time_machine):
    first, second, third = (
        accept_conversation(start_conversation(actor=Guest()), actor=cast.agent) for _number in range(3)
    )
    moment = clock.now()
    for minutes, one in ((1, third), (3, first)):
        time_machine.move_to(moment + timedelta(minutes=minutes), tick=False)
        says(one, "在吗")
    time_machine.move_to(moment + timedelta(minutes=6, seconds=30), tick=False)
    rows = client_of("agent").get(DESK).context["own"]
    assert [(row.conversation, row.minutes, row.tone) for row in rows] == [
        (third, 5, "bad"),
        (first, 3, "warn"),
        (second, 0, "neutral"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 30])
def test_desk_costs_the_same_however_long_the_lists_are(cast, client_of, count, django_assert_num_queries):
    client = client_of("agent")
    for number in range(count):
        start_conversation(actor=Guest(), name="王小明")
        says(accept_conversation(start_conversation(actor=Guest()), actor=cast.agent), f"{number}")
    with django_assert_num_queries(9):
        response = client.get(DESK)
    assert (len(response.context["own"]), len(response.context["waiting"])) == (count, count)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 30])
def test_a_conversation_costs_the_same_however_long_it_is(
    active, cast, client_of, count, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr("faq.live.INTERVAL", 600)  # the index looks at the database in the first request only
    client = client_of("agent")
    for number in range(count):
        says(active, f"第 {number} 句")
        add_note(active, actor=cast.agent, text="备注")
    client.get(url("conversation", active))
    with django_assert_num_queries(15):
        response = client.get(url("conversation", active))
    assert (len(response.context["lines"]), len(response.context["notes"])) == (count + 1, count)


@pytest.mark.django_db
def test_accept_after_somebody_else_shows_the_desk_as_it_is_now(active, cast, client_of):
    other = start_conversation(actor=Guest())
    response = client_of("other_agent").post(url("accept", active))
    assert response.status_code == 404  # an agent does not see a colleague's conversation
    assert [row.conversation for row in response.context["waiting"]] == [other]
    assert "这个对话已不在您这里，可能已有人先接入或转走。列表已更新。" in page(response)
    absent = client_of("other_agent").post(reverse("chat:accept", args=[uuid4()]))
    assert (absent.status_code, absent.context["unsent"]) == (404, "")


@pytest.mark.django_db
def test_accept_twice_is_a_conflict_for_a_supervisor_who_sees_both(active, client_of):
    response = client_of("supervisor").post(url("accept", active))
    assert (response.status_code, response.context["conversation"]) == (409, active)
    assert "当前状态下不能执行此操作，可能已有人先处理。" in page(response)


@pytest.mark.django_db
def test_what_was_written_for_a_lost_conversation_is_given_back(active, cast, client_of):
    release_conversation(active, actor=cast.agent)
    accept_conversation(active, actor=cast.other_agent)
    response = client_of("agent").post(url("send_as_agent", active), {"text": "写了很久的一段话"})
    assert (response.status_code, response.context["unsent"]) == (404, "写了很久的一段话")
    assert "您写的内容没有发送" in page(response)


@pytest.mark.django_db
def test_a_reply_marks_the_conversation_read(active, client_of):
    says(active, "在吗")
    client_of("agent").post(url("send_as_agent", active), {"text": "在的"})
    active.refresh_from_db()
    assert (active.last_seq, active.agent_read) == (3, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "长" * 20_000, "\0"])
def test_send_keeps_what_cannot_be_sent(active, client_of, text):
    response = client_of("agent").post(url("send_as_agent", active), {"text": text})
    assert (response.status_code, response.context["message_form"]["text"].value()) == (400, text)


@pytest.mark.django_db
def test_send_after_the_visitor_left_keeps_the_text(active, client_of):
    close_conversation(active, actor=visitor(active))
    response = client_of("agent").post(url("send_as_agent", active), {"text": "还在吗"})
    assert (response.status_code, response.context["message_form"]["text"].value()) == (409, "还在吗")


@pytest.mark.django_db
def test_a_note_is_stored_as_a_note_whichever_form_it_comes_from(active, client_of):
    client = client_of("agent")
    client.post(url("send_as_agent", active), {"text": "甲", "mode": "note"})
    client.post(url("note", active), {"text": "乙"})
    assert list(Note.objects.values_list("text", flat=True)) == ["甲", "乙"]
    assert lines(client.get(url("conversation", active))) == [("system", "丙坐席 已接入对话")]
    assert "甲" in page(client.get(url("conversation", active)))
    empty = client.post(url("note", active), {"text": ""})
    assert (empty.status_code, empty.context["note"]) == (400, True)


@pytest.mark.django_db
def test_transfer_to_a_colleague_with_a_note(active, cast, client_of):
    at_desk(cast.other_agent)
    to = {"to": f"user:{cast.other_agent.pk}", "note": "请接着核对账单"}
    response = client_of("agent").post(url("transfer", active), to)
    assert (response.status_code, response.url, said(response)) == (302, DESK, ["已转给丁坐席。"])
    shown = client_of("other_agent").get(url("conversation", active))
    assert [note.text for note in shown.context["notes"]] == ["请接着核对账单"]
    assert client_of("agent").get(url("conversation", active)).status_code == 404


@pytest.mark.django_db
def test_transfer_to_a_team_puts_it_into_that_queue(active, cast, client_of):
    to = {"to": f"team:{cast.other_agent.team_id}", "note": "属于二组"}
    assert client_of("agent").post(url("transfer", active), to).status_code == 302
    assert [row.conversation for row in client_of("other_agent").get(DESK).context["waiting"]] == [active]
    assert client_of("agent").get(DESK).context["waiting"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("to", ["", "user:0", "team:x", "user:" + "9" * 400, "supervisor"])
def test_transfer_to_nobody_keeps_the_note(active, client_of, to):
    response = client_of("agent").post(url("transfer", active), {"to": to, "note": "说明"})
    assert (response.status_code, list(response.context["transfer_form"].errors)) == (400, ["to"])
    assert response.context["transfer_form"]["note"].value() == "说明"


@pytest.mark.django_db
def test_transfer_offers_who_is_there(active, cast, client_of):
    at_desk(cast.other_agent)
    form = client_of("agent").get(url("conversation", active)).context["transfer_form"]
    assert f"user:{cast.other_agent.pk}" in str(form["to"])
    Staffing.objects.update(here_until=None)
    to = {"to": f"user:{cast.other_agent.pk}", "note": "说明"}
    refused = client_of("agent").post(url("transfer", active), to)
    assert (refused.status_code, refused.context["transfer_form"]["note"].value()) == (400, "说明")
    assert "这位同事现在不在" in page(refused)


@pytest.mark.django_db
def test_an_agent_hands_up_and_a_supervisor_takes_over(active, cast, client_of):
    at_desk(cast.supervisor)
    at_desk(cast.agent)
    offered = str(client_of("agent").get(url("conversation", active)).context["transfer_form"]["to"])
    assert (f"user:{cast.supervisor.pk}" in offered, f"user:{cast.agent.pk}" in offered) == (True, False)
    to = {"to": f"user:{cast.supervisor.pk}", "note": "由我接手"}
    assert client_of("supervisor").post(url("transfer", active), to).status_code == 302
    active.refresh_from_db()
    assert active.assignee == cast.supervisor
    assert client_of("supervisor").post(url("transfer", active), to).status_code == 409  # has it already


@pytest.mark.django_db
def test_transfer_of_an_ended_conversation_is_a_conflict(active, cast, client_of):
    at_desk(cast.other_agent)
    close_conversation(active, actor=visitor(active))
    to = {"to": f"user:{cast.other_agent.pk}", "note": "说明"}
    response = client_of("agent").post(url("transfer", active), to)
    assert (response.status_code, response.context["transfer_form"]["note"].value()) == (409, "说明")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"narrative": ""}, "narrative"),
        ({"kind": "x"}, "kind"),
        ({"contact": "长" * 200}, "contact"),
        ({"contact": "无"}, "contact"),
    ],
)
def test_convert_keeps_what_was_typed(active, client_of, change, field):
    response = client_of("agent").post(url("convert", active), {**CASE, **change})
    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
    assert response.context["form"]["request"].value() == CASE["request"]


@pytest.mark.django_db
def test_convert_asks_what_the_kind_needs(active, client_of):
    client = client_of("agent")
    address = url("convert", active)
    assert 'name="choose_kind" value="privacy_request"' in client.get(address).content.decode()
    assert "right" not in client.get(address).context["form"].fields
    asked = client.get(address, {"kind": "privacy_request"}).context["form"]
    assert list(asked.fields)[:4] == ["kind", "topic", "right", "scope"]
    typed = CASE | {"narrative": "整理过的经过", "contact": "1380"}
    asked = client.post(address, typed | {"choose_kind": "privacy_request"}).context["form"]
    assert {name: asked[name].value() for name in typed} == typed | {"kind": "privacy_request"}
    assert list(asked.fields)[2:4] == ["right", "scope"]
    assert not Ticket.objects.exists()
    told = CASE | {"kind": "privacy_request", "scope": "通话录音"}
    refused = client.post(address, told)
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["right"])
    assert client.post(address, told | {"right": "copy"}).status_code == 302
    active.refresh_from_db()
    assert details_of(active.ticket).scope == "通话录音"


@pytest.mark.django_db
def test_convert_twice_is_a_conflict_that_keeps_the_form(active, client_of):
    client = client_of("agent")
    client.post(url("convert", active), CASE)
    again = client.post(url("convert", active), {**CASE, "request": "再退一次"})
    assert (again.status_code, again.context["form"]["request"].value()) == (409, "再退一次")
    assert "这次对话已经登记过工单。" in page(again)


@pytest.mark.django_db
def test_customer_facts_are_masked(cast, client_of):
    cast.customer.phone = "13800138021"
    cast.customer.save()
    started = start_conversation(actor=cast.customer, customer=cast.customer, name="甲客户")
    conversation = accept_conversation(started, actor=cast.agent)
    response = client_of("agent").get(url("conversation", conversation))
    assert ["138******21" in page(response), "13800138021" in page(response)] == [True, False]


@pytest.mark.django_db
def test_suggestions_answer_the_last_thing_the_visitor_said(active, client_of):
    Article.objects.create(
        slug="early",
        topic="repayment",
        question="提前还款要收手续费吗？",
        summary="多数情况不收。",
        answer="不收。",
        status=Status.PUBLISHED,
    )
    Article.objects.create(
        slug="people",
        topic="other",
        question="怎么转人工？",
        summary="点“转人工”。",
        answer="点“转人工”。",
        status=Status.PUBLISHED,
    )
    client = client_of("agent")
    assert client.get(url("suggestions", active)).context["answers"] == []
    says(active, "提前还款要收手续费吗")
    says(active, "转人工")
    says(active, "嗯")
    post_message(active, actor=active.assignee, client_id=uuid4(), text="我查一下")
    response = client.get(url("suggestions", active))
    assert [hit.article.slug for hit in response.context["answers"]] == ["early"]
    assert 'data-insert="多数情况不收。"' in page(response)


@pytest.mark.django_db
def test_hostile_text_is_text_on_both_sides(active, cast, client_of):
    hostile = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    says(active, hostile)
    add_note(active, actor=cast.agent, text=hostile)
    pages = [
        page(client_of("agent").get(url("conversation", active))),
        page(client_of("agent").get(url("convert", active))),
        page(browser_of(active, client_of).get(reverse("chat:visitor"))),
    ]
    assert ["<img src=x" in one for one in pages] == [False] * 3
    assert ["&lt;img src=x onerror=alert(1)&gt;" in one for one in pages] == [True] * 3


@pytest.mark.django_db
def test_beside_another_it_is_framed_by_the_workspace_alone(client_of, cast):
    conversation = start_conversation(actor=Guest(), topic="fees")
    accept_conversation(conversation, actor=cast.agent)
    response = client_of("agent").get(url("beside", conversation))
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    text = response.content.decode()
    assert ('id="desk"' in text, 'target="_top"' in text, 'class="rail"' in text) == (True, True, False)
    assert client_of("agent").get(url("conversation", conversation))["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "verb", "typed", "code"),
    [
        ("supervisor", "accept", {}, 409),
        ("agent", "transfer", {}, 400),
        ("agent", "close", {"wrap_up": "x"}, 400),
        ("agent", "reveal", {}, 400),
        ("agent", "send_as_agent", {"text": ""}, 400),
        ("other_agent", "accept", {}, 404),
    ],
)
def test_a_refused_verb_leaves_an_address_that_can_be_opened(active, client_of, who, verb, typed, code):
    client = client_of(who)
    refused = client.post(url(verb, active), typed, headers={"hx-request": "true"})
    address = refused["HX-Push-Url"]
    assert (refused.status_code, address) == (code, DESK if code == 404 else url("conversation", active))
    assert client.get(address).status_code == 200
    assert f'data-address="{address}"' in page(refused)
    assert "HX-Push-Url" not in client.get(DESK, headers={"hx-request": "true"})


@pytest.mark.django_db
def test_the_urgent_are_marked_and_first_in_every_list(cast, client_of):
    calm, urgent, own, own_urgent = (start_conversation(actor=Guest(), name="王") for _number in range(4))
    for one in (own, own_urgent):
        says(accept_conversation(one, actor=cast.agent), "在吗")
    Conversation.objects.filter(pk__in=[urgent.pk, own_urgent.pk]).update(urgent=True)
    shown = client_of("agent").get(DESK)
    assert [row.conversation for row in shown.context["own"]] == [own_urgent, own]
    assert [row.conversation for row in shown.context["waiting"]] == [urgent, calm]
    assert (page(shown).count("</svg> 紧急</span>"), "先来的在前" in page(shown)) == (2, False)
    everyone = client_of("supervisor").get(reverse("chat:everyone"))
    rows = [row.conversation for row in everyone.context["rows"]]
    assert (set(rows[:2]), page(everyone).count("</svg> 紧急</span>")) == ({urgent, own_urgent}, 2)


@pytest.mark.django_db
def test_a_corrected_message_is_revealed_by_its_words(active, client_of):
    says(active, "电话 13800138021")
    edit_message(active, actor=visitor(active), seq=active.messages.latest("seq").seq, text="是 13900139021")
    shown = page(client_of("agent").get(url("conversation", active)))
    assert "改成：是 139******21</option>" in shown
    assert ">edited</option>" not in shown


@pytest.mark.django_db
def test_notes_of_the_assistant_are_signed_in_the_language_of_the_reader(active, cast, client_of):
    note = Note.objects.create(conversation=active, author=User.system("bot"), text="x", at=clock.now())
    add_note(active, actor=cast.agent, text="y")
    mine = active.notes.latest("id")
    assert [note_frame(one).get("by") for one in (note, mine)] == ["bot", None]
    for name, who in (("conversation", "agent"), ("record", "agent")):
        for language, signed in (("zh-hans", "智能助手"), ("en", "Assistant")):
            shown = page(client_of(who).get(url(name, active), headers={"accept-language": language}))
            notes = shown[shown.index('class="desk-notes"') :]
            assert [f'chat-who">{name}<' in notes for name in (signed, "bot", "丙坐席")] == [
                True,
                False,
                True,
            ]


@pytest.mark.django_db
def test_whispers_are_marked_in_the_record_too(active, cast, client_of):
    add_note(active, actor=cast.agent, text="备注")
    assert "悄悄话</span>" not in page(client_of("agent").get(url("record", active)))
    whisper(active, actor=cast.supervisor, text="先道歉")
    assert page(client_of("agent").get(url("record", active))).count("悄悄话</span>") == 1


@pytest.mark.django_db
def test_convert_shows_the_case_that_is_there(active, client_of):
    client = client_of("agent")
    client.post(url("convert", active), CASE)
    active.refresh_from_db()
    shown = client.get(url("convert", active))
    assert (shown.status_code, shown.context["form"]) == (200, None)
    assert f'action="{url("convert", active)}"' not in page(shown)
    assert f'href="{active.ticket.get_absolute_url()}"' in page(shown)


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["note", "whisper"])
def test_a_file_for_a_note_is_refused_with_the_words_kept(active, client_of, mode):
    who = client_of("agent" if mode == "note" else "supervisor")
    sent = {"text": "看这个", "mode": mode, "file": SimpleUploadedFile("a.txt", b"a")}
    refused = who.post(url("send_as_agent", active), sent)
    assert (refused.status_code, refused.context["message_form"]["text"].value()) == (400, "看这个")
    assert "备注和悄悄话不能带文件" in page(refused)
    assert Note.objects.count() == 0


@pytest.mark.django_db
def test_only_addresses_of_this_site_are_links_on_both_sides(active, client_of):
    own = "http://testserver/help/early/?a=1&b=2"
    others = (
        "https://evil.example/x http://testserver@evil.example/ http://testserver.evil.example/"
        " http://evil.example/http://testserver/ javascript:alert(1) http://testserver"
    )
    says(active, f'看{own}。也看 ({own}), {others} http://testserver/"onclick=x')
    pages = [
        client_of("agent").get(url("conversation", active)),
        client_of("agent").get(url("record", active)),
        browser_of(active, client_of).get(reverse("chat:visitor")),
        browser_of(active, client_of).post(reverse("chat:transcript")),
    ]
    for one in pages:
        texts = re.findall(r'<p class="chat-text">(.*?)</p>', page(one), re.DOTALL)
        text = next(one for one in texts if "evil.example" in one)
        links = re.findall(r'<a href="([^"]*)" target="_blank" rel="noopener">([^<]*)</a>', text)
        ours = [own.replace("&", "&amp;")] * 2 + ["http://testserver", "http://testserver/"]
        assert links == [(address, address) for address in ours]
        assert "&quot;onclick=x" in text


def test_what_it_was_about_is_said_after_its_visitor_has_ended_it(active, cast, client_of):
    agent, address = client_of("agent"), url("set_wrap_up", active)
    assert agent.post(address, {"wrap_up": "fees"}).status_code == 409
    close_conversation(active, actor=visitor(active))
    assert f'action="{address}"' in agent.get(url("conversation", active)).content.decode()
    assert agent.post(address, {"wrap_up": "nonsense"}).status_code == 400
    assert agent.post(address, {"wrap_up": "fees"}).status_code == 302
    assert Conversation.objects.get().wrap_up == "fees"
    assert client_of("supervisor").post(address, {"wrap_up": "overdue"}).status_code == 302
    assert Conversation.objects.get().wrap_up == "overdue"
    assert client_of("other_agent").post(address, {"wrap_up": "fees"}).status_code == 404
    for actor in (cast.other_agent, visitor(active)):
        with pytest.raises(ActionForbidden):
            set_wrap_up(active, actor=actor, wrap_up="fees")  # type: ignore[arg-type]
