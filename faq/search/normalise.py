"""One spelling for one text: width, case, script, punctuation, units. Meaning is not touched here."""

import re
import unicodedata

from opencc import OpenCC

LONGEST = 200  # characters that are looked at; nobody asks a longer question

_simplified = OpenCC("t2s")
_units = re.compile(r"(\d)(w|k)(?![a-z])")
_noise = re.compile(r"[\W_]+")
_inner_space = re.compile(r"(?<=[a-z0-9]) (?=[a-z])|(?<=[a-z]) (?=[0-9])")
_opening = re.compile(
    r"^(?:你好|您好|请问|请教|麻烦|咨询|我?想(?:问|咨询|了解|知道)(?:一?下)?|一下)+"
    r"|(?:谢谢|多谢|在吗|急)+$"
)


def fold(text: str) -> str:
    """Width, case and script; what is not text at all (half of a surrogate pair) goes."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    return str(_simplified.convert(text.encode("utf-8", "ignore").decode("utf-8")))


def normalise(text: str) -> str:
    """Folded, without punctuation and courtesies; spaces stay only between Latin words."""
    text = fold(text[:LONGEST])
    text = _units.sub(lambda m: m[1] + ("万" if m[2] == "w" else "千"), text)
    text = _noise.sub(" ", text[:LONGEST]).strip()
    if " " in text:
        text = _inner_space.sub("_", text).replace(" ", "").replace("_", " ")
    return without_courtesies(text)


def without_courtesies(text: str) -> str:
    """A greeting is not part of the question, unless it is all there is."""
    return _opening.sub("", text).strip() or text
