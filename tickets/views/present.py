"""What the pages of both sides say about a case: the five steps and the lines of its timeline."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from helpdesk.core import clock
from helpdesk.core.models import Role, Topic
from helpdesk.core.screen import told_in_words
from tickets import letters, redflags
from tickets.kinds import DETAILS
from tickets.kinds import STEPS as STEPS_OF_KIND
from tickets.models import (
    Approval,
    Channel,
    Clock,
    Contact,
    Entry,
    Escalation,
    Involved,
    Kind,
    PartnerTask,
    RedFlag,
    Redress,
    Representation,
    SealedText,
    Severity,
    Ticket,
)
from tickets.refusals import why_refused
from tickets.states import State
from tickets.taxonomy import BUSINESS, CAUSE
from tickets.verbs import WORDS

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
LABELS: dict[str, dict[str, Any]] = {
    "kind": dict(Kind.choices),
    "business": dict(BUSINESS),
    "cause": dict(CAUSE),
    "severity": dict(Severity.choices),
    "topic": dict(Topic.choices),
    "method": dict(Channel.choices),
    "relation": dict(Representation.Relation.choices),
    "answer_to": dict(Representation.AnswerTo.choices),
    "step": {step.code: step.label for steps in STEPS_OF_KIND.values() for step in steps}
    | dict(Escalation.Step.choices),
    "clock": dict(Clock.Purpose.choices),
    "matter": dict(Kind.choices),
    "approval": dict(Approval.Kind.choices),
    "redress": dict(Redress.Kind.choices),
    "outcome": dict(Contact.Outcome.choices),
    "task": dict(PartnerTask.State.choices),
}


PARTS: dict[str, Promise] = {
    "narrative": gettext_lazy("发生了什么"),
    "request": pgettext_lazy("customer", "希望怎样解决"),
    "product": gettext_lazy("产品"),
} | {name: label for made in DETAILS.values() for name, label in made.labels.items()}


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
    origin: str = ""  # the number of the merged case that it was written in


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


def lines_of(entries: Iterable[Entry], *, of: Ticket | None = None, desk: bool = False) -> list[Line]:
    return [
        _line(entry, desk, entry.ticket.number if of and entry.ticket_id != of.pk else "")
        for entry in entries
    ]


def original_lines(rows: Iterable[SealedText]) -> list[tuple[str, str, str]]:
    """What is behind the asterisks: where it stands, in which merged case, and the words as typed."""
    return [(_place_of(row), row.ticket.number, row.text) for row in rows]


def _place_of(row: SealedText) -> str:
    if row.entry is None:
        return str(PARTS.get(row.part, row.part))
    day = row.entry.at.astimezone(clock.business_zone())
    return f"{WORDS.get(row.entry.verb, row.entry.verb)} · {day:%Y-%m-%d %H:%M}"


def _line(entry: Entry, desk: bool, origin: str) -> Line:
    kind = Entry.Kind(entry.kind)
    internal = not entry.public
    return Line(
        kind=kind.value,
        heading=str(WORDS.get(entry.verb, kind.label)),
        icon=ICONS[kind],
        tone="note" if internal else "neutral",
        audience=_("仅内部") if internal else _("客户可见"),
        who=who_of(entry) if desk else "",
        detail=" · ".join(_filed(entry.data) if entry.verb == "ticket.filed" else _details(entry.data)),
        text=entry.ticket.narrative if origin and entry.verb == "ticket.filed" else entry.text,
        at=entry.at,
        origin=origin,
    )


def who_of(entry: Entry) -> str:
    """Without an author it was the customer; what machines did is the desk's own doing."""
    if entry.author and entry.author.role == Role.SYSTEM:
        return _("系统")
    return str(entry.author or _("客户"))


def _when(data: dict[str, Any]) -> Iterator[str]:
    """When it was received or took place, where somebody wrote it down later."""
    for name, words in (("received_at", _("收到于 %(at)s")), ("took_place_at", _("联系于 %(at)s"))):
        if name in data:
            instant = dt.datetime.fromisoformat(data[name]).astimezone(clock.business_zone())
            yield words % {"at": f"{instant:%Y-%m-%d %H:%M}"}


def _filed(data: dict[str, Any]) -> Iterator[str]:
    yield from _when(data)
    yield from told_in_words(data.get("screened", ()))


def _details(data: dict[str, Any]) -> Iterator[str]:
    """What an entry's data says to people; what may be in it at all is decided by queries.timeline_of."""
    yield from _when(data)
    for name, labels in LABELS.items():
        if name in data:
            yield str(labels.get(data[name], data[name]))
    for code in data.get("red_flags", ()):
        yield str(redflags.NAMES.get(code, code))
    if data.get("on_behalf"):
        yield _("按客户的话记录")
    if "verdict" in data:
        yield str(RedFlag.State(data["verdict"]).label)
    yield from _others(data)
    if "amount" in data:
        yield letters.money(Decimal(data["amount"]))
    for name in ("to", "error", "paid_on", "said_on", "assignee_name", "review"):
        if name in data:
            yield why_refused(data[name]) if name == "error" else str(data[name])
    if data.get("due_on"):
        yield _("期限 %(day)s") % {"day": data["due_on"]}
    if "missed_on" in data:
        yield _("期限 %(day)s 已过，不因分类延长") % {"day": data["missed_on"]}
    if "score" in data:
        yield _("满意度 %(score)d / 5") % {"score": data["score"]}
    if "resolved" in data:
        yield _("问题已解决") if data["resolved"] else _("问题没有解决")
    yield from told_in_words(data.get("screened", ()))


def _others(data: dict[str, Any]) -> Iterator[str]:
    """Files, other cases, the people behind one, who may not know yet, and who looked at what they said."""
    if data.get("untold"):
        yield _("没有通知到客户，要打电话告诉客户")
    if "owner" in data:
        yield _("交给{name}，请马上处理。").format(name=data["owner"])
    if "person" in data:
        yield data["person"]
        if "part" in data:
            yield str(Involved.Part(data["part"]).label)
    if "next_on" in data:
        yield _("下次联系 %(day)s") % {"day": data["next_on"]}
    for name in ("name", "other", "number", "authority"):
        if name in data:
            yield str(data[name])
    if "originals" in data:
        seen = ngettext("看了遮盖前的原文 %(count)d 段", "看了遮盖前的原文 %(count)d 段", data["originals"])
        yield seen % {"count": data["originals"]}
    if data.get("apart"):
        yield _("人可能不同，客户各看各的")
    if "members" in data:
        yield ngettext("%(count)d 人", "%(count)d 人", data["members"]) % {"count": data["members"]}
    if was := data.get("was"):
        labels = {"channel": LABELS["method"]} | LABELS
        names = ("complainant", "name", "contact", "channel", "relation", "answer_to")
        said = [str(labels.get(name, {}).get(was[name], was[name])) for name in names if was.get(name)]
        yield _("原为 %(was)s") % {"was": _("、").join(said)}
    if data.get("answer_by"):
        yield _("要求 %(day)s 前答复") % {"day": data["answer_by"]}
