import uuid
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from chat import models, queries
from chat.actions import (
    accept_conversation,
    add_note,
    close_conversation,
    convert_conversation,
    mark_read,
    post_message,
    rate_conversation,
    release_conversation,
    set_wrap_up,
    start_conversation,
    transfer_conversation,
)
from chat.errors import ChatError
from chat.models import Conversation, Message, Note
from chat.queries import (
    conversation_by_token,
    conversation_opened_by,
    conversations_visible_to,
    queue_position,
    transcript_of,
)
from chat.states import State
from chat.tokens import hash_of, visitor
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Role, User
from helpdesk.core.signals import feedback_given
from tests.chat.script import at_desk
from tickets.models import Ticket

CASE: dict[str, Any] = {
    "kind": "complaint",
    "topic": "repayment",
    "complainant": "王小明",
    "contact": "13800138021",
    "narrative": "扣款两次",
    "request": "退回一次",
}


def say(conversation, text="您好", actor=None, client_id=None):
    actor = actor or visitor(conversation)
    return post_message(conversation, actor=actor, client_id=client_id or uuid.uuid4(), text=text)


def said(conversation) -> list[tuple[int, str]]:
    return list(Message.objects.filter(conversation=conversation).order_by("seq").values_list("seq", "text"))


# --- Starting, and the token ----------------------------------------------------------------------


def test_start_keeps_only_the_hash_of_the_token(waiting):
    assert len(waiting.token) >= 32
    stored = Conversation.objects.get()
    assert (stored.token, stored.token_hash) == ("", hash_of(waiting.token))
    assert waiting.token not in str(list(AuditEntry.objects.values()))
    assert (stored.state, stored.last_seq, stored.name) == (State.WAITING, 0, "王小明")


def test_token_opens_its_own_conversation_only(waiting, db):
    other = start_conversation(actor=Guest())
    assert conversation_opened_by(waiting.pk, waiting.token) == waiting
    assert conversation_by_token(waiting.token) == waiting
    for pk, token in [
        (waiting.pk, other.token),
        (other.pk, waiting.token),
        (uuid.uuid4(), waiting.token),
        (waiting.pk, ""),
        (waiting.pk, waiting.token_hash),
        (waiting.pk, "x" * 100_000),
        (waiting.pk, "\0"),
        (waiting.pk, "\ud800"),
    ]:
        assert conversation_opened_by(pk, token) is None
    assert [conversation_by_token(token) for token in ("", "\0", "\ud800", "no")] == [None] * 4


def test_a_signed_in_customer_owns_the_conversation(cast):
    mine = start_conversation(actor=cast.customer)
    assert list(conversations_visible_to(cast.customer)) == [mine]
    assert list(conversations_visible_to(cast.other_customer)) == []
    assert say(mine, actor=cast.customer)[0].author_key == "visitor"
    with pytest.raises(ActionForbidden):
        say(mine, actor=cast.other_customer)


# --- Messages -----------------------------------------------------------------------------------------


def test_messages_are_numbered_from_one(active, cast):
    say(active, "一")
    say(active, "二", actor=cast.agent)
    assert said(active) == [(1, "joined"), (2, "一"), (3, "二")]
    assert Conversation.objects.get().last_seq == 3


def test_a_repeated_client_id_answers_the_stored_message(waiting):
    client_id = uuid.uuid4()
    first, created = say(waiting, "一", client_id=client_id)
    again, created_again = say(waiting, "别的文字", client_id=client_id)
    assert (created, created_again, again.pk, again.text) == (True, False, first.pk, "一")
    assert said(waiting) == [(1, "一")]


def test_a_retry_is_answered_after_the_conversation_was_closed(waiting):
    client_id = uuid.uuid4()
    say(waiting, "一", client_id=client_id)
    close_conversation(waiting, actor=visitor(waiting))
    assert say(waiting, "一", client_id=client_id)[0].seq == 1
    with pytest.raises(ChatError) as refused:
        say(waiting, "二")
    assert (refused.value.code, refused.value.state) == ("closed", "closed")
    assert said(waiting) == [(1, "一"), (2, "closed")]


