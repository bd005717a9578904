"""Simplified Chinese in Traditional characters and the words of Taiwan."""

import re
from functools import cache

from opencc import OpenCC

# What the dictionaries make of words of this desk, and what is meant.
MEANT = {
    "換髮": "換發",
    "併發給": "並發給",
    "物件": "對象",
    "釋出": "發布",
    "加載": "載入",
    "國家程式碼": "國碼",
    "網頁里": "網頁裡",
    "策略里": "策略裡",
    "罰息里": "罰息裡",
}
_MISTAKEN = re.compile("|".join(MEANT))


@cache
def _converter() -> OpenCC:
    """Its dictionaries take 35 MB: opened when the first reader wants them."""
    return OpenCC("s2twp")


def to_traditional(text: str) -> str:
    return _MISTAKEN.sub(lambda found: MEANT[found[0]], _converter().convert(text))
