"""Asking for another repayment plan: a case with its wish in fields."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from helpdesk.core.actions import creation
from helpdesk.core.actors import Actor
from helpdesk.core.models import Topic
from helpdesk.core.permissions import is_customer
from tickets.actions.intake import file_ticket
from tickets.models import Channel, Kind, PlanRequest, Ticket


@creation("ticket.plan_requested", allowed=is_customer)
def request_plan(
    *,
    actor: Actor,
    loan: str,
    wish: str,
    cause: str,
    payable: Decimal | None,
    pay_on: dt.date | None,
    months: int | None,
    figures: Mapping[str, str],
    **filed: Any,
) -> Ticket:
    """``filed``: the words and files of the case, as ``file_ticket`` takes them."""
    ticket = file_ticket(
        actor=actor, kind=Kind.HARDSHIP_REQUEST, channel=Channel.WEB, topic=Topic.REPAYMENT, **filed
    )
    PlanRequest.objects.create(
        ticket=ticket,
        loan=loan,
        wish=wish,
        cause=cause,
        payable=payable,
        pay_on=pay_on,
        months=months,
        figures=dict(figures),
    )
    return ticket
