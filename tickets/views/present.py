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
from tickets import letters, redflags
from tickets.kinds import STEPS as STEPS_OF_KIND
from tickets.models import (
    Approval,
    Channel,
    Contact,
    Entry,
    Escalation,
    Involved,
    Kind,
    PartnerTask,
    RedFlag,
    Redress,
    Representation,
    Severity,
    Ticket,
)
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
    "ticket.representation_recorded": gettext_lazy("由代理人提出"),
    "ticket.group_recorded": gettext_lazy("群体提出"),
    "ticket.referral_recorded": gettext_lazy("监管转办"),
    "ticket.mail_noted": gettext_lazy("关于来信"),
    "ticket.details_recorded": gettext_lazy("补记了请求的内容"),
    "ticket.step_completed": gettext_lazy("办了必办步骤"),
    "ticket.step_voided": gettext_lazy("步骤不再算数"),
    "ticket.merged": pgettext_lazy("history", "并入另一件"),
    "ticket.absorbed": gettext_lazy("另一件并入这一件"),
    "ticket.unmerged": gettext_lazy("撤销合并"),
    "ticket.split": gettext_lazy("拆分"),
    "ticket.linked": pgettext_lazy("history", "关联"),
    "ticket.unlinked": pgettext_lazy("history", "取消关联"),
    "ticket.filed": gettext_lazy("收到"),
    "ticket.transcript": gettext_lazy("聊天记录"),
    "ticket.searched": gettext_lazy("客户提交前在帮助中心搜索过"),
    "ticket.evidence_added": pgettext_lazy("history", "添加材料"),
    "ticket.classified": pgettext_lazy("history", "完成分类"),
    "ticket.reclassified": pgettext_lazy("history", "更正分类"),
    "ticket.topic_changed": pgettext_lazy("history", "改了主题"),
    "ticket.declined": gettext_lazy("不予受理"),
    "ticket.red_flags_raised": gettext_lazy("发现警示"),
    "ticket.red_flag_reviewed": gettext_lazy("看过警示"),
    "ticket.dialling_pause_requested": gettext_lazy("请求暂停拨打客户的号码，直到有人看过这些警示"),
    "ticket.dialling_pause_reviewed": gettext_lazy("暂停拨打的请求已看过"),
    "ticket.assigned": gettext_lazy("交给处理人员"),
    "ticket.reassigned": gettext_lazy("换了处理人员"),
    "ticket.handed_back": pgettext_lazy("history", "退回队列"),
    "ticket.person_involved": pgettext_lazy("history", "登记涉及的人"),
    "ticket.person_cleared": pgettext_lazy("history", "收回“涉及的人”"),
    "ticket.person_mentioned": gettext_lazy("客户的话提到了处理过这件工单的人，请主管看是否有利益冲突"),
    "ticket.handover_offered": gettext_lazy("请人接手"),
    "ticket.handed_over": gettext_lazy("同事接手"),
    "ticket.handover_undone": pgettext_lazy("history", "撤销接手"),
    "ticket.investigated": pgettext_lazy("history", "开始调查"),
    "ticket.partner_asked": gettext_lazy("请合作机构协查"),
    "ticket.partner_task_closed": gettext_lazy("协查结果"),
    "ticket.contact_logged": gettext_lazy("联系记录"),
    "ticket.account_linked": pgettext_lazy("history", "关联客户账号"),
    "ticket.contact_revealed": gettext_lazy("查看了联系方式"),
    "ticket.customer_awaited": gettext_lazy("请补充情况"),
    "ticket.customer_message": gettext_lazy("留言"),
    "ticket.customer_replied": gettext_lazy("补充了情况"),
    "ticket.replied": gettext_lazy("答复"),
    "ticket.noted": gettext_lazy("内部备注"),
    "ticket.decision_drafted": gettext_lazy("起草决定书"),
    "ticket.decision_approved": pgettext_lazy("history", "批准决定书"),
    "ticket.decision_queued": gettext_lazy("决定书交给邮件服务器"),
    "ticket.approval_requested": gettext_lazy("提请审批"),
    "ticket.approval_granted": pgettext_lazy("history", "批准"),
    "ticket.approval_voided": gettext_lazy("批准作废：信函的内容变了"),
    "ticket.approval_refused": pgettext_lazy("history", "不批准"),
    "ticket.redress_proposed": gettext_lazy("提出补偿"),
    "ticket.redress_cancelled": pgettext_lazy("history", "取消补偿"),
    "ticket.redress_paid": gettext_lazy("补偿已支付"),
    "ticket.correction_recorded": pgettext_lazy("history", "整改"),
    "ticket.correction_completed": pgettext_lazy("history", "完成整改"),
    "ticket.delivery_sent": gettext_lazy("邮件已发出"),
    "ticket.delivery_failed": gettext_lazy("邮件没有发出"),
    "ticket.delivery_retried": pgettext_lazy("history", "重发邮件"),
    "ticket.delivery_cancelled": gettext_lazy("邮件已取消"),
    "ticket.letter_opened": gettext_lazy("客户打开了信函"),
    "ticket.resolved": gettext_lazy("作出决定"),
    "ticket.feedback_given": gettext_lazy("评价，结束"),
    "ticket.closed": gettext_lazy("评价期满，结束"),
    "ticket.reopened": pgettext_lazy("history", "重新调查"),
    "ticket.withdrawn": pgettext_lazy("history", "撤回"),
    "ticket.review_requested": pgettext_lazy("history", "申请核查"),
    "ticket.code_renewed": pgettext_lazy("history", "换发查询码"),
    "ticket.deadline_extended": pgettext_lazy("history", "延长期限"),
    "ticket.new_date_told": gettext_lazy("答复期限变了"),
    "ticket.dossier_exported": gettext_lazy("导出卷宗"),
    "ticket.escalated": gettext_lazy("期限提醒"),
    "ticket.deadline_stopped": pgettext_lazy("history", "暂停计时"),
    "ticket.deadline_resumed": pgettext_lazy("history", "恢复计时"),
    "ticket.deadline_restarted": pgettext_lazy("history", "重新计时"),
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
    "approval": dict(Approval.Kind.choices),
    "redress": dict(Redress.Kind.choices),
    "outcome": dict(Contact.Outcome.choices),
    "task": dict(PartnerTask.State.choices),
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


