"""Acts on several cases: each case goes through its ordinary action, alone, and may be refused alone."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User
from helpdesk.core.permissions import works_cases
from tickets.actions.assign import assign_ticket, reassign_ticket
from tickets.actions.base import staff_of
from tickets.actions.link import link_ticket, unlink_ticket
from tickets.actions.triage import change_topic, reclassify_ticket
from tickets.actions.work import note_ticket
from tickets.models import BulkAct, BulkRow, Evidence, Severity, Ticket
from tickets.permissions import did_act, did_row
from tickets.queries import tickets_visible_to
from tickets.states import State

MOST = 100  # cases in one act
UNDO_FOR = dt.timedelta(minutes=10)
UNDOABLE = (BulkAct.Verb.ASSIGN, BulkAct.Verb.SEVERITY, BulkAct.Verb.TOPIC, BulkAct.Verb.LINK)
Verb, Outcome = BulkAct.Verb, BulkRow.Outcome


def snapshot(ticket: Ticket) -> dict[str, Any]:
    """What acts change of a case, and the last line of its timeline: anything later has another.

    That a notice of the act reached the mail server, or was opened, is no work on the case.
    """
    worked = ticket.entries.exclude(verb__in=("ticket.delivery_sent", "ticket.letter_opened"))
    return {
        "assignee": ticket.assignee_id,
        "severity": ticket.severity,
        "topic": ticket.topic,
        "due_on": f"{ticket.due_on}",
        "entry": worked.order_by("-pk").values_list("pk", flat=True).first(),
    }


def _do(ticket: Ticket, actor: User, verb: str, fields: Mapping[str, Any]) -> None:
    """One case, by its ordinary action."""
    match verb:
        case Verb.ASSIGN if ticket.state == State.RECEIVED:
            raise ActionError(_("还没有分类，请先分类再分派。"), state=ticket.state)
        case Verb.ASSIGN:
            to = User.objects.get(pk=fields["assignee"])
            give = assign_ticket if ticket.state == State.CLASSIFIED else reassign_ticket
            give(ticket, actor=actor, assignee=to, no_conflict=True, note=str(fields["note"]))
        case Verb.SEVERITY:
            _reclassify(
                ticket, actor, str(fields["severity"]), str(fields["reason"]), str(fields.get("told", ""))
            )
        case Verb.TOPIC:
            change_topic(ticket, actor=actor, topic=str(fields["topic"]))
        case Verb.LINK:
            other = tickets_visible_to(actor).get(number=fields["other"])
            link_ticket(ticket, actor=actor, other=other, reason=str(fields["reason"]))
        case Verb.NOTE:
            note_ticket(ticket, actor=actor, text=str(fields["text"]))


def _reclassify(ticket: Ticket, actor: User, severity: str, reason: str, told: str = "") -> None:
    if ticket.severity == severity:
        raise ActionError(_("已经是“%s”。") % Severity(severity).label, state=ticket.state)
    labels = {name: getattr(ticket, name) for name in ("kind", "business", "cause")}
    reclassify_ticket(ticket, actor=actor, severity=severity, reason=reason, told=told, **labels)


def _undo(ticket: Ticket, actor: User, act: BulkAct, before: Mapping[str, Any]) -> None:
    match act.verb:
        case Verb.LINK:
            unlink_ticket(ticket, actor=actor, other=Ticket.objects.get(number=act.fields["other"]))
        case Verb.ASSIGN if before["assignee"] is None:
            raise ActionError(_("这件原来没有处理人，分派不能收回；可以改派。"), state=ticket.state)
        case Verb.ASSIGN:
            to = User.objects.get(pk=before["assignee"])
            reassign_ticket(ticket, actor=actor, assignee=to, no_conflict=True, note=_("撤销批量改派"))
        case Verb.SEVERITY:
            _reclassify(ticket, actor, before["severity"], _("撤销批量更正"))
        case Verb.TOPIC:
            change_topic(ticket, actor=actor, topic=before["topic"])


def _attempt(row: BulkRow, actor: User, *, back: bool = False) -> BulkRow:
    """Do or undo one row; a refusal is written on the row and nowhere else. The caller saves it."""
    done, not_done = (Outcome.UNDONE, Outcome.KEPT) if back else (Outcome.DONE, Outcome.REFUSED)
    row.outcome, row.why = not_done, ""
    ticket = tickets_visible_to(actor).filter(pk=row.ticket_id).first()
    if ticket is None:
        row.why = _("您现在看不到这件工单。")
        return row
    try:
        with transaction.atomic():
            now = snapshot(ticket)
            if back and now["entry"] != row.after["entry"]:
                raise ActionError(_("之后已有人处理过这件工单。"), state=ticket.state)
            if back:
                _undo(ticket, actor, row.act, row.before)
            else:
                _do(ticket, actor, row.act.verb, row.act.fields)
                row.before, row.after = now, snapshot(Ticket.objects.get(pk=ticket.pk))
    except ActionForbidden:
        row.why = _("您的账号不能对这件工单做这一步。")
    except ActionError as refused:
        row.why = refused.message[:300]
    else:
        row.outcome = done
    return row


def rehearse(actor: User, verb: str, fields: Mapping[str, Any], tickets: Sequence[Ticket]) -> list[BulkRow]:
    """What an act would do to each case: the act itself, rolled back, so that it cannot say otherwise.

    The rows are not saved. Nothing is published either: that waits for a commit that does not come.
    """
    act = BulkAct(by=actor, verb=verb, fields=dict(fields), at=clock.now())
    rows = []
    for ticket in tickets:
        newest = Evidence.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        with transaction.atomic():
            rows.append(_attempt(BulkRow(act=act, ticket=ticket), actor))
            printed = [row.file for row in ticket.evidence.filter(pk__gt=newest)]
            transaction.set_rollback(True)
        for file in printed:  # which no rollback takes from the disk
            file.delete(save=False)
    return rows


@creation("bulk_act.started", allowed=works_cases)
def start_bulk(*, actor: Actor, verb: str, fields: Mapping[str, Any], tickets: Sequence[Ticket]) -> BulkAct:
    """The act with its cases, none of them touched yet; for an export that is all, and the record of it."""
    if not tickets or len(tickets) > MOST:
        raise ActionError(_("一次请选 1 至 %(most)d 件工单。") % {"most": MOST})
    act = BulkAct.objects.create(by=staff_of(actor), verb=verb, fields=dict(fields), at=clock.now())
    outcome = Outcome.DONE if verb == Verb.EXPORT else Outcome.WAITING
    BulkRow.objects.bulk_create(BulkRow(act=act, ticket=ticket, outcome=outcome) for ticket in tickets)
    if verb == Verb.EXPORT:
        act.finish()
        act.save()
    return act


@action("bulk_act.worked", allowed=did_row, audited=False)  # what it does to a case is in the case's trail
def work_row(row: BulkRow, *, actor: Actor) -> BulkRow:
    """Do one case of an act, or undo it; once, however often it is called."""
    if row.act.state == BulkAct.State.RUNNING and row.outcome == Outcome.WAITING:
        _attempt(row, staff_of(actor)).save()
    elif row.act.state == BulkAct.State.UNDOING and row.outcome == Outcome.DONE:
        _attempt(row, staff_of(actor), back=True).save()
    return row


@action("bulk_act.finished", allowed=did_act)
def finish_bulk(act: BulkAct, *, actor: Actor) -> BulkAct:
    """All cases have been worked off, forwards or back."""
    if act.state == BulkAct.State.RUNNING:
        act.finish()
    else:
        act.finish_undo()
    act.save()
    return act


@action("bulk_act.undone", allowed=did_act)
def undo_bulk(act: BulkAct, *, actor: Actor) -> BulkAct:
    """Begin to take an act back, within ten minutes; ``work_row`` then does it case by case."""
    if act.verb not in UNDOABLE:
        raise ActionError(_("这一步不能撤销。"), state=act.state)
    if clock.now() > act.at + UNDO_FOR:
        raise ActionError(_("超过 10 分钟，不能撤销了。"), state=act.state)
    act.undo()
    act.save()
    return act


def may_undo(act: BulkAct) -> bool:
    """Whether the page still offers it."""
    in_time = clock.now() <= act.at + UNDO_FOR
    return act.verb in UNDOABLE and act.state == BulkAct.State.DONE and in_time
