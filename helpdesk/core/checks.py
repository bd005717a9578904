"""What ``manage.py check --deploy`` says of the environment beyond what Django knows."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(deploy=True)
def knows_its_address(**_: Any) -> list[checks.CheckMessage]:
    if not settings.PRODUCTION or settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        checks.Warning(
            "PUBLIC_URL is not an https:// address: decisions reach nobody by e-mail.",
            id="helpdesk.core.W001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def asks_staff_for_a_second_factor(**_: Any) -> list[checks.CheckMessage]:
    if not settings.PRODUCTION or settings.SECOND_FACTOR_REQUIRED:
        return []
    return [
        checks.Warning(
            "SECOND_FACTOR_REQUIRED is off: a password alone opens the accounts of staff.",
            id="helpdesk.core.W002",
        )
    ]
