"""Putting right whom a case is about and how they are reached: what was mistyped or has changed since, and a
representative who was engaged later."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import audit
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.masking import mask_contact, mask_name
from helpdesk.core.uploads import CheckedFile
from tickets import search
from tickets.actions.ask import check_letter
from tickets.actions.base import enter, need_state, need_text
from tickets.actions.parties import keep_representation
from tickets.models import Channel, Delivery, Representation, SentThrough, Ticket
from tickets.models.case import WRITTEN_HERE
from tickets.models.parties import answer_addresses
from tickets.permissions import VERBS

Values = Mapping[str, str]  # by field
MASKS = {"complainant": mask_name, "name": mask_name, "contact": mask_contact}


@action("ticket.contact_corrected", allowed=VERBS["correct_contact"].allowed, audited=False)
def correct_contact(
    ticket: Ticket, *, actor: Actor, reason: str, complainant: str = "", contact: str = "", channel: str = ""
) -> Ticket:
    """The complainant's name and contact, and the channel; what is left empty stays."""
    need_state(ticket, "correct_contact")
    reason = need_text(reason, ticket)
    now = _new(ticket, complainant=complainant.strip(), contact=contact.strip(), channel=channel)
    if not now:
        raise ActionError(_("没有改动。"), state=ticket.state)
    if "channel" in now:
        _need_true_channel(ticket, channel)
    was = {name: getattr(ticket, name) for name in now}
    for name, value in now.items():
        setattr(ticket, name, value)
    ticket.save()
    _follow(ticket, actor, "ticket.contact_corrected", was, now, reason)
    return ticket


@action("ticket.representation_recorded", allowed=VERBS["record_representation"].allowed, audited=False)
def record_representation(
    ticket: Ticket,
    *,
    actor: Actor,
    reason: str,
    name: str = "",
    contact: str = "",
    relation: str = "",
    answer_to: str = "",
    authorisation: CheckedFile | None = None,
) -> Ticket:
    """Who acts for the complainant. Of a representative whom the case has, what is left empty stays; nobody
    acts without a signed authorisation."""
    need_state(ticket, "record_representation")
    reason = need_text(reason, ticket)
    known: Representation | None = getattr(ticket, "representation", None)
    row = known or Representation()
    now = _new(row, name=name.strip(), contact=contact.strip(), relation=relation, answer_to=answer_to)
    if known is None and (authorisation is None or len(now) < 4):
        raise ActionError(
            _("请填写代理人的姓名、联系方式、与客户的关系和答复发给谁，并附上签名的授权书。"),
            state=ticket.state,
        )
    if not now and authorisation is None:
        raise ActionError(_("没有改动。"), state=ticket.state)
    was = {field: getattr(row, field) for field in now} if known else {}
    keep_representation(ticket, actor, authorisation=authorisation, **now)
    _follow(ticket, actor, "ticket.representation_recorded", was, now, reason, authorisation=authorisation)
    return ticket


def _new(row: Ticket | Representation, **typed: str) -> dict[str, str]:
    """What was typed and is not so yet."""
    return {name: value for name, value in typed.items() if value and value != getattr(row, name)}


def _need_true_channel(ticket: Ticket, channel: str) -> None:
    """That somebody wrote here is known and no opinion; what a regulator passed on has its letter."""
    by_people = [Channel.PHONE, Channel.EMAIL, Channel.COUNTER, Channel.SOCIAL]
    if hasattr(ticket, "referral"):
        by_people.append(Channel.REGULATOR)
    if channel not in by_people or ticket.channel in WRITTEN_HERE:
        raise ActionError(
            _("渠道不能改成这一种：网页和在线客服由系统记录，监管转办要有转办函。"), state=ticket.state
        )


def _follow(
    ticket: Ticket,
    actor: Actor,
    verb: str,
    was: Values,
    now: Values,
    reason: str,
    **also: Any,
) -> None:
    """The search, the letters that wait and the trail, which keeps what it was as it keeps what it is."""
    search.exchange(ticket.pk, [was[name] for name in MASKS if name in was], _secrets_of(ticket))
    waiting = ticket.deliveries.filter(
        channel=SentThrough.EMAIL, state__in=(Delivery.State.WAITING, Delivery.State.FAILED)
    )
    for row in waiting:
        row.to = _redirected(ticket, row, was, now)
        row.save(update_fields=["to"])
    masked = {name: MASKS[name](value) if name in MASKS else value for name, value in was.items()}
    enter(ticket, verb, actor, text=reason, data={"was": masked} if masked else {})
    data = {**now, "was": dict(was), "reason": reason, **also}
    audit.record(verb, actor=actor, target=ticket, before=ticket.state, after=ticket.state, data=data)
    check_letter(ticket, actor)


def _redirected(ticket: Ticket, row: Delivery, was: Values, now: Values) -> str:
    """To whom a letter that waits goes now: whoever has got it already is no recipient of it any more."""
    everybody = ", ".join(map(mask_contact, answer_addresses(ticket)))
    if "answer_to" in now or not row.to:
        return everybody
    if "contact" not in now:
        return row.to
    if "@" not in was["contact"]:  # who could not get it before
        return everybody
    old, new = mask_contact(was["contact"]), mask_contact(now["contact"])
    to = [new if one == old else one for one in row.to.split(", ")]
    return ", ".join(one for one in to if "@" in one)


def _secrets_of(ticket: Ticket) -> list[str]:
    """All names and contacts by which the case is found."""
    who: Representation | None = getattr(ticket, "representation", None)
    people = [(ticket.complainant, ticket.contact), *([(who.name, who.contact)] if who else [])]
    people += [(member.name, member.contact) for member in ticket.group_members.all()]
    return [secret for person in people for secret in person]
