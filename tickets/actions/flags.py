"""Red flags of a case: raised by what the customer writes, confirmed or dismissed by people."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.screen import screen
from tickets import learning, people, redflags
from tickets.actions.alerts import alert
from tickets.actions.base import NOTE, enter, staff_of
from tickets.models import Alert, RedFlag, Ticket
from tickets.permissions import works_on

VERDICTS = (RedFlag.State.CONFIRMED.value, RedFlag.State.DISMISSED.value)


def raise_flags(ticket: Ticket, *texts: str) -> None:
    """Put up what a customer's words show and the case does not have yet; part of the action that took them.
    The words are read whole, so that no sign is lost behind asterisks, and kept as the case shows them.

    P0 goes to a named supervisor at once. P1 asks for calls to the customer's number to rest until
    somebody has looked, today.
    """
    known = set(ticket.red_flags.values_list("code", flat=True))
    found = [flag for flag in learning.flags_in("\n".join(texts)) if flag.code not in known]
    if not found:
        return
    urgent = any(flag.level == "P0" for flag in found)
    owner = next(iter(people.supervisors_for(ticket)), None) if urgent else None
    RedFlag.objects.bulk_create(
        RedFlag(
            ticket=ticket,
            code=flag.code,
            level=flag.level,
            words=[screen(word, mask=True).text for word in flag.words],
            owner=owner if flag.level == "P0" else None,
            raised_at=clock.now(),
        )
        for flag in found
    )
    by = User.system("red-flags")
    data: dict[str, Any] = {"red_flags": [flag.code for flag in found]}
    if owner:
        data["owner"] = str(owner)
    enter(ticket, "ticket.red_flags_raised", by, kind=NOTE, data=data)
    if owner:
        gravest = ",".join(flag.code for flag in found if flag.level == "P0")
        alert(ticket, [owner], Alert.Kind.RED_FLAG, detail=gravest)
    if any(flag.level in ("P0", "P1") for flag in found):
        enter(ticket, "ticket.dialling_pause_requested", by, kind=NOTE)


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
    row.reviewed_by, row.reviewed_at = staff_of(actor), clock.now()
    row.save()
    enter(
        ticket, "ticket.red_flag_reviewed", actor, kind=NOTE, data={"red_flags": [flag], "verdict": verdict}
    )
    urgent = ticket.red_flags.filter(level__in=("P0", "P1"))
    if row.level in ("P0", "P1") and not urgent.filter(state=RedFlag.State.OPEN).exists():
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
