"""Red flags of a case: raised by what the customer writes, confirmed or dismissed by people."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.mail import tell
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import is_system
from helpdesk.core.screen import screen
from tickets import learning, people, redflags
from tickets.actions.alerts import alert, settle
from tickets.actions.base import NOTE, enter, staff_of
from tickets.assigning import away_now
from tickets.models import Alert, RedFlag, Ticket
from tickets.permissions import works_on

AT_ONCE, SAME_DAY = "P0", "P1"
AGAIN_AFTER = (dt.timedelta(minutes=10), dt.timedelta(minutes=30))  # of P0, unless it is answered
MOST_WORDS = 20  # of one flag, the newest
VERDICTS = (RedFlag.State.CONFIRMED.value, RedFlag.State.DISMISSED.value)


def raise_flags(ticket: Ticket, *texts: str) -> None:
    """Put up what a customer's words show; part of the action that took them. The words are read whole, so
    that no sign is lost behind asterisks, and kept as the case shows them.

    What somebody has answered is open again: the answer was about other words, and stays in the trail. What
    nobody has answered yet gets the new words. P0 goes to a named supervisor at once. P1 goes to whoever
    holds the case and the supervisors of its team, today, and asks for calls to the customer's number to
    rest until somebody has looked.
    """
    known = {row.code: row for row in ticket.red_flags.all()}
    new, again = [], []
    for flag in learning.flags_in("\n".join(texts)):
        row, words = known.get(flag.code), [screen(word, mask=True).text for word in flag.words]
        if row is None:
            new.append(RedFlag(ticket=ticket, code=flag.code, level=flag.level, words=words))
        elif row.state == RedFlag.State.OPEN:
            row.words = [*dict.fromkeys([*words, *row.words])][:MOST_WORDS]
            row.save()
        else:
            row.raise_again()
            row.words = words
            again.append(row)
    if new or again:
        _raise(ticket, new, again)


def _raise(ticket: Ticket, new: list[RedFlag], again: list[RedFlag]) -> None:
    raised, now = [*new, *again], clock.now()
    urgent = [row for row in raised if row.level == AT_ONCE]
    today = [row for row in raised if row.level == SAME_DAY]
    first = _first_to_hear(ticket) if urgent else []
    owner = next((one for one in first if one.role == Role.SUPERVISOR), None)
    for row in raised:
        row.owner = owner if row in urgent else None
        row.raised_at, row.reviewed_by, row.reviewed_at = now, None, None
        row.next_step_at = _next_step(row, now)
        row.save()
    by = User.system("red-flags")
    for rows, verb in ((new, "ticket.red_flags_raised"), (again, "ticket.red_flags_raised_again")):
        given = {"owner": str(owner)} if owner and any(row in urgent for row in rows) else {}
        if rows:
            enter(ticket, verb, by, kind=NOTE, data={"red_flags": codes(rows), **given})
    if urgent:
        _tell(ticket, [*first, *_holder(ticket)], urgent)
    if today:
        _tell(ticket, [*_holder(ticket), *people.supervisors_near(ticket)], today)
    if urgent or today:
        enter(ticket, "ticket.dialling_pause_requested", by, kind=NOTE)


def codes(flags: Iterable[RedFlag]) -> list[str]:
    return sorted(flag.code for flag in flags)


def _first_to_hear(ticket: Ticket) -> list[User]:
    """The supervisor at work who has the fewest cases; all of them where none is at work, and whoever can
    appoint one where none may handle the case."""
    able = people.supervisors_for(ticket)
    away = away_now(able, clock.now())
    at_work = [one for one in able if one.pk not in away]
    return at_work[:1] or able or people.administrators()


def _holder(ticket: Ticket) -> list[User]:
    return [ticket.assignee] if ticket.assignee and ticket.assignee.is_active else []


def _next_step(flag: RedFlag, now: dt.datetime) -> dt.datetime | None:
    """When people are told again: P0 after some minutes, P1 when its day is over."""
    steps = {
        AT_ONCE: [flag.raised_at + after for after in AGAIN_AFTER],
        SAME_DAY: [clock.end_of_day(clock.local_date(flag.raised_at))],
    }
    return next((at for at in steps.get(flag.level, ()) if at > now), None)


def _tell(ticket: Ticket, who: Iterable[User], flags: list[RedFlag]) -> None:
    """An alert each, which settles what they have not read of the same flags; of P0 a letter as well."""
    who, detail = list(dict.fromkeys(who)), ",".join(codes(flags))
    settle(ticket, Alert.Kind.RED_FLAG, user__in=who, detail=detail)
    alert(ticket, who, Alert.Kind.RED_FLAG, detail=detail)
    if flags[0].level == AT_ONCE:
        addresses = [person.email for person in who if person.email]
        told = partial(async_task, tell, addresses, partial(_words, ticket.number))
        transaction.on_commit(told, robust=True)  # a mail server that hangs holds up no bot and no router


def _words(number: str) -> tuple[str, str]:
    """They name the case, and nobody and nothing of what was said."""
    said = {"number": number}
    text = _("工单 %(number)s 有紧急警示，还没有人处理。请马上登录查看。")
    return _("%(number)s：紧急警示") % said, text % said


@action("ticket.red_flags_escalated", allowed=is_system, audited=False)
def escalate_flags(ticket: Ticket, *, actor: Actor) -> list[RedFlag]:
    """Tell people again of what nobody has answered, once a step. Of P0 all supervisors without a conflict
    hear, the last time those who run the desk, too. It writes its own audit entry."""
    now = clock.now()
    due = list(ticket.red_flags.filter(state=RedFlag.State.OPEN, next_step_at__lte=now))
    for row in due:
        row.next_step_at = _next_step(row, now)
        row.save()
    urgent = [row for row in due if row.level == AT_ONCE]
    today = [row for row in due if row.level == SAME_DAY]
    if urgent:
        able = people.supervisors_for(ticket)
        is_last = any(row.next_step_at is None for row in urgent)
        above = people.administrators() if is_last or not able else []
        _tell(ticket, [*able, *_holder(ticket), *above], urgent)
    if today:
        _tell(ticket, [*_holder(ticket), *people.supervisors_near(ticket)], today)
    if due:
        data = {"red_flags": codes(due)}
        enter(ticket, "ticket.red_flags_escalated", actor, kind=NOTE, data=data)
        audit.record(
            "ticket.red_flags_escalated",
            actor=actor,
            target=ticket,
            before=ticket.state,
            after=ticket.state,
            data=data,
        )
    return due


@action("ticket.red_flag_reviewed", allowed=works_on)
def review_flag(ticket: Ticket, *, actor: Actor, flag: str, verdict: str) -> RedFlag:
    """Confirm or dismiss one flag, in any state: a customer may write after the decision, too."""
    row = ticket.red_flags.filter(code=flag).first()
    if row is None or verdict not in VERDICTS:
        raise ActionError(_("这条警示不存在。"), state=ticket.state)
    if verdict == RedFlag.State.CONFIRMED:
        row.confirm()
    else:
        row.dismiss()
    row.reviewed_by, row.reviewed_at, row.next_step_at = staff_of(actor), clock.now(), None
    row.save()
    enter(
        ticket, "ticket.red_flag_reviewed", actor, kind=NOTE, data={"red_flags": [flag], "verdict": verdict}
    )
    waiting = ticket.red_flags.filter(level__in=(AT_ONCE, SAME_DAY), state=RedFlag.State.OPEN)
    if row.level in (AT_ONCE, SAME_DAY) and not waiting.exists():
        settle(ticket, Alert.Kind.RED_FLAG)
        enter(ticket, "ticket.dialling_pause_reviewed", actor, kind=NOTE)
    return row


def need_reviewed(ticket: Ticket) -> None:
    """Nobody classifies a case over a flag that nobody has looked at."""
    waiting: Sequence[str] = [
        str(redflags.NAMES[flag.code]) for flag in ticket.red_flags.filter(state=RedFlag.State.OPEN)
    ]
    if waiting:
        raise ActionError(
            _("分类之前，请把每条警示确认或排除。"),
            state=ticket.state,
            missing=[_("警示：{name}").format(name=name) for name in waiting],
        )
