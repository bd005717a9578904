"""How often a tracking code may be guessed."""

import hashlib

from django.core.cache import cache

from tickets.numbers import normalise_number

PERIOD = 15 * 60  # seconds
PER_ADDRESS = 20  # guesses in a period, whatever the numbers
PER_NUMBER = 20  # guesses in a period, from wherever


def allow_guess(number: object, address: str) -> bool:
    """Count one attempt to open ``number``; False when it must be refused (answer 429, try no code).

    Call it once for each POST of the track form, before ``ticket_by_code``. ``address`` is the peer's,
    ``request.META["REMOTE_ADDR"]``: never a header such as X-Forwarded-For, which the sender writes.
    Parallel attempts count too: the counters are incremented atomically in the shared cache.
    """
    by_address = _count(f"address:{address}")
    by_number = _count(f"number:{normalise_number(number)}")
    return by_address <= PER_ADDRESS and by_number <= PER_NUMBER


def _count(what: str) -> int:
    key = "track:" + hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()
    cache.add(key, 0, PERIOD)
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired between the two lines: this is the first attempt of a new period
        cache.set(key, 1, PERIOD)
        return 1
