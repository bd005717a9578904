"""Named predicates of ``(actor, row)``, composed with ``|``, ``&`` and ``~``, and their view guard."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from helpdesk.core.actors import Actor, actor_of
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import WORKERS, Role, User

View = Callable[..., HttpResponseBase]


class Rule:
    """A permission: call it with the actor and, where it concerns one, the row.

    ``why_not`` says in words why it refuses, where that is more than "not yours to do"; else "".
    """

    def __init__(
        self,
        name: str,
        check: Callable[[Actor, Any], bool],
        why_not: Callable[[Actor, Any], str] = lambda _actor, _row: "",
    ) -> None:
        self.name, self._check, self.why_not = name, check, why_not

    def __call__(self, actor: Actor, row: Any = None) -> bool:
        return self._check(actor, row)

    def __or__(self, other: "Rule") -> "Rule":
        return Rule(
            f"({self.name} or {other.name})",
            lambda a, r: self(a, r) or other(a, r),
            lambda a, r: self.why_not(a, r) or other.why_not(a, r),
        )

    def __and__(self, other: "Rule") -> "Rule":
        return Rule(
            f"({self.name} and {other.name})",
            lambda a, r: self(a, r) and other(a, r),
            lambda a, r: (other if self(a, r) else self).why_not(a, r),
        )

    def __invert__(self) -> "Rule":
        return Rule(f"not {self.name}", lambda a, r: not self(a, r))

    def __repr__(self) -> str:
        return f"<Rule {self.name}>"


def rule(check: Callable[[Actor, Any], bool]) -> Rule:
    return Rule(check.__name__, check)


def has_role(*roles: Role) -> Rule:
    return Rule("/".join(roles), lambda actor, _: actor.role in roles)


anyone = Rule("anyone", lambda actor, row: True)
is_customer = has_role(Role.CUSTOMER)
is_agent = has_role(Role.AGENT)
is_supervisor = has_role(Role.SUPERVISOR)
is_senior = is_supervisor & Rule("senior", lambda actor, _: isinstance(actor, User) and actor.senior)
is_analyst = has_role(Role.ANALYST)
is_administrator = has_role(Role.ADMINISTRATOR)
is_system = has_role(Role.SYSTEM)
works_cases = has_role(*WORKERS)
is_staff = has_role(*WORKERS, Role.ANALYST, Role.ADMINISTRATOR)


@rule
def is_oneself(actor: Actor, person: User) -> bool:
    return isinstance(actor, User) and actor.pk == person.pk


public = login_not_required  # the reviewed mark of a page that needs no sign-in


def requires(allowed: Rule) -> Callable[[View], View]:
    """Guard a view by a rule about the signed-in user alone; refused is 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allowed(actor_of(request)):
                raise ActionForbidden
            return view(request, *args, **kwargs)

        return guarded

    return decorate
