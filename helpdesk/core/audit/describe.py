"""What of an action may stand in the trail: codes and numbers; of texts and personal data a commitment."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.db import models

from helpdesk.core.masking import mask_text
from helpdesk.core.passwords import without_secrets
from helpdesk.core.uploads import CheckedFile

# What may stand in the trail: the codes that forms offer (complaint, C-2026-000123), never what people
# write. A single word that somebody typed looks like a code, so fields meant for writing are named too.
CODE = re.compile(r"[\w.:@/+-]{1,60}", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}")  # a SHA-256 says nothing of what it was made of
WRITTEN = {"text", "note", "reason", "narrative", "request", "question", "transcript", "body", "title", "q"}
WRITTEN |= {"searched", "facts", "basis", "reasons", "remedies", "comment", "description"}
OPENS_A_DOOR = {"password", "token", "code", "tracking_code", "secret"}  # not even committed to
SECRET = OPENS_A_DOOR | {
    "phone",
    "email",
    "contact",
    "name",
    "complainant",
    "id_number",
}


def describe(name: str, value: Any) -> Any:  # noqa: PLR0911  # one line a type
    """One field of an action as it may stand in the trail."""
    if name in SECRET:
        return "***" if value else value
    if isinstance(value, models.Model):
        return f"{value._meta.label}:{value.pk}"
    if isinstance(value, str):
        is_code = name not in WRITTEN and (CODE.fullmatch(value) or HASH.fullmatch(value))
        return mask_text(without_secrets(value)) if is_code or not value else f"<{len(value)} characters>"
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dt.date | dt.datetime | Decimal):
        return str(value)
    if isinstance(value, CheckedFile):
        return f"<{value.content_type}, {value.size} bytes, sha256 {value.sha256}>"
    if isinstance(value, File):
        return f"<file of {value.size} bytes>"
    if isinstance(value, Mapping):
        return {str(key): describe(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [describe(name, item) for item in value]
    return f"<{type(value).__name__}>"


def withheld(name: str, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts of a field that ``describe`` does not show, with its path (``answers.text``, ``files.0``).
    A password that somebody wrote in the middle of one is not even committed to."""
    path = path or name
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from withheld(str(key), item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from withheld(name, item, f"{path}.{place}")
    elif isinstance(value, str) and name not in OPENS_A_DOOR and describe(name, value) != value:
        yield path, without_secrets(value)
