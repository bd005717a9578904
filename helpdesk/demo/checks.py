"""Production refuses the demonstration: its sign-ins have a password that everybody knows."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from helpdesk.demo.people import demonstration_people


@checks.register(checks.Tags.security, checks.Tags.database, deploy=True)
def no_demonstration_in_production(**_: Any) -> list[checks.CheckMessage]:
    """For ``manage.py check --deploy``."""
    reason = why_refused()
    return [checks.Error(reason, id="helpdesk.demo.E001")] if reason else []


def why_refused() -> str:
    """Why this database may not serve production, or nothing. One that has no tables yet may."""
    if not settings.PRODUCTION:
        return ""
    try:
        people = demonstration_people()
    except DatabaseError:
        return ""
    if not people:
        return ""
    return (
        "This database holds the demonstration, whose password is public "
        f"(sign-ins: {', '.join(people[:10])}). Production needs a database of its own."
    )


def refuse_demonstration() -> None:
    """For the start of a server, which runs no checks."""
    if reason := why_refused():
        raise ImproperlyConfigured(reason)
