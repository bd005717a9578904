"""What an administrator may see: people, teams, the audit trail."""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.db.models import Count, Model, Q, QuerySet

from helpdesk.core.actors import Actor
from helpdesk.core.models import AuditEntry, Role, Team, User
from helpdesk.core.permissions import is_administrator
from helpdesk.core.verbs import verbs_called

PAGE = 50
COUNTED = 10_000  # a longer trail is not counted to the end


def people_visible_to(actor: Actor) -> QuerySet[User]:
    """Everyone but the system users; to administrators only."""
    everyone = User.objects.select_related("team").exclude(role=Role.SYSTEM).order_by("username")
    return everyone if is_administrator(actor) else everyone.none()


def search_people(people: QuerySet[User], *, q: str, role: str, state: str) -> QuerySet[User]:
    if q:
        people = people.filter(Q(username__icontains=q) | Q(name__icontains=q))
    if role:
        people = people.filter(role=role)
    if state:
        people = people.filter(is_active=state == "active")
    return people


def teams_visible_to(actor: Actor) -> QuerySet[Team]:
    teams = Team.objects.annotate(size=Count("members", filter=Q(members__is_active=True))).order_by("name")
    return teams if is_administrator(actor) else teams.none()


def audit_visible_to(actor: Actor) -> QuerySet[AuditEntry]:
    """Newest first."""
    entries = AuditEntry.objects.order_by("-id")
    return entries if is_administrator(actor) else entries.none()


def search_audit(entries: QuerySet[AuditEntry], *, verb: str, who: str, target: str) -> QuerySet[AuditEntry]:
    """``verb`` is a code, or words as the page shows them; ``target`` is ``app.model``, ``app.model:id``, or
    what people call a row, such as the number of a case."""
    if verb:
        entries = entries.filter(verb__in=verbs_called(verb))
    if who:
        entries = entries.filter(actor_label=who)
    if target:
        kind, _, pk = (_row_called(target) or target).partition(":")
        entries = entries.filter(target_type=kind.lower())
        if pk:
            entries = entries.filter(target_id=pk)
    return entries


def _known() -> dict[str, type[Model]]:
    """The models whose rows have a name of their own: ``KNOWN_BY`` is the field that holds it."""
    return {model._meta.label_lower: model for model in apps.get_models() if hasattr(model, "KNOWN_BY")}


def _row_called(name: str) -> str:
    """``app.model:id`` of the row that people call so; empty if none is."""
    if "." in name:
        return ""
    for kind, model in _known().items():
        rows = model._base_manager.filter(**{model.KNOWN_BY: name.upper()})  # type: ignore[attr-defined]
        if pk := rows.values_list("pk", flat=True).first():
            return f"{kind}:{pk}"
    return ""


def name_targets(entries: Iterable[AuditEntry]) -> None:
    """What people call the rows of a page; a query a kind of row."""
    known, found = _known(), defaultdict(set)
    for entry in entries:
        found[entry.target_type].add(entry.target_id)
    names: dict[str, str] = {}
    for kind in found.keys() & known.keys():
        model = known[kind]
        rows = model._base_manager.filter(pk__in=found[kind])
        pairs = rows.values_list("pk", model.KNOWN_BY)  # type: ignore[attr-defined]
        names |= {f"{kind}:{pk}": name for pk, name in pairs}
    for entry in entries:
        entry.called = names.get(entry.target, "")
