"""Classifying a case, or declining it."""

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Topic
from tickets import deadlines, queries
from tickets.actions.alerts import settle
from tickets.actions.ask import check_letter
from tickets.actions.base import end_clock, end_matter, enter, need_state, need_text, tick
from tickets.actions.clocks import Why
from tickets.actions.deliver import send_notice
from tickets.actions.flags import need_reviewed
from tickets.actions.learn import keep_judgement
from tickets.actions.tell import tell_new_date
from tickets.models import Alert, ClockEvent, Severity, Ticket
from tickets.permissions import VERBS, is_assignee

Moved = tuple[deadlines.Standing, deadlines.Standing]  # what the clock said before, and says now


def _apply(ticket: Ticket, actor: Actor, reason: str, **labels: str) -> tuple[dict[str, str], Moved | None]:
    """Set the labels; where they change the rule that times the case, that is an event of its clock.

    A day that has passed stays missed, whichever rules come after it: more time would have had to be given
    before it. The timeline then says so with the first of what this returns.
    """
    for name, value in labels.items():
        setattr(ticket, name, value)
    end_matter(ticket, ticket.kind, actor, reason)
    running = ticket.main_clock
    was = deadlines.standing_of(running)
    pack, milestone = deadlines.milestone_for(ticket, was.started_on)
    if pack.rule(milestone.code) == ticket.due_rule or deadlines.is_extended(ticket, pack):
        return {}, None
    then = deadlines.reclassified(running, pack, milestone).not_before
    if deadlines.is_over(was) and then > deadlines.latest_left(running):
        return {"missed_on": f"{was.not_before}"}, None
    return {}, (was, tick(ticket, ClockEvent.Kind.RECLASSIFIED, (pack, milestone), actor, Why(reason)))


@action("ticket.classified", allowed=VERBS["classify"].allowed)
def classify_ticket(
    ticket: Ticket,
    *,
    actor: Actor,
    kind: str,
    business: str,
    cause: str,
    severity: str,
    product: str = "",
) -> Ticket:
    """Set the labels, once every red flag is answered; what was suggested is kept beside them."""
    ticket.classify()
    need_reviewed(ticket)
    missed, moved = _apply(
        ticket,
        actor,
        reason=severity,
        kind=kind,
        business=business,
        cause=cause,
        severity=severity,
        product=product or ticket.product,
    )
    ticket.save()
    labels = {"kind": kind, "business": business, "cause": cause, "severity": severity}
    keep_judgement(ticket, actor, labels)
    enter(ticket, "ticket.classified", actor, public=True, data=labels | missed)
    if moved:
        tell_new_date(ticket, actor, *moved)
    return ticket


@action("ticket.reclassified", allowed=VERBS["reclassify"].allowed)
def reclassify_ticket(  # noqa: PLR0913  # the fields of the form, each by name
    ticket: Ticket,
    *,
    actor: Actor,
    kind: str,
    business: str,
    cause: str,
    severity: str,
    reason: str,
    product: str = "",
    told: str = "",
) -> Ticket:
    """Correct the classification of an open case, with the reason on record.

    ``told`` is what the customer reads if that gives the case another date.
    """
    need_state(ticket, "reclassify")
    reason = need_text(reason, ticket)
    _need_another_person(ticket, actor, severity)
    missed, moved = _apply(
        ticket,
        actor,
        reason=reason,
        kind=kind,
        business=business,
        cause=cause,
        severity=severity,
        product=product or ticket.product,
    )
    ticket.save()
    labels = {"kind": kind, "business": business, "cause": cause, "severity": severity}
    keep_judgement(ticket, actor, labels)
    enter(ticket, "ticket.reclassified", actor, text=reason, data=labels | missed)
    if moved:
        tell_new_date(ticket, actor, *moved, reason=told)
    check_letter(ticket, actor)
    return ticket


def _need_another_person(ticket: Ticket, actor: Actor, severity: str) -> None:
    """The second pair of eyes on a major case is not got rid of by whoever handles it."""
    if ticket.severity == Severity.MAJOR != severity and is_assignee(actor, ticket):
        raise ActionError(
            _("重大投诉要降级，须由承办人以外的主管更正。请把理由告诉主管。"), state=ticket.state
        )


@action("ticket.topic_changed", allowed=VERBS["change_topic"].allowed)
def change_topic(ticket: Ticket, *, actor: Actor, topic: str) -> Ticket:
    """What the case is about, of the list that the whole desk shares; it moves no deadline."""
    need_state(ticket, "change_topic")
    if ticket.topic == topic:
        raise ActionError(_("已经是“%s”。") % Topic(topic).label, state=ticket.state)
    ticket.topic = topic
    ticket.save()
    enter(ticket, "ticket.topic_changed", actor, data={"topic": topic})
    return ticket


@action("ticket.declined", allowed=VERBS["decline"].allowed)
def decline_ticket(ticket: Ticket, *, actor: Actor, reason: str) -> Ticket:
    """Not a case for this desk; the customer reads the reason. Whom no notice reaches has been told."""
    need_state(ticket, "decline")
    reason = need_text(reason, ticket)
    if missing := queries.missing_for(ticket, "decline"):
        raise ActionError(_("还不能决定不予受理，缺少以下内容。"), state=ticket.state, missing=missing)
    end_clock(ticket, actor, reason)
    ticket.decline()
    settle(ticket, Alert.Kind.MESSAGE)
    ticket.closed_at = clock.now()
    ticket.save()
    enter(ticket, "ticket.declined", actor, public=True, text=reason)
    send_notice(ticket, "declined", reason, actor)
    return ticket
