"""Case numbers, and the secret tracking code that goes with one."""

import hashlib
import hmac
import re
import secrets
import unicodedata

from helpdesk.core import clock
from tickets.models import NumberSeries

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
CODE_LENGTH, GROUP = 28, 4  # 140 random bits
_NUMBER = re.compile(r"[Cc][\s-]?[0-9]{4}[\s-]?[0-9]{1,9}")
_READ_AS = str.maketrans("OIL", "011")


def next_number() -> str:
    """``C-2026-000123``; call it inside a transaction. Gap-free: a rollback gives the number back."""
    year = clock.today().year
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"C-{year}-{series.last:06d}"


def normalise_number(typed: object) -> str:
    """The number that was meant: any case, full width, with or without dashes and leading zeros."""
    if not isinstance(typed, str):
        return ""
    flat = "".join(char for char in unicodedata.normalize("NFKC", typed[:64]).upper() if char.isalnum())
    digits = flat.removeprefix("C")
    return f"C-{digits[:4]}-{digits[4:]:0>6}" if digits.isascii() and digits.isdigit() else ""


def looks_like_number(typed: str) -> bool:
    """Whether something typed is a whole case number (and not, say, a phone number)."""
    return _NUMBER.fullmatch(unicodedata.normalize("NFKC", typed).strip()) is not None


def serial(number: str) -> str:
    """``000123`` of ``C-2026-000123``."""
    return number.rsplit("-", 1)[1]


def new_code() -> str:
    """A tracking code for people: seven groups of four, 140 bits."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)))


def grouped(code: str) -> str:
    return "-".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def normalise_code(typed: object) -> str:
    """The code's own characters, however it was typed; "" for what cannot be one."""
    if not isinstance(typed, str):
        return ""
    flat = unicodedata.normalize("NFKC", typed[:200]).upper().translate(_READ_AS)
    code = "".join(char for char in flat if char.isalnum())
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def hash_code(code: str) -> str:
    """What is stored. The code is random, so a plain hash cannot be searched."""
    return hashlib.sha256(normalise_code(code).encode("ascii")).hexdigest()


def code_matches(typed: object, stored_hash: str) -> bool:
    """Compared in constant time; the empty code matches nothing."""
    code = normalise_code(typed)
    same = hmac.compare_digest(hash_code(code), stored_hash)
    return same and code != ""
