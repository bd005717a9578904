"""Signed heads of the chains, outside the database: they show a tail that was cut and a chain rewritten.

A line of ``ANCHOR_DIR/<day>.jsonl`` is ``{"anchor": <text>, "sig": <Ed25519>}``; the text names the heads of
the chains that moved, and the hash of the anchor before it, so that a line which is gone is missed. Files are
only ever appended to; copy them to a place where nobody of the desk can write.
"""

import base64
import datetime as dt
import fcntl
import hashlib
import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db.models import Exists, F, OuterRef

from helpdesk.core import clock
from helpdesk.core.audit.chain import FIRST, canonical
from helpdesk.core.audit.record import utc
from helpdesk.core.models import AuditEntry

HEADS_A_LINE = 5_000
RECENT = 4  # files; more than the reach of the daily anchor


@dataclass(frozen=True)
class Anchor:
    """One line as it was read; ``sound``: it is what was signed, and follows the one before."""

    place: str  # file and line
    at: str
    up_to: int
    heads: list[tuple[str, int, str]]
    digest: str
    sound: bool


def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.ANCHOR_KEY))


def public_key() -> str:
    """What an auditor needs to check the signatures; base64."""
    raw = key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def write(*, reach: dt.timedelta) -> int:
    """Anchor every chain that moved since the newest anchor older than ``reach``; the number of heads.

    The reach is for transactions that committed late: an entry with a smaller id may appear after one with
    a greater. Without any anchor yet, every chain is anchored.
    """
    with _alone() as folder:
        before = list(read(recent=RECENT))
        if before and not before[-1].sound:
            raise ValueError(f"the last anchor is not sound: {before[-1].place}")
        old = [anchor for anchor in before if anchor.at <= utc(clock.now() - reach)]
        prev = before[-1].digest if before else FIRST
        up_to = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        known = {chain: (n, digest) for anchor in before for chain, n, digest in anchor.heads}
        moved = (
            head for head in _heads(old[-1].up_to if old else 0, up_to) if known.get(head[0]) != head[1:]
        )
        written = 0
        while heads := list(itertools.islice(moved, HEADS_A_LINE)):
            prev = _append(folder, {"up_to": up_to, "heads": heads, "prev": prev})
            written += len(heads)
        return written


def _heads(since: int, up_to: int) -> Iterator[tuple[str, int, str]]:
    """The last entry of every chain that has one with an id in that range."""
    later = AuditEntry.objects.filter(chain=OuterRef("chain"), n=OuterRef("n") + 1)
    ends = AuditEntry.objects.filter(~Exists(later), id__gt=since, id__lte=up_to)
    return ends.order_by(F("id")).values_list("chain", "n", "hash").iterator()


def _append(folder: Path, anchor: dict[str, Any]) -> str:
    text = canonical(anchor | {"v": 1, "at": utc(clock.now())})
    line = json.dumps({"anchor": text, "sig": base64.b64encode(key().sign(text.encode())).decode()})
    path = folder / f"{clock.now():%Y-%m-%d}.jsonl"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def _alone() -> Iterator[Path]:
    """Two jobs at the same time would name the same anchor as the one before."""
    folder = Path(settings.ANCHOR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def read(*, recent: int = 0) -> Iterator[Anchor]:
    """All anchors, oldest first, or those of the last few days that have any."""
    paths = sorted(Path(settings.ANCHOR_DIR).glob("*.jsonl"))
    prev = "" if recent < len(paths) and recent else FIRST  # "": the one before was not read
    public = key().public_key()
    for path in paths[-recent:]:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            place = f"{path.name}:{number}"
            try:
                raw = json.loads(line)
                text = raw["anchor"]
                public.verify(base64.b64decode(raw["sig"]), text.encode())
                body = json.loads(text)
            except (ValueError, KeyError, TypeError, InvalidSignature):
                yield Anchor(place, "", 0, [], prev, sound=False)
                continue
            heads = [(chain, n, digest) for chain, n, digest in body["heads"]]
            after = hashlib.sha256(text.encode()).hexdigest()
            yield Anchor(place, body["at"], body["up_to"], heads, after, sound=prev in ("", body["prev"]))
            prev = after
