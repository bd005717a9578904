"""How many conversations one address may start."""

from django.conf import settings
from django.http import HttpRequest

from helpdesk.core.throttle import address_of, count

PERIOD = 60  # seconds


def allow_start(request: HttpRequest) -> bool:
    """Count one start."""
    return bool(count(f"chat-start:{address_of(request)}", PERIOD) <= settings.CHAT_STARTS_PER_MINUTE)
