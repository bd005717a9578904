"""Any sequence of verbs by anybody, against a small model that knows nothing of the code.

``HYPOTHESIS_EXAMPLES`` says how many sequences (25 in an ordinary run; .ci/run asks for more).
"""

import datetime as dt
import os
from dataclasses import dataclass

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, User
from tests.tickets.factories import answer_flags, make_resolvable, make_ticket
from tests.tickets.test_state_table import CALLS, NOW
from tickets.models import Ticket

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "25"))
OPEN = {"received", "classified", "assigned", "investigating", "awaiting_customer"}
TEAM = {"agent": "first", "other_agent": "second", "supervisor": "first", None: None}
VERBS = [
    "classify",
    "decline",
    "assign",
    "reassign",
    "investigate",
    "await_customer",
    "stop_waiting",
    "log_contact",
    "reply",
    "note",
    "correct_contact",
    "message",
    "evidence",
    "resolve",
    "give_feedback",
    "close_without_feedback",
    "reopen",
    "withdraw",
    "request_review",
]
ROLES = ("customer", "other_customer", "agent", "other_agent", "supervisor", "analyst", "administrator")


@dataclass
class Model:
    """One case, as complaints are meant to go."""

    state: str = "received"
    assignee: str | None = None
    team: str | None = None
    ready: bool = False  # a complete decision waits to be sent
    reviewed: bool = False  # the newest decision was taken to a higher unit
    corrected: bool = False  # the contact is already what the verb says
    filed: bool = False  # the one file that anybody brings is there

    # --- Who may ---------------------------------------------------------------------------------
    def works(self, role: str) -> bool:
        if role in ("agent", "other_agent"):
            return role == self.assignee or self.team in (None, TEAM[role])
        return role == "supervisor"

    def allows(self, verb: str, role: str) -> bool:  # noqa: PLR0911  # one line a verb
        mine = role == self.assignee
        match verb:
            case "classify" | "decline" | "assign" | "log_contact" | "reply" | "note" | "correct_contact":
                return self.works(role)
            case "message" | "evidence":
                return role == "customer" or self.works(role)
            case "reassign":
                return role == "supervisor"
            case "investigate" | "resolve":
                return mine
            case "await_customer" | "stop_waiting":
                return mine or role == "supervisor"
            case "give_feedback":
                return role == "customer"
            case "reopen" | "withdraw" | "request_review":
                return mine or role in ("customer", "supervisor")
        return False  # close_without_feedback is the clock's

    # --- When --------------------------------------------------------------------------------------
    def possible(self, verb: str) -> bool:  # noqa: PLR0911, PLR0912  # one line a verb
        match verb:
            case "classify" | "decline":
                return self.state == "received"
            case "assign":
                return self.state == "classified"
            case "reassign":
                return self.state == "assigned" and self.assignee != "other_agent"
            case "investigate":
                return self.state == "assigned"
            case "await_customer":
                return self.state == "investigating"
            case "stop_waiting":
                return self.state == "awaiting_customer"
            case "log_contact" | "reply" | "message":
                return self.state in OPEN | {"resolved"}
            case "evidence":
                return self.state in OPEN | {"resolved"} and not self.filed
            case "note":
                return True
            case "correct_contact":
                return self.state in OPEN | {"resolved", "closed"} and not self.corrected
            case "resolve":
                return self.state == "investigating" and self.ready
            case "give_feedback":
                return self.state == "resolved"
            case "reopen":
                return self.state in ("resolved", "closed")  # within the days of the survey
            case "withdraw":
                return self.state in OPEN
            case "request_review":
                return self.state in ("resolved", "closed") and not self.reviewed
        return False

    # --- What then -----------------------------------------------------------------------------------
    def done(self, verb: str, role: str) -> None:
        to = {
            "classify": "classified",
            "decline": "declined",
            "assign": "assigned",
            "investigate": "investigating",
            "await_customer": "awaiting_customer",
            "stop_waiting": "investigating",
            "resolve": "resolved",
            "give_feedback": "closed",
            "reopen": "investigating",
            "withdraw": "withdrawn",
        }
        self.state = to.get(verb, self.state)
        answers = verb == "message" or (verb == "evidence" and role == "customer")
        if answers and self.state == "awaiting_customer":
            self.state = "investigating"
        if verb == "evidence":
            self.filed = True
        if verb in ("assign", "reassign"):
            taker = role if role in ("agent", "other_agent") else "agent"
            self.assignee = "other_agent" if verb == "reassign" else taker
            self.team = TEAM[self.assignee]
        if verb in ("resolve", "reopen"):
            self.ready = False
        if verb == "resolve":
            self.reviewed = False
        if verb == "request_review":
            self.reviewed = True
        if verb == "correct_contact":
            self.corrected = True


def machine_for(cast, traveller) -> type[RuleBasedStateMachine]:
    class Case(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.undone = transaction.atomic()
            self.undone.__enter__()
            self.model = Model()
            self.ticket = make_ticket(cast)
            answer_flags(cast, self.ticket)

        def teardown(self) -> None:
            """Cases left open would fill the agent's hands, and the next one be refused for it."""
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

        def trail(self) -> int:
            return AuditEntry.objects.filter(
                target_type="tickets.ticket", target_id=str(self.ticket.pk), verb__startswith="ticket."
            ).count()

        @rule(verb=st.sampled_from(VERBS), role=st.sampled_from(ROLES))
        def attempt(self, verb: str, role: str) -> None:
            self._attempt(verb, role)

        @rule(verb=st.sampled_from(VERBS))
        def attempt_by_whoever_may(self, verb: str) -> None:
            """Sequences that get somewhere."""
            able = [role for role in ROLES if self.model.allows(verb, role)]
            if able and self.model.possible(verb):
                self._attempt(verb, able[0])

        def _attempt(self, verb: str, role: str) -> None:
            traveller.shift(dt.timedelta(minutes=1))
            before, written = self.model.state, self.trail()
            actor: User = getattr(cast, role)
            allowed, possible = self.model.allows(verb, role), self.model.possible(verb)
            try:
                CALLS[verb](self.ticket, actor, cast)
                got = "done"
            except ActionForbidden:
                got = "forbidden"
            except ActionError as refused:
                got = "refused"
                assert refused.state == before
            assert got == ("forbidden" if not allowed else "done" if possible else "refused")
            if got == "done":
                self.model.done(verb, role)
            elif self.trail() != written:
                raise AssertionError(f"{verb} was {got} and still left a trace")

        @precondition(lambda self: self.model.state == "investigating" and self.model.assignee == "agent")
        @rule()
        def write_the_decision(self) -> None:
            make_resolvable(cast, self.ticket)
            self.model.ready = True

        @invariant()
        def is_as_the_model_says(self) -> None:
            ticket = Ticket.objects.select_related("assignee").get(pk=self.ticket.pk)
            assert ticket.state == self.model.state
            assert ticket.assignee == (getattr(cast, self.model.assignee) if self.model.assignee else None)
            assert ticket.unfinished == ticket.is_open == (self.model.state in OPEN)
            assert (ticket.contact == "13800000099") == self.model.corrected
            assert (ticket.closed_at is not None) == (self.model.state in ("closed", "declined", "withdrawn"))

    return Case


@pytest.mark.django_db
def test_every_sequence_of_verbs_goes_as_the_model_says(cast):
    with time_machine.travel(NOW, tick=False) as traveller:
        run_state_machine_as_test(
            machine_for(cast, traveller),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=14,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