def test_an_agents_retry_is_answered_after_a_transfer(active, cast):
    client_id = uuid.uuid4()
    say(active, "一", actor=cast.agent, client_id=client_id)
    at_desk(cast.other_agent)
    transfer_conversation(active, actor=cast.agent, to=cast.other_agent)
    assert say(active, "一", actor=cast.agent, client_id=client_id)[1] is False
    with pytest.raises(ActionForbidden):
        say(active, "二", actor=cast.agent)


def test_client_ids_of_two_authors_do_not_meet(active, cast):
    client_id = uuid.uuid4()
    assert say(active, "一", client_id=client_id)[1] is True
    assert say(active, "二", actor=cast.agent, client_id=client_id)[1] is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "text_empty"),
        (" \n\t　", "text_empty"),
        ("\u200b\u200d\ufeff\u202e", "text_empty"),
        ("甲" * 5001, "text_too_long"),
        ("甲" * 20_000, "text_too_long"),
        ("a\0b", "bad_text"),
        ("\ud800", "bad_text"),
    ],
    ids=["empty", "blank", "invisible", "5001", "20000", "nul", "surrogate"],
)
def test_text_that_cannot_be_a_message(waiting, text, code):
    with pytest.raises(ChatError) as refused:
        say(waiting, text)
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert said(waiting) == []


@pytest.mark.parametrize(
    "text",
    ["甲" * 5000, "👨‍👩‍👧‍👦🏽‍♀️", "a\u202eb", "\u200b字\u200b", "两行\n\n一段", "'; DROP TABLE--<script>"],
)
def test_text_is_stored_as_it_was_typed(waiting, text):
    say(waiting, text)
    assert said(waiting) == [(1, text)]


def test_only_the_visitor_and_the_assigned_agent_may_speak(active, waiting, cast):
    for actor in (
        cast.other_agent,
        cast.supervisor,
        cast.analyst,
        cast.administrator,
        cast.customer,
        Guest(),
    ):
        with pytest.raises(ActionForbidden):
            say(active, actor=actor)
    assert said(active) == [(1, "joined")]


def test_waiting_since_is_the_oldest_unanswered_message(active, cast):
    first = say(active)[0]
    say(active)
    assert Conversation.objects.get().waiting_since == first.at
    say(active, actor=cast.agent)
    assert Conversation.objects.get().waiting_since is None


def test_messages_are_not_written_to_the_audit_trail_and_cost_four_statements(
    waiting, django_assert_num_queries
):
    say(waiting)
    entries = AuditEntry.objects.count()
    # Savepoint, lock and look for a retry, insert and update, release; SQLite takes one at a time.
    with django_assert_num_queries(6 if connection.vendor == "sqlite" else 4):
        say(waiting)
    assert AuditEntry.objects.count() == entries


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_under_ten_threads(waiting, at_once):
    def many(thread: int):
        for n in range(20):
            say(waiting, f"{thread}:{n}")

    results = at_once([partial(many, thread) for thread in range(10)])
    assert results == [None] * 10
    stored = said(waiting)
    assert [seq for seq, _ in stored] == list(range(1, 201))
    for thread in range(10):
        own = [text for _, text in stored if text.startswith(f"{thread}:")]
        assert own == [f"{thread}:{n}" for n in range(20)]


@pytest.mark.django_db(transaction=True)
def test_the_same_message_from_twenty_threads_is_stored_once(waiting, at_once):
    client_id = uuid.uuid4()
    results = at_once([partial(say, waiting, "一", client_id=client_id)] * 20)
    assert sorted(created for _, created in results) == [False] * 19 + [True]
    assert said(waiting) == [(1, "一")]


def test_the_database_itself_refuses_a_second_number(waiting):
    message, _ = say(waiting)
    message.pk, message.client_id = uuid.uuid4(), None
    with pytest.raises(IntegrityError), transaction.atomic():
        message.save(force_insert=True)


# --- The desk --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_twenty_agents_accepting_at_once_one_wins(waiting, teams, at_once):
    agents = [User.objects.create_user(f"a{n}", name=f"a{n}", role=Role.AGENT) for n in range(20)]
    results = at_once([partial(accept_conversation, waiting, actor=agent) for agent in agents])
    winners = [result for result in results if isinstance(result, Conversation)]
    assert len(winners) == 1
    assert {type(result) for result in results if result not in winners} == {ActionError}
    assert Conversation.objects.get().assignee == winners[0].assignee
    assert said(waiting) == [(1, "joined")]


