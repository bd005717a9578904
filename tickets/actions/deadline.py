"""What a rule pack lets people do to a clock of a case: more time, a stop, a new start.

Without ``clock`` it is the clock by which the case must be decided. What happens to another one (the
regulator's, a partner's) is noted for the desk only.
"""

import datetime as dt

from django.utils.translation import gettext as _

from helpdesk.core import clock as time
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import is_senior
from tickets import deadlines, queries
from tickets.actions.ask import check_letter
from tickets.actions.base import NOTE, STEP, called, due_told, enter, need_state, need_text, staff_of, user_of
from tickets.actions.clocks import Why, move
from tickets.actions.deliver import send_notice
from tickets.actions.tell import tell_new_date
from tickets.models import Approval, Clock, ClockEvent, Severity, Ticket
from tickets.models.letter import EXTENSION, STOPPED
from tickets.permissions import VERBS

Kind = ClockEvent.Kind


@action("ticket.deadline_extended", allowed=VERBS["extend_deadline"].allowed)
def extend_deadline(
    ticket: Ticket,
    *,
    actor: Actor,
    milestone: str,
    reason: str,
    notice_sent_on: dt.date | None = None,
    clock: Clock | None = None,
    approval: Approval | None = None,
    told: str = "",
) -> Ticket:
    """15 → 30 days is a recorded reclassification, and ``told`` its reason for the customer; 30 → 60 is
    ``approval``, asked for by the handler and granted by a senior supervisor, and a notice to the complainant
    that was sent in time."""
    need_state(ticket, "extend_deadline")
    reason = need_text(reason, ticket)
    running = _clock(ticket, clock)
    pack, current = deadlines.lookup(running.rule)
    target = pack.milestones.get(milestone)
    if target is None or target.after != current.code:
        raise ActionError(_("按规则不能从现在的期限延长到这一期限。"), state=ticket.state)
    standing = deadlines.standing_of(running)
    if deadlines.is_over(standing):
        raise ActionError(_("截止日已过，不能再延长。"), state=ticket.state)
    kind, why = Kind.RECLASSIFIED, Why(reason)
    if target.needs_notice:
        _need_approval(running, milestone, actor, approval)
        kind = Kind.EXTENDED
        noticed = _notice(running, standing, EXTENSION, reason, actor, notice_sent_on)
        why = Why(reason, notice_sent_on=noticed, approved_by=staff_of(actor))
    elif running.is_main and ticket.severity == Severity.ORDINARY:
        ticket.severity = Severity.COMPLEX
    data = {"milestone": milestone}
    now = _move(running, kind, (pack, target), actor, why, data=data, public=target.needs_notice)
    if running.is_main and not target.needs_notice:
        tell_new_date(ticket, actor, standing, now, told)
    return ticket


def _clock(ticket: Ticket, clock: Clock | None) -> Clock:
    """As it is now: the lock of the case holds its clocks too."""
    if clock is None:
        return ticket.main_clock
    fresh: Clock = ticket.clocks.get(pk=clock.pk)
    fresh.ticket = ticket
    if fresh.state == Clock.State.ENDED:
        raise ActionError(_("这个期限已经结束。"), state=ticket.state)
    return fresh


def _move(
    running: Clock,
    kind: Kind,
    rule: tuple[deadlines.Pack, deadlines.Milestone],
    actor: Actor,
    why: Why,
    *,
    data: dict[str, str] | None = None,
    public: bool = True,
    on: dt.date | None = None,
) -> deadlines.Standing:
    """Append the event, save the case and write the line of the timeline."""
    ticket = running.ticket
    standing = move(running, kind, rule, actor, why, on=on)
    ticket.save()
    told = (data or {}) | due_told(running)
    if not running.is_main:
        told |= called(running)
    verb = "extended" if kind == Kind.RECLASSIFIED else kind
    enter(
        ticket,
        f"ticket.deadline_{verb}",
        actor,
        kind=STEP if running.is_main else NOTE,
        public=public and running.is_main,
        text=why.reason,
        data=told,
    )
    if running.is_main:
        check_letter(ticket, actor)
    return standing


def _need_approval(running: Clock, milestone: str, actor: Actor, approval: Approval | None) -> None:
    """Two persons: the handler asked, and this senior supervisor grants. Other clocks than the case's own
    have no request: there it is a senior supervisor who does not handle the case."""
    ticket = running.ticket
    if not is_senior(actor):
        raise ActionError(_("这一期限须由高级主管批准。"), state=ticket.state)
    if user_of(actor) == ticket.assignee:
        raise ActionError(_("延长期限须由承办人以外的主管批准。"), state=ticket.state)
    granted = {"kind": Approval.Kind.EXTENSION, "state": Approval.State.GRANTED, "milestone": milestone}
    by = {"pk": approval.pk if approval else None, "answered_by": user_of(actor)}
    if running.is_main and not ticket.approvals.filter(**granted, **by).exists():
        raise ActionError(_("这一期限须由承办人申请、另一位高级主管批准。"), state=ticket.state)


