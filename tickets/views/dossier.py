"""A case as one dossier for a regulator: a PDF to read, JSON to check, the files, and all hashes."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from helpdesk.core import clock, pdf
from helpdesk.core.audit import anchors, verify
from helpdesk.core.models import AuditEntry, User
from helpdesk.core.uploads import clean_name
from tickets.models import Ticket
from tickets.models.link import merges_into
from tickets.queries import evidence_of
from tickets.views.dossier_text import Trail, describe


def build(ticket: Ticket, user: User) -> IO[bytes]:
    """A ZIP archive at its beginning; ``manifest.sha256`` names the SHA-256 of everything else in it."""
    out = tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    hashes = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(ticket, user):
            archive.writestr(name, content)
            hashes.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        archive.writestr("manifest.sha256", "".join(hashes))
    out.seek(0)
    return out


def trails_of(ticket: Ticket) -> list[Trail]:
    """The chain of the case, then of each that was merged into it: the document tells all their events."""
    merged = [link.ticket for link in merges_into(ticket).select_related("ticket")]
    return [_trail(one) for one in (ticket, *merged)]


def _trail(ticket: Ticket) -> Trail:
    chain = f"tickets.ticket:{ticket.pk}"
    entries = list(AuditEntry.objects.filter(chain=chain).order_by("n"))
    return Trail(ticket.number, chain, entries, [str(fault) for fault in verify.faults(chain)])


def _members(ticket: Ticket, user: User) -> Iterator[tuple[str, bytes]]:
    files, trails = list(evidence_of(ticket, user)), trails_of(ticket)
    shown = describe(ticket, user, files, trails)
    yield "dossier.pdf", pdf.render("tickets/dossier.typ", shown)
    facts = {
        "case": ticket.number,
        "made_at": clock.now().isoformat(),
        "rule": 'hash = SHA-256("v1|" + prev + "|" + body); the first prev is 64 zeros',
        "anchors_signed_by": anchors.public_key(),
        "trails": [_facts(trail) for trail in trails],
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in files],
        "document": shown,
    }
    yield "dossier.json", json.dumps(facts, ensure_ascii=False, indent=1).encode()
    for place, file in enumerate(files, 1):
        with file.file.open("rb") as stored:
            yield f"files/{place:02d}-{clean_name(file.name)}", stored.read()


def _facts(trail: Trail) -> dict[str, Any]:
    return {
        "case": trail.number,
        "chain": trail.chain,
        "faults": trail.faults,
        "entries": [
            {"n": entry.n, "prev": entry.prev, "hash": entry.hash, "body": entry.body}
            for entry in trail.entries
        ],
    }
