"""Which pages may open a socket: those of our own hosts."""

from functools import lru_cache
from typing import Any

from channels.security.websocket import OriginValidator
from django.conf import settings

KNOWN = 1000  # origins whose answer is kept


class OwnOrigins(OriginValidator):  # type: ignore[misc]  # untyped library
    """By ``ALLOWED_HOSTS``. Each origin is judged once: after a restart all come back from the same few."""

    def __init__(self, application: Any) -> None:
        super().__init__(application, settings.ALLOWED_HOSTS)
        self.valid_origin = lru_cache(KNOWN)(super().valid_origin)
