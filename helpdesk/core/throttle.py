"""Counting what one address, or anybody about one thing, may do in a period."""

import hashlib

from django.core.cache import cache
from django.http import HttpRequest
from ninja.throttling import BaseThrottle


def address_of(request: HttpRequest) -> str:
    """The peer's; of X-Forwarded-For, which the sender writes, only what ``TRUSTED_PROXIES`` have added."""
    return BaseThrottle().get_ident(request) or ""


def count(what: str, period: int) -> int:
    """Count one more, in the shared cache and atomically; the number within these ``period`` seconds."""
    key = _key(what)
    cache.add(key, 0, period)
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired between the two lines: this is the first of a new period
        cache.set(key, 1, period)
        return 1


def forget(what: str) -> None:
    """Begin at nought again: what was counted turned out to be right."""
    cache.delete(_key(what))


def _key(what: str) -> str:
    return "throttle:" + hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()
