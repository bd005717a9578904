"""The bot: what it answers, when it gives up, and that it answers each message once."""

import datetime as dt
import re
import time
import uuid
from functools import partial

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import translation

from chat.actions import answer_pending, close_conversation, post_message, route, start_conversation
from chat.actions.bot import answer_as_bot, bot
from chat.actions.reply import Reply, decide
from chat.errors import ChatError
from chat.models import Conversation, Message, Note, Offer
from chat.states import Handover, State
from chat.tasks import answer_as_bot as sweep
from chat.tasks import mail_alarms
from chat.tokens import COOKIE, visitor
from faq.queries import Hit
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import Presence
from helpdesk.core.signals import question_unanswered
from helpdesk.core.staffing.actions import set_presence, set_shifts
from tests.faq.factories import make_article
from tickets.queries import ticket_by_code


@pytest.fixture
def article(db):
    return make_article(question="提前还款要收手续费吗？", variants=("提前还有没有违约金",))


@pytest.fixture
def chat(article) -> Conversation:
    return start_conversation(actor=Guest(), bot=True)


def ask(conversation, *texts):
    """Each is said and answered; the last answer."""
    answer = None
    for text in texts:
        actor = visitor(conversation)
        post_message(conversation, actor=actor, client_id=uuid.uuid4(), text=text)
        answer = answer_pending(conversation.pk)
    return answer


def authors(conversation) -> list[str]:
    return list(conversation.messages.order_by("seq").values_list("author_kind", flat=True))


def now(conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def test_it_greets_at_once_and_offers_a_person(chat):
    greeting = chat.messages.get()
    assert (greeting.seq, greeting.author_kind, greeting.author) == (1, "bot", bot())
    assert greeting.data == {"choices": ["转人工"]}
    assert (now(chat).state, now(chat).last_seq) == (State.BOT, 1)


def test_it_answers_with_the_source(chat, article):
    answer = ask(chat, "提前还款要收手续费吗")
    assert answer.text == article.summary
    assert answer.data == {
        "kind": "answer",
        "sources": [{"title": article.question, "url": article.get_absolute_url()}],
        "choices": ["解决了", "转人工"],
    }
    assert now(chat).waiting_since is None


def hits(*sure: float) -> list[Hit]:
    articles = [make_article(f"a{n}", f"问题{n}", variants=()) for n in range(len(sure))]
    return [Hit(a, s, a.question, "words") for a, s in zip(articles, sure, strict=True)]


def said(*lines: tuple[str, str, dict[str, str]]) -> list[Message]:
    return [
        Message(seq=n, author_kind=who, text=text, data=data, kind="text")
        for n, (who, text, data) in enumerate(lines, 1)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sure", "before", "kind"),
    [
        ((0.9, 0.3), "", "answer"),
        ((0.86, 0.82), "", "question"),  # both likely: ask
        ((0.5, 0.4), "", "question"),
        ((0.86, 0.82), "question", "answer"),  # asked once already
        ((0.5, 0.4), "question", Handover.UNANSWERED),
        ((0.1,), "", "unknown"),
        ((), "", "unknown"),
        ((0.1,), "unknown", Handover.UNANSWERED),
        ((0.5,), "answer", "question"),
    ],
)
def test_what_it_makes_of_the_knowledge_base(sure, before, kind):
    found = hits(*sure)
    reply = decide(
        said(("bot", "…", {"kind": before}), ("visitor", "提前还", {})), search=lambda text, limit: found
    )
    assert (reply.handover or reply.data["kind"]) == kind
    if reply.handover is None:
        assert reply.data["choices"][-1] == "转人工"


@pytest.mark.parametrize(
    ("language", "text", "choice"),
    [
        ("zh-hans", "解决了", "转人工"),
        ("zh-hant", "解決了", "轉人工"),
        ("zh-hant", "謝謝您！", "轉人工"),
        ("en", "Resolved", "Talk to a person"),
    ],
)
def test_it_understands_its_own_quick_replies_in_every_language(language, text, choice):
    with translation.override(language):
        reply = decide(
            said(("bot", "…", {"kind": "answer"}), ("visitor", text, {})), search=lambda *asked: []
        )
    assert reply.data == {"kind": "thanks", "choices": [choice]}


def test_a_greeting_in_the_other_script_is_one():
    assert decide(said(("visitor", "在嗎？", {})), search=lambda *asked: []).data == {"choices": ["转人工"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("转人工", Handover.ASKED),
        ("轉人工", Handover.ASKED),
        ("我要找真人", Handover.ASKED),
        ("人工客服", Handover.ASKED),
        ("别给我机器人", Handover.ASKED),
        ("真人客服", Handover.ASKED),
        ("Let me talk to a person", Handover.ASKED),
        ("Can I speak to someone?", Handover.ASKED),
        ("connect me to a real agent", Handover.ASKED),
        ("human please", Handover.ASKED),
        ("Agent", Handover.ASKED),
        ("customer service", Handover.ASKED),
        ("Is my agent fee refundable?", None),
        ("who can talk about a personal loan", None),
        ("为什么要人工审核", Handover.RED_FLAG),
        ("你们这样是违法的", Handover.DISPUTE),
        ("這筆錢我不該還", Handover.DISPUTE),
        ("我要请律师", Handover.RED_FLAG),
        ("怎么还款", None),
    ],
)
def test_who_must_be_given_to_people(text, why):
    assert decide(said(("visitor", text, {})), search=lambda text, limit: []).handover == why


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "why"), [(1, None), (2, None), (3, Handover.ANGRY), (4, Handover.ANGRY)])
def test_anger_hands_over_from_the_third_message_on(count, why):
    lines = [("visitor", "怎么还款", {}), ("bot", "…", {"kind": "answer"})] * (count - 1)
    reply = decide(said(*lines, ("visitor", "什么破系统！！", {})), search=lambda text, limit: [])
    assert reply.handover == why


