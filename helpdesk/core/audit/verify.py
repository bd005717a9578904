"""Checking the trail: every hash again, the columns beside it, what is sealed, anchors and triggers."""

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.db import connection
from django.utils.dateparse import parse_datetime

from helpdesk.core.audit import anchors, triggers
from helpdesk.core.audit.chain import FIRST, commitment, entry_hash
from helpdesk.core.audit.record import SEARCHED
from helpdesk.core.models import AuditEntry, SealedValues

CHUNK, BATCH = 2_000, 500


@dataclass(frozen=True)
class Fault:
    """``place`` names the row (chain, number, id), the line of an anchor, or the trigger."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def faults(chain: str = "") -> Iterator[Fault]:
    """Everything that is wrong with all chains, or with one; nothing if all is well."""
    for name in triggers.missing(connection):
        yield Fault(f"trigger {name}", "is missing or switched off")
    yield from _chains(chain)
    yield from _seals(chain)
    yield from _anchors(chain)


def _chains(chain: str) -> Iterator[Fault]:
    entries = AuditEntry.objects.order_by("chain", "n")
    if chain:
        entries = entries.filter(chain=chain)
    last: AuditEntry | None = None
    for entry in entries.iterator(chunk_size=CHUNK):
        if last is None or last.chain != entry.chain:
            n, prev = 1, FIRST
        else:
            n, prev = last.n + 1, last.hash
        if entry.n != n:
            yield Fault(place_of(entry), f"an entry is missing or too many: number {n} was expected")
        elif entry.prev != prev:
            yield Fault(place_of(entry), "does not follow the entry before it")
        if entry.hash != entry_hash(entry.prev, entry.body):
            yield Fault(place_of(entry), "its text is not what was hashed")
        elif wrong := _differs(entry):
            yield Fault(place_of(entry), f"column {wrong} does not say what the text says")
        last = entry


def place_of(entry: AuditEntry) -> str:
    return f"{entry.chain} entry {entry.n} (row {entry.pk})"


def _differs(entry: AuditEntry) -> str:
    """The first column that does not agree with the body, or ""."""
    body = json.loads(entry.body)
    shown = {name: getattr(entry, name) for name in (*SEARCHED, "chain", "n", "actor_id")}
    shown["at"] = entry.at
    body["at"] = parse_datetime(body["at"])
    return next((name for name, value in shown.items() if body.get(name) != value), "")


def _seals(chain: str) -> Iterator[Fault]:
    """Values that are still kept must be those that were committed to; erased ones are no fault."""
    rows = SealedValues.objects.order_by("entry_id")
    if chain:
        rows = rows.filter(entry__chain=chain)
    keys = rows.values_list("pk", flat=True).iterator(chunk_size=CHUNK)
    while some := list(itertools.islice(keys, BATCH)):
        try:
            sealed = list(SealedValues.objects.filter(pk__in=some).select_related("entry").order_by("pk"))
        except InvalidToken:
            yield from _unreadable(some)
            continue
        for row in sealed:
            yield from _broken(row)


def _broken(row: SealedValues) -> Iterator[Fault]:
    seals = json.loads(row.entry.body).get("seals", {})
    for path, (salt, text) in json.loads(row.texts).items():
        if seals.get(path) != commitment(salt, text):
            what = f"the sealed value of {path} is not the one that was recorded"
            yield Fault(place_of(row.entry), what)


def _unreadable(keys: list[int]) -> Iterator[Fault]:
    """One by one, because a row that no key opens hides those that were read with it."""
    for entry in AuditEntry.objects.filter(pk__in=keys):
        try:
            row = SealedValues.objects.get(pk=entry.pk)
        except InvalidToken:
            yield Fault(place_of(entry), "no key opens its sealed values")
        else:
            yield from _broken(row)


def _anchors(chain: str) -> Iterator[Fault]:
    for anchor in anchors.read():
        if not anchor.sound:
            yield Fault(f"anchor {anchor.place}", "is not what was signed, or an anchor before it is missing")
        heads = [head for head in anchor.heads if not chain or head[0] == chain]
        for start in range(0, len(heads), BATCH):
            yield from _compare(anchor.place, heads[start : start + BATCH])


def _compare(place: str, heads: list[tuple[str, int, str]]) -> Iterator[Fault]:
    found = AuditEntry.objects.filter(
        chain__in={head[0] for head in heads}, n__in={head[1] for head in heads}
    )
    there = set(found.values_list("chain", "n", "hash"))
    for chain, n, digest in heads:
        if (chain, n, digest) not in there:
            what = f"was anchored in {place} and is no longer what it was: cut off or rewritten"
            yield Fault(f"{chain} entry {n}", what)


def age_of_newest_anchor(now: dt.datetime) -> dt.timedelta | None:
    """How long ago the heads were last anchored; None if never."""
    newest = None
    for anchor in anchors.read():
        newest = parse_datetime(anchor.at) or newest
    return now - newest if newest else None
