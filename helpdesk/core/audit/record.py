"""Appending to a chain."""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, models, transaction

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.audit.chain import FIRST, canonical, commitment, entry_hash
from helpdesk.core.audit.describe import describe, withheld
from helpdesk.core.models import AuditEntry, SealedValues, User


def chain_of(target: models.Model) -> str:
    """The chain of a row: its own, or that of the case it belongs to (``audit_chain`` on the model)."""
    return str(getattr(target, "audit_chain", "") or f"{target._meta.label_lower}:{target.pk}")


def utc(instant: dt.datetime) -> str:
    """An instant as it stands in a body: UTC with all six digits, so that it has one text."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
    fields = dict(data or {})
    sealed = {
        path: [secrets.token_hex(16), text]
        for name, value in fields.items()
        for path, text in withheld(name, value)
    }
    entry = AuditEntry(
        at=clock.now(),
        verb=verb,
        actor=actor if isinstance(actor, User) else None,
        actor_label=actor.username if isinstance(actor, User) else actor.role,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        from_state=before,
        to_state=after,
        chain=chain_of(target),
    )
    described = {name: describe(name, value) for name, value in fields.items()}
    seals = {path: commitment(salt, text) for path, (salt, text) in sealed.items()}
    _append(entry, described, seals)
    if sealed:
        SealedValues.objects.create(entry=entry, texts=canonical(sealed))
    return entry


def forget(target: models.Model) -> None:
    """Erase for good the texts that the entries of its chain commit to; the chain holds."""
    SealedValues.objects.filter(entry__chain=chain_of(target)).delete()


def _append(entry: AuditEntry, data: dict[str, Any], seals: dict[str, str]) -> None:
    """Give the entry the next place of its chain.

    Who appends holds the first entry of the chain until the transaction ends, so there is one at a time.
    Only a chain that has no entry yet can be begun twice; the second one then goes on after the first.
    """
    try:
        with transaction.atomic():
            _place(entry, data, seals)
    except IntegrityError:
        if entry.n != 1:
            raise
        _place(entry, data, seals)


def _place(entry: AuditEntry, data: dict[str, Any], seals: dict[str, str]) -> None:
    links = AuditEntry.objects.filter(chain=entry.chain)
    n, entry.prev = 0, FIRST
    if links.select_for_update().filter(n=1).values_list("pk").first():
        n, entry.prev = links.order_by("-n").values_list("n", "hash")[0]
    entry.n = n + 1
    entry.body = canonical(body_of(entry, data, seals))
    entry.hash = entry_hash(entry.prev, entry.body)
    entry.save(force_insert=True)


def body_of(entry: AuditEntry, data: Mapping[str, Any], seals: Mapping[str, str]) -> dict[str, Any]:
    """All that the hash protects. The columns beside it are only there to be searched, and are checked."""
    body: dict[str, Any] = {name: getattr(entry, name) for name in SEARCHED} | {
        "chain": entry.chain,
        "n": entry.n,
        "at": utc(entry.at),
        "actor_id": entry.actor_id,
        "data": dict(data),
    }
    return body | {"seals": dict(seals)} if seals else body


SEARCHED = ("verb", "actor_label", "target_type", "target_id", "from_state", "to_state")


def history_of(row: models.Model) -> models.QuerySet[AuditEntry]:
    """The last 50 things that were done to it, newest first."""
    entries = AuditEntry.objects.filter(target_type=row._meta.label_lower, target_id=str(row.pk))
    return entries.select_related("actor").order_by("-pk")[:50]
