"""What an administrator may see: people, teams, the audit trail."""

from django.db.models import Count, Q, QuerySet

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
    """``target`` is ``app.model`` or ``app.model:id``; ``verb`` a code, or words as the page shows them."""
    if verb:
        entries = entries.filter(verb__in=verbs_called(verb))
    if who:
        entries = entries.filter(actor_label=who)
    if target:
        kind, _, pk = target.partition(":")
        entries = entries.filter(target_type=kind.lower())
        if pk:
            entries = entries.filter(target_id=pk)
    return entries
