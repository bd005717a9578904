"""Alerts, and what of them still waits for somebody."""

from typing import TypeAlias

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from helpdesk.core.actors import Actor
from quality.models import ImprovementAction, TrendAlert
from quality.permissions import reads_quality
from quality.states import AlertState

Alerts: TypeAlias = "QuerySet[TrendAlert]"


def alerts_visible_to(actor: Actor) -> Alerts:
    """Those who watch quality see all of them. ``improvement_id`` is that of the newest action on it."""
    if not reads_quality(actor):
        return TrendAlert.objects.none()
    on_it = ImprovementAction.objects.running().filter(alert=OuterRef("pk")).order_by("-pk")
    newest = Subquery(on_it.values("pk")[:1])
    return TrendAlert.objects.annotate(improvement_id=newest)  # type: ignore[no-redef]


def open_alerts(alerts: Alerts) -> Alerts:
    """Neither dismissed, nor eased, nor overtaken by a newer one; first those that nobody works on."""
    same = {name: OuterRef(name) for name in ("measure", "dimension", "value")}
    newer = Exists(TrendAlert.objects.filter(**same, since__gt=OuterRef("since")))
    order = (F("improvement_id").asc(nulls_first=True), "-since", "-pk")
    return alerts.filter(~newer, state=AlertState.OPEN).order_by(*order)
