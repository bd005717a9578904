"""Writing the audit trail. Free text never enters it: only its length does."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.db import models

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.masking import mask_text
from helpdesk.core.models import AuditEntry, User

# What may stand in the trail: the codes that forms offer (complaint, C-2026-000123), never what people
# write. A single word that somebody typed looks like a code, so fields meant for writing are named too.
CODE = re.compile(r"[\w.:@/+-]{1,60}", re.ASCII)
WRITTEN = {"text", "note", "reason", "narrative", "request", "question", "transcript", "body", "title", "q"}
WRITTEN |= {"facts", "basis", "reasons", "remedies", "comment", "description"}
SECRET = {
    "password",
    "token",
    "code",
    "tracking_code",
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
        is_code = name not in WRITTEN and CODE.fullmatch(value)
        return mask_text(value) if is_code or not value else f"<{len(value)} characters>"
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dt.date | dt.datetime | Decimal):
        return str(value)
    if isinstance(value, File):
        return f"<file of {value.size} bytes>"
    if isinstance(value, Mapping):
        return {str(key): describe(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [describe(name, item) for item in value]
    return f"<{type(value).__name__}>"


def record(
    verb: str,
    *,
    actor: Actor,
    target: models.Model,
    before: str = "",
    after: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry; call it inside the transaction of the change it records."""
    return AuditEntry.objects.create(
        at=clock.now(),
        verb=verb,
        actor=actor if isinstance(actor, User) else None,
        actor_label=actor.username if isinstance(actor, User) else actor.role,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        from_state=before,
        to_state=after,
        data={name: describe(name, value) for name, value in (data or {}).items()},
    )
