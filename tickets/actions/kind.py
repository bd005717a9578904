"""The mandatory steps of a case's kind, recorded one by one."""

from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from tickets import kinds
from tickets.actions.base import NOTE, enter, heard, need_state, need_text, seal, staff_of, told_of
from tickets.models import KindDetails, KindStep, Ticket
from tickets.permissions import VERBS


@action("ticket.details_recorded", allowed=VERBS["record_details"].allowed)
def record_details(ticket: Ticket, /, *, actor: Actor, **details: Any) -> Ticket:
    """What a case asks for that was not filed by the form of its kind: its steps go by that."""
    need_state(ticket, "record_details")
    if not kinds.lacks_details(ticket):
        raise ActionError(_("这些内容已经记下。"), state=ticket.state)
    try:
        known = kinds.check(ticket.kind, details)
    except ValueError as error:
        raise ActionError(_("请检查这一类工单要填的内容。"), state=ticket.state) from error
    said = {part: heard(text) for part, text in known.items()}
    kept = {part: words.text for part, words in said.items()}
    KindDetails.objects.update_or_create(ticket=ticket, defaults={"kind": ticket.kind, "data": kept})
    ticket.sealed_texts.filter(entry=None, part__in=said).delete()
    for part, words in said.items():
        seal(ticket, words, part=part)
    enter(ticket, "ticket.details_recorded", actor, kind=NOTE, data=told_of(*said.values()))
    return ticket


@action("ticket.step_completed", allowed=VERBS["complete_step"].allowed)
def complete_step(ticket: Ticket, *, actor: Actor, step: str, text: str) -> KindStep:
    """Say that a step is done, and how; said again, it corrects what was said before. Whoever turns out to
    be the owner of a system has not reviewed it."""
    need_state(ticket, "complete_step")
    wanted = next((known for known in kinds.steps_of(ticket) if known.code == step), None)
    if wanted is None:
        raise ActionError(_("这一类工单没有这个步骤。"), state=ticket.state)
    text = need_text(text, ticket)
    user = staff_of(actor)
    if wanted.not_by_owner:
        owner = ticket.kind_steps.filter(code=kinds.OWNER).last()
        if owner is None:
            raise ActionError(_("请先记录自动化系统的负责人。"), state=ticket.state)
        if kinds.is_owner(user, owner):
            raise ActionError(_("系统的负责人不能复核自己的系统，请交给别人。"), state=ticket.state)
    before = kinds.done_steps(ticket)
    done = KindStep.objects.create(ticket=ticket, code=step, text=text, by=user, at=clock.now())
    enter(ticket, "ticket.step_completed", actor, text=text, data={"step": step})
    for code in before.keys() - kinds.done_steps(ticket).keys():
        why = _("%(name)s是系统的负责人，此前的复核不算数，请由别人重新复核。") % {"name": before[code].by}
        enter(ticket, "ticket.step_voided", actor, kind=NOTE, text=why, data={"step": code})
    return done
