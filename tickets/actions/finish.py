"""After the decision, or instead of it: feedback, closing, reopening, withdrawal, review."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.signals import feedback_given
from tickets import deadlines, kinds, queries
from tickets.actions.alerts import settle, tell_of_words
from tickets.actions.ask import supersede
from tickets.actions.base import CUSTOMER, due_told, end_clock, enter, heard, need_state, need_text, tick
from tickets.actions.clocks import Why
from tickets.actions.flags import raise_flags
from tickets.actions.intake import file_ticket
from tickets.actions.involve import heed_names
from tickets.actions.parties import parties_of
from tickets.models import Alert, Approval, Channel, ClockEvent, Ticket
from tickets.permissions import VERBS, is_party


def _at_their_word(ticket: Ticket, actor: Actor, method: str, said_on: dt.date | None) -> dict[str, Any]:
    """Of words that staff took down the timeline tells that they did, and how and when they were said."""
    if is_party(actor, ticket):
        return {}
    if method not in Channel.values:
        raise ActionError(_("请选择客户是怎样说的：电话、柜面，还是别的渠道。"), state=ticket.state)
    return {"on_behalf": True, "method": method} | ({"said_on": f"{said_on}"} if said_on else {})


def _since_decision(ticket: Ticket, actor: Actor, said_on: dt.date | None) -> dt.date:
    """The day on which the customer said it: today, or the earlier one that staff name."""
    today = clock.today()
    if said_on is None or is_party(actor, ticket):
        return today
    if not queries.decided_on(ticket) <= said_on <= today:
        raise ActionError(_("客户说的日期应在作出决定之后、今天以前。"), state=ticket.state)
    return said_on


def _close(ticket: Ticket) -> None:
    settle(ticket, Alert.Kind.MESSAGE)
    ticket.closed_at = clock.now()
    ticket.save()


@action("ticket.feedback_given", allowed=VERBS["give_feedback"].allowed)
def give_feedback(ticket: Ticket, *, actor: Actor, score: int, resolved: bool | None, text: str) -> Ticket:
    """The customer's one answer about the decision; it closes the case."""
    need_state(ticket, "give_feedback")
    if score not in range(1, 6):
        raise ActionError(_("请选择 1 到 5 分。"), state=ticket.state)
    if clock.today() > queries.feedback_until(ticket):
        raise ActionError(_("评价的期限已过。"), state=ticket.state)
    ticket.give_feedback()
    _close(ticket)
    said, data = heard(text), {"score": score, "resolved": resolved}
    enter(ticket, "ticket.feedback_given", actor, kind=CUSTOMER, public=True, text=said, data=data)
    raise_flags(ticket, said.whole)
    told = {"score": score, "resolved": resolved, "text": said.text, "at": ticket.closed_at}
    feedback_given.send(Ticket, about=ticket, **told)
    return ticket


@action("ticket.closed", allowed=VERBS["close_without_feedback"].allowed)
def close_without_feedback(ticket: Ticket, *, actor: Actor) -> Ticket:
    """The window for feedback is over."""
    need_state(ticket, "close_without_feedback")
    if clock.today() <= queries.feedback_until(ticket):
        raise ActionError(_("评价的期限还没有过。"), state=ticket.state)
    ticket.close_without_feedback()
    _close(ticket)
    enter(ticket, "ticket.closed", actor, public=True)
    return ticket


@action("ticket.reopened", allowed=VERBS["reopen"].allowed)
def reopen_ticket(
    ticket: Ticket, *, actor: Actor, reason: str, said_on: dt.date | None = None, method: str = ""
) -> Ticket:
    """New facts: work goes on, and the clock starts again from the day on which they came. An answer to the
    survey, which closes the case, does not shorten the days in which they may come. Who agreed to the money
    of the decision has not agreed to more."""
    need_state(ticket, "reopen")
    day = _since_decision(ticket, actor, said_on)
    if not queries.may_reopen(ticket, day):
        over = _("重新调查的期限已过。可以申请核查，或把新的情况另外提交。")
        if ticket.review_of_id is not None:
            over = _("重新调查的期限已过。请把新的情况另外提交。")
        raise ActionError(over, state=ticket.state)
    need_text(reason, ticket)
    said, told = heard(reason), _at_their_word(ticket, actor, method, said_on)
    milestone = deadlines.milestone_for(ticket, day)
    tick(ticket, ClockEvent.Kind.RESTARTED, milestone, actor, Why(said.text), on=day)
    supersede(ticket, Approval.Kind.REDRESS)
    ticket.reopen()
    ticket.resolved_at = ticket.closed_at = None
    ticket.save()
    data = told | due_told(ticket.main_clock)
    enter(ticket, "ticket.reopened", actor, public=True, text=said, data=data)
    heed_names(ticket, said.whole)
    raise_flags(ticket, said.whole)
    tell_of_words(ticket, actor)
    return ticket


@action("ticket.withdrawn", allowed=VERBS["withdraw"].allowed)
def withdraw_ticket(
    ticket: Ticket, *, actor: Actor, reason: str, said_on: dt.date | None = None, method: str = ""
) -> Ticket:
    """At the customer's word; the clock ends that day, also where staff write it down on a later one."""
    need_state(ticket, "withdraw")
    said, told = heard(reason), _at_their_word(ticket, actor, method, said_on)
    if said_on and not deadlines.started_on(ticket) <= said_on <= clock.today():
        raise ActionError(_("撤回的日期应在收到之后、今天以前。"), state=ticket.state)
    end_clock(ticket, actor, said.text, on=said_on)
    ticket.withdraw()
    _close(ticket)
    enter(ticket, "ticket.withdrawn", actor, public=True, text=said, data=told)
    raise_flags(ticket, said.whole)
    return ticket


@action("ticket.review_requested", allowed=VERBS["request_review"].allowed)
def request_review(
    ticket: Ticket, *, actor: Actor, reason: str, said_on: dt.date | None = None, method: str = ""
) -> Ticket:
    """A linked case at the higher unit (核查), with number, code and clock of its own. It was received when
    and how it was asked for, and the same people stand behind it."""
    need_state(ticket, "request_review")
    day = _since_decision(ticket, actor, said_on)
    told, typed = _at_their_word(ticket, actor, method, said_on), queries.typed_in(ticket)
    details = kinds.data_of(ticket)
    need_text(reason, ticket)
    review = file_ticket(
        actor=actor,
        kind=ticket.kind,
        channel=told.get("method", Channel.WEB),
        topic=ticket.topic,
        complainant=ticket.complainant,
        contact=ticket.contact,
        narrative=reason,
        request=typed.get("request", ticket.request),
        product=typed.get("product", ticket.product),
        customer=ticket.customer,
        review_of=ticket,
        details=details and {name: typed.get(name, text) for name, text in details.items()},
        received_at=None if day == clock.today() else clock.end_of_day(day) - dt.timedelta(microseconds=1),
        **parties_of(ticket),
    )
    data = told | {"review": review.number}
    enter(ticket, "ticket.review_requested", actor, public=True, data=data)
    return review
