"""Simplified Chinese in Traditional characters and the words of Taiwan."""

from functools import cache

from opencc import OpenCC


@cache
def _converter() -> OpenCC:
    """Its dictionaries take 35 MB: opened when the first reader wants them."""
    return OpenCC("s2twp")


def to_traditional(text: str) -> str:
    return str(_converter().convert(text))
