"""Every write to a case, one function per business verb; modules by verb family."""

from tickets.actions.approve import grant_approval, refuse_approval, request_extension
from tickets.actions.assign import (
    assign_by_rule,
    assign_ticket,
    hand_back,
    reassign_ticket,
)
from tickets.actions.correct import correct_contact, record_representation
from tickets.actions.deadline import extend_deadline, restart_deadline, resume_deadline, stop_deadline
from tickets.actions.decide import draft_decision, resolve_ticket
from tickets.actions.deliver import (
    claim_delivery,
    record_bounce,
    record_failure,
    record_opening,
    record_sent,
    retry_delivery,
)
from tickets.actions.escalate import escalate_ticket
from tickets.actions.files import add_evidence
from tickets.actions.finish import (
    close_without_feedback,
    give_feedback,
    reopen_ticket,
    request_review,
    withdraw_ticket,
)
from tickets.actions.flags import escalate_flags, review_flag
from tickets.actions.handover import end_handover, offer_handover, take_over, undo_handover
from tickets.actions.intake import file_ticket, renew_tracking_code
from tickets.actions.involve import clear_person, involve_person
from tickets.actions.kind import complete_step, record_details
from tickets.actions.learn import train_model
from tickets.actions.link import link_ticket, merge_ticket, split_ticket, unlink_ticket, unmerge_ticket
from tickets.actions.matter import open_matter
from tickets.actions.partner import ask_partner, close_partner_task
from tickets.actions.queue import set_team_rule, take_next
from tickets.actions.redress import (
    cancel_redress,
    complete_correction,
    pay_redress,
    propose_redress,
    record_correction,
)
from tickets.actions.triage import change_topic, classify_ticket, decline_ticket, reclassify_ticket
from tickets.actions.work import (
    add_customer_message,
    await_customer,
    investigate_ticket,
    log_contact,
    note_ticket,
    reply_ticket,
    stop_waiting,
)

__all__ = [
    "add_customer_message",
    "add_evidence",
    "ask_partner",
    "assign_by_rule",
    "assign_ticket",
    "await_customer",
    "cancel_redress",
    "change_topic",
    "claim_delivery",
    "classify_ticket",
    "clear_person",
    "close_partner_task",
    "close_without_feedback",
    "complete_correction",
    "complete_step",
    "correct_contact",
    "decline_ticket",
    "draft_decision",
    "end_handover",
    "escalate_flags",
    "escalate_ticket",
    "extend_deadline",
    "file_ticket",
    "give_feedback",
    "grant_approval",
    "hand_back",
    "investigate_ticket",
    "involve_person",
    "link_ticket",
    "log_contact",
    "merge_ticket",
    "note_ticket",
    "offer_handover",
    "open_matter",
    "pay_redress",
    "propose_redress",
    "reassign_ticket",
    "reclassify_ticket",
    "record_bounce",
    "record_correction",
    "record_details",
    "record_failure",
    "record_opening",
    "record_representation",
    "record_sent",
    "refuse_approval",
    "renew_tracking_code",
    "reopen_ticket",
    "reply_ticket",
    "request_extension",
    "request_review",
    "resolve_ticket",
    "restart_deadline",
    "resume_deadline",
    "retry_delivery",
    "review_flag",
    "set_team_rule",
    "split_ticket",
    "stop_deadline",
    "stop_waiting",
    "take_next",
    "take_over",
    "train_model",
    "undo_handover",
    "unlink_ticket",
    "unmerge_ticket",
    "withdraw_ticket",
]
