"""A text as patterns read it: full-width digits, letters and their signs are plain ones, place for place."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
_SIGNS = {
    "＋": "+",
    "－": "-",
    "（": "(",
    "）": ")",
    "＠": "@",
    "．": ".",
    "　": " ",
    "\u00a0": " ",
} | dict.fromkeys("‐‑‒–—−", "-")  # the dashes that stand for a hyphen
_PLAIN = _WIDE | str.maketrans(_SIGNS)


def plain(text: str) -> str:
    """As long as the text itself, so that what is found stands in both at the same place."""
    return text if text.isascii() else text.translate(_PLAIN)
