"""What the pages of both sides say about a case: the five steps and the lines of its timeline."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tickets.models import Channel, Entry, Kind, Severity, Ticket
from tickets.states import State
from tickets.taxonomy import BUSINESS, CAUSE

STEPS = (
    gettext_lazy("收到"),
    gettext_lazy("分类分派"),
    gettext_lazy("调查"),
    gettext_lazy("决定与反馈"),
    pgettext_lazy("case step", "结束"),
)
REACHED = {
    State.RECEIVED: 0,
    State.CLASSIFIED: 1,
    State.ASSIGNED: 1,
    State.INVESTIGATING: 2,
    State.AWAITING_CUSTOMER: 2,
    State.RESOLVED: 3,
}
ICONS = {
    Entry.Kind.STEP: "check-circle",
    Entry.Kind.REPLY: "chat-bubble-left-right",
    Entry.Kind.CUSTOMER: "user",
    Entry.Kind.NOTE: "lock-closed",
    Entry.Kind.CONTACT: "phone",
}
HEADINGS: dict[str, Promise] = {
    "ticket.filed": gettext_lazy("收到"),
    "ticket.transcript": gettext_lazy("聊天记录"),
    "ticket.evidence_added": pgettext_lazy("history", "添加材料"),
    "ticket.classified": pgettext_lazy("history", "完成分类"),
    "ticket.reclassified": pgettext_lazy("history", "更正分类"),
    "ticket.declined": gettext_lazy("不予受理"),
    "ticket.assigned": gettext_lazy("交给处理人员"),
    "ticket.reassigned": gettext_lazy("换了处理人员"),
    "ticket.investigated": pgettext_lazy("history", "开始调查"),
    "ticket.contact_logged": gettext_lazy("联系记录"),
    "ticket.contact_revealed": gettext_lazy("查看了联系方式"),
    "ticket.customer_awaited": gettext_lazy("请补充情况"),
    "ticket.customer_message": gettext_lazy("留言"),
    "ticket.customer_replied": gettext_lazy("补充了情况"),
    "ticket.replied": gettext_lazy("答复"),
    "ticket.noted": gettext_lazy("内部备注"),
    "ticket.decision_drafted": gettext_lazy("起草决定书"),
    "ticket.decision_approved": pgettext_lazy("history", "批准决定书"),
    "ticket.resolved": gettext_lazy("作出决定"),
    "ticket.feedback_given": gettext_lazy("评价，结束"),
    "ticket.closed": gettext_lazy("评价期满，结束"),
    "ticket.reopened": pgettext_lazy("history", "重新调查"),
    "ticket.withdrawn": pgettext_lazy("history", "撤回"),
    "ticket.review_requested": pgettext_lazy("history", "申请核查"),
    "ticket.code_renewed": pgettext_lazy("history", "换发查询码"),
    "ticket.deadline_extended": pgettext_lazy("history", "延长期限"),
}
LABELS: dict[str, dict[str, Any]] = {
    "kind": dict(Kind.choices),
    "business": dict(BUSINESS),
    "cause": dict(CAUSE),
    "severity": dict(Severity.choices),
    "method": dict(Channel.choices),
}


@dataclass(frozen=True)
class Step:
    label: Promise
    state: str  # done, current, todo


@dataclass(frozen=True)
class Line:
    """One entry as a page shows it. ``who`` stays empty for customers: the desk speaks as one."""

    kind: str
    heading: str
    icon: str
    tone: str
    audience: str
    who: str
    detail: str
    text: str
    at: dt.datetime


def steps_of(ticket: Ticket) -> list[Step]:
    """The customer's five steps; a declined or withdrawn case stopped where its record says."""
    if ticket.state == State.CLOSED:
        return [Step(label, "done") for label in STEPS]
    reached = REACHED.get(State(ticket.state), 0)
    ended = State(ticket.state) not in REACHED
    now = "done" if ended else "current"
    return [
        Step(label, "done" if n < reached else now if n == reached else "todo")
        for n, label in enumerate(STEPS)
    ]


def labels_of(ticket: Ticket) -> dict[str, str]:
    """The names of a case's classification."""
    return {name: str(LABELS[name].get(getattr(ticket, name), "")) for name in ("business", "cause")}


def lines_of(entries: Iterable[Entry], *, desk: bool = False) -> list[Line]:
    return [_line(entry, desk) for entry in entries]


def _line(entry: Entry, desk: bool) -> Line:
    kind = Entry.Kind(entry.kind)
    internal = not entry.public
    return Line(
        kind=kind.value,
        heading=str(HEADINGS.get(entry.verb, kind.label)),
        icon=ICONS[kind],
        tone="note" if internal else "neutral",
        audience=_("仅内部") if internal else _("客户可见"),
        who=str(entry.author or _("客户")) if desk else "",
        detail="" if entry.verb == "ticket.filed" else " · ".join(_details(entry.data)),
        text=entry.text,
        at=entry.at,
    )


def _details(data: dict[str, Any]) -> Iterator[str]:
    """What an entry's data says to people; what may be in it at all is decided by queries.timeline_of."""
    for name, labels in LABELS.items():
        if name in data:
            yield str(labels.get(data[name], data[name]))
    if "assignee_name" in data:
        yield str(data["assignee_name"])
    if "name" in data:
        yield str(data["name"])
    if "review" in data:
        yield str(data["review"])
    if "due_on" in data:
        yield _("期限 %(day)s") % {"day": data["due_on"]}
    if "missed_on" in data:
        yield _("期限 %(day)s 已过，不因分类延长") % {"day": data["missed_on"]}
    if "score" in data:
        yield _("满意度 %(score)d / 5") % {"score": data["score"]}
    if "resolved" in data:
        yield _("问题已解决") if data["resolved"] else _("问题没有解决")
