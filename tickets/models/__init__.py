"""Cases, their clocks, letters and outcomes."""

from tickets.models.assignment import Assignment, Handover, HeededName, Involved, TeamRule
from tickets.models.bulk import BulkAct, BulkRow
from tickets.models.case import (
    OUTCOMES,
    AppendOnly,
    Channel,
    Decision,
    Entry,
    Evidence,
    Judgement,
    Kind,
    NumberSeries,
    Outcome,
    PlanRequest,
    RedFlag,
    SentThrough,
    Severity,
    Submission,
    Ticket,
    TicketQuerySet,
    TrainedModel,
    evidence_path,
)
from tickets.models.clock import Alert, Clock, ClockEvent, Escalation, RulePack, Unit
from tickets.models.details import KindDetails, KindStep
from tickets.models.letter import Delivery, LetterTemplate
from tickets.models.link import TicketLink
from tickets.models.mail import InboundMail
from tickets.models.outcome import Approval, CorrectiveAction, Redress
from tickets.models.parties import GroupMember, Party, Referral, Representation
from tickets.models.sealed import SealedText
from tickets.models.view import QueueSettings, SavedView
from tickets.models.work import Contact, PartnerTask

__all__ = [
    "OUTCOMES",
    "Alert",
    "AppendOnly",
    "Approval",
    "Assignment",
    "BulkAct",
    "BulkRow",
    "Channel",
    "Clock",
    "ClockEvent",
    "Contact",
    "CorrectiveAction",
    "Decision",
    "Delivery",
    "Entry",
    "Escalation",
    "Evidence",
    "GroupMember",
    "Handover",
    "HeededName",
    "InboundMail",
    "Involved",
    "Judgement",
    "Kind",
    "KindDetails",
    "KindStep",
    "LetterTemplate",
    "NumberSeries",
    "Outcome",
    "PartnerTask",
    "Party",
    "PlanRequest",
    "QueueSettings",
    "RedFlag",
    "Redress",
    "Referral",
    "Representation",
    "RulePack",
    "SavedView",
    "SealedText",
    "SentThrough",
    "Severity",
    "Submission",
    "TeamRule",
    "Ticket",
    "TicketLink",
    "TicketQuerySet",
    "TrainedModel",
    "Unit",
    "evidence_path",
]
