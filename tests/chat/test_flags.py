"""Red flags in what is said to people: in the queue, to an agent, in a correction, and after a crash."""

import datetime as dt
import uuid
from collections import deque

import pytest
from django.core import mail
from django.db import OperationalError
from django.urls import reverse

from chat.actions import (
    accept_conversation,
    answer_pending,
    close_conversation,
    edit_message,
    flags,
    look_again,
    post_message,
    raise_flags,
    route,
    start_conversation,
)
from chat.actions.flags import look
from chat.mail import compose
from chat.models import Conversation, Mailing, Message, Note, Offer
from chat.states import Handover, OfferState, State
from chat.tasks import BACK_OFF, look_for_flags, mail_alarms
from chat.tokens import visitor
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import AuditEntry, Role, User
from tests.chat.script import begin, desk_door, do
from tests.chat.test_routing import asks, on_duty


@pytest.fixture(autouse=True)
def _background(monkeypatch):
    """What is done in the background after the commit is done at once."""
    monkeypatch.setattr("chat.actions.flags.in_own_time", lambda call: call())
    monkeypatch.setattr("chat.actions.flags._unread", deque())  # where nobody reads, it fills


@pytest.fixture
def says(django_capture_on_commit_callbacks):
    def say(conversation, text):
        with django_capture_on_commit_callbacks(execute=True):
            guest = visitor(conversation)
            return post_message(conversation, actor=guest, client_id=uuid.uuid4(), text=text)[0]

    return say


