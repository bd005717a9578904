"""More time and stops rest on a notice. Whom only an e-mail tells of it is told once that is sent."""

from django.utils.translation import gettext as _

from helpdesk.core import clock as time
from helpdesk.core.actors import Actor
from tickets import deadlines, queries
from tickets.actions.alerts import alert
from tickets.actions.ask import check_letter
from tickets.actions.base import due_told, enter
from tickets.actions.clocks import Why, move
from tickets.models import Alert, Clock, ClockEvent, Delivery, SentThrough, Ticket
from tickets.models.letter import EXTENSION, STOPPED

Kind = ClockEvent.Kind
RESTS_ON = {EXTENSION: Kind.EXTENDED, STOPPED: Kind.STOPPED}  # what begins with which notice


def heed_notice(ticket: Ticket, delivery: Delivery, actor: Actor) -> None:
    """A notice by e-mail was sent, or given up. What rests on it counts from the day on which the complainant
    was told, by the e-mail or by people (contact log), else not at all.

    Events stay as they are: a further one takes the extension or the stop back, another one gives it anew.
    """
    if delivery.letter not in RESTS_ON:
        return
    mails = ticket.deliveries.filter(letter=delivery.letter, channel=SentThrough.EMAIL)
    newest = mails[:1].get().sha256
    if newest != delivery.sha256 or mails.filter(sha256=newest, state=Delivery.State.WAITING).exists():
        return  # of another one, or another recipient may be told yet
    running, kind = ticket.main_clock, RESTS_ON[delivery.letter]
    events = list(running.events.all())
    event = next((one for one in reversed(events) if one.kind == kind), None)
    if event is None or event.notice_sent_on is None:
        return
    later = events[events.index(event) + 1 :]
    is_taken_back = any(one.reason_code == ClockEvent.UNTOLD for one in later)
    if is_taken_back and later[-1].reason_code != ClockEvent.UNTOLD:
        return  # people have moved the clock since
    day, by = event.notice_sent_on, [delivery.letter]
    if not is_taken_back and (
        queries.told_on(ticket, day, day, by=by) or not _take_back(running, events, event, actor)
    ):
        return
    told = queries.told_on(ticket, event.on, time.today(), by=by)
    if is_taken_back and told is None:
        return  # given up once more
    if told and running.state != Clock.State.ENDED:
        why = Why(event.reason, event.reason_code, told, event.approved_by)
        move(running, kind, deadlines.lookup(event.rule), actor, why, on=told)
    ticket.save()
    enter(ticket, "ticket.notice_missed", actor, public=True, data=due_told(running))
    alert(ticket, {delivery.by, ticket.assignee or delivery.by}, Alert.Kind.DELIVERY, detail=Alert.UNTOLD)
    check_letter(ticket, ticket.assignee or delivery.by)


def _take_back(running: Clock, events: list[ClockEvent], event: ClockEvent, actor: Actor) -> bool:
    """As if it had not been: the rule of before, or on from where it stopped. False: it no longer holds."""
    why = Why(_("告知客户的通知没有及时送到，所以不算数。"), ClockEvent.UNTOLD)
    if event.kind == Kind.EXTENDED and running.rule == event.rule:
        before = deadlines.fold(events[: events.index(event)])
        move(running, Kind.RECLASSIFIED, deadlines.lookup(before.rule), actor, why)
    elif event.kind == Kind.STOPPED and deadlines.fold(events).stands_still:
        move(running, Kind.RESUMED, deadlines.lookup(running.rule), actor, why, on=event.on, at=event.at)
    else:
        return False
    return True