def test_the_agent_reads_the_story_and_the_visitor_does_not(chat, article):
    ask(chat, "提前还款要收手续费吗", "我要找人工")
    after = now(chat)
    assert (after.state, after.handover, after.assignee) == (State.WAITING, Handover.ASKED, None)
    assert authors(chat) == ["bot", "visitor", "bot", "visitor", "bot", "system"]
    assert Note.objects.get().text.splitlines() == [
        "智能助手交接：访客要找人工",
        "访客：提前还款要收手续费吗",
        f"已答：{article.summary}（来源：{article.question}）",
        "访客：我要找人工",
    ]
    assert ask(chat, "还在吗") is None  # people have it now


def test_what_it_could_not_answer_is_told_to_quality(chat):
    heard = []

    def listen(**news):
        heard.append((news["about"].pk, news["text"]))

    question_unanswered.connect(listen)
    try:
        ask(chat, "你好", "冥王星上能贷款吗", "火星呢")
    finally:
        question_unanswered.disconnect(listen)
    assert heard == [(chat.pk, "冥王星上能贷款吗\n火星呢")]


def test_a_message_is_answered_once_however_often_it_is_asked(chat):
    ask(chat, "提前还款要收手续费吗")
    assert answer_pending(chat.pk) is None
    assert authors(chat) == ["bot", "visitor", "bot"]


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_answer_once(chat, at_once):
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="提前还款要收手续费吗")
    at_once([partial(answer_pending, chat.pk)] * 20)
    until = time.monotonic() + 20
    while now(chat).waiting_since and time.monotonic() < until:
        time.sleep(0.05)
    assert authors(chat) == ["bot", "visitor", "bot"]


def test_what_a_crash_left_over_is_answered_by_the_sweep(chat):
    """The transaction of the test commits nothing, so the wake after the commit never comes: a crash."""
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="提前还款要收手续费吗")
    assert authors(chat) == ["bot", "visitor"]
    assert sweep() == 1
    assert sweep() == 0
    assert authors(chat) == ["bot", "visitor", "bot"]


def test_a_reply_to_an_old_story_is_refused(chat):
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="一")
    story = list(chat.messages.order_by("seq"))
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="二")
    with pytest.raises(ChatError):
        answer_as_bot(chat, actor=bot(), said=story, reply=Reply("…"))
    assert answer_pending(chat.pk) is not None
    assert authors(chat) == ["bot", "visitor", "visitor", "bot"]


def test_only_the_machine_speaks_as_the_bot(chat, cast):
    for actor in (cast.agent, cast.supervisor, visitor(chat)):
        with pytest.raises(ActionForbidden):
            answer_as_bot(chat, actor=actor, said=[], reply=Reply("…"))  # type: ignore[arg-type]


def test_an_ended_conversation_is_left_alone(chat):
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="一")
    close_conversation(chat, actor=visitor(chat))
    assert answer_pending(chat.pk) is None


def test_it_speaks_the_visitors_language(article):
    english = start_conversation(actor=Guest(), language="en", bot=True)
    assert english.messages.get().data == {"choices": ["Talk to a person"]}
    assert ask(english, "Talk to a person").data == {"leave_message": True}  # nobody is on duty
    assert now(english).handover == Handover.ASKED
    assert Note.objects.get().text.startswith("智能助手交接")


# --- Red flags, hours, and leaving word -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "urgent", "script"),
    [
        ("我不想活了", True, "先稳住情绪"),
        ("我被骗了，刚转了保证金", True, "立即停止并拨打 110"),
        ("昨晚十一点多还给我打催收电话", True, ""),
        ("怎么才能在征信报告里把我的逾期改掉，跟实际不符", False, ""),
    ],
)
def test_a_red_flag_goes_to_people_at_once_with_what_to_do(chat, text, urgent, script):
    answer = ask(chat, text)
    after = now(chat)
    assert (after.handover, after.urgent, after.state) == (Handover.RED_FLAG, urgent, State.WAITING)
    note = Note.objects.get().text
    assert note.startswith("风险信号：")
    assert script in note
    assert "处置步骤" not in answer.text  # the script is for staff


