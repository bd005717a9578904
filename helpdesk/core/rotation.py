"""Bringing what is sealed or hashed with any of ``DATA_KEYS`` to the first of them.

Level-triggered: rows that are of the first key already are passed over, so that a run that was stopped goes
on when it is called again. Each batch is one transaction with its rows locked; the desk stays at work.
"""

from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast

from helpdesk.core import audit
from helpdesk.core.contacts import contact_token
from helpdesk.core.fields import ContactTokenField, EncryptedTextField, is_current, opened, sealed
from helpdesk.core.models import User
from helpdesk.core.signals import keys_rotated

BATCH = 500
SECRETS = ("secret", "seed")  # of a second factor
Model = type[models.Model]


def rotate() -> Iterator[tuple[str, int]]:
    """What was looked through, and how many rows of it changed; the sum goes on record."""
    total = 0
    for name, rows in _work():
        total += rows
        yield name, rows
    if total:
        actor = User.system("rotate-keys")
        with transaction.atomic():
            audit.record("keys.rotated", actor=actor, target=actor, data={"rows": total})


def _work() -> Iterator[tuple[str, int]]:
    for model in apps.get_models():
        fields = [] if model._meta.proxy else model._meta.local_concrete_fields
        if columns := [field.attname for field in fields if isinstance(field, EncryptedTextField)]:
            yield model._meta.label, _reseal(model, columns)
        if tokens := [field for field in fields if isinstance(field, ContactTokenField)]:
            yield f"{model._meta.label} tokens", _rehash(model, tokens)
    yield Authenticator._meta.label, each(Authenticator.objects.all(), _reseal_device)
    for receiver, rows in keys_rotated.send(None):
        yield receiver.__module__, int(rows or 0)


def each(rows: "models.QuerySet[Any, Any]", change: Callable[[Any], bool]) -> int:
    """Change row by row, in locked batches by their keys; how many there was something to change in."""
    last, changed = None, 0
    rows = rows.order_by("pk")
    while True:
        with transaction.atomic():
            batch = list(
                (rows if last is None else rows.filter(pk__gt=last)).select_for_update(of=("self",))[:BATCH]
            )
            changed += sum(map(change, batch))
        if not batch:
            return changed
        last = batch[-1].pk


def _reseal(model: Model, columns: list[str]) -> int:
    def change(row: Any) -> bool:
        stale = {name: opened(raw) for name in columns if not is_current(raw := getattr(row, f"raw_{name}"))}
        if stale:
            model._base_manager.filter(pk=row.pk).update(**stale)
        return bool(stale)

    raws = {f"raw_{name}": Cast(name, models.TextField()) for name in columns}
    return each(model._base_manager.only("pk").annotate(**raws), change)


def _rehash(model: Model, tokens: list[ContactTokenField]) -> int:
    def change(row: Any) -> bool:
        new = {field.attname: contact_token(getattr(row, field.of)) for field in tokens}
        stale = any(getattr(row, name) != token for name, token in new.items())
        if stale:
            model._base_manager.filter(pk=row.pk).update(**new)
        return stale

    return each(model._base_manager.all(), change)


def _reseal_device(device: Authenticator) -> bool:
    stale = [name for name in SECRETS if not is_current(device.data.get(name, ""))]
    for name in stale:
        device.data[name] = sealed(opened(device.data[name]))
    if stale:
        device.save(update_fields=["data"])
    return bool(stale)
