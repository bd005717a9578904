"""The envelope of every write: transaction, fresh locked row, permission, body, audit entry.

    @action("ticket.resolved", allowed=can_resolve)
    def resolve_ticket(ticket: Ticket, *, actor: Actor, decision: Decision) -> Ticket: ...

Call it as ``resolve_ticket(ticket, actor=request.user, decision=decision)``. ``actor`` is a User or a
Guest, never None; machines act as ``User.system(name)``. It raises ActionForbidden (403), ActionError
(409) or DoesNotExist (404), and then nothing has been written.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.db import models, transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from helpdesk.core import audit
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.permissions import Rule

Row = TypeVar("Row", bound=models.Model)
Result = TypeVar("Result")
Made = TypeVar("Made", bound=models.Model)
Fields = ParamSpec("Fields")


def state_of(row: models.Model) -> str:
    return str(getattr(row, "state", ""))


def action(
    verb: str, *, allowed: Rule, audited: bool = True, also: tuple[str, ...] = ()
) -> Callable[[Callable[Concatenate[Row, Fields], Result]], Callable[Concatenate[Row, Fields], Result]]:
    """A write to one existing row. ``audited=False`` is for rows that are their own record.

    ``also`` names the fields with further rows that are locked; all of them in one order for everybody, so
    that two people who take the same rows the other way round cannot wait for each other.
    """

    def decorate(
        body: Callable[Concatenate[Row, Fields], Result],
    ) -> Callable[Concatenate[Row, Fields], Result]:
        @wraps(body)
        def run(row: Row, /, *args: Fields.args, **fields: Fields.kwargs) -> Result:
            actor = _actor(body, fields)
            with transaction.atomic():
                fresh, *others = lock_together(row, *(cast(Row, fields[name]) for name in also))
                fields.update(zip(also, others, strict=True))
                before = state_of(fresh)
                need(allowed, actor, fresh, verb)
                try:
                    result = body(fresh, *args, **fields)
                except TransitionNotAllowed as refused:
                    raise ActionError(
                        _("当前状态下不能执行此操作，可能已有人先处理。"), state=before
                    ) from refused
                if audited:
                    data = {name: value for name, value in fields.items() if name != "actor"}
                    audit.record(
                        verb, actor=actor, target=fresh, before=before, after=state_of(fresh), data=data
                    )
            return result

        run.verb = verb  # type: ignore[attr-defined]
        run.allowed = allowed  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[Row, Fields], Result], run)

    return decorate


def creation(
    verb: str, *, allowed: Rule, audited: bool = True
) -> Callable[[Callable[Fields, Made]], Callable[Fields, Made]]:
    """A write that makes a row and returns it."""

    def decorate(body: Callable[Fields, Made]) -> Callable[Fields, Made]:
        @wraps(body)
        def run(*args: Fields.args, **fields: Fields.kwargs) -> Made:
            actor = _actor(body, fields)
            if not allowed(actor, None):
                raise ActionForbidden(verb)
            with transaction.atomic():
                made = body(*args, **fields)
                if audited:
                    data = {name: value for name, value in fields.items() if name != "actor"}
                    audit.record(verb, actor=actor, target=made, after=state_of(made), data=data)
            return made

        run.verb = verb  # type: ignore[attr-defined]
        run.allowed = allowed  # type: ignore[attr-defined]
        return run

    return decorate


def need(allowed: Rule, actor: Actor, row: models.Model, verb: str) -> None:
    """Refuse whom the rule does not allow: with its reason (409) where it gives one, else 403."""
    if allowed(actor, row):
        return
    if why := allowed.why_not(actor, row):
        raise ActionError(why, state=state_of(row))
    raise ActionForbidden(verb)


def lock(row: Row) -> Row:
    """The row as it is now, held until the transaction ends (SQLite: the IMMEDIATE transaction holds all)."""
    return cast(Row, row._meta.model._base_manager.select_for_update().get(pk=row.pk))  # not of a lazy type


def lock_together(*rows: Row) -> list[Row]:
    """The same for several rows, each once, in the order of their keys; returned as they were named."""
    named = {(row._meta.label_lower, row.pk): row for row in rows}
    fresh = {key: lock(named[key]) for key in sorted(named)}
    return [fresh[row._meta.label_lower, row.pk] for row in rows]


def _actor(body: Callable[..., Any], fields: dict[str, Any]) -> Actor:
    actor = fields.get("actor")
    if actor is None:
        raise TypeError(f"{body.__name__} needs actor=")
    return cast(Actor, actor)
