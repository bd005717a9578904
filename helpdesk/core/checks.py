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
