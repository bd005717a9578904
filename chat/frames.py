"""What clients may send, field by field with exact types (docs/chat-protocol.md)."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings

from chat.tokens import LONGEST
from helpdesk.core.models import Topic
from helpdesk.core.strict_json import InputError

Frame = dict[str, Any]
Field = Callable[[str, Any], Any]
Spec = Mapping[str, Field]
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_SEQ = 2**31 - 1
MAX_FILES = 5  # with one message
MAX_RESUMED = 200  # conversations in a desk's hello


def bad_field(name: str, wanted: str) -> InputError:
    return InputError("bad_field", f"{name} must be {wanted}", field=name)


def integer(least: int, most: int) -> Field:
    def read(name: str, value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise bad_field(name, f"an integer from {least} to {most}")
        return value

    return read


def boolean(name: str, value: Any) -> bool:
    if type(value) is not bool:
        raise bad_field(name, "true or false")
    return value


def text(longest: int | None = None) -> Field:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or (longest is not None and len(value) > longest):
            raise bad_field(name, f"a string of at most {longest} characters" if longest else "a string")
        return value

    return read


def identifier(name: str, value: Any) -> uuid.UUID:
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise bad_field(name, "a UUID")
    return uuid.UUID(value)


def as_uuid(text: str) -> uuid.UUID:
    """The id in an address; the nil UUID, which nothing has, when it is not one."""
    return uuid.UUID(text) if UUID.fullmatch(text) else uuid.UUID(int=0)


def attachments(name: str, value: Any) -> tuple[uuid.UUID, ...]:
    """Ids of files that were uploaded before, each once."""
    if not isinstance(value, list) or len(value) > MAX_FILES:
        raise bad_field(name, f"a list of at most {MAX_FILES} ids")
    return tuple(dict.fromkeys(identifier(name, one) for one in value))


def cursors(name: str, value: Any) -> dict[uuid.UUID, int]:
    if not isinstance(value, dict) or len(value) > MAX_RESUMED:
        raise bad_field(name, f"an object of at most {MAX_RESUMED} conversations")
    return {identifier(name, key): seq(name, last) for key, last in value.items()}


def one_of(choices: Iterable[str]) -> Field:
    allowed = frozenset(choices)

    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise bad_field(name, "one of " + ", ".join(sorted(allowed)))
        return value

    return read


seq = integer(0, MAX_SEQ)
language = one_of(code for code, _ in settings.LANGUAGES)
START: Spec = {
    "language?": language,
    "topic?": one_of(Topic.values),
    "name?": text(60),
    "bot?": boolean,
    "consent?": boolean,
}

SEND: Spec = {"client_id": identifier, "text": text(), "attachments?": attachments}
READ: Spec = {"seq": seq}
EDIT: Spec = {"seq": integer(1, MAX_SEQ), "text": text()}
RATE: Spec = {"score": integer(1, 5), "text?": text()}

VISITOR: Mapping[str, Spec] = {
    "hello": {
        "token?": text(LONGEST),
        "language?": language,
        "after": seq,
        "protocol": integer(0, MAX_SEQ),
    },
    "send": SEND,
    "typing": {"on": boolean},
    "read": READ,
    "edit": EDIT,
    "rate": RATE,
    "close": {},
}
DESK: Mapping[str, Spec] = {
    "hello": {"after": cursors, "protocol": integer(0, MAX_SEQ)},
    "send": {"conversation": identifier, **SEND},
    "typing": {"conversation": identifier, "on": boolean},
    "read": {"conversation": identifier, **READ},
    "edit": {"conversation": identifier, **EDIT},
    "watch": {"conversation": identifier, "after": seq},
}


def fields_of(frame: Frame, spec: Spec) -> Frame:
    """The known fields, checked; a name with ``?`` may be absent. What is not known is ignored."""
    result: Frame = {}
    for key, read in spec.items():
        name = key.removesuffix("?")
        if name in frame:
            result[name] = read(name, frame[name])
        elif name == key:
            raise InputError("missing_field", f"{name} is missing", field=name)
    return result


def read_frame(frame: Frame, specs: Mapping[str, Spec]) -> tuple[str, Frame]:
    """The type of a frame and its checked fields."""
    kind = frame.get("type")
    if not isinstance(kind, str) or kind not in specs:
        raise InputError("unknown_type", "type must be one of " + ", ".join(specs))
    return kind, fields_of(frame, specs[kind])
