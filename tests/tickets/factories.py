"""Cases in every state, made by walking the real actions."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile

from helpdesk.core.actors import Guest
from helpdesk.core.models import User
from helpdesk.core.uploads import CheckedFile
from tests.conftest import Cast
from tickets import actions
from tickets.models import OUTCOMES, Ticket

FILED: dict[str, Any] = {
    "kind": "complaint",
    "channel": "web",
    "topic": "overdue",
    "complainant": "甲客户",
    "contact": "13800000021",
    "narrative": "寄到单位的合同少了一页，两位客服说法不同。",
    "request": "请补寄，并书面说明。",
}
LABELS = {"kind": "complaint", "business": "collection", "cause": "collection", "severity": "ordinary"}
REFERRAL: dict[str, Any] = {"authority": "某地监管局", "number": "(2026)12号", "due_on": None}
REPRESENTED: dict[str, Any] = {
    "name": "代理人",
    "contact": "lawyer@example.com",
    "relation": "lawyer",
    "answer_to": "representative",
}
DECISION: dict[str, Any] = {
    "facts": "经调取录音，五月内共有三次致电单位。",
    "basis": "本机构催收管理规定第八条。",
    "reasons": "致电单位不符合规定，投诉成立。",
    "remedies": "如有异议，可在三十日内申请核查。",
    "root_cause": "staff_conduct",
    "outcome": "upheld",
    "sent_through": "portal",
}
# The states on the way to one, each reached from the one before it.
PATHS = {
    "received": (),
    "classified": ("classified",),
    "assigned": ("classified", "assigned"),
    "investigating": ("classified", "assigned", "investigating"),
    "awaiting_customer": ("classified", "assigned", "investigating", "awaiting_customer"),
    "resolved": ("classified", "assigned", "investigating", "resolved"),
    "closed": ("classified", "assigned", "investigating", "resolved", "closed"),
    "declined": ("declined",),
    "withdrawn": ("withdrawn",),
    "merged": ("merged",),
}


def make_ticket(cast: Cast, state: str = "received", **file_fields) -> Ticket:
    """A complaint of ``cast.customer``, handled by ``cast.agent``, in ``state``.

    ``file_fields`` override what was filed; ``severity`` what it was classified as. The instance is
    fresh from the database, with ``tracking_code`` as file_ticket gave it.
    """
    labels = LABELS | {name: file_fields.pop(name) for name in ("severity",) if name in file_fields}
    fields = FILED | {"actor": cast.customer} | file_fields
    labels["kind"] = fields["kind"]
    filed = actions.file_ticket(**fields)
    for step in PATHS[state]:
        _walk(cast, filed, step, labels)
    ticket = Ticket.objects.get(pk=filed.pk)
    ticket.tracking_code = filed.tracking_code
    return ticket


def _walk(cast: Cast, ticket: Ticket, step: str, labels: dict[str, str]) -> None:
    agent, party = cast.agent, party_of(ticket)
    match step:
        case "classified":
            answer_flags(cast, ticket)
            actions.classify_ticket(ticket, actor=cast.supervisor, **labels)
        case "assigned":
            actions.assign_ticket(ticket, actor=cast.supervisor, assignee=agent, no_conflict=True)
        case "investigating":
            actions.investigate_ticket(ticket, actor=agent)
        case "awaiting_customer":
            actions.await_customer(ticket, actor=agent, question="请补充通话时间。")
        case "resolved":
            make_resolvable(cast, ticket)
            actions.resolve_ticket(ticket, actor=agent)
        case "closed":
            actions.give_feedback(ticket, actor=party, score=4, resolved=True, text="处理及时。")
        case "declined":
            actions.decline_ticket(ticket, actor=cast.supervisor, reason="不属于本机构业务。")
        case "withdrawn":
            actions.withdraw_ticket(ticket, actor=party, reason="问题已经解决。")
        case "merged":
            other = actions.file_ticket(**FILED | {"actor": party, "narrative": "另一段经过。"})
            actions.merge_ticket(ticket, actor=cast.supervisor, into=other, same_person=True)


def answer_flags(cast: Cast, ticket: Ticket) -> None:
    """Every red flag confirmed, as classification asks for."""
    for flag in ticket.red_flags.filter(state="open"):
        actions.review_flag(ticket, actor=cast.supervisor, flag=flag.code, verdict="confirmed")


def make_resolvable(cast: Cast, ticket: Ticket) -> None:
    """Everything that resolve_ticket asks for."""
    actions.log_contact(ticket, actor=cast.agent, method="phone", text="已致电核实情况。")
    outcome = {"outcome": OUTCOMES[Ticket.objects.get(pk=ticket.pk).kind][0]}
    draft = actions.draft_decision(ticket, actor=cast.agent, **DECISION | outcome)
    actions.record_correction(ticket, actor=cast.agent, none_because="个别情况，已提醒本人。")
    if draft.ticket.severity == "major":
        actions.grant_approval(ticket, actor=cast.supervisor, approval=draft.approvals.get())


def party_of(ticket: Ticket) -> User | Guest:
    """The complainant as an actor."""
    return ticket.customer or guest_of(ticket)


def guest_of(ticket: Ticket) -> Guest:
    """A visitor who has shown the tracking code of the case."""
    return Guest(frozenset({f"ticket:{ticket.grant_key}"}))


def text_file(text: str = "通话记录", name: str = "record.txt") -> CheckedFile:
    data = text.encode()
    return CheckedFile(ContentFile(data), name, "text/plain", hashlib.sha256(data).hexdigest(), len(data))


def last(rows: Any) -> Any:
    """The newest row of a queryset that has one."""
    found = rows.order_by("pk").last()
    assert found is not None
    return found
