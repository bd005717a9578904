"""Telling people that a clock runs short: once a step, whatever restarts."""

from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.mail import tell
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import is_system
from tickets import deadlines
from tickets.actions.alerts import alert
from tickets.actions.base import NOTE, called, enter
from tickets.actions.clocks import store
from tickets.deadlines.escalation import steps_of
from tickets.models import Alert, Clock, Escalation, Ticket

Step = Escalation.Step


@action("ticket.escalated", allowed=is_system, audited=False)
def escalate_ticket(ticket: Ticket, *, actor: Actor) -> list[Escalation]:
    """Every step of the case's clocks that was reached and not told; it writes its own audit entries.

    The timeline says the furthest of them, once a clock.
    """
    told = []
    for running in ticket.clocks.filter(state=Clock.State.RUNNING, next_step_at__lte=clock.now()):
        running.ticket = ticket
        standing = deadlines.standing_of(running)
        reached = [step for at, step in steps_of(standing) if at <= clock.now()]
        if standing.undetermined:
            reached.insert(0, str(Step.UNDETERMINED))
        new = []
        for step in reached:
            escalation, is_new = Escalation.objects.get_or_create(
                clock=running, step=step, for_day=standing.not_before, defaults={"at": clock.now()}
            )
            if is_new:
                _record(ticket, escalation, actor)
                new.append(escalation)
        for escalation in _furthest(new):
            enter(ticket, "ticket.escalated", actor, kind=NOTE, data=_data(escalation))
            _tell(ticket, running, escalation)
        told += new
        store(running, standing)
    ticket.save()
    return told


def _record(ticket: Ticket, escalation: Escalation, actor: Actor) -> None:
    state, data = ticket.state, _data(escalation)
    audit.record("ticket.escalated", actor=actor, target=ticket, before=state, after=state, data=data)


def _data(escalation: Escalation) -> dict[str, str]:
    due_on = f"{escalation.for_day}"
    return {"step": escalation.step, "due_on": due_on} | called(escalation.clock)


def _furthest(new: list[Escalation]) -> list[Escalation]:
    """Of the steps that were reached since somebody looked, the last says it all; an unknown day is another
    matter."""
    unknown = [one for one in new if one.step == Step.UNDETERMINED]
    return [*unknown, *[one for one in new if one.step != Step.UNDETERMINED][-1:]]


def _tell(ticket: Ticket, running: Clock, escalation: Escalation) -> None:
    """An alert and a letter each; what people have not read about an earlier step is settled by it."""
    people = audience(ticket, escalation.step)
    if escalation.step != Step.UNDETERMINED:
        earlier = Alert.objects.filter(user__in=people, escalation__clock=running, read_at=None)
        earlier.exclude(escalation__step=Step.UNDETERMINED).update(read_at=clock.now())
    alert(ticket, people, Alert.Kind.ESCALATION, escalation=escalation)
    addresses = [user.email for user in people if user.email]
    words = partial(_words, ticket.number, running, escalation)
    transaction.on_commit(partial(tell, addresses, words), robust=True)


def audience(ticket: Ticket, step: str) -> list[User]:
    """Who holds the case; from 90 % on also the supervisors of its team, or all of them if it has none."""
    wanted = Q(pk=ticket.assignee_id)
    if ticket.assignee_id is None or step != Step.THREE_QUARTERS:
        supervisors = Q(role=Role.SUPERVISOR, team=ticket.team_id)
        if not User.objects.filter(supervisors, is_active=True).exists():
            supervisors = Q(role=Role.SUPERVISOR)
        wanted |= supervisors
    return list(User.objects.filter(wanted, is_active=True).order_by("pk"))


def _words(number: str, running: Clock, escalation: Escalation) -> tuple[str, str]:
    """They name the case and the day, and nobody and nothing of the case."""
    said = {
        "number": number,
        "step": escalation.get_step_display(),
        "clock": running.name,
        "day": escalation.for_day,
    }
    text = _("工单 %(number)s 的“%(clock)s”：%(step)s。截止日：%(day)s。请登录后处理。")
    return _("%(number)s：%(step)s") % said, text % said