def _line(entry: Entry, desk: bool, origin: str) -> Line:
    kind = Entry.Kind(entry.kind)
    internal = not entry.public
    return Line(
        kind=kind.value,
        heading=str(HEADINGS.get(entry.verb, kind.label)),
        icon=ICONS[kind],
        tone="note" if internal else "neutral",
        audience=_("仅内部") if internal else _("客户可见"),
        who=who_of(entry) if desk else "",
        detail=" · ".join(_when(entry.data) if entry.verb == "ticket.filed" else _details(entry.data)),
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
            yield str(data[name])
    if data.get("due_on"):
        yield _("期限 %(day)s") % {"day": data["due_on"]}
    if "missed_on" in data:
        yield _("期限 %(day)s 已过，不因分类延长") % {"day": data["missed_on"]}
    if "score" in data:
        yield _("满意度 %(score)d / 5") % {"score": data["score"]}
    if "resolved" in data:
        yield _("问题已解决") if data["resolved"] else _("问题没有解决")


def _others(data: dict[str, Any]) -> Iterator[str]:
    """Files, other cases and the people behind one."""
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
    if data.get("apart"):
        yield _("人可能不同，客户各看各的")
    if "members" in data:
        yield ngettext("%(count)d 人", "%(count)d 人", data["members"]) % {"count": data["members"]}
    if data.get("answer_by"):
        yield _("要求 %(day)s 前答复") % {"day": data["answer_by"]}
