"""Phone numbers and e-mail addresses that are encrypted: found whole, by a keyed hash, or not at all."""

import re
import unicodedata

from django.conf import settings
from django.utils.crypto import salted_hmac

_NOISE = re.compile(r"[\s\-()]")
_HOME = re.compile(r"^\+?86(?=1[0-9]{10}$)")


def contact_token(contact: str) -> str:
    """The same for every way to write one number or address; "" for nothing. Nothing leads back from it."""
    return next(iter(contact_tokens(contact)), "")


def contact_tokens(contact: str) -> list[str]:
    """All that it may be stored under, the one that is written now first."""
    plain = _HOME.sub("", _NOISE.sub("", unicodedata.normalize("NFKC", contact).casefold()))
    return [found[:32] for found in keyed_hashes("core.contact", plain)] if plain else []


def keyed_hashes(purpose: str, text: str) -> list[str]:
    """With every key: the first is what is written, the others what may be stored (``rotate_keys``)."""
    return [
        salted_hmac(purpose, text, secret=key, algorithm="sha256").hexdigest() for key in settings.DATA_KEYS
    ]
