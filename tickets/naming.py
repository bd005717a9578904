"""Names of the desk in what customers write, however they write them: 張偉 is 张伟."""

import re
import unicodedata
from functools import lru_cache, partial

from faq.search.normalise import fold

# The few names of a desk are looked for in every text; the texts of a queue are those of a minute ago.
_folded = lru_cache(2_000)(fold)
_spelt = lru_cache(2_000)(partial(unicodedata.normalize, "NFKC"))


class Told:
    """What somebody wrote, as names are looked for in it: as it was typed, and folded (script, width, case).
    Both, because what folding makes of a character can depend on its neighbours."""

    def __init__(self, *texts: str) -> None:
        self._typed = "\n".join(texts)
        self._plain = _folded(self._typed)

    def names(self, name: str) -> bool:
        """Whole names only; where they are written in letters, whole words: Li is not in "police". A name of
        one word has a capital: "I will" does not name Will."""
        plain = _folded(name)
        if not plain.isascii():
            return name in self._typed or plain in self._plain
        if len(plain.split()) > 1:
            return _has_word(self._plain, plain)
        spelt = _spelt(name)
        return any(
            _has_word(_spelt(self._typed), one) for one in {spelt, spelt.upper(), spelt.title()} - {plain, ""}
        )


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", text) is not None
