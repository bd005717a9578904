from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "helpdesk.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from helpdesk.core import checks  # noqa: F401, PLC0415
        from helpdesk.core.staffing import receivers  # noqa: F401, PLC0415  # models are loaded now

        post_migrate.connect(_protect_the_trail, sender=self)


def _protect_the_trail(*, using: str, **_: Any) -> None:
    """Altering the table on SQLite makes a new one without its triggers; every migration puts them back."""
    from helpdesk.core.audit import triggers  # noqa: PLC0415  # models are not loaded before apps are

    if ("core", "0006_audit_append_only") in MigrationRecorder(connections[using]).applied_migrations():
        triggers.install(connections[using])
