"""Improvements and the corrective actions of cases that may become part of one."""

from django.db.models import QuerySet

from helpdesk.core.actors import Actor
from helpdesk.core.models import WORKERS, Role, User
from quality.models import ImprovementAction
from quality.models.improvement import ImprovementQuerySet
from quality.permissions import plans_improvements, reads_quality
from tickets.models import CorrectiveAction, Ticket
from tickets.queries import tickets_visible_to
from tickets.taxonomy import ROOT_CAUSES

OWNERS = (*WORKERS, Role.ANALYST, Role.ADMINISTRATOR)


def improvements_visible_to(actor: Actor) -> ImprovementQuerySet:
    """Those who watch quality see all of them; an agent those that they own."""
    if reads_quality(actor):
        return ImprovementAction.objects.all()
    if actor.role == Role.AGENT:
        return ImprovementAction.objects.filter(owner=actor.pk)
    return ImprovementAction.objects.none()


def corrections_visible_to(actor: Actor) -> QuerySet[CorrectiveAction]:
    """What was to be corrected because of cases, the next due first."""
    if not plans_improvements(actor):
        return CorrectiveAction.objects.none()
    shown = CorrectiveAction.objects.filter(none_because="", ticket__in=tickets_visible_to(actor))
    return shown.select_related("ticket", "owner", "taken_up__improvement").order_by("due_on", "pk")


def people_who_own() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=OWNERS).order_by("name", "pk")


def root_cause_of(ticket: Ticket) -> str:
    """The label of what its newest decision found; empty without one."""
    decision = ticket.decisions.first()
    return str(dict(ROOT_CAUSES).get(decision.root_cause, decision.root_cause)) if decision else ""


def planned_by(submission: str) -> ImprovementAction | None:
    """What the form of this key has led to already."""
    return ImprovementAction.objects.filter(submission=submission).first() if submission else None
