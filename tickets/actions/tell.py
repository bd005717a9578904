"""Telling the customer that their date has changed because the classification has."""

from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.core.actors import Actor
from tickets.actions.base import enter
from tickets.actions.deliver import send_notice
from tickets.deadlines import Standing
from tickets.models import Ticket
from tickets.models.letter import NEW_DATE


def tell_new_date(ticket: Ticket, actor: Actor, was: Standing, now: Standing, reason: str = "") -> None:
    """A public line and a notice, where the date is another one. The case was saved with it.

    ``reason`` is for the customer; without one they read in plain words what the change rests on. What staff
    noted for themselves never goes there.
    """
    if (was.not_before, was.undetermined) == (now.not_before, now.undetermined):
        return
    reason = reason.strip() or _plain_reason(ticket, was, now)
    data = {"due_on": f"{now.due_on}"} if now.due_on else {}
    enter(ticket, "ticket.new_date_told", actor, public=True, text=reason, data=data)
    send_notice(ticket, NEW_DATE, reason, actor)


def _plain_reason(ticket: Ticket, was: Standing, now: Standing) -> str:
    """In the customer's own language."""
    with translation.override(ticket.language):
        if was.rule.partition(":")[0] != now.rule.partition(":")[0]:
            return _("这件事现在作为“%(kind)s”办理，期限按这一类计算。") % {"kind": ticket.get_kind_display()}
        if now.not_before > was.not_before:
            return _("这件事的情况比较复杂，需要更多时间核实。")
        return _("重新看过以后，这件事可以早些答复。")
