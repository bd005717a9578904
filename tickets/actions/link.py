"""Cases that belong together: merged, taken apart again, split, linked."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, lock, need
from helpdesk.core.actors import Actor
from helpdesk.core.contacts import contact_token
from helpdesk.core.errors import ActionError
from helpdesk.core.passwords import without_secrets
from tickets import deadlines, people, queries
from tickets.actions.alerts import tell_of_conflict
from tickets.actions.ask import check_letter
from tickets.actions.base import (
    ENDED,
    due_told,
    end_clock,
    end_matter,
    enter,
    need_state,
    need_text,
    run_on,
    staff_of,
    tick,
)
from tickets.actions.clocks import Why, move, store
from tickets.actions.files import copy_of, keep_files
from tickets.actions.intake import file_ticket
from tickets.actions.parties import keep_referral, parties_of
from tickets.models import Clock, ClockEvent, Ticket, TicketLink
from tickets.models import Kind as CaseKind
from tickets.models.link import merges_into
from tickets.permissions import VERBS, supervises, works_on
from tickets.states import OPEN, State

Kind, Purpose, Event = TicketLink.Kind, Clock.Purpose, ClockEvent.Kind


@action("ticket.merged", allowed=VERBS["merge"].allowed, also=("into",))
def merge_ticket(
    ticket: Ticket,
    *,
    actor: Actor,
    into: Ticket,
    same_person: bool,
    knows_difference: bool = False,
    reason: str = "",
) -> TicketLink:
    """``ticket`` goes on in ``into``, which must be open.

    Nothing moves: the pages of ``into`` read both. Its clock counts from the earlier receipt, and what a
    regulator set for ``ticket`` runs on there. Where account or contact of the two differ, only a supervisor
    who says that they know it merges them, and neither side comes to read the other's.
    """
    need_state(ticket, "merge")
    _may_tie(ticket, into, actor)
    if not same_person:
        raise ActionError(_("请先核实两件说的是同一件事。"), state=ticket.state)
    _need_fitting_kind(ticket, into)
    apart = bool(differences(ticket, into))
    if apart:
        _may_merge_others(ticket, into, actor, knows_difference)
    if into.state not in OPEN:
        raise ActionError(_("只能并入还在处理的工单；已结束的可以关联。"), state=ticket.state)
    if merges_into(ticket).exists():
        raise ActionError(_("已有工单并入这一件。请反过来，把另一件并入这一件。"), state=ticket.state)
    if Clock.State.STOPPED in {into.main_clock.state, ticket.main_clock.state}:
        raise ActionError(_("有一件的计时已暂停，请先恢复计时。"), state=ticket.state)
    before = {
        "state": ticket.state,
        "started_on": f"{deadlines.started_on(ticket)}",
        "into_started_on": f"{deadlines.started_on(into)}",
        "into_customer": into.customer_id,
        "clocks": _carry_beside(ticket, into),
        "ended": list(ticket.clocks.exclude(state=ENDED).values_list("pk", flat=True)),
    }
    if deadlines.started_on(ticket) < deadlines.started_on(into):
        _start_from(into, before["started_on"], actor, ticket.number)
    if queries.is_overdue(ticket) and into.due_on > ticket.due_on:  # a day that has passed stays missed
        raise ActionError(
            _("这一件已经逾期，不能并入期限更晚的一件。请反过来合并，或改用关联。"), state=ticket.state
        )
    if not apart:
        into.customer = into.customer or ticket.customer
    into.save()
    check_letter(into, actor)
    end_clock(ticket, actor, f"{Kind.DUPLICATE_OF} {into.number}")
    ticket.merge()
    ticket.save()
    link = _link(ticket, into, Kind.DUPLICATE_OF, actor, reason, before, apart=apart)
    told = {"apart": True} if apart else {}
    enter(ticket, "ticket.merged", actor, public=not apart, data={"other": into.number} | told)
    absorbed = {"other": ticket.number} | due_told(into.main_clock)
    enter(into, "ticket.absorbed", actor, public=not apart, data=absorbed | told)
    if reason.strip():
        enter(into, "ticket.absorbed", actor, text=reason, data={"other": ticket.number})
    tell_of_conflict(into)
    return link


@action("ticket.unmerged", allowed=VERBS["unmerge"].allowed)
def unmerge_ticket(ticket: Ticket, *, actor: Actor) -> Ticket:
    """Within a day: as if it had not been merged, the clocks of both as they stood."""
    need_state(ticket, "unmerge")
    link = ticket.links.select_for_update().get(kind=Kind.DUPLICATE_OF, ended_at__isnull=True)
    if clock.now() > link.at + queries.UNDO_WITHIN:
        raise ActionError(_("合并已超过 24 小时，不能撤销；可以从合并后的工单拆分。"), state=ticket.state)
    into, before = lock(link.other), link.before
    ticket.unmerge(State(before["state"]))
    _start_from(ticket, before["started_on"], actor, into.number)
    _run_on(ticket, before["ended"], actor, into.number)
    ticket.save()
    check_letter(ticket, actor)
    for carried in Clock.objects.filter(pk__in=before["clocks"]).exclude(state=ENDED):
        move(carried, Event.ENDED, deadlines.lookup(carried.rule), actor, Why(ticket.number))
    is_moved = before["started_on"] < before["into_started_on"]
    if into.state in OPEN and is_moved and f"{deadlines.started_on(into)}" == before["started_on"]:
        _start_from(into, before["into_started_on"], actor, ticket.number)
    if before["into_customer"] is None and not link.apart:
        into.customer = None
    into.save()
    check_letter(into, actor)
    _end(link, actor)
    enter(ticket, "ticket.unmerged", actor, public=not link.apart, data={"other": into.number})
    enter(into, "ticket.unmerged", actor, public=not link.apart, data={"other": ticket.number})
    return ticket


@action("ticket.split", allowed=VERBS["split"].allowed)
def split_ticket(
    ticket: Ticket,
    *,
    actor: Actor,
    kind: str,
    topic: str,
    narrative: str,
    request: str,
    evidence: Sequence[int] = (),
    reason: str = "",
) -> Ticket:
    """Part of a case becomes a case of its own, with copies of the chosen evidence.

    It was received when the whole was, its clock counts like that of the whole, and the same people and the
    same regulator stand behind it.
    """
    need_state(ticket, "split")
    if people.is_review(ticket):
        raise ActionError(
            _("核查只办原来的那个决定，不能拆分。客户另外提出的事，请登记为新的一件。"), state=ticket.state
        )
    for text in (narrative, request):
        need_text(text, ticket)
    part = file_ticket(
        actor=actor,
        kind=kind,
        channel=ticket.channel,
        topic=topic,
        complainant=ticket.complainant,
        contact=ticket.contact,
        narrative=narrative,
        request=request,
        product=ticket.product,
        customer=ticket.customer,
        part_of=ticket,
        **parties_of(ticket),
    )
    started_on = deadlines.started_on(ticket)
    if started_on != deadlines.started_on(part):
        _start_from(part, f"{started_on}", actor, ticket.number)
        part.save()
    if referral := getattr(ticket, "referral", None):
        keep_referral(part, actor, referral)
        _carry_beside(ticket, part, subject=referral.number)
    kept = part.evidence.values("sha256")  # an authorisation
    chosen = list(ticket.evidence.filter(pk__in=evidence).exclude(sha256__in=kept))
    for public in (True, False):
        keep_files(part, [copy_of(file) for file in chosen if file.public == public], actor, public=public)
    _link(part, ticket, Kind.SPLIT_FROM, actor, reason)
    enter(part, "ticket.split", actor, public=True, data={"other": ticket.number})
    enter(ticket, "ticket.split", actor, public=True, data={"other": part.number})
    end_matter(ticket, kind, actor, part.number)
    if reason.strip():
        enter(ticket, "ticket.split", actor, text=reason, data={"other": part.number})
    return part


@action("ticket.linked", allowed=VERBS["link"].allowed, also=("other",))
def link_ticket(ticket: Ticket, *, actor: Actor, other: Ticket, reason: str = "") -> TicketLink:
    """Two related cases, told at both."""
    need_state(ticket, "link")
    _may_tie(ticket, other, actor)
    pair = {ticket.pk, other.pk}
    if _related().filter(ticket__in=pair, other__in=pair).exists():
        raise ActionError(_("这两件已经关联。"), state=ticket.state)
    link = _link(ticket, other, Kind.RELATED, actor, reason)
    enter(ticket, "ticket.linked", actor, text=reason, data={"other": other.number})
    enter(other, "ticket.linked", actor, text=reason, data={"other": ticket.number})
    return link


@action("ticket.unlinked", allowed=VERBS["unlink"].allowed, also=("other",))
def unlink_ticket(ticket: Ticket, *, actor: Actor, other: Ticket) -> Ticket:
    need_state(ticket, "unlink")
    pair = {ticket.pk, other.pk}
    link = _related().select_for_update().filter(ticket__in=pair, other__in=pair).first()
    if link is None:
        raise ActionError(_("这两件没有关联，可能已有人取消。"), state=ticket.state)
    _end(link, actor)
    enter(ticket, "ticket.unlinked", actor, data={"other": other.number})
    enter(other, "ticket.unlinked", actor, data={"other": ticket.number})
    return ticket


# --- Parts ------------------------------------------------------------------------------------


def _related() -> Any:
    return TicketLink.objects.filter(kind=Kind.RELATED, ended_at__isnull=True)


def differences(ticket: Ticket, other: Ticket) -> list[str]:
    """What speaks against two cases being of one person, in words. Of one account they are; else a person is
    only known by the contact, and a representative holds the code instead of the complainant."""
    if ticket.customer_id and ticket.customer_id == other.customer_id:
        return []
    found = []
    if ticket.customer_id and other.customer_id:
        found.append(_("客户账号不同"))
    if contact_token(ticket.contact) != contact_token(other.contact):
        found.append(_("联系方式不同"))
    if _acts_for(ticket) != _acts_for(other):
        found.append(_("代理人不同"))
    return found


def _acts_for(ticket: Ticket) -> str:
    """Who holds the tracking code instead of the complainant, as a hash of their contact."""
    who = getattr(ticket, "representation", None)
    return contact_token(who.contact) if who else ""


def _may_merge_others(ticket: Ticket, into: Ticket, actor: Actor, knows_difference: bool) -> None:
    words = {"why": _("、").join(differences(ticket, into))}
    if not supervises(actor, ticket):
        raise ActionError(
            _("两件的%(why)s，可能是不同的人，不能合并；可以关联，或请主管合并。") % words, state=ticket.state
        )
    if not knows_difference:
        raise ActionError(
            _("两件的%(why)s。确实要合并，请勾选“知道两件的人可能不同”。") % words, state=ticket.state
        )


def _need_fitting_kind(ticket: Ticket, into: Ticket) -> None:
    """A kind chooses the clock and the mandatory steps: what has its own does not end in a case without."""
    if ticket.kind in (into.kind, CaseKind.ENQUIRY, CaseKind.SUGGESTION):
        return
    words = {"kind": ticket.get_kind_display(), "other": into.get_kind_display()}
    raise ActionError(
        _(
            "“%(kind)s”有自己的期限和步骤，不能并入“%(other)s”。类型选错的，请先更正分类；否则请改用关联，两件分开办。"
        )
        % words,
        state=ticket.state,
    )


def _may_tie(ticket: Ticket, other: Ticket, actor: Actor) -> None:
    """Whoever may not work on the other case may not tie anything to it."""
    if other.pk == ticket.pk:
        raise ActionError(_("请选另一件工单。"), state=ticket.state)
    need(works_on, actor, other, "ticket.linked")
    if other.state == State.MERGED:
        raise ActionError(_("那一件已经并入别的工单，请选合并后的那件。"), state=ticket.state)


def _link(
    ticket: Ticket,
    other: Ticket,
    kind: str,
    actor: Actor,
    reason: str,
    before: dict[str, Any] | None = None,
    *,
    apart: bool = False,
) -> TicketLink:
    return TicketLink.objects.create(
        ticket=ticket,
        other=other,
        kind=kind,
        reason=without_secrets(reason),
        before=before or {},
        apart=apart,
        by=staff_of(actor),
        at=clock.now(),
    )


def _end(link: TicketLink, actor: Actor) -> None:
    link.ended_at, link.ended_by = clock.now(), staff_of(actor)
    link.save()


def _start_from(ticket: Ticket, day: str, actor: Actor, because: str) -> None:
    """The clock of the case counts from that local day, and runs; stops and extensions stay as they were.
    The caller saves the case."""
    rule = deadlines.lookup(ticket.due_rule)
    tick(ticket, Event.RECEIVED, rule, actor, Why(because), on=dt.date.fromisoformat(day))


def _carry_beside(ticket: Ticket, into: Ticket, **of: str) -> list[int]:
    """What a regulator set, and a matter of another kind than that of the other case, goes on there with all
    that has happened to it."""
    carried = []
    going = ticket.clocks.filter(purpose__in=(Purpose.REGULATOR, Purpose.MATTER), **of).exclude(state=ENDED)
    for beside in going.exclude(purpose=Purpose.MATTER, subject=into.kind):
        copy = Clock(ticket=into, purpose=beside.purpose, subject=beside.subject, rule=beside.rule)
        copy.save()
        events = list(beside.events.all())
        for event in events:
            event.pk, event.clock = None, copy
        ClockEvent.objects.bulk_create(events)
        store(copy, deadlines.standing_of(copy))
        carried.append(copy.pk)
    return carried


def _run_on(ticket: Ticket, keys: list[int], actor: Actor, because: str) -> None:
    """The clocks beside the main one that a merge had ended run again, as they stood."""
    for beside in ticket.clocks.filter(pk__in=keys, state=ENDED).exclude(purpose=Purpose.CASE):
        run_on(beside, actor, because)
