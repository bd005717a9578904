"""How many conversations one address may start."""

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

PERIOD = 60  # seconds


def allow_start(request: HttpRequest) -> bool:
    """Count one start. Only as many proxies as ``TRUSTED_PROXIES`` says are believed about the address."""
    address = BaseThrottle().get_ident(request) or ""
    key = "chat-start:" + hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()
    cache.add(key, 0, PERIOD)
    try:
        return bool(cache.incr(key) <= settings.CHAT_STARTS_PER_MINUTE)
    except ValueError:  # it expired between the two lines: the first of a new period
        cache.set(key, 1, PERIOD)
        return True
