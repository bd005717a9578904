"""Names of the desk in what customers write, however they write them: 張偉 is 张伟."""

import re
from functools import lru_cache

from faq.search.normalise import fold

# The few names of a desk are looked for in every text; the texts of a queue are those of a minute ago.
_folded = lru_cache(2_000)(fold)


class Told:
    """What somebody wrote, as names are looked for in it: as it was typed, and folded (script, width, case).
    Both, because what folding makes of a character can depend on its neighbours."""

    def __init__(self, *texts: str) -> None:
        self._typed = "\n".join(texts)
        self._plain = _folded(self._typed)

    def names(self, name: str) -> bool:
        """Whole names only; where they are written in letters, whole words: Li is not in "police"."""
        plain = _folded(name)
        if plain.isascii():
            return (
                bool(plain)
                and re.search(rf"(?<![a-z0-9]){re.escape(plain)}(?![a-z0-9])", self._plain) is not None
            )
        return name in self._typed or plain in self._plain
