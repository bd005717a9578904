from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate

if TYPE_CHECKING:
    from helpdesk.core.models import User


def _seen(user: "User", keys: set[str]) -> set[str]:
    """Who else has a case open is told to those who may open it."""
    from tickets.queries import tickets_visible_to  # noqa: PLC0415  # models are not loaded before apps are

    return {str(pk) for pk in tickets_visible_to(user).filter(pk__in=keys).values_list("pk", flat=True)}


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        post_migrate.connect(_load_rules, sender=self)
        post_migrate.connect(_load_letters, sender=self)
        from helpdesk.core import presence  # noqa: PLC0415  # it needs the models
        from tickets import receivers  # noqa: F401, PLC0415  # as does this

        presence.register("ticket", _seen)


def _load_rules(*, using: str, **_: Any) -> None:
    """The delivered rule packs are there before the first case, and a changed one after every upgrade."""
    from tickets.deadlines.packs import load_delivered  # noqa: PLC0415  # models are not loaded before apps are

    if using == DEFAULT_DB_ALIAS and CLOCKS in MigrationRecorder(connections[using]).applied_migrations():
        load_delivered()


def _load_letters(*, using: str, **_: Any) -> None:
    """The delivered wordings of letters, and changed ones after an upgrade; what the desk wrote of a code is
    never touched."""
    from tickets.letters import load_delivered  # noqa: PLC0415  # models are not loaded before apps are

    if using == DEFAULT_DB_ALIAS and LETTERS in MigrationRecorder(connections[using]).applied_migrations():
        load_delivered()


LETTERS = ("tickets", "0012_letters")
CLOCKS = ("tickets", "0008_clocks_only")
