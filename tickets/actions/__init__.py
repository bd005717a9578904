"""Every write to a case, one function per business verb; modules by verb family."""

from tickets.actions.assign import assign_ticket, reassign_ticket
from tickets.actions.deadline import extend_deadline
from tickets.actions.decide import approve_decision, draft_decision, resolve_ticket
from tickets.actions.files import add_evidence
from tickets.actions.finish import (
    close_without_feedback,
    give_feedback,
    reopen_ticket,
    request_review,
    withdraw_ticket,
)
from tickets.actions.intake import file_ticket, renew_tracking_code
from tickets.actions.triage import classify_ticket, decline_ticket, reclassify_ticket
from tickets.actions.work import (
    add_customer_message,
    await_customer,
    investigate_ticket,
    log_contact,
    note_ticket,
    reply_ticket,
)

__all__ = [
    "add_customer_message",
    "add_evidence",
    "approve_decision",
    "assign_ticket",
    "await_customer",
    "classify_ticket",
    "close_without_feedback",
    "decline_ticket",
    "draft_decision",
    "extend_deadline",
    "file_ticket",
    "give_feedback",
    "investigate_ticket",
    "log_contact",
    "note_ticket",
    "reassign_ticket",
    "reclassify_ticket",
    "renew_tracking_code",
    "reopen_ticket",
    "reply_ticket",
    "request_review",
    "resolve_ticket",
    "withdraw_ticket",
]