def test_accept_release_and_accept_again(waiting, cast):
    accept_conversation(waiting, actor=cast.agent)
    release_conversation(waiting, actor=cast.agent)
    accepted = accept_conversation(waiting, actor=cast.other_agent)
    assert (accepted.state, accepted.assignee) == (State.ACTIVE, cast.other_agent)
    assert said(waiting) == [(1, "joined"), (2, "released"), (3, "joined")]
    assert Message.objects.get(seq=3).data == {"name": "丁坐席"}


def test_transfer_to_a_colleague_with_a_note(active, cast):
    at_desk(cast.other_agent)
    transfer_conversation(active, actor=cast.agent, to=cast.other_agent, note="客户很急")
    moved = Conversation.objects.get()
    assert (moved.state, moved.assignee) == (State.ACTIVE, cast.other_agent)
    assert list(Note.objects.values_list("text", "author")) == [("客户很急", cast.agent.pk)]
    assert said(active) == [(1, "joined"), (2, "transferred")]
    assert not conversations_visible_to(cast.agent).exists()


def test_transfer_to_a_team_waits_for_that_team(active, cast, teams):
    transfer_conversation(active, actor=cast.agent, to=teams[1])
    moved = Conversation.objects.get()
    assert (moved.state, moved.assignee, moved.team) == (State.WAITING, None, teams[1])
    with pytest.raises(ActionForbidden):
        accept_conversation(active, actor=cast.agent)
    assert accept_conversation(active, actor=cast.other_agent).assignee == cast.other_agent


@pytest.mark.parametrize("who", ["customer", "analyst", "administrator", "agent"])
def test_transfer_to_somebody_who_cannot_serve(active, cast, who):
    with pytest.raises(ActionError):
        transfer_conversation(active, actor=cast.agent, to=getattr(cast, who))
    assert Conversation.objects.get().assignee == cast.agent


VERBS: dict[str, Any] = {
    "accept": accept_conversation,
    "release": release_conversation,
    "transfer": partial(transfer_conversation),
    "close": close_conversation,
    "note": partial(add_note, text="内部"),
    "convert": partial(convert_conversation, **CASE),
    "set_wrap_up": partial(set_wrap_up, wrap_up="fees"),
}
# For each verb and actor on a conversation that the cast's agent holds: y done, n forbidden, 9 conflict.
ALLOWED = {
    #           agent other_agent supervisor analyst administrator customer visitor stranger
    "accept": "9 9 9 n n n n n",
    "release": "y n y n n n n n",
    "transfer": "y n y n n n n n",
    "close": "y n y n n n y n",
    "note": "y y y n n n n n",
    "convert": "y n y n n n n n",
    "set_wrap_up": "9 n 9 n n n n n",
}
ACTORS = (
    "agent other_agent supervisor analyst administrator customer visitor stranger".split()  # noqa: SIM905
)


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_do_what(verb, cast, teams, db):
    outcomes = []
    for name in ACTORS:
        conversation = start_conversation(actor=Guest())
        accept_conversation(conversation, actor=cast.agent)
        actors = {"visitor": visitor(conversation), "stranger": Guest()}
        actor = actors[name] if name in actors else getattr(cast, name)
        fields = {"to": teams[1]} if verb == "transfer" else {}
        try:
            VERBS[verb](conversation, actor=actor, **fields)
            outcomes.append("y")
        except ActionForbidden:
            outcomes.append("n")
        except ActionError:
            outcomes.append("9")
    assert " ".join(outcomes) == ALLOWED[verb]


# What each verb answers in each state, for one who may: y or 9.
STATES = {
    "accept": "9y99",
    "release": "99y9",
    "transfer": "99y9",
    "close": "yyy9",
    "note": "yyyy",
    "convert": "yyyy",
    "set_wrap_up": "999y",
}


@pytest.mark.parametrize("verb", STATES)
def test_what_each_state_allows(verb, cast, teams, db):
    outcomes = ""
    for state in State:
        conversation = start_conversation(actor=Guest(), bot=state == State.BOT)
        if state in (State.ACTIVE, State.CLOSED):
            accept_conversation(conversation, actor=cast.supervisor)
        if state == State.CLOSED:
            close_conversation(conversation, actor=cast.supervisor)
        fields = {"to": teams[1]} if verb == "transfer" else {}
        try:
            VERBS[verb](conversation, actor=cast.supervisor, **fields)
            outcomes += "y"
        except ActionError:
            outcomes += "9"
    assert outcomes == STATES[verb]


