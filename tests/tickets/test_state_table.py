"""Every verb in every state by everybody: done, refused by the rule (409) or not theirs to do (403)."""

# ruff: noqa: E501  # one line a verb
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction

from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, User
from tests.tickets.factories import (
    DECISION,
    LABELS,
    REPRESENTED,
    guest_of,
    make_resolvable,
    make_ticket,
    text_file,
)
from tickets import actions, queries
from tickets.models import Approval, CorrectiveAction, Delivery, Involved, Redress, Ticket
from tickets.permissions import VERBS
from tickets.states import State

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)


def another(ticket: Ticket) -> Ticket:
    return Ticket.objects.exclude(pk=ticket.pk).get(state="received")


REDRESS: dict[str, Any] = {"kind": "refund", "amount": Decimal(20), "due_on": NOW.date()}


def one(rows, model):
    """The row that a verb is about, or one that no case has."""
    return rows.order_by("pk").last() or model(pk=0)


CALLS = {
    "classify": lambda t, a, c: actions.classify_ticket(t, actor=a, **LABELS),
    "decline": lambda t, a, c: actions.decline_ticket(t, actor=a, reason="不属于受理范围。"),
    "reclassify": lambda t, a, c: actions.reclassify_ticket(t, actor=a, reason="案情复杂。", **LABELS),
    "change_topic": lambda t, a, c: actions.change_topic(t, actor=a, topic="fees"),
    "assign": lambda t, a, c: actions.assign_ticket(
        t, actor=a, assignee=a if a in (c.agent, c.other_agent) else c.agent, no_conflict=True
    ),
    "assign_by_rule": lambda t, a, c: actions.assign_by_rule(t, actor=a),
    "reassign": lambda t, a, c: actions.reassign_ticket(t, actor=a, assignee=c.other_agent, no_conflict=True),
    "hand_back": lambda t, a, c: actions.hand_back(t, actor=a, reason="请换人。"),
    "involve": lambda t, a, c: actions.involve_person(t, actor=a, person=c.other_agent, part="named"),
    "clear_person": lambda t, a, c: actions.clear_person(
        t, actor=a, person=c.other_agent, reason="同名，说的是别人。"
    ),
    "take_over": lambda t, a, c: actions.take_over(t, actor=a, no_conflict=True),
    "undo_handover": lambda t, a, c: actions.undo_handover(t, actor=a),
    "investigate": lambda t, a, c: actions.investigate_ticket(t, actor=a),
    "await_customer": lambda t, a, c: actions.await_customer(t, actor=a, question="请补充。"),
    "stop_waiting": lambda t, a, c: actions.stop_waiting(t, actor=a, reason="客户没有回复。"),
    "log_contact": lambda t, a, c: actions.log_contact(t, actor=a, method="phone", text="已联系。"),
    "reply": lambda t, a, c: actions.reply_ticket(t, actor=a, text="正在核实。"),
    "note": lambda t, a, c: actions.note_ticket(t, actor=a, text="内部情况。"),
    "message": lambda t, a, c: actions.add_customer_message(t, actor=a, text="补充说明。"),
    "evidence": lambda t, a, c: actions.add_evidence(t, actor=a, file=text_file()),
    "ask_partner": lambda t, a, c: actions.ask_partner(t, actor=a, partner="催收公司", what="请给录音。"),
    "close_partner_task": lambda t, a, c: actions.close_partner_task(
        t, actor=a, task=1, outcome="answered", answer="已回。"
    ),
    "draft_decision": lambda t, a, c: actions.draft_decision(t, actor=a, **DECISION),
    "propose_redress": lambda t, a, c: actions.propose_redress(t, actor=a, **REDRESS),
    "cancel_redress": lambda t, a, c: actions.cancel_redress(t, actor=a, redress=one(t.redress, Redress)),
    "record_correction": lambda t, a, c: actions.record_correction(t, actor=a, none_because="个别情况。"),
    "request_extension": lambda t, a, c: actions.request_extension(
        t, actor=a, milestone="decision_complex", reason="需要调取资料。"
    ),
    "grant_approval": lambda t, a, c: actions.grant_approval(t, actor=a, approval=one(t.approvals, Approval)),
    "refuse_approval": lambda t, a, c: actions.refuse_approval(
        t, actor=a, approval=one(t.approvals, Approval), reason="理由不足。"
    ),
    "resolve": lambda t, a, c: actions.resolve_ticket(t, actor=a),
    "retry_delivery": lambda t, a, c: actions.retry_delivery(
        t, actor=a, delivery=one(t.deliveries, Delivery)
    ),
    "pay_redress": lambda t, a, c: actions.pay_redress(
        t, actor=a, redress=one(t.redress, Redress), paid_on=NOW.date(), reference="P-1"
    ),
    "complete_correction": lambda t, a, c: actions.complete_correction(
        t, actor=a, correction=one(t.corrections, CorrectiveAction), note="已完成。"
    ),
    "give_feedback": lambda t, a, c: actions.give_feedback(t, actor=a, score=5, resolved=True, text=""),
    "close_without_feedback": lambda t, a, c: actions.close_without_feedback(t, actor=a),
    "reopen": lambda t, a, c: actions.reopen_ticket(t, actor=a, reason="有新的录音。", method="phone"),
    "withdraw": lambda t, a, c: actions.withdraw_ticket(t, actor=a, reason="", method="phone"),
    "request_review": lambda t, a, c: actions.request_review(
        t, actor=a, reason="不同意决定。", method="phone"
    ),
    "extend_deadline": lambda t, a, c: actions.extend_deadline(
        t, actor=a, milestone="decision_complex", reason="需要调取资料。"
    ),
    "stop_deadline": lambda t, a, c: actions.stop_deadline(
        t, actor=a, stop="external_appraisal", reason="委托鉴定。", notice_sent_on=NOW.date()
    ),
    "resume_deadline": lambda t, a, c: actions.resume_deadline(t, actor=a, reason="鉴定结束。"),
    "restart_deadline": lambda t, a, c: actions.restart_deadline(
        t, actor=a, received_on=NOW.date(), reason="提交了新的录音。"
    ),
    "renew_tracking_code": lambda t, a, c: actions.renew_tracking_code(t, actor=a),
    "correct_contact": lambda t, a, c: actions.correct_contact(
        t, actor=a, contact="13800000099", reason="听错了。"
    ),
    "record_representation": lambda t, a, c: actions.record_representation(
        t, actor=a, reason="请了律师。", **REPRESENTED, authorisation=text_file("授权书")
    ),
    "record_details": lambda t, a, c: actions.record_details(t, actor=a, right="access", scope=""),
    "complete_step": lambda t, a, c: actions.complete_step(
        t, actor=a, step="terms_recorded", text="已记录。"
    ),
    "open_matter": lambda t, a, c: actions.open_matter(t, actor=a, kind="privacy_request"),
    "merge": lambda t, a, c: actions.merge_ticket(t, actor=a, into=another(t), same_person=True),
    "unmerge": lambda t, a, c: actions.unmerge_ticket(t, actor=a),
    "split": lambda t, a, c: actions.split_ticket(
        t, actor=a, kind="enquiry", topic="fees", narrative="另外问费用。", request="请说明。"
    ),
    "link": lambda t, a, c: actions.link_ticket(t, actor=a, other=another(t)),
    "unlink": lambda t, a, c: actions.unlink_ticket(t, actor=a, other=t),
}

