"""Recording who stands behind a case while it is filed: a representative, a group, a regulator's referral."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.uploads import CheckedFile
from tickets import deadlines, search
from tickets.actions.base import LONGEST_AGO, enter
from tickets.actions.clocks import Rule, Why, move, open_clock
from tickets.actions.files import copy_of, keep_files
from tickets.models import Clock, ClockEvent, GroupMember, Referral, Representation, Ticket, Unit

MOST_SPEAKERS = 5
MOST_MEMBERS = 500


def need_parties(represented_by: Mapping[str, Any] | None, group: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what may not be filed, before anything is written."""
    if represented_by is not None and represented_by.get("authorisation") is None:
        raise ActionError(_("代理他人须附上对方签名的授权书。"))
    if not group:
        return
    speakers = sum(bool(member["speaks"]) for member in group)
    if speakers > MOST_SPEAKERS:
        raise ActionError(
            _("群体投诉最多推选 %(most)d 名代表，现在是 %(count)d 名。其余的人请写在成员名单里。")
            % {"most": MOST_SPEAKERS, "count": speakers}
        )
    if not speakers or len(group) < 2:
        raise ActionError(_("群体投诉至少有两个人，其中至少一名代表。"))
    if len(group) > MOST_MEMBERS:
        raise ActionError(_("成员名单最多 %(most)d 人，请分几件提交。") % {"most": MOST_MEMBERS})


def keep_parties(
    ticket: Ticket,
    actor: Actor,
    *,
    represented_by: Mapping[str, Any] | None,
    group: Sequence[Mapping[str, Any]],
    referral: Mapping[str, Any] | None,
) -> None:
    if represented_by is not None:
        row = keep_representation(ticket, actor, **represented_by)
        data = {"relation": row.relation, "answer_to": row.answer_to}
        enter(ticket, "ticket.representation_recorded", actor, data=data)
    if group:
        GroupMember.objects.bulk_create(GroupMember(ticket=ticket, **member) for member in group)
        secrets = [member[name] for member in group for name in ("name", "contact")]
        search.add(ticket.pk, [], secrets)
        enter(ticket, "ticket.group_recorded", actor, data={"members": len(group)})
    if referral is not None:
        _refer(ticket, actor, **referral)


def parties_of(ticket: Ticket) -> dict[str, Any]:
    """Who acts in a case and who belongs to its group, as ``keep_parties`` takes them for another."""
    who: Representation | None = getattr(ticket, "representation", None)
    members = ticket.group_members.order_by("pk")
    return {
        "represented_by": who
        and {
            **{name: getattr(who, name) for name in ("name", "contact", "relation", "answer_to")},
            "authorisation": copy_of(who.authorisation),
        },
        "group": [{"name": one.name, "contact": one.contact, "speaks": one.speaks} for one in members],
    }


def keep_representation(
    ticket: Ticket, actor: Actor, *, authorisation: CheckedFile | None, **who: str
) -> Representation:
    """A new one, or what is different of the one that the case has; so is its authorisation."""
    row: Representation = getattr(ticket, "representation", None) or Representation(ticket=ticket)
    for name, value in who.items():
        setattr(row, name, value)
    if authorisation is not None:
        before = ticket.evidence.filter(sha256=authorisation.sha256).first()
        row.authorisation = before or keep_files(ticket, [authorisation], actor, public=True)[0]
    row.save()
    search.add(ticket.pk, [], [row.name, row.contact])
    return row


def wrong_dates(
    received_on: dt.date, dated_on: dt.date | None, due_on: dt.date | None
) -> Iterator[tuple[str, str]]:
    """By field: a letter is written before it is received, and asks for an answer after that."""
    if dated_on and dated_on > received_on:
        yield "dated_on", _("转办函的日期不能晚于收到的日期，请核对。")
    if dated_on and dated_on < received_on - LONGEST_AGO:
        yield "dated_on", _("转办函的日期比收到的日期早一年以上，请核对年份。")
    if due_on and due_on <= received_on:
        yield "due_on", _("要求答复的日期应在收到的日期之后，请核对。")
    if due_on and due_on > received_on + LONGEST_AGO:
        yield "due_on", _("要求答复的日期比收到的日期晚一年以上，请核对年份。")


def regulators_rule(received_on: dt.date) -> Rule | None:
    """What times an answer to a regulator that passed a case on."""
    pack = deadlines.pack_in_force("cn_pboc_2020_5", received_on)
    return (pack, pack.milestones["reply_forwarded"]) if pack else None


def as_asked(rule: Rule, received_on: dt.date, due_on: dt.date | None) -> Rule:
    """The same rule until the day that the regulator itself named, if it did."""
    pack, milestone = rule
    if due_on is None:
        return rule
    return pack, replace(milestone, n=(due_on - received_on).days, unit=Unit.CALENDAR.value)


def _refer(
    ticket: Ticket,
    actor: Actor,
    *,
    authority: str,
    number: str,
    due_on: dt.date | None,
    dated_on: dt.date | None = None,
) -> None:
    """The regulator's number names its clock, which counts from the receipt of its letter like every other;
    its own date, where it gave one, is when that ends. Without a letter there is no such clock."""
    received_on = clock.local_date(ticket.received_at)
    for _field, words in wrong_dates(received_on, dated_on, due_on):
        raise ActionError(words)
    if rule := regulators_rule(received_on):
        purpose = Clock.Purpose.REGULATOR
        beside = open_clock(ticket, purpose, rule, actor, subject=number, since=ticket.received_at)
        if due_on:
            why = Why(_("%(authority)s要求的答复日") % {"authority": authority})
            move(beside, ClockEvent.Kind.RECLASSIFIED, as_asked(rule, received_on, due_on), actor, why)
    keep_referral(
        ticket,
        actor,
        Referral(authority=authority, number=number, due_on=due_on, dated_on=dated_on),
    )


def keep_referral(ticket: Ticket, actor: Actor, letter: Referral) -> None:
    """What the regulator's letter says, without its clock."""
    names = ("authority", "number", "due_on", "dated_on")
    Referral.objects.create(ticket=ticket, **{name: getattr(letter, name) for name in names})
    search.add(ticket.pk, [letter.authority, letter.number])
    data = {
        "number": letter.number,
        "authority": letter.authority,
        "answer_by": f"{letter.due_on or ''}",
    }
    enter(ticket, "ticket.referral_recorded", actor, data=data)
