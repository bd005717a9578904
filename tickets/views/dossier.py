"""A case as one dossier for a regulator: a PDF to read, JSON to check, the files, and all hashes."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.utils.translation import gettext as _

from helpdesk.core import clock, pdf
from helpdesk.core.audit import anchors, verify
from helpdesk.core.models import AuditEntry, User
from helpdesk.core.uploads import clean_name
from helpdesk.core.verbs import word_of
from tickets import letters
from tickets.deadlines import explain_clock
from tickets.models import Entry, Evidence, Ticket, Unit
from tickets.queries import decisions_of, evidence_of, timeline_of
from tickets.views.present import who_of

Pairs = list[list[str]]


def build(ticket: Ticket, user: User) -> IO[bytes]:
    """A ZIP archive at its beginning; ``manifest.sha256`` names the SHA-256 of everything else in it."""
    out = tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    files = list(evidence_of(ticket, user))
    trail = list(AuditEntry.objects.filter(chain=chain_of(ticket)).order_by("n"))
    hashes = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(ticket, user, files, trail):
            archive.writestr(name, content)
            hashes.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        archive.writestr("manifest.sha256", "".join(hashes))
    out.seek(0)
    return out


def chain_of(ticket: Ticket) -> str:
    return f"tickets.ticket:{ticket.pk}"


def _members(
    ticket: Ticket, user: User, files: list[Evidence], trail: list[AuditEntry]
) -> Iterator[tuple[str, bytes]]:
    faults = [str(fault) for fault in verify.faults(chain_of(ticket))]
    shown = describe(ticket, user, files, trail, faults)
    yield "dossier.pdf", pdf.render("tickets/dossier.typ", shown)
    facts = {
        "case": ticket.number,
        "made_at": clock.now().isoformat(),
        "trail": {
            "chain": chain_of(ticket),
            "rule": 'hash = SHA-256("v1|" + prev + "|" + body); the first prev is 64 zeros',
            "anchors_signed_by": anchors.public_key(),
            "faults": faults,
            "entries": [
                {"n": entry.n, "prev": entry.prev, "hash": entry.hash, "body": entry.body} for entry in trail
            ],
        },
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in files],
        "document": shown,
    }
    yield "dossier.json", json.dumps(facts, ensure_ascii=False, indent=1).encode()
    for place, file in enumerate(files, 1):
        with file.file.open("rb") as stored:
            yield f"files/{place:02d}-{clean_name(file.name)}", stored.read()


# --- What the document says -------------------------------------------------------------------


def describe(
    ticket: Ticket, user: User, files: list[Evidence], trail: list[AuditEntry], faults: list[str]
) -> dict[str, Any]:
    """The data of ``templates/tickets/dossier.typ``: texts in the language of whoever exports it."""
    head = trail[-1].hash if trail else ""
    return {
        "title": _("案件卷宗 %(number)s") % {"number": ticket.number},
        "reference": ticket.number,
        "footer": _("导出时间 %(at)s") % {"at": _at(clock.now())},
        "case": _case(ticket),
        "texts": [[_("发生了什么"), ticket.narrative], [_("希望怎样解决"), ticket.request]],
        "clocks": list(_clocks(ticket)),
        "history": [_line(entry) for entry in timeline_of(ticket, user)],
        "decisions": list(_decisions(ticket, user)),
        "files": [[file.name, f"{file.size:,}", file.sha256] for file in files],
        "trail": [[f"{e.n}", _at(e.at), e.verb, e.actor_label, e.hash] for e in trail],
        "proof": [
            [_("记录条数"), f"{len(trail)}"],
            [_("最后一条的摘要"), head],
            [_("锚点公钥"), anchors.public_key()],
            [_("核对结果"), _("全部一致") if not faults else "\n".join(faults)],
        ],
        "labels": {
            "case": _("案情"),
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


def _at(instant: Any) -> str:
    return f"{instant.astimezone(clock.business_zone()):%Y-%m-%d %H:%M}"


def _case(ticket: Ticket) -> Pairs:
    rows = [
        [_("受理编号"), ticket.number],
        [_("类型"), ticket.get_kind_display()],
        [_("状态"), str(ticket.get_state_display())],
        [_("渠道"), ticket.get_channel_display()],
        [_("收到"), _at(ticket.received_at)],
        [_("姓名"), ticket.complainant],
        [_("联系方式"), ticket.contact],
        [_("产品"), ticket.product],
        [_("严重程度"), ticket.get_severity_display() if ticket.severity else ""],
        [_("处理人"), str(ticket.assignee or "")],
        [_("作出决定"), _at(ticket.resolved_at) if ticket.resolved_at else ""],
        [_("结案"), _at(ticket.closed_at) if ticket.closed_at else ""],
    ]
    return [[label, value] for label, value in rows if value]


def _clocks(ticket: Ticket) -> Iterator[dict[str, Any]]:
    for running in ticket.clocks.all():
        explained, _known = explain_clock(running)
        standing = explained.standing
        due = f"{standing.due_on}" if standing.due_on else standing.undetermined
        due = _("已暂停") if standing.is_stopped else due
        yield {
            "title": running.get_purpose_display(),
            "facts": [
                [_("截止"), _at(standing.due_at) if standing.due_at and not standing.is_stopped else due],
                [_("规则"), f"{explained.name}（{explained.source}）\n{standing.rule}"],
                [_("核实等级"), explained.grade],
                [_("日历"), explained.calendar_version or explained.pack.calendar_name],
            ],
            "events": [
                [
                    f"{event.on}",
                    event.get_kind_display(),
                    f"{event.n} {Unit(event.unit).label}",
                    " · ".join(
                        filter(None, (event.reason, _notice(event.notice_sent_on), str(event.by or "")))
                    ),
                ]
                for event in explained.events
            ],
        }


def _notice(sent_on: Any) -> str:
    return _("%(day)s 告知客户") % {"day": sent_on} if sent_on else ""


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "at": _at(entry.at),
        "what": word_of(entry.verb),
        "who": who_of(entry),
        "text": entry.text,
        "internal": not entry.public,
    }


def _decisions(ticket: Ticket, user: User) -> Iterator[dict[str, Any]]:
    for decision in decisions_of(ticket, user):
        sent = _("送达 %(at)s") % {"at": _at(decision.sent_at)} if decision.sent_at else _("草稿")
        yield {
            "title": f"{_at(decision.drafted_at)} · {sent}",
            "parts": [
                [_("查明的事实"), decision.facts],
                [_("依据"), decision.basis],
                [_("理由与结论"), decision.reasons],
                [_("您还可以怎么做"), decision.remedies],
                [_("补偿金额"), letters.money(sum(row.amount for row in decision.redress_rows.all()))],
            ],
        }