def now(conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def bot_said() -> list[str]:
    return list(Message.objects.filter(author_kind="bot").values_list("text", flat=True))


def test_in_the_queue_it_goes_first_with_safety_words_and_a_note(cast, waiting, says):
    on_duty(cast.agent, cast.supervisor)
    later = asks("后来")
    says(later, "我不想活了")
    after = now(later)
    assert (after.state, after.urgent, after.flags) == (State.WAITING, True, ["RF13"])
    assert list(Conversation.objects.waiting()) == [later, waiting]
    (words,) = bot_said()
    assert "请拨打 110 或 120" in words
    assert "处置步骤" not in words
    assert Note.objects.get().text.startswith("风险信号：自伤或轻生风险（P0）")
    route()
    assert Offer.objects.get(conversation=later).agent == cast.supervisor


def test_a_supervisor_is_asked_in_place_of_the_agent_who_is_asked_already(cast, waiting, says):
    on_duty(cast.agent)
    route()
    says(waiting, "我被骗了，刚转了保证金")
    assert Offer.objects.get().state == OfferState.OPEN  # nobody else is there
    other = asks("后来")
    route()
    on_duty(cast.supervisor)
    says(other, "我不想活了")
    route()
    agents = [offer.agent for offer in other.offers.filter(state=OfferState.OPEN)]
    assert agents == [cast.supervisor]


def test_p1_goes_first_too_and_p2_is_a_note(cast, waiting, says):
    on_duty(cast.agent)
    says(waiting, "我要注销账号，删除我的个人信息")
    assert (now(waiting).urgent, now(waiting).flags, bot_said()) == (False, ["RF16"], [])
    says(waiting, "昨晚十一点多还给我打催收电话")
    assert (now(waiting).urgent, now(waiting).flags) == (True, ["RF16", "RF01"])
    assert bot_said() == ["您说的情况已经标为优先，同事会先看到。您说过的话他都能看到，不用重复。"]
    assert Note.objects.count() == 2


def test_with_nobody_there_it_also_says_so(waiting, says):
    says(waiting, "我不想活了")
    said = Message.objects.get(author_kind="bot")
    assert "现在没有同事在岗" in said.text
    assert said.data == {"leave_message": True}


def test_with_an_agent_it_is_a_note_and_a_supervisor_is_told(cast, active, says, client_of):
    says(active, "我不想活了")
    assert (bot_said(), now(active).urgent) == ([], True)
    assert "先稳住情绪" in Note.objects.get().text
    desk = client_of("supervisor").get(reverse("chat:desk"))
    assert list(desk.context["watched"]) == [active]
    assert "有紧急警示，请主管看" in desk.content.decode()
    assert client_of("agent").get(reverse("chat:desk")).context["watched"] == []
    assert (mail_alarms(), mail_alarms()) == (1, 0)
    (letter,) = mail.outbox
    assert letter.to == [cast.supervisor.email]
    assert letter.body.endswith(reverse("chat:conversation", args=[active.pk]))
    assert "不想活" not in f"{letter.body}{letter.subject}"
    trail = AuditEntry.objects.get(verb="conversation.flagged")
    assert "不想活" not in str(trail.data)


def test_people_are_told_of_each_kind_once(active, says):
    says(active, "我不想活了")
    says(active, "真的不想活了")
    assert (Note.objects.count(), mail_alarms()) == (1, 1)
    assert AuditEntry.objects.filter(verb="conversation.flagged").count() == 1


def test_what_is_no_flag_leaves_no_trace(active, says, django_assert_num_queries):
    says(active, "怎么提前还款")
    assert (Note.objects.count(), now(active).flags) == (0, [])
    with django_assert_num_queries(0):
        look(active.pk, "怎么提前还款")


def test_what_an_agent_says_is_no_flag(cast, active, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post_message(active, actor=cast.agent, client_id=uuid.uuid4(), text="您说不想活了，是吗？我不想活了")
    look_again()
    assert not Note.objects.exists()


def test_one_address_that_fails_keeps_no_letter_from_the_others(cast, active, monkeypatch):
    first = User.objects.create_user("boss", "boss@example.test", role=Role.SUPERVISOR)
    raise_flags(active, actor=User.system("bot"), found={"RF13": ["x"]})

    def fails(mailing):
        if mailing.address == cast.supervisor.email:
            raise OSError
        return compose(mailing)

    monkeypatch.setattr("chat.tasks.compose", fails)
    assert (mail_alarms(), [letter.to for letter in mail.outbox]) == (1, [[first.email]])
    monkeypatch.undo()
    with clock.at(clock.now() + BACK_OFF):
        assert (mail_alarms(), mail.outbox[-1].to) == (1, [cast.supervisor.email])


def test_an_alarm_is_tried_for_a_day(cast, active, monkeypatch):
    def fails(mailing):
        raise OSError

    monkeypatch.setattr("chat.tasks.compose", fails)
    raise_flags(active, actor=User.system("bot"), found={"RF13": ["x"]})
    start = clock.now()
    for tries in range(12):
        with clock.at(start + tries * BACK_OFF):
            mail_alarms()
    assert Mailing.objects.get().tries == 12
    with clock.at(start + dt.timedelta(days=1, minutes=1)):
        mail_alarms()
    assert not Mailing.objects.exists()


@pytest.mark.parametrize("bot", [False, True])
def test_whoever_says_it_and_ends_the_conversation_reaches_a_supervisor(cast, bot, monkeypatch):
    """Nothing but the job is left to read it; with the bot, before that has answered."""
    told = []
    monkeypatch.setattr("chat.events.flagged", lambda conversation, people: told.extend(people))
    chat = start_conversation(actor=Guest(), bot=bot)
    post_message(chat, actor=visitor(chat), client_id=uuid.uuid4(), text="我不想活了")
    close_conversation(chat, actor=visitor(chat))
    with clock.at(clock.now() + dt.timedelta(hours=23)):
        look_for_flags()
        assert mail_alarms() == 1
    assert (told, now(chat).flags) == ([cast.supervisor], ["RF13"])
    assert (Note.objects.count(), now(chat).urgent, now(chat).state) == (1, False, State.CLOSED)
    assert look_again() == 0


def test_what_the_bot_has_answered_is_read_once(cast, says):
    chat = start_conversation(actor=Guest(), bot=True)
    says(chat, "冥王星上能贷款吗")
    answer_pending(chat.pk)
    read = now(chat).flags_seq
    assert read == now(chat).last_seq - 1
    says(chat, "转人工")
    answer_pending(chat.pk)
    assert now(chat).flags_seq == 0  # people hear of all that was said


def test_the_sweep_finds_what_a_crash_left_over_once(active):
    """Nothing runs after the commit here, for there is none: a crash."""
    post_message(active, actor=visitor(active), client_id=uuid.uuid4(), text="我不想活了")
    assert not Note.objects.exists()
    assert (look_again(), Note.objects.count()) == (1, 1)
    assert (look_again(), Note.objects.count()) == (0, 1)


def test_what_could_not_be_raised_is_raised_by_a_later_sweep(active, monkeypatch):
    for text in ("您好", "我不想活了", "昨晚十一点多还给我打催收电话"):
        post_message(active, actor=visitor(active), client_id=uuid.uuid4(), text=text)

    def fails(conversation, *, actor, found):
        if "RF13" in found:
            raise OperationalError
        return raise_flags(conversation, actor=actor, found=found)

    monkeypatch.setattr(flags, "raise_flags", fails)
    assert look_for_flags() == 1  # it ends
    assert (now(active).flags, now(active).flags_seq) == (["RF01"], 2)  # joined, and the greeting
    monkeypatch.undo()
    look_for_flags()
    assert (now(active).flags, now(active).flags_seq) == (["RF01", "RF13"], now(active).last_seq)


def test_only_the_machine_raises_them(cast, active):
    for actor in (cast.agent, visitor(active)):
        with pytest.raises(ActionForbidden):
            raise_flags(active, actor=actor, found={"RF13": ["x"]})  # type: ignore[arg-type]


# --- Corrections ----------------------------------------------------------------------------------------


def test_a_correction_is_looked_through(active, says, django_capture_on_commit_callbacks):
    said = says(active, "您好")
    with django_capture_on_commit_callbacks(execute=True):
        edit_message(active, actor=visitor(active), seq=said.seq, text="我不想活了")
    assert now(active).flags == ["RF13"]
    look_again()
    assert Note.objects.count() == 1


def test_the_sweep_reads_corrections_too(active):
    said = post_message(active, actor=visitor(active), client_id=uuid.uuid4(), text="您好")[0]
    edit_message(active, actor=visitor(active), seq=said.seq, text="我不想活了")
    look_again()
    assert now(active).flags == ["RF13"]


@pytest.mark.django_db
def test_the_bot_answers_a_correction(says):
    chat = start_conversation(actor=Guest(), bot=True)
    said = says(chat, "冥王星上能贷款吗")
    answer_pending(chat.pk)
    assert (now(chat).state, now(chat).waiting_since) == (State.BOT, None)
    edit_message(chat, actor=visitor(chat), seq=said.seq, text="我不想活了")
    assert now(chat).waiting_since is not None
    answer_pending(chat.pk)
    after = now(chat)
    assert (after.state, after.handover, after.urgent) == (State.WAITING, Handover.RED_FLAG, True)
    story = Note.objects.get().text
    assert ("访客：我不想活了" in story, "冥王星" in story) == (True, False)


@pytest.mark.django_db
def test_what_was_taken_back_before_the_bot_read_it_is_not_answered(says):
    chat = start_conversation(actor=Guest(), bot=True)
    said = says(chat, "我不想活了")
    edit_message(chat, actor=visitor(chat), seq=said.seq, text="怎么提前还款")
    answer_pending(chat.pk)
    assert now(chat).state == State.BOT


# --- On the desks, live -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_a_supervisors_desk_hears_it_and_an_agents_hears_the_note(cast):
    conversation = await begin(name="王小明")
    await do(accept_conversation, conversation, actor=cast.agent)
    async with desk_door(cast.supervisor) as boss, desk_door(cast.agent) as agent:
        said = {"client_id": uuid.uuid4(), "text": "我不想活了"}
        await do(post_message, conversation, actor=visitor(conversation), **said)
        told = await boss.until("flagged")
        assert (told["conversation"], told["name"]) == (str(conversation.pk), "王**")
        assert "风险信号" in (await agent.until("note"))["text"]


def test_reading_gives_way_to_the_chat(monkeypatch):
    """Between two texts it rests twenty times what one took of the processor; too much is left to the job."""
    rests: list[float] = []
    read: list[tuple[uuid.UUID, str]] = []
    monkeypatch.setattr(flags, "sleep", rests.append)
    monkeypatch.setattr(flags, "look", lambda pk, text, breathe: read.append((pk, text)))
    times = iter(range(100))
    monkeypatch.setattr(flags, "thread_time", lambda: float(next(times)))
    monkeypatch.setattr(flags, "MOST_UNREAD", 3)
    flags._hand_in([(uuid.uuid4(), f"{n}") for n in range(5)])
    assert [text for _pk, text in read] == ["0", "1", "2"]
    assert rests == [20.0, 20.0]