# One letter each, in this order: the complainant (o), another customer, a guest with the case's code,
# the agent of the case, an agent of another team, a supervisor, an analyst, an administrator, the
# system. "." done, "c" 409, "-" 403.
STATES = (
    "received classified assigned investigating awaiting_customer resolved closed declined withdrawn merged"
)
TABLE = """
classify                ---...--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
decline                 ---...--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
reclassify              -----c--- -----.--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
change_topic            ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
assign                  ---ccc--- ---...--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
assign_by_rule          -----c--c -----c--c -----c--c -----c--c -----c--c -----c--c -----c--c -----c--c -----c--c -----c--c
reassign                -----c--- -----c--- -----.--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c--- -----c---
hand_back               -----c--- -----c--- ---.-.--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
involve                 ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
clear_person            -----.--- -----.--- -----.--- -----.--- -----.--- -----.--- -----.--- -----.--- -----.--- -----.---
take_over               ---ccc--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
undo_handover           ---ccc--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
investigate             --------- --------- ---.----- ---c----- ---c----- ---c----- ---c----- --------- --------- ---------
await_customer          -----c--- -----c--- ---c-c--- ---.-.--- ---c-c--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
stop_waiting            -----c--- -----c--- ---c-c--- ---c-c--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
log_contact             ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
reply                   ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
note                    ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---...--- ---...--- ---...---
message                 .-....--- .-....--- .-..-.--- .-..-.--- .-..-.--- .-..-.--- c-cc-c--- c-cccc--- c-cccc--- c-cccc---
evidence                .-....--- .-....--- .-..-.--- .-..-.--- .-..-.--- .-..-.--- c-cc-c--- c-cccc--- c-cccc--- c-cccc---
ask_partner             -----c--- -----c--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
close_partner_task      ---ccc--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
draft_decision          -----c--- -----c--- ---c-c--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
propose_redress         -----c--- -----c--- ---c-c--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
cancel_redress          -----c--- -----c--- ---c-c--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
record_correction       -----c--- -----c--- ---c-c--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- -----c--- -----c--- -----c---
request_extension       --------- --------- ---.----- ---.----- ---.----- ---c----- ---c----- --------- --------- ---------
grant_approval          -----c--- -----c--- -----.--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c--- -----c---
refuse_approval         -----c--- -----c--- -----.--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c--- -----c---
resolve                 --------- --------- ---c----- ---.----- ---c----- ---c----- ---c----- --------- --------- ---------
retry_delivery          -----.--- -----.--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- -----.--- -----.--- -----.---
pay_redress             -----c--- -----c--- ---c-c--- ---c-c--- ---c-c--- ---.-.--- ---.-.--- -----c--- -----c--- -----c---
complete_correction     -----c--- -----c--- ---c-c--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- -----c--- -----c--- -----c---
give_feedback           c-c------ c-c------ c-c------ c-c------ c-c------ .-.------ c-c------ c-c------ c-c------ c-c------
close_without_feedback  --------c --------c --------c --------c --------c --------. --------c --------c --------c --------c
reopen                  c-c--c--- c-c--c--- c-cc-c--- c-cc-c--- c-cc-c--- .-..-.--- .-..-.--- c-c--c--- c-c--c--- c-c--c---
withdraw                .-.--.--- .-.--.--- .-..-.--- .-..-.--- .-..-.--- c-cc-c--- c-cc-c--- c-c--c--- c-c--c--- c-c--c---
request_review          c-c--c--- c-c--c--- c-cc-c--- c-cc-c--- c-cc-c--- .-..-.--- .-..-.--- c-c--c--- c-c--c--- c-c--c---
extend_deadline         -----.--- -----.--- -----.--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c--- -----c---
stop_deadline           -----.--- -----.--- -----.--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c--- -----c---
resume_deadline         -----c--- -----c--- -----c--- -----c--- -----c--- -----c--- -----c--- -----c--- -----c--- -----c---
restart_deadline        -----.--- -----.--- -----.--- -----.--- -----.--- -----c--- -----c--- -----c--- -----c--- -----c---
renew_tracking_code     .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.--- .-.--.---
correct_contact         ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---ccc--- ---ccc--- ---ccc---
record_representation   ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---ccc--- ---ccc--- ---ccc---
record_details          ---ccc--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
complete_step           -----c--- -----c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- -----c--- -----c--- -----c---
open_matter             ---ccc--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
merge                   ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
unmerge                 ---ccc--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---...---
split                   ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
link                    ---...--- ---...--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---.-.--- ---...--- ---...--- ---ccc---
unlink                  ---ccc--- ---ccc--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---c-c--- ---ccc--- ---ccc--- ---ccc---
"""


