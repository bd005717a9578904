"""Every verb in every state by everybody: done, refused by the rule (409) or not theirs to do (403)."""

# ruff: noqa: E501  # one line a verb
import datetime as dt

import pytest
import time_machine
from django.db import transaction

from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, User
from tests.tickets.factories import DECISION, LABELS, guest_of, make_resolvable, make_ticket, text_file
from tickets import actions, queries
from tickets.models import Ticket
from tickets.permissions import VERBS
from tickets.states import State

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)

CALLS = {
    "classify": lambda t, a, c: actions.classify_ticket(t, actor=a, **LABELS),
    "decline": lambda t, a, c: actions.decline_ticket(t, actor=a, reason="不属于受理范围。"),
    "reclassify": lambda t, a, c: actions.reclassify_ticket(t, actor=a, reason="案情复杂。", **LABELS),
    "assign": lambda t, a, c: actions.assign_ticket(
        t, actor=a, assignee=a if a in (c.agent, c.other_agent) else c.agent, no_conflict=True
    ),
    "reassign": lambda t, a, c: actions.reassign_ticket(t, actor=a, assignee=c.other_agent, no_conflict=True),
    "investigate": lambda t, a, c: actions.investigate_ticket(t, actor=a),
    "await_customer": lambda t, a, c: actions.await_customer(t, actor=a, question="请补充。"),
    "log_contact": lambda t, a, c: actions.log_contact(t, actor=a, method="phone", text="已联系。"),
    "reply": lambda t, a, c: actions.reply_ticket(t, actor=a, text="正在核实。"),
    "note": lambda t, a, c: actions.note_ticket(t, actor=a, text="内部情况。"),
    "message": lambda t, a, c: actions.add_customer_message(t, actor=a, text="补充说明。"),
    "evidence": lambda t, a, c: actions.add_evidence(t, actor=a, file=text_file()),
    "draft_decision": lambda t, a, c: actions.draft_decision(t, actor=a, **DECISION),
    "approve_decision": lambda t, a, c: actions.approve_decision(t, actor=a),
    "resolve": lambda t, a, c: actions.resolve_ticket(t, actor=a),
    "give_feedback": lambda t, a, c: actions.give_feedback(t, actor=a, score=5, resolved=True, text=""),
    "close_without_feedback": lambda t, a, c: actions.close_without_feedback(t, actor=a),
    "reopen": lambda t, a, c: actions.reopen_ticket(t, actor=a, reason="有新的录音。"),
    "withdraw": lambda t, a, c: actions.withdraw_ticket(t, actor=a, reason=""),
    "request_review": lambda t, a, c: actions.request_review(t, actor=a, reason="不同意决定。"),
    "extend_deadline": lambda t, a, c: actions.extend_deadline(
        t, actor=a, milestone="decision_complex", reason="需要调取资料。"
    ),
    "renew_tracking_code": lambda t, a, c: actions.renew_tracking_code(t, actor=a),
}

# One letter each, in this order: the complainant (o), another customer, a guest with the case's code,
# the agent of the case, an agent of another team, a supervisor, an analyst, an administrator, the
# system. "." done, "c" 409, "-" 403.
STATES = "received classified assigned investigating awaiting_customer resolved closed declined withdrawn"
TABLE = """
classify                ---...--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc---
decline                 ---...--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc---
reclassify              -----c--- -----.--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c---
assign                  ---ccc--- ---...--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc---
reassign                -----c--- -----c--- -----.--- -----c--- -----c--- -----c--- -----c--- -----c--- -----c---
investigate             --------- --------- ---.----- ---c----- ---c----- ---c----- ---c----- --------- ---------
await_customer          -----c--- -----c--- ---c-c--- ---.-.--- ---c-c--- ---c-c--- ---c-c--- -----c--- -----c---
log_contact             ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---ccc--- ---ccc---
reply                   ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---ccc--- ---ccc---
note                    ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---...--- ---...---
message                 .-....--- .-....--- .-..-.--- .-..-.--- .-..-.--- .-..-.--- c-cc-c--- c-cccc--- c-cccc---
evidence                .-....--- .-....--- .-..-.--- .-..-.--- .-..-.--- .-..-.--- c-cc-c--- c-cccc--- c-cccc---
draft_decision          -----c--- -----c--- ---c-c--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c---
approve_decision        -----c--- -----c--- -----c--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c---
resolve                 --------- --------- ---c----- ---.----- ---c----- ---c----- ---c----- --------- ---------
give_feedback           c-c------ c-c------ c-c------ c-c------ c-c------ .-.------ c-c------ c-c------ c-c------
close_without_feedback  --------c --------c --------c --------c --------c --------. --------c --------c --------c
reopen                  c-c--c--- c-c--c--- c-c--c--- c-c--c--- c-c--c--- .-.--.--- c-c--c--- c-c--c--- c-c--c---
withdraw                .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- c-c--c--- c-c--c--- c-c--c--- c-c--c---
request_review          c-c--c--- c-c--c--- c-c--c--- c-c--c--- c-c--c--- .-.--.--- .-.--.--- c-c--c--- c-c--c---
extend_deadline         -----.--- -----.--- -----.--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c---
renew_tracking_code     .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.---
"""