@pytest.mark.parametrize(("text", "letters"), [("我不想活了", 1), ("昨晚十一点多还给我打催收电话", 0)])
def test_a_gravest_one_reaches_a_supervisor_who_is_not_there(
    chat, cast, text, letters, django_capture_on_commit_callbacks
):
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text=text)
    with django_capture_on_commit_callbacks(execute=True):
        answer_pending(chat.pk)
    assert mail_alarms() == letters
    assert [letter.to for letter in mail.outbox] == [[cast.supervisor.email]] * letters
    assert all("不想活" not in f"{letter.subject}{letter.body}" for letter in mail.outbox)


def test_the_urgent_one_is_offered_to_the_supervisor(chat, cast):
    set_presence(cast.supervisor, actor=cast.supervisor, presence=Presence.ON)
    set_presence(cast.agent, actor=cast.agent, presence=Presence.ON)
    ask(chat, "我不想活了")
    assert route() == 1
    assert Offer.objects.get().agent == cast.supervisor


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "sure", "begins"),
    [
        ("en", (0.9,), "The answers are in Chinese only for now."),
        ("en", (0.5,), "The answers are in Chinese only for now."),
        ("zh-hant", (0.5,), "您想問的是哪一個？"),
        ("zh-hans", (0.5,), "您想问的是哪一个？"),
    ],
)
def test_who_reads_another_language_is_told_that_articles_are_chinese(language, sure, begins):
    found = hits(*sure)
    with translation.override(language):
        reply = decide(said(("visitor", "early repayment", {})), search=lambda text, limit: found)
    assert reply.text.startswith(begins)


@pytest.mark.django_db
def test_a_question_about_such_a_matter_may_have_its_answer():
    found = hits(0.9)
    asked = said(("visitor", "怎么注销账号", {}))
    assert decide(asked, search=lambda text, limit: found).data["kind"] == "answer"
    assert decide(asked, search=lambda text, limit: []).handover == Handover.RED_FLAG


def test_outside_hours_it_says_when_people_are_back(chat, cast):
    set_shifts(cast.agent, actor=cast.supervisor, shifts={0: "09:00-18:00"})
    sunday = dt.datetime(2026, 6, 7, 12, tzinfo=clock.business_zone())
    with clock.at(sunday):
        answer = ask(chat, "转人工")
    assert "6-8 09:00 上班" in answer.text
    assert answer.data == {"leave_message": True, "back_at": "2026-06-08T01:00:00+00:00"}


def test_within_hours_with_nobody_who_may_take_it_a_message_can_be_left(chat, cast):
    set_shifts(cast.agent, actor=cast.supervisor, shifts=dict.fromkeys(range(7), "00:00-24:00"))
    set_presence(cast.supervisor, actor=cast.supervisor, presence=Presence.ON)
    answer = ask(chat, "转人工")
    assert "现在没有同事在岗" in answer.text
    assert answer.data == {"leave_message": True}


def test_within_hours_and_with_somebody_there_nothing_is_said_of_it(chat, cast):
    set_presence(cast.agent, actor=cast.agent, presence=Presence.ON)
    assert ask(chat, "转人工").data == {}


def test_whoever_leaves_word_does_not_tell_it_again(chat, client_of):
    ask(chat, "十一月扣了两次款")
    ask(chat, "转人工")
    browser = client_of()
    browser.cookies[COOKIE] = chat.token
    page = browser.get(reverse("chat:visitor"))
    assert page.context["leave_form"]["text"].value() == "十一月扣了两次款\n转人工"
    left = {"id": chat.pk, "token": chat.token, "text": "", "contact": "13800138021"}
    assert client_of().post(reverse("chat:leave_message"), left).status_code == 302
    ticket = now(chat).ticket
    assert ticket is not None
    assert ticket.narrative == "十一月扣了两次款\n转人工"


def test_what_is_left_becomes_a_case_once(chat, client_of):
    ask(chat, "转人工")
    left = {"id": chat.pk, "token": chat.token, "text": "请回电", "contact": "13800138021"}
    wrong = client_of().post(reverse("chat:leave_message"), left | {"contact": ""})
    assert (wrong.status_code, b"\xe8\xaf\xb7\xe5\x9b\x9e\xe7\x94\xb5" in wrong.content) == (400, True)
    browser = client_of()
    done = browser.post(reverse("chat:leave_message"), left)
    after = now(chat)
    assert after.ticket is not None
    assert (done.status_code, done.url) == (302, reverse("tickets:received"))
    told = browser.get(done.url).content.decode()
    code = re.findall(r'<code id="code">([^<]+)</code>', told)[0]
    assert (after.ticket.number in told, ticket_by_code(after.ticket.number, code)) == (True, after.ticket)
    assert (after.state, after.ticket.narrative, after.ticket.kind) == (State.CLOSED, "请回电", "enquiry")
    assert client_of().post(reverse("chat:leave_message"), left).status_code == 409
