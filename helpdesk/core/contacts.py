"""Phone numbers and e-mail addresses that are encrypted: found whole, by a keyed hash, or not at all."""

import re
import unicodedata

from django.conf import settings
from django.utils.crypto import salted_hmac

_NOISE = re.compile(r"[\s\-()]")
_HOME = re.compile(r"^\+?86(?=1[0-9]{10}$)")


def contact_token(contact: str) -> str:
    """The same for every way to write one number or address; "" for nothing. Nothing leads back from it."""
    plain = _HOME.sub("", _NOISE.sub("", unicodedata.normalize("NFKC", contact).casefold()))
    if not plain:
        return ""
    return keyed_hash("core.contact", plain)[:32]


def keyed_hash(purpose: str, text: str) -> str:
    """With the oldest key: hashes are compared with stored ones, and a new key is put in front."""
    return salted_hmac(purpose, text, secret=settings.DATA_KEYS[-1], algorithm="sha256").hexdigest()
