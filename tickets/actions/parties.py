"""Recording who stands behind a case while it is filed: a representative, a group, a regulator's referral."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets import deadlines, search
from tickets.actions.base import LONGEST_AGO, enter
from tickets.actions.clocks import Rule, Why, move
from tickets.actions.files import keep_files
from tickets.models import Clock, ClockEvent, Entry, GroupMember, Referral, Representation, Ticket, Unit

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
        _represent(ticket, actor, **represented_by)
    if group:
        GroupMember.objects.bulk_create(GroupMember(ticket=ticket, **member) for member in group)
        secrets = [member[name] for member in group for name in ("name", "contact")]
        search.add(ticket.pk, [], secrets)
        enter(ticket, "ticket.group_recorded", actor, data={"members": len(group)})
    if referral is not None:
        _refer(ticket, actor, **referral)


def _represent(ticket: Ticket, actor: Actor, *, authorisation: Any, **who: Any) -> None:
    before = ticket.evidence.filter(sha256=authorisation.sha256).first()
    evidence = before or keep_files(ticket, [authorisation], actor, public=True)[0]
    row = Representation.objects.create(ticket=ticket, authorisation=evidence, **who)
    search.add(ticket.pk, [], [row.name, row.contact])
    data = {"relation": row.relation, "answer_to": row.answer_to}
    enter(ticket, "ticket.representation_recorded", actor, kind=Entry.Kind.STEP, data=data)


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
    its own date, where it gave one, is when that ends."""
    received_on = clock.local_date(ticket.received_at)
    for _field, words in wrong_dates(received_on, dated_on, due_on):
        raise ActionError(words)
    Referral.objects.create(
        ticket=ticket, authority=authority, number=number, due_on=due_on, dated_on=dated_on
    )
    search.add(ticket.pk, [authority, number])
    for beside in ticket.clocks.filter(purpose=Clock.Purpose.REGULATOR):
        beside.subject = number
        beside.save()
        if due_on:
            asked = as_asked(deadlines.lookup(beside.rule), received_on, due_on)
            why = Why(_("%(authority)s要求的答复日") % {"authority": authority})
            move(beside, ClockEvent.Kind.RECLASSIFIED, asked, actor, why)
    data = {"number": number, "authority": authority, "answer_by": f"{due_on or ''}"}
    enter(ticket, "ticket.referral_recorded", actor, data=data)