def actors(cast, ticket: Ticket) -> list[User | Guest]:
    return [
        cast.customer,
        cast.other_customer,
        guest_of(ticket),
        cast.agent,
        cast.other_agent,
        cast.supervisor,
        cast.analyst,
        cast.administrator,
        User.system("case-sweep"),
    ]


def outcome(verb: str, ticket: Ticket, actor: User | Guest, cast) -> str:
    """What one attempt gives; it is undone, and a refused one must have written nothing."""
    with transaction.atomic():
        written = AuditEntry.objects.count()
        try:
            CALLS[verb](ticket, actor, cast)
            letter = "."
        except ActionForbidden:
            letter = "-"
        except ActionError as refused:
            assert refused.state == ticket.state
            letter = "c"
        assert (AuditEntry.objects.count() > written) == (letter == ".")
        transaction.set_rollback(True)
    return letter


ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASES = [
    pytest.param(row[0], state, cell, id=f"{row[0]}-{state}")
    for row in ROWS
    for state, cell in zip(STATES.split(), row[1:], strict=True)
]


def test_the_table_names_every_verb_and_state():
    assert [row[0] for row in ROWS] == list(VERBS) == list(CALLS)
    assert STATES.split() == list(State)


@pytest.mark.django_db
@pytest.mark.parametrize(("verb", "state", "expected"), CASES)
def test_verb_in_state(verb, state, expected, cast):
    with time_machine.travel(NOW, tick=False) as traveller:
        ticket = make_ticket(cast, state)
        if state == "investigating":
            make_resolvable(cast, ticket)
        if state == "awaiting_customer":
            actions.draft_decision(ticket, actor=cast.agent, **DECISION)
        if verb == "close_without_feedback":
            traveller.shift(dt.timedelta(days=queries.FEEDBACK_DAYS + 1))
        got = "".join(outcome(verb, ticket, actor, cast) for actor in actors(cast, ticket))
        steps = [verb in queries.next_steps(ticket, actor) for actor in actors(cast, ticket)]
    assert got == expected
    # The page offers exactly what would be done.
    assert steps == [letter == "." for letter in expected]


def test_a_verb_is_possible_where_its_transition_starts():
    transitions: dict[str, set[str]] = {name: set() for name in VERBS}
    for transition in Ticket().get_all_state_transitions():  # type: ignore[attr-defined]  # django-fsm adds it
        if transition.name in transitions:
            transitions[transition.name].add(transition.source)
    for name, sources in transitions.items():
        if sources:
            assert sources == set(VERBS[name].states), name


def test_every_action_asks_the_rule_of_its_verb():
    names = {
        "await_customer": "await_customer",
        "log_contact": "log_contact",
        "message": "add_customer_message",
        "evidence": "add_evidence",
        "draft_decision": "draft_decision",
        "approve_decision": "approve_decision",
        "give_feedback": "give_feedback",
        "close_without_feedback": "close_without_feedback",
        "request_review": "request_review",
        "extend_deadline": "extend_deadline",
        "renew_tracking_code": "renew_tracking_code",
    }
    for verb, row in VERBS.items():
        assert getattr(actions, names.get(verb, f"{verb}_ticket")).allowed is row.allowed, verb