def ask(ticket: Ticket, cast) -> None:
    if ticket.assignee and ticket.is_open:
        CALLS["request_extension"](ticket, cast.agent, cast)


def give_money(ticket: Ticket, cast) -> None:
    if ticket.state in ("investigating", "awaiting_customer"):
        CALLS["propose_redress"](ticket, cast.agent, cast)
    elif decision := ticket.decisions.first():
        by = {"proposed_by": cast.agent, "proposed_at": NOW}
        Redress.objects.create(ticket=ticket, decision=decision, **by, **REDRESS)


def plan(ticket: Ticket, cast) -> None:
    if ticket.assignee and ticket.state != "assigned":
        fields = {"what": "改短信模板。", "owner": cast.supervisor, "due_on": NOW.date()}
        actions.record_correction(ticket, actor=cast.agent, **fields)


def fail(ticket: Ticket, cast) -> None:
    row = Delivery(ticket=ticket, letter="extension", channel="email", by=cast.agent, created_at=NOW)
    row.fail()
    row.save()


def involve(ticket: Ticket, cast) -> None:
    by = {"by": cast.supervisor, "at": NOW}
    Involved.objects.create(ticket=ticket, user=cast.other_agent, part="named", **by)


def say(ticket: Ticket, cast) -> None:
    if ticket.is_open:
        CALLS["log_contact"](ticket, cast.supervisor, cast)


