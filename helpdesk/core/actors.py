"""Who acts: a signed-in user, or a guest known only by a secret that they hold."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from helpdesk.core.models import User

GRANTS_KEY = "grants"


@dataclass(frozen=True)
class Guest:
    """A visitor. ``grants`` names the rows whose secret they have shown, as ``kind:key``."""

    grants: frozenset[str] = field(default_factory=frozenset)
    role: str = "visitor"
    is_authenticated: bool = False
    pk: None = None

    def __str__(self) -> str:
        return "visitor"


Actor = User | Guest


def grant_name(kind: str, pk: object) -> str:
    return f"{kind}:{pk}"


def holds(actor: Actor, kind: str, pk: object) -> bool:
    """True if this guest has shown the secret of that row."""
    return isinstance(actor, Guest) and grant_name(kind, pk) in actor.grants


def session_grants(request: HttpRequest) -> frozenset[str]:
    return frozenset(request.session.get(GRANTS_KEY, ()))


def add_grant(request: HttpRequest, kind: str, pk: object) -> None:
    """Remember in the session that the secret of a row was shown (at most the latest 50)."""
    grants = [g for g in request.session.get(GRANTS_KEY, []) if g != grant_name(kind, pk)]
    request.session[GRANTS_KEY] = [*grants, grant_name(kind, pk)][-50:]


def signed_in(request: HttpRequest) -> User | None:
    """The user, if any; an error page may be made before anybody was looked up."""
    user: User | AnonymousUser | None = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def guest(request: HttpRequest) -> Guest:
    return Guest(session_grants(request))


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in user, else a guest with what this session has shown."""
    return signed_in(request) or guest(request)