def test_close_says_who_did_it(active, cast):
    close_conversation(active, actor=cast.agent)
    assert Message.objects.latest("seq").data == {"by": "agent"}
    assert Conversation.objects.get().closed_at is not None


# --- Reading, rating, queue --------------------------------------------------------------------------


def test_read_marks_never_go_back_or_beyond(active, cast):
    say(active)
    assert mark_read(active, actor=visitor(active), seq=2) == 2
    assert mark_read(active, actor=visitor(active), seq=1) == 2
    assert mark_read(active, actor=cast.agent, seq=99) == 2
    stored = Conversation.objects.get()
    assert (stored.visitor_read, stored.agent_read) == (2, 2)


def test_rating_is_given_once_and_heard_of(active):
    heard = []

    def listen(sender, **news):
        heard.append((sender, news["about"].pk, news["score"], news["resolved"], news["text"]))

    feedback_given.connect(listen, weak=False)
    try:
        rate_conversation(active, actor=visitor(active), score=4, text="很快")
        with pytest.raises(ChatError) as refused:
            rate_conversation(active, actor=visitor(active), score=5)
    finally:
        feedback_given.disconnect(listen)
    assert refused.value.code == "already_rated"
    assert heard == [(Conversation, active.pk, 4, None, "很快")]
    assert Conversation.objects.get().score == 4


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_rating_is_one_to_five(active, score):
    with pytest.raises(ChatError):
        rate_conversation(active, actor=visitor(active), score=score)


def test_queue_position_counts_those_of_the_same_team(db, cast, teams):
    first, second, third = (start_conversation(actor=Guest()) for _ in range(3))
    accept_conversation(first, actor=cast.agent)
    assert [queue_position(Conversation.objects.get(pk=c.pk)) for c in (first, second, third)] == [None, 1, 2]
    accept_conversation(second, actor=cast.agent)
    transfer_conversation(second, actor=cast.agent, to=teams[1])
    assert [queue_position(Conversation.objects.get(pk=c.pk)) for c in (second, third)] == [1, 1]


def test_one_place_is_counted_as_all_places_are(db, cast, teams, monkeypatch, django_assert_num_queries):
    waiting = [start_conversation(actor=Guest()) for _ in range(5)]
    at = waiting[0].queued_at
    for place, fields in enumerate(({}, {}, {"team": teams[1]}, {"urgent": True}, {"team": teams[1]})):
        Conversation.objects.filter(pk=waiting[place].pk).update(queued_at=at, **fields)
    rows = list(Conversation.objects.waiting())
    with django_assert_num_queries(5):
        found = {row.pk: queue_position(row) for row in rows}
    assert found == Conversation.objects.queue_positions()
    assert rows[0].urgent
    monkeypatch.setattr(models, "QUEUE_SHOWN", 2)
    monkeypatch.setattr(queries, "QUEUE_SHOWN", 2)
    told = {pk: place for pk, place in ((row.pk, queue_position(row)) for row in rows) if place}
    assert told == Conversation.objects.queue_positions()
    assert len(told) == 2


# --- A conversation becomes a case ----------------------------------------------------------------------


def test_convert_files_a_case_with_the_transcript_and_without_notes(active, cast):
    say(active, "扣款两次")
    add_note(active, actor=cast.agent, text="SENTINEL")
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    assert (ticket.channel, ticket.topic, ticket.narrative) == ("chat", "repayment", "扣款两次")
    assert ticket.tracking_code
    assert Conversation.objects.get().ticket == ticket
    event = Message.objects.latest("seq")
    assert (event.text, event.data) == ("ticket", {"number": ticket.number})
    stored = " ".join(ticket.entries.values_list("text", flat=True))
    assert "扣款两次" in stored
    assert "SENTINEL" not in stored + transcript_of(active)


def test_convert_happens_once(active, cast):
    convert_conversation(active, actor=cast.agent, **CASE)
    with pytest.raises(ChatError) as refused:
        convert_conversation(active, actor=cast.agent, **CASE)
    assert refused.value.code == "conflict"
    assert Ticket.objects.count() == 1
