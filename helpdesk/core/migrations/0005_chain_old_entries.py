import datetime as dt
import hashlib
import json

from django.db import migrations

COLUMNS = ("verb", "actor_label", "target_type", "target_id", "from_state", "to_state")


def chain(apps, schema_editor):
    """Entries from before the chain get their places in the order in which they were written."""
    entries = apps.get_model("core", "AuditEntry").objects
    ends = {}
    for entry in entries.order_by("id").iterator(chunk_size=1000):
        entry.chain = f"{entry.target_type}:{entry.target_id}"
        n, entry.prev = ends.get(entry.chain, (0, "0" * 64))
        entry.n = n + 1
        body = {name: getattr(entry, name) for name in COLUMNS} | {
            "chain": entry.chain,
            "n": entry.n,
            "at": entry.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor_id": entry.actor_id,
            "data": entry.data,
        }
        entry.body = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        entry.hash = hashlib.sha256(f"v1|{entry.prev}|{entry.body}".encode()).hexdigest()
        entries.filter(pk=entry.pk).update(
            chain=entry.chain, n=entry.n, prev=entry.prev, body=entry.body, hash=entry.hash
        )
        ends[entry.chain] = entry.n, entry.hash


def unchain(apps, schema_editor):
    entries = apps.get_model("core", "AuditEntry").objects
    for entry in entries.order_by("id").iterator(chunk_size=1000):
        entries.filter(pk=entry.pk).update(data=json.loads(entry.body)["data"])


class Migration(migrations.Migration):
    dependencies = [("core", "0004_audit_chain_columns")]
    operations = [migrations.RunPython(chain, unchain)]
