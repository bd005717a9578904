"""Many messages in one transaction: the same rules, the same rows and the same news as one by one."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import events
from chat.actions import Draft, accept_conversation, close_conversation, post_message, post_messages
from chat.actions import start_conversation as start
from chat.errors import ChatError
from chat.models import Conversation, Message
from chat.tokens import visitor
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.events import hub


def draft(conversation, text="您好", actor=None, client_id=None) -> Draft:
    return Draft(conversation.pk, actor or visitor(conversation), client_id or uuid.uuid4(), text)


def test_a_refusal_concerns_its_draft_alone(waiting, cast):
    closed = start(actor=Guest())
    close_conversation(closed, actor=visitor(closed))
    before, _new = post_message(waiting, actor=visitor(waiting), client_id=uuid.uuid4(), text="早")
    twice = uuid.uuid4()
    outcomes = post_messages(
        [
            draft(waiting, "一"),
            draft(closed),
            draft(waiting, actor=visitor(closed)),
            draft(waiting, actor=cast.agent),
            Draft(uuid.uuid4(), visitor(waiting), uuid.uuid4(), "您好"),
            draft(waiting, " "),
            draft(waiting, "别的", client_id=before.client_id),
            draft(waiting, "二", client_id=twice),
            draft(waiting, "三", client_id=twice),
        ]
    )
    kinds = [type(o) if isinstance(o, Exception) else (o[0].seq, o[0].text, o[1]) for o in outcomes]
    assert kinds == [
        (2, "一", True),
        ChatError,
        ActionForbidden,
        ActionForbidden,
        Conversation.DoesNotExist,
        ChatError,
        (1, "早", False),
        (3, "二", True),
        (3, "二", False),
    ]
    stored = Message.objects.filter(conversation=waiting).values_list("seq", "text")
    assert list(stored) == [(1, "早"), (2, "一"), (3, "二")]


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_batch_costs_as_many_queries_as_one(
    db, django_assert_num_queries, django_capture_on_commit_callbacks, count
):
    drafts = [draft(start(actor=Guest())) for _ in range(count)]
    # savepoint, rows and repeats, messages and numbers, release; then the rows whose waiting began
    with (
        django_assert_num_queries(5 if connection.vendor == "postgresql" else 7),
        django_capture_on_commit_callbacks(execute=True),
    ):
        post_messages(drafts)


class Ear:
    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []

    def deliver(self, event) -> None:
        self.heard.append(dict(event))


CHANGING = {"at", "waiting_since", "created_at", "id", "json", "client_id"}


def lasting(value, names):
    """Without what differs from one conversation to the next."""
    if isinstance(value, dict):
        return {key: lasting(item, names) for key, item in value.items() if key not in CHANGING}
    return names.get(value, value) if isinstance(value, str) else value


@pytest.mark.django_db(transaction=True)
async def test_a_batch_leaves_the_rows_and_the_news_of_one_by_one(cast):
    @sync_to_async
    def opened() -> list[Conversation]:
        rows = [start(actor=Guest()) for _ in range(2)]
        accept_conversation(rows[0], actor=cast.agent)
        return rows

    def told(rows) -> list[Draft]:
        return [
            draft(rows[0], "一"),
            draft(rows[1], "甲"),
            draft(rows[0], "二", actor=cast.agent),
            draft(rows[0], "三"),
            draft(rows[1], "乙"),
        ]

    def one_by_one(drafts) -> None:
        for each in drafts:
            post_messages([each])

    results = []
    for write in (one_by_one, post_messages):
        rows = await opened()
        ear = Ear()
        groups = [events.DESK, events.user_group(cast.agent.pk), *(events.chat_group(row.pk) for row in rows)]
        for group in groups:
            hub.join(group, ear)
        await sync_to_async(write)(told(rows))
        await asyncio.sleep(0.05)
        for group in groups:
            hub.leave(group, ear)
        names = {str(row.pk): f"row {n}" for n, row in enumerate(rows)}
        fresh = [await Conversation.objects.aget(pk=row.pk) for row in rows]
        kept = [(row.last_seq, row.waiting_since is not None, row.state) for row in fresh]
        messages = [
            [(m.seq, m.text, m.author_key) async for m in Message.objects.filter(conversation=row)]
            for row in rows
        ]
        said = [lasting(event, names) for event in ear.heard if event["type"] == "message"]
        rows_told = [names[str(e["conversation"])] for e in ear.heard if e["type"] == "row"]
        results.append((kept, messages, said, sorted(set(rows_told))))
    assert results[0] == results[1]
    assert [row[0] for row in results[0][0]] == [4, 2]  # "joined" is the first of the accepted one


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite runs in this process")
@pytest.mark.django_db(transaction=True)
def test_postgresql_hears_of_a_message_in_two_turns():
    waiting = start(actor=Guest())
    post_messages([draft(waiting)])  # now a visitor waits, and the rows of the lists stay as they are
    with CaptureQueriesContext(connection) as asked:
        post_messages([draft(waiting)])
    told = [query["sql"] for query in asked]
    first, last = (text for text in told if text not in ("BEGIN", "COMMIT"))  # which Django notes by itself
    assert (first.startswith("BEGIN;SELECT"), last.endswith(";COMMIT")) == (True, True)
    assert connection.get_autocommit()
    assert Message.objects.filter(conversation=waiting).count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_fails_is_undone_and_the_connection_goes_on():
    def failing() -> None:
        raise ZeroDivisionError

    waiting = start(actor=Guest())
    with pytest.raises(ZeroDivisionError):
        post_messages([draft(waiting)], meanwhile=failing)
    assert not Message.objects.exists()
    post_messages([draft(waiting)])
    assert Message.objects.get().seq == 1
