"""Reading JSON that strangers send: every kind of bad input has its own answer, and none a traceback."""

import json
import math
import re
from typing import Any, NoReturn

MAX_BYTES = 64 * 1024
MAX_DEPTH = 4
MAX_INTEGER = 2**53
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)  # the last one may be open: it stays linear
SURROGATE = re.compile("[\ud800-\udfff]")


class InputError(Exception):
    """What was sent cannot be read. ``detail`` is for developers, ``code`` for programs."""

    def __init__(self, code: str, detail: str, *, status: int = 400, **about: str) -> None:
        super().__init__(detail)
        self.code, self.detail, self.status, self.about = code, detail, status, about


def read_object(text: str) -> dict[str, Any]:
    """One JSON object: bounded size and depth, no key twice, no odd numbers, text that can be stored."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InputError("too_large", f"at most {MAX_BYTES} bytes", status=413)
    _check_depth(text)
    try:
        value = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise InputError("bad_json", "this is not JSON") from error
    if not isinstance(value, dict):
        raise InputError("not_object", "the outermost value must be an object")
    if "\\u" in text or not text.isprintable():
        _check_text(value)
    return value


def decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("bad_json", "this is not UTF-8") from error


def storable(text: str) -> bool:
    """False for what PostgreSQL or UTF-8 refuse: NUL and lone surrogates."""
    return "\0" not in text and not SURROGATE.search(text)


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for char in STRINGS.sub("", text):
        depth += (char in "{[") - (char in "}]")
        if depth > MAX_DEPTH:
            raise InputError("too_deep", f"at most {MAX_DEPTH} levels")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InputError("duplicate_key", "a key stands twice in one object")
    return result


def _number(_: str) -> NoReturn:
    raise InputError("bad_number", "NaN and Infinity are not numbers here")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise InputError("bad_number", "integers lie within 2^53")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or abs(value) > MAX_INTEGER:
        raise InputError("bad_number", "numbers lie within 2^53")
    return value


DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_constant=_number, parse_int=_integer, parse_float=_float
)


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if not storable(value):
            raise InputError("bad_text", "NUL and lone surrogates cannot be stored")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_text(item)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
