"""Receiving a case."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, creation, lock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import Role, User
from helpdesk.core.uploads import CheckedFile
from tickets import deadlines, numbers, queries
from tickets.actions.base import CONTACT, STEP, enter, tick, user_of
from tickets.actions.files import keep_files
from tickets.models import Channel, DeadlineEvent, Ticket
from tickets.permissions import VERBS, can_file, is_party, supervises


@creation("ticket.filed", allowed=can_file)
def file_ticket(  # noqa: PLR0913  # the fields of the form, each by name
    *,
    actor: Actor,
    kind: str,
    channel: str,
    topic: str,
    complainant: str,
    contact: str,
    narrative: str,
    request: str,
    product: str = "",
    customer: User | None = None,
    review_of: Ticket | None = None,
    transcript: str = "",
    files: Sequence[CheckedFile] = (),
) -> Ticket:
    """A new case with its number, tracking code (plain, on the returned instance only) and clock."""
    code = numbers.new_code()
    today = clock.today()
    ticket = Ticket(
        number=numbers.next_number(),
        tracking_hash=numbers.hash_code(code),
        kind=kind,
        channel=_channel(actor, channel),
        topic=topic,
        complainant=complainant,
        contact=contact,
        narrative=narrative,
        request=request,
        product=product,
        customer=_customer(actor, customer),
        review_of=_reviewable(actor, review_of),
        received_at=clock.now(),
    )
    milestone = deadlines.milestone_for(ticket, today)
    ticket.due_on, ticket.due_rule = deadlines.due(today, milestone), milestone[0].rule(milestone[1].code)
    ticket.save()
    tick(ticket, DeadlineEvent.Kind.STARTED, milestone, actor)
    enter(ticket, "ticket.filed", actor, kind=STEP, public=True, data={"due_on": f"{ticket.due_on}"})
    if transcript:
        enter(ticket, "ticket.transcript", actor, kind=CONTACT, text=transcript, data={"method": channel})
    keep_files(ticket, list({file.sha256: file for file in files}.values()), actor, public=True)
    ticket.tracking_code = code
    return ticket


def _channel(actor: Actor, channel: str) -> str:
    if user_of(actor) is None or actor.role == Role.CUSTOMER:
        return channel if channel in (Channel.WEB, Channel.CHAT) else Channel.WEB
    return channel


def _customer(actor: Actor, customer: User | None) -> User | None:
    """Customers file for themselves; a guest has no account; staff may name a customer."""
    user = user_of(actor)
    if user is None or user.role == Role.CUSTOMER:
        return user
    if customer is not None and customer.role != Role.CUSTOMER and customer != user:
        raise ActionError(_("所选账号不是客户账号。"))
    return customer


def _reviewable(actor: Actor, original: Ticket | None) -> Ticket | None:
    """A review needs a decision, an entitled person and a day within the window."""
    if original is None:
        return None
    original = lock(original)
    if not (is_party | supervises)(actor, original):
        raise ActionForbidden("ticket.review_requested")
    if original.state not in VERBS["request_review"].states or original.resolved_at is None:
        raise ActionError(_("只有已作出决定的案件可以申请核查。"), state=original.state)
    if clock.today() > queries.review_until(original):
        raise ActionError(_("申请核查的期限已过。"), state=original.state)
    if original.reviews.filter(received_at__gte=original.resolved_at).exists():
        raise ActionError(_("这个决定已经申请过核查。"), state=original.state)
    return original


@action("ticket.code_renewed", allowed=VERBS["renew_tracking_code"].allowed)
def renew_tracking_code(ticket: Ticket, *, actor: Actor) -> str:
    """A new code, returned in plain once; the old one stops working."""
    code = numbers.new_code()
    ticket.tracking_hash = numbers.hash_code(code)
    ticket.save()
    enter(ticket, "ticket.code_renewed", actor)
    return code
