"""Telling the customer that something on the page of their case is new: a message, or another date."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.core.actors import Actor
from tickets.actions.base import contacted, due_told, enter
from tickets.actions.deliver import post, send_notice
from tickets.deadlines import Standing
from tickets.models import SentThrough, Ticket
from tickets.models.letter import MESSAGE, NEW_DATE
from tickets.models.parties import answer_addresses


def tell_of_message(ticket: Ticket, actor: Actor) -> dict[str, Any]:
    """That somebody wrote to them; returns what the desk's timeline says of it.

    By e-mail it counts as contact when the mail server has accepted it (``record_sent``), with an account at
    once. Nobody else hears of it: it is no contact, and people have to call.
    """
    if answer_addresses(ticket):
        notice = post(ticket, None, actor, SentThrough.EMAIL, letter=MESSAGE, language=ticket.language)
        return {"to": notice.to}
    if ticket.customer_id is None:
        return {"untold": True}
    contacted(ticket, actor)
    return {}


def tell_new_date(ticket: Ticket, actor: Actor, was: Standing, now: Standing, reason: str = "") -> None:
    """A public line and a notice, where the date is another one. The case was saved with it.

    ``reason`` is for the customer; without one they read in plain words what the change rests on. What staff
    noted for themselves never goes there.
    """
    if (was.not_before, was.undetermined) == (now.not_before, now.undetermined):
        return
    reason = reason.strip() or _plain_reason(ticket, was, now)
    data = due_told(ticket.main_clock)
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
