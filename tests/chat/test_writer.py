"""The writer: one bad message never fails its neighbours, and nothing overtakes one that failed."""

import uuid

import pytest
from django.db import OperationalError

from chat.actions import Draft, post_messages
from chat.actions import start_conversation as start
from chat.actions.post import nothing
from chat.models import Conversation, Message
from chat.tokens import visitor
from chat.writer import TURNS, Sender, store, writer
from helpdesk.core.actors import Guest
from helpdesk.core.clock import now
from helpdesk.core.pool import in_batches
from tests.chat.script import begin, do, visitor_door

pytestmark = pytest.mark.django_db(transaction=True)


def draft(conversation, text) -> Draft:
    return Draft(conversation.pk, visitor(conversation), uuid.uuid4(), text)


def spoilt() -> Conversation:
    """A conversation whose next number is taken: the database refuses its next message."""
    conversation = start(actor=Guest())
    Message.objects.create(
        conversation=conversation,
        seq=1,
        author_kind="system",
        author_key="system",
        text="x",
        at=now(),
    )
    return conversation


def texts() -> list[str]:
    return list(Message.objects.exclude(author_kind="system").order_by("text").values_list("text", flat=True))


def test_a_bad_message_does_not_fail_its_neighbours():
    bad, good = spoilt(), [start(actor=Guest()) for _ in range(3)]
    batch = [(Sender(), draft(each, f"{n}")) for n, each in enumerate([good[0], bad, good[1], good[2]])]
    outcomes = store(batch)
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, True, False, False]
    assert texts() == ["0", "2", "3"]


def test_nothing_overtakes_a_message_that_failed():
    bad, good, sender = spoilt(), start(actor=Guest()), Sender()
    batch = [(sender, draft(good, "1")), (sender, draft(bad, "2")), (sender, draft(good, "3"))]
    outcomes = store([*batch, (Sender(), draft(good, "4"))])
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, True, True, False]
    assert texts() == ["1", "4"]


class Waiting(Sender):
    def __init__(self) -> None:
        self.seqs: list[int] = []

    def settle(self, draft, outcome) -> None:
        if isinstance(outcome, Exception):
            self.broken = True
        else:
            self.seqs.append(outcome[0].seq)


async def test_what_waits_is_stored_in_the_order_it_was_handed_over():
    conversation = await begin()
    sender = Waiting()
    for n in range(300):
        writer().submit(sender, draft(conversation, f"{n}"))
    await writer().finished()
    assert sender.seqs == list(range(1, 301))
    stored = Message.objects.filter(conversation=conversation).order_by("seq")
    assert [message.text async for message in stored] == [f"{n}" for n in range(300)]


async def test_a_message_of_a_broken_sender_is_not_stored():
    conversation, sender = await begin(), Waiting()
    sender.broken = True
    writer().submit(sender, draft(conversation, "1"))
    await writer().finished()
    assert (sender.seqs, await Message.objects.acount()) == ([], 0)


async def test_a_batch_is_told_of_while_the_next_one_is_stored(monkeypatch):
    monkeypatch.setattr("chat.writer.BATCH", 2)
    told_meanwhile = []

    def posting(drafts, meanwhile, changed):
        told_meanwhile.append(meanwhile is not nothing)
        return post_messages(drafts, meanwhile, changed)

    monkeypatch.setattr("chat.writer.post_messages", posting)
    conversation, sender = await begin(), Waiting()
    for n in range(5):
        writer().submit(sender, draft(conversation, f"{n}"))
    await writer().finished()
    assert told_meanwhile == [False, True, True]
    assert sender.seqs == [1, 2, 3, 4, 5]
    writer().submit(sender, draft(conversation, "5"))
    await writer().finished()
    assert (told_meanwhile[3:], sender.seqs[5:]) == ([False], [6])


async def test_rows_of_the_lists_are_told_after_the_senders(monkeypatch):
    """Once for what was said meanwhile, and as they are then."""
    monkeypatch.setattr("chat.writer.BATCH", 2)
    conversation, sender, told = await begin(), Waiting(), []

    def telling(pks):
        told.append((set(pks), Message.objects.count()))

    monkeypatch.setattr("chat.events.tell_rows", telling)
    for n in range(5):
        writer().submit(sender, draft(conversation, f"{n}"))
    await writer().finished()
    assert (sender.seqs, told) == ([1, 2, 3, 4, 5], [({conversation.pk}, 5)])


async def test_a_row_that_could_not_be_told_holds_nothing_up(monkeypatch):
    def failing(pks):
        raise OperationalError

    monkeypatch.setattr("chat.events.tell_rows", failing)
    conversation, sender = await begin(), Waiting()
    for n in range(2):
        writer().submit(sender, draft(conversation, f"{n}"))
        await writer().finished()
    assert sender.seqs == [1, 2]


async def test_after_some_batches_another_write_may_have_the_thread(monkeypatch):
    monkeypatch.setattr("chat.writer.BATCH", 1)
    conversation, sender, turns = await begin(), Waiting(), []

    def counting(work):
        turns.append(work)
        in_batches(work)

    monkeypatch.setattr("chat.writer.in_batches", counting)
    for n in range(TURNS + 1):
        writer().submit(sender, draft(conversation, f"{n}"))
    await writer().finished()
    assert (sender.seqs, len(turns)) == ([1, 2, 3, 4, 5], 2)


async def test_a_failure_is_told_of_before_the_next_batch_is_taken(monkeypatch):
    monkeypatch.setattr("chat.writer.BATCH", 1)
    bad, good, sender = await do(spoilt), await begin(), Waiting()
    writer().submit(sender, draft(bad, "1"))
    writer().submit(sender, draft(good, "2"))
    await writer().finished()
    assert (sender.seqs, await Message.objects.filter(text="2").aexists()) == ([], False)


async def test_a_batch_is_told_of_when_nothing_is_stored_after_it(monkeypatch):
    monkeypatch.setattr("chat.writer.BATCH", 1)
    conversation, sender, gone = await begin(), Waiting(), Waiting()
    gone.broken = True
    writer().submit(sender, draft(conversation, "1"))
    writer().submit(gone, draft(conversation, "2"))
    await writer().finished()
    assert (sender.seqs, gone.seqs) == ([1], [])


async def test_what_is_said_at_once_keeps_its_order_around_another_action():
    conversation = await begin()
    async with visitor_door(conversation) as visitor:
        for n in range(20):
            await visitor.send(f"{n}")
        await visitor.say(type="close")
        refused = await visitor.send("太晚了")
        error = await visitor.until("error")
        assert (error["code"], error["client_id"]) == ("closed", refused)
        await visitor.say(type="ping", n=1)
        await visitor.until("pong", n=1)
    stored = Message.objects.order_by("seq").values_list("text", flat=True)
    assert [text async for text in stored] == [*(f"{n}" for n in range(20)), "closed"]


async def test_a_message_that_cannot_be_saved_closes_its_socket_for_another_try():
    conversation = await do(spoilt)
    assert conversation.token
    async with visitor_door(conversation) as visitor:
        client_id = await visitor.send("您好")
        error = await visitor.until("error")
        assert (error["code"], error["client_id"]) == ("unavailable", client_id)
        assert (await visitor.until_closed())["code"] == 4503
