"""Codes of an authenticator app (RFC 6238), and the picture from which it takes their secret."""

import unicodedata
from dataclasses import dataclass

import qrcode
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from helpdesk.core import clock

PERIOD = 30  # seconds of one code
LATE = 1  # codes before and after the current one, for clocks that differ


def counter_of(secret: str, code: str, *, after: int = 0) -> int | None:
    """Which of the codes of these moments this is; one that is not later than ``after`` is used up."""
    now = int(clock.now().timestamp()) // PERIOD
    typed = unicodedata.normalize("NFKC", code)
    for counter in range(max(now - LATE, after + 1), now + LATE + 1):
        if compare_user_code(actual=typed, expected=format_hotp_value(hotp_value(secret, counter))):
            return counter
    return None


def in_groups(text: str, size: int = 4) -> str:
    """As it is easiest to copy."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


@dataclass(frozen=True)
class Picture:
    """A QR code as the path of an SVG, a unit a module, with its quiet zone."""

    size: int
    path: str


def picture_of(address: str) -> Picture:
    code = qrcode.QRCode()
    code.add_data(address)
    rows = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, cell in enumerate(row) if cell)
    return Picture(len(rows), "".join(dark))