def _notice(
    running: Clock,
    standing: deadlines.Standing,
    letter: str,
    reason: str,
    actor: Actor,
    told_on: dt.date | None,
) -> dt.date:
    """The day on which the complainant was told, with a record that proves it.

    The product sends the notice today, unless people have told them before; whether an e-mail was sent,
    ``heed_notice`` looks. Whom it cannot reach, people have told, and other clocks than the case's own have
    no letter: there it takes a contact of that day in the log, or a notice sent.
    """
    ticket, today = running.ticket, time.today()
    is_sent = running.is_main and queries.is_online(ticket)
    is_reached = told_on is not None and queries.told_on(ticket, told_on, told_on, by=()) is not None
    day = told_on if told_on and (is_reached or not is_sent) else today
    if not standing.started_on <= day <= today:
        raise ActionError(_("告知客户的日期应在收到之后、今天以前。"), state=ticket.state)
    if not is_sent and queries.told_on(ticket, day, day) is None:
        raise ActionError(
            _("%(day)s 没有联系到客户的记录。请先把理由告诉客户，记入联系记录，再办这一步。")
            % {"day": f"{day:%Y-%m-%d}"},
            state=ticket.state,
        )
    if letter == EXTENSION and not standing.is_stopped and day >= standing.not_before:
        raise ActionError(_("告知日期不早于原截止日，期限不变。"), state=ticket.state)
    if running.is_main:
        send_notice(ticket, letter, reason, actor)
    return day


@action("ticket.deadline_stopped", allowed=VERBS["stop_deadline"].allowed)
def stop_deadline(
    ticket: Ticket,
    *,
    actor: Actor,
    stop: str,
    reason: str,
    notice_sent_on: dt.date | None = None,
    clock: Clock | None = None,
) -> Ticket:
    """For a reason that the rule pack knows, from today on, after a notice to the complainant."""
    need_state(ticket, "stop_deadline")
    reason = need_text(reason, ticket)
    running = _clock(ticket, clock)
    rule = deadlines.lookup(running.rule)
    if stop not in rule[0].stops:
        raise ActionError(_("规则不允许以这个理由暂停计时。"), state=ticket.state)
    if running.state != Clock.State.RUNNING:
        raise ActionError(_("计时已经暂停。"), state=ticket.state)
    standing = deadlines.standing_of(running)
    if deadlines.is_over(standing):
        raise ActionError(_("截止日已过，不能再暂停。"), state=ticket.state)
    told = _notice(running, standing, STOPPED, reason, actor, notice_sent_on)
    _move(running, Kind.STOPPED, rule, actor, Why(reason, stop, told), data={"stop": stop})
    return ticket


@action("ticket.deadline_resumed", allowed=VERBS["resume_deadline"].allowed)
def resume_deadline(ticket: Ticket, *, actor: Actor, reason: str, clock: Clock | None = None) -> Ticket:
    """What was left of the period runs on from today."""
    need_state(ticket, "resume_deadline")
    reason = need_text(reason, ticket)
    running = _clock(ticket, clock)
    if running.state != Clock.State.STOPPED:
        raise ActionError(_("计时没有暂停。"), state=ticket.state)
    _move(running, Kind.RESUMED, deadlines.lookup(running.rule), actor, Why(reason))
    return ticket


@action("ticket.deadline_restarted", allowed=VERBS["restart_deadline"].allowed)
def restart_deadline(
    ticket: Ticket, *, actor: Actor, received_on: dt.date, reason: str, clock: Clock | None = None
) -> Ticket:
    """New facts: the period counts again, from the day on which the new material was received.

    That day is on record, and came no later than the day by which the clock was due: what was missed stays
    missed. The customer reads the new date and ``reason``.
    """
    need_state(ticket, "restart_deadline")
    reason = need_text(reason, ticket)
    running = _clock(ticket, clock)
    pack, current = deadlines.lookup(running.rule)
    if not pack.restarts:
        raise ActionError(_("规则没有规定重新计时。"), state=ticket.state)
    was = deadlines.standing_of(running)
    if not was.started_on <= received_on <= time.today():
        raise ActionError(_("收到新材料的日期应在收到投诉之后、今天以前。"), state=ticket.state)
    if was.is_running and received_on > was.not_before:
        raise ActionError(
            _("新材料是截止日以后收到的，不能重新计时：已经逾期的仍是逾期。"), state=ticket.state
        )
    if running.purpose != Clock.Purpose.PARTNER and not queries.was_heard_on(ticket, received_on):
        raise ActionError(
            _("%(day)s 没有客户的话、材料或联系到客户的记录。请先记下客户提出了什么，再办这一步。")
            % {"day": f"{received_on:%Y-%m-%d}"},
            state=ticket.state,
        )
    why, rule = Why(reason, min(pack.restarts)), _rule_again(running, pack, current, received_on)
    now = _move(running, Kind.RESTARTED, rule, actor, why, public=False, on=received_on)
    if running.is_main:
        tell_new_date(ticket, actor, was, now, reason)
    return ticket


def _rule_again(
    running: Clock, pack: deadlines.Pack, current: deadlines.Milestone, on: dt.date
) -> tuple[deadlines.Pack, deadlines.Milestone]:
    """What times a new start: as that of a reopened case, without the approval that was given before it."""
    if running.is_main:
        return deadlines.milestone_for(running.ticket, on)
    while current.needs_notice and current.after:
        current = pack.milestones[current.after]
    return pack, current
