"""What a case's dossier says, section by section: everything that a regulator asks for, in words."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.audit import anchors
from helpdesk.core.models import AuditEntry, User
from tickets import kinds, letters, redflags
from tickets.deadlines import Explanation, explain_clock
from tickets.models import ClockEvent, Entry, Evidence, Redress, Ticket, Unit
from tickets.models.link import merges_into
from tickets.queries import decisions_of, timeline_of
from tickets.taxonomy import ROOT_CAUSES
from tickets.views.present import LABELS, Line, labels_of, lines_of

Pairs = list[list[str]]
Item = dict[str, Any]  # ``title`` and ``facts``, pairs


@dataclass(frozen=True)
class Trail:
    """The audit chain of one case of the story, and what is wrong with it."""

    number: str
    chain: str
    entries: list[AuditEntry]
    faults: list[str]


def describe(ticket: Ticket, user: User, files: list[Evidence], trails: Sequence[Trail]) -> dict[str, Any]:
    """The data of ``templates/tickets/dossier.typ``: texts in the language of whoever exports it."""
    told = timeline_of(ticket, user)
    return {
        "title": _("案件卷宗 %(number)s") % {"number": ticket.number},
        "reference": ticket.number,
        "footer": _("导出时间 %(at)s") % {"at": _at(clock.now())},
        "case": _case(ticket),
        "texts": [[_("发生了什么"), ticket.narrative], [_("希望怎样解决"), ticket.request]],
        "parties": list(_parties(ticket)),
        "clocks": list(_clocks(ticket)),
        "history": [_line(*pair) for pair in zip(told, lines_of(told, of=ticket, desk=True), strict=True)],
        "decisions": list(_decisions(ticket, user)),
        "measures": [
            {"title": title, "items": items}
            for title, items in (
                (_("红旗"), list(_flags(ticket))),
                (_("规定步骤"), list(_steps(ticket))),
                (_("合作机构"), list(_partners(ticket))),
                (_("审批"), list(_approvals(ticket))),
                (_("补偿"), list(_redress(ticket.redress.all()))),
                (_("送达"), list(_deliveries(ticket))),
                (_("整改"), list(_corrections(ticket))),
            )
            if items
        ],
        "files": [[file.name, f"{file.size:,}", file.sha256] for file in files],
        "trails": [_trail(trail) for trail in trails],
        "proof": [[_("锚点公钥"), anchors.public_key()]],
        "labels": {
            "case": _("案情"),
            "parties": _("当事人"),
            "clocks": _("期限"),
            "history": _("经过"),
            "decisions": _("决定"),
            "files": _("材料"),
            "trail": _("操作记录与摘要"),
            "files_head": [_("文件"), _("字节"), "SHA-256"],
            "trail_head": [_("序号"), _("时间"), _("操作"), _("操作人"), "SHA-256"],
            "events_head": [_("日期"), _("事件"), _("长度"), _("说明")],
            "none": _("没有"),
            "internal": _("内部"),
        },
    }


def _at(instant: dt.datetime | None) -> str:
    return f"{instant.astimezone(clock.business_zone()):%Y-%m-%d %H:%M}" if instant else ""


def _facts(*rows: tuple[object, object]) -> Pairs:
    """Those that there is something to say about."""
    return [[str(label), str(value)] for label, value in rows if value]


def _item(title: object, *rows: tuple[object, object]) -> Item:
    return {"title": str(title), "facts": _facts(*rows)}


def _case(ticket: Ticket) -> Pairs:
    named, merged = labels_of(ticket), merges_into(ticket).select_related("ticket")
    return _facts(
        (_("受理编号"), ticket.number),
        (_("类型"), ticket.get_kind_display()),
        (_("状态"), ticket.get_state_display()),
        (_("渠道"), ticket.get_channel_display()),
        (_("收到"), _at(ticket.received_at)),
        (_("首次联系"), _at(ticket.first_contact_at)),
        (_("业务类别"), named["business"]),
        (_("投诉原因"), named["cause"]),
        (_("严重程度"), ticket.get_severity_display() if ticket.severity else ""),
        (_("产品"), ticket.product),
        *kinds.shown(ticket),
        (_("处理人"), ticket.assignee),
        (_("团队"), ticket.team),
        (_("作出决定"), _at(ticket.resolved_at)),
        (_("结案"), _at(ticket.closed_at)),
        (_("核查对象"), ticket.review_of.number if ticket.review_of else ""),
        (_("核查"), ", ".join(review.number for review in ticket.reviews.all())),
        (
            _("已并入这一件"),
            "\n".join(f"{link.ticket.number} {_at(link.ticket.received_at)}" for link in merged),
        ),
    )


def _parties(ticket: Ticket) -> Iterator[Item]:
    yield _item(_("客户"), (_("姓名"), ticket.complainant), (_("联系方式"), ticket.contact))
    if who := getattr(ticket, "representation", None):
        yield _item(
            _("代理人"),
            (_("姓名"), who.name),
            (_("联系方式"), who.contact),
            (_("与客户的关系"), who.get_relation_display()),
            (_("答复发给"), who.get_answer_to_display()),
            (_("授权书"), who.authorisation.name),
        )
    for member in ticket.group_members.all():
        yield _item(
            _("代表") if member.speaks else _("群体成员"),
            (_("姓名"), member.name),
            (_("联系方式"), member.contact),
        )
    if letter := getattr(ticket, "referral", None):
        yield _item(
            _("监管转办"),
            (_("转办机构"), letter.authority),
            (_("监管编号"), letter.number),
            (_("转办函的日期"), letter.dated_on),
            (_("要求答复的日期"), letter.due_on),
        )
    for one in ticket.involved.all():
        yield _item(one.get_part_display(), (_("姓名"), one.user), (_("时间"), _at(one.at)))


def _clocks(ticket: Ticket) -> Iterator[Item]:
    for running in ticket.clocks.all():
        explained, _known = explain_clock(running)
        standing = explained.standing
        due = f"{standing.due_on}" if standing.due_on else standing.undetermined
        due = _("已暂停") if standing.is_stopped else _at(standing.due_at) or due
        facts = _facts(
            (_("截止"), due),
            (_("规则"), f"{explained.name}（{explained.source}）\n{standing.rule}"),
            (_("核实等级"), explained.grade),
            (_("日历"), explained.calendar_version or explained.pack.calendar_name),
        )
        events = [
            [
                f"{event.on}",
                event.get_kind_display(),
                f"{event.n} {Unit(event.unit).label}",
                " · ".join(filter(None, (event.reason, _notice(event, explained), str(event.by or "")))),
            ]
            for event in explained.events
        ]
        yield {"title": running.name, "facts": facts, "events": events}


def _notice(event: ClockEvent, explained: Explanation) -> str:
    if event.pk in explained.untold:
        return _("通知没有及时送到客户")
    return _("%(day)s 告知客户") % {"day": event.notice_sent_on} if event.notice_sent_on else ""


def _line(entry: Entry, line: Line) -> dict[str, Any]:
    return {
        "at": _at(line.at),
        "what": line.heading,
        "detail": " · ".join(filter(None, (line.origin, line.detail))),
        "who": line.who,
        "text": line.text,
        "internal": not entry.public,
    }


def _decisions(ticket: Ticket, user: User) -> Iterator[dict[str, Any]]:
    causes = dict(ROOT_CAUSES)
    for decision in decisions_of(ticket, user):
        sent = _("送达 %(at)s") % {"at": _at(decision.sent_at)} if decision.sent_at else _("草稿")
        yield {
            "title": f"{_at(decision.drafted_at)} · {sent}",
            "parts": _facts(
                (_("结论"), decision.get_outcome_display()),
                (_("根本原因"), causes.get(decision.root_cause, decision.root_cause)),
                (_("查明的事实"), decision.facts),
                (_("依据"), decision.basis),
                (_("理由与结论"), decision.reasons),
                (_("您还可以怎么做"), decision.remedies),
                (_("补偿金额"), letters.money(sum(row.amount for row in decision.redress_rows.all()))),
                (_("起草"), decision.drafted_by),
                (
                    _("批准"),
                    " ".join(filter(None, (str(decision.approved_by or ""), _at(decision.approved_at)))),
                ),
            ),
        }


# --- What was done because of it ----------------------------------------------------------------


def _flags(ticket: Ticket) -> Iterator[Item]:
    for flag in ticket.red_flags.all():
        yield _item(
            f"{redflags.NAMES.get(flag.code, flag.code)} · {flag.get_state_display()}",
            (_("级别"), flag.level),
            (_("依据的原话"), "\n".join(flag.words)),
            (_("发现"), _at(flag.raised_at)),
            (_("负责主管"), flag.owner),
            (_("判断"), " ".join(filter(None, (str(flag.reviewed_by or ""), _at(flag.reviewed_at))))),
        )


def _steps(ticket: Ticket) -> Iterator[Item]:
    for step in ticket.kind_steps.all():
        yield _item(
            LABELS["step"].get(step.code, step.code),
            (_("内容"), step.text),
            (_("操作人"), step.by),
            (_("时间"), _at(step.at)),
        )


def _partners(ticket: Ticket) -> Iterator[Item]:
    for task in ticket.partner_tasks.all():
        yield _item(
            f"{task.partner} · {task.get_state_display()}",
            (_("请对方做什么"), task.what),
            (_("提出"), f"{task.asked_by} {_at(task.asked_at)}"),
            (_("答复"), task.answer),
            (_("结束"), _at(task.closed_at)),
        )


def _approvals(ticket: Ticket) -> Iterator[Item]:
    for row in ticket.approvals.all():
        yield _item(
            f"{row.get_kind_display()} · {row.get_state_display()}",
            (_("金额（元）"), letters.money(row.amount) if row.amount else ""),
            (_("提请"), f"{row.requested_by} {_at(row.requested_at)}"),
            (_("原因"), row.reason),
            (_("审批"), f"{row.answered_by} {_at(row.answered_at)}" if row.answered_at else ""),
            (_("意见"), row.answer),
        )


def _redress(rows: Iterable[Redress]) -> Iterator[Item]:
    for row in rows:
        yield _item(
            f"{row.get_kind_display()} · {letters.money(row.amount)}",
            (_("提出"), f"{row.proposed_by} {_at(row.proposed_at)}"),
            (_("应付日期"), row.due_on),
            (_("已取消"), _at(row.cancelled_at)),
            (_("支付日期"), row.paid_on),
            (_("支付凭证号"), row.reference),
            (_("操作人"), row.paid_by),
        )


def _deliveries(ticket: Ticket) -> Iterator[Item]:
    for row in ticket.deliveries.all():
        yield _item(
            f"{row.get_letter_display()} · {row.get_channel_display()} · {row.get_state_display()}",
            (_("收件人"), row.to),
            (_("发出"), _at(row.sent_at)),
            (_("客户打开"), _at(row.opened_at)),
            (_("凭证编号"), row.reference),
            (_("收据"), row.receipt.name if row.receipt else ""),
            ("SHA-256", row.sha256),
            (_("尝试次数"), row.attempts),
            (_("没有发出的原因"), row.error),
        )


def _corrections(ticket: Ticket) -> Iterator[Item]:
    for row in ticket.corrections.all():
        yield _item(
            row.what or _("不需要整改"),
            (_("理由"), row.none_because),
            (_("负责人"), row.owner),
            (_("完成期限"), row.due_on),
            (_("完成"), row.done_on),
            (_("记录"), f"{row.recorded_by} {_at(row.recorded_at)}"),
        )


def _trail(trail: Trail) -> dict[str, Any]:
    head = trail.entries[-1].hash if trail.entries else ""
    return {
        "title": trail.number,
        "proof": [
            [_("记录条数"), f"{len(trail.entries)}"],
            [_("最后一条的摘要"), head],
            [_("核对结果"), _("全部一致") if not trail.faults else "\n".join(trail.faults)],
        ],
        "rows": [[f"{e.n}", _at(e.at), e.verb, e.actor_label, e.hash] for e in trail.entries],
    }