# What has to be there before a verb about one row can be done.
ROWS_OF = {
    "clear_person": involve,
    "cancel_redress": give_money,
    "pay_redress": give_money,
    "grant_approval": ask,
    "refuse_approval": ask,
    "complete_correction": plan,
    "retry_delivery": fail,
    "restart_deadline": say,
}


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


@pytest.mark.deep
@pytest.mark.django_db
@pytest.mark.parametrize(("verb", "state", "expected"), CASES)
def test_verb_in_state(verb, state, expected, cast):
    with time_machine.travel(NOW, tick=False) as traveller:
        ticket = make_ticket(cast, state)
        if verb in ("merge", "link") and state != "merged":
            make_ticket(cast)
        if state == "investigating":
            make_resolvable(cast, ticket)
        if state == "awaiting_customer":
            actions.draft_decision(ticket, actor=cast.agent, **DECISION)
        if verb in ROWS_OF:
            ROWS_OF[verb](ticket, cast)
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


PARTNER = ("ask_partner", "close_partner_task")


def test_every_action_asks_the_rule_of_its_verb():
    names = {
        **{verb: verb for verb in ("assign_by_rule", "hand_back", "take_over", "undo_handover", *PARTNER)},
        "involve": "involve_person",
        "change_topic": "change_topic",
        "await_customer": "await_customer",
        "stop_waiting": "stop_waiting",
        "log_contact": "log_contact",
        "message": "add_customer_message",
        "evidence": "add_evidence",
        "draft_decision": "draft_decision",
        **{name: name for name in ROWS_OF},
        "propose_redress": "propose_redress",
        "record_correction": "record_correction",
        "request_extension": "request_extension",
        "give_feedback": "give_feedback",
        "close_without_feedback": "close_without_feedback",
        "request_review": "request_review",
        "extend_deadline": "extend_deadline",
        "stop_deadline": "stop_deadline",
        "resume_deadline": "resume_deadline",
        "renew_tracking_code": "renew_tracking_code",
        "complete_step": "complete_step",
        "open_matter": "open_matter",
        "record_details": "record_details",
        "correct_contact": "correct_contact",
        "record_representation": "record_representation",
    }
    for verb, row in VERBS.items():
        assert getattr(actions, names.get(verb, f"{verb}_ticket")).allowed is row.allowed, verb
