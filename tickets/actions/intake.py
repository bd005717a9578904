"""Receiving a case."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, creation, lock, need
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import is_system, works_cases
from helpdesk.core.screen import done_to
from helpdesk.core.uploads import CheckedFile
from tickets import deadlines, kinds, numbers, queries, search
from tickets.actions.base import CONTACT, LONGEST_AGO, STEP, due_told, enter, heard, seal, told_of, user_of
from tickets.actions.clocks import open_clock
from tickets.actions.files import keep_files
from tickets.actions.flags import raise_flags
from tickets.actions.involve import heed_names, take_along
from tickets.actions.parties import keep_parties, need_parties
from tickets.models import Channel, Clock, KindDetails, Ticket
from tickets.permissions import VERBS, can_file

LONGEST_PRODUCT = Ticket._meta.get_field("product").max_length


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
    part_of: Ticket | None = None,
    transcript: str = "",
    files: Sequence[CheckedFile] = (),
    searched: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    represented_by: Mapping[str, Any] | None = None,
    group: Sequence[Mapping[str, Any]] = (),
    referral: Mapping[str, Any] | None = None,
    received_at: dt.datetime | None = None,
) -> Ticket:
    """A new case with its number, tracking code (plain, on the returned instance only) and clock.

    ``details`` are the fields of its kind (tickets/kinds.py); ``represented_by`` and ``referral`` the fields
    of those models, ``group`` of every member, all checked before anything is written. Of the customer's
    words secrets are never kept, and personal data only sealed (helpdesk/core/screen.py). ``received_at`` is
    when it reached the desk, where that was before it was written down; its clocks count from then. What was
    split off (``part_of``) was received with the whole, and whoever must keep off that keeps off it, too.
    """
    need_parties(represented_by, group)
    received = part_of.received_at if part_of else _received(actor, received_at)
    known = _details(kind, details)
    told = {"narrative": narrative, "request": request, "product": product} | (known or {})
    said = {part: heard(text) for part, text in told.items()}
    kept = {part: words.text for part, words in said.items()}
    code = numbers.new_code()
    ticket = Ticket(
        number=numbers.next_number(),
        tracking_hash=numbers.hash_code(code),
        kind=kind,
        channel=_channel(actor, channel),
        topic=topic,
        complainant=complainant,
        contact=contact,
        narrative=kept["narrative"],
        request=kept["request"],
        product=kept["product"][:LONGEST_PRODUCT],
        customer=_customer(actor, customer),
        language=_language(actor, review_of or part_of),
        review_of=_reviewable(actor, review_of, clock.local_date(received)),
        received_at=received,
    )
    ticket.due_on = clock.today()  # until its clock says when
    ticket.save()
    if part_of:  # before flags look for whom to tell
        take_along(ticket, part_of, actor)
    texts = [numbers.serial(ticket.number), ticket.narrative, ticket.request, ticket.product]
    search.add(ticket.pk, texts, [complainant, contact])
    for part, words in said.items():
        seal(ticket, words, part=part)
    _start_clocks(ticket, actor, promised_at=clock.now() if part_of else received)
    ticket.save()
    data = due_told(ticket.main_clock) | told_of(*said.values())
    if received_at is not None:
        data["received_at"] = received.isoformat(timespec="minutes")
    enter(ticket, "ticket.filed", actor, kind=STEP, public=True, data=data)
    of_kind = kinds.words_of(kind, known) if known else ()
    raise_flags(ticket, said["narrative"].whole, said["request"].whole, *of_kind)
    if transcript:
        enter(ticket, "ticket.transcript", actor, kind=CONTACT, text=transcript, data={"method": channel})
    if searched:
        enter(ticket, "ticket.searched", actor, text="\n".join(searched))
    keep_files(ticket, list({file.sha256: file for file in files}.values()), actor, public=True)
    if known is not None:
        KindDetails.objects.create(ticket=ticket, kind=kind, data={part: kept[part] for part in known})
    if unread := [*(known or {}).values(), *(words.sealed for words in said.values() if words.sealed)]:
        heed_names(ticket, *unread)  # whom the case as it is kept names, keeps off by itself
    keep_parties(ticket, actor, represented_by=represented_by, group=group, referral=referral)
    ticket.tracking_code, ticket.screened = code, done_to(*said.values())
    return ticket


def _received(actor: Actor, said: dt.datetime | None) -> dt.datetime:
    """Now, or when staff or the mailbox say that it came: not later, and not longer ago than a year."""
    now = clock.now()
    if said is None or not (works_cases | is_system)(actor, None):
        return now
    if said > now:
        raise ActionError(_("收到的时间不能晚于现在。"))
    if said < now - LONGEST_AGO:
        raise ActionError(_("收到的时间不能早于一年前，请核对年份。"))
    return said


def _details(kind: str, details: Mapping[str, Any] | None) -> dict[str, str] | None:
    if details is None or kind not in kinds.DETAILS:
        return None
    try:
        return kinds.check(kind, details)
    except ValueError as error:
        raise ActionError(_("请检查这一类工单要填的内容。")) from error


def _start_clocks(ticket: Ticket, actor: Actor, *, promised_at: dt.datetime) -> None:
    """From receipt, by the kind; beside it the promise of a first contact."""
    purpose, since = Clock.Purpose, ticket.received_at
    day = clock.local_date(since)
    open_clock(ticket, purpose.CASE, deadlines.milestone_for(ticket, day), actor, since=since)
    own = deadlines.pack_in_force("desk_service_level", day)
    if own and (promise := own.milestones.get("first_contact")):
        open_clock(ticket, purpose.CONTACT, (own, promise), actor, since=promised_at)


def _language(actor: Actor, original: Ticket | None) -> str:
    """The one that the customer reads; staff who file for somebody keep that of the desk."""
    if original is not None:
        return original.language  # also of what was split off
    if user_of(actor) is None or actor.role == Role.CUSTOMER:
        return get_language() or settings.LANGUAGE_CODE
    return settings.LANGUAGE_CODE


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


def _reviewable(actor: Actor, original: Ticket | None, asked_on: dt.date) -> Ticket | None:
    """A review needs a decision, which is not that of a review, an entitled person and a day within the
    window."""
    if original is None:
        return None
    original = lock(original)
    need(VERBS["request_review"].allowed, actor, original, "ticket.review_requested")
    if original.state not in VERBS["request_review"].states or original.resolved_at is None:
        raise ActionError(_("只有已作出决定的案件可以申请核查。"), state=original.state)
    if original.review_of_id is not None:
        raise ActionError(_("核查决定是我们内部的最终答复，不能再申请核查。"), state=original.state)
    if asked_on > queries.review_until(original):
        raise ActionError(_("申请核查的期限已过。"), state=original.state)
    if queries.is_reviewed(original):
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
