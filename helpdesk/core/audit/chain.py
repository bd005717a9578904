"""What a chain is made of: canonical text and its hash. No database here."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

FIRST = "0" * 64  # what the first entry of a chain names as the hash before it


def canonical(body: Mapping[str, Any]) -> str:
    """The one text of a body: sorted keys, no spaces. Raises TypeError for a float, which has no one text."""
    _refuse_floats(body)
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical text")
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


def entry_hash(prev: str, body: str) -> str:
    """SHA-256 of ``v1|<hash of the entry before>|<body>``, in hexadecimal."""
    return hashlib.sha256(f"v1|{prev}|{body}".encode()).hexdigest()


def commitment(salt: str, value: str) -> str:
    """What stands in the trail for a value that must not: nobody without the salt can tell or test it."""
    return hmac.new(salt.encode(), value.encode(), hashlib.sha256).hexdigest()
