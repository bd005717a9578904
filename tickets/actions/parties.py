"""Recording who stands behind a case while it is filed: a representative, a group, a regulator's referral."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets import deadlines, search
from tickets.actions.base import enter
from tickets.actions.clocks import Why, move
from tickets.actions.files import keep_files
from tickets.models import Clock, ClockEvent, Entry, GroupMember, Referral, Representation, Ticket

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


def _refer(ticket: Ticket, actor: Actor, *, authority: str, number: str, due_on: dt.date | None) -> None:
    """The regulator's number names its clock, and its own date, where it gave one, is when that ends."""
    Referral.objects.create(ticket=ticket, authority=authority, number=number, due_on=due_on)
    search.add(ticket.pk, [authority, number])
    for beside in ticket.clocks.filter(purpose=Clock.Purpose.REGULATOR):
        beside.subject = number
        beside.save()
        days = (due_on - clock.today()).days if due_on else 0
        if days > 0:
            pack, milestone = deadlines.lookup(beside.rule)
            asked = replace(milestone, n=days, unit="cal")
            why = Why(_("%(authority)s要求的答复日") % {"authority": authority})
            move(beside, ClockEvent.Kind.RECLASSIFIED, (pack, asked), actor, why)
    data = {"number": number, "authority": authority, "answer_by": f"{due_on or ''}"}
    enter(ticket, "ticket.referral_recorded", actor, data=data)
