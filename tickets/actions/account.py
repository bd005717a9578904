"""The account of the customer whom a case is about."""

from django.utils.translation import gettext as _

from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets.actions.base import enter
from tickets.models import Ticket
from tickets.permissions import works_on
from tickets.queries import accounts_with


@action("ticket.account_linked", allowed=works_on)
def link_account(ticket: Ticket, *, actor: Actor, account: int) -> Ticket:
    """The customer sees the case from now on. Only an account that the contact of the case leads to."""
    if ticket.customer_id is not None:
        raise ActionError(_("这件工单已有客户账号。"), state=ticket.state)
    customer = next((one for one in accounts_with(ticket.contact) if one.pk == account), None)
    if customer is None:
        raise ActionError(_("这个账号的手机和邮箱与工单的联系方式不同，不能关联。"), state=ticket.state)
    ticket.customer = customer
    ticket.save()
    enter(ticket, "ticket.account_linked", actor)
    return ticket
