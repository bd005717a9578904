"""The trail as evidence: what is hashed, who may append, and six attacks by whoever owns the database."""

import hashlib
import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from helpdesk.core import audit
from helpdesk.core.audit import anchors, chain, triggers, verify
from helpdesk.core.models import AuditEntry, SealedValues
from helpdesk.core.tasks import anchor_daily, anchor_hourly


@pytest.fixture
def trail(cast):
    """Five entries on a team, two on a person, all anchored."""
    for n in range(5):
        audit.record(
            "team.renamed", actor=cast.agent, target=cast.agent.team, data={"round": n, "note": f"第{n}次"}
        )
    for _ in range(2):
        audit.record(
            "person.changed", actor=cast.administrator, target=cast.agent, data={"phone": "13800138021"}
        )
    assert anchor_hourly() == 2
    return f"core.team:{cast.agent.team.pk}"


def rows(name: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(chain=name).order_by("n"))


def drop_triggers() -> None:
    connection.check_constraints()  # PostgreSQL alters no table that still has some to check
    triggers.remove(connection)


def as_owner(*statements: tuple[str, list[Any]]) -> None:
    """What an administrator of the database can do: drop the triggers, change rows, put them back."""
    drop_triggers()
    with connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)
    connection.check_constraints()
    triggers.install(connection)


def found(name: str = "") -> list[str]:
    return [str(fault) for fault in verify.faults(name)]


# --- What is written --------------------------------------------------------------------------


def test_a_chain_is_what_the_design_says(trail):
    prev = "0" * 64
    for n, entry in enumerate(rows(trail), 1):
        assert (entry.n, entry.prev) == (n, prev)
        assert entry.hash == hashlib.sha256(f"v1|{prev}|{entry.body}".encode()).hexdigest()
        body = json.loads(entry.body)
        assert entry.body == json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert (body["chain"], body["n"], body["verb"]) == (trail, n, "team.renamed")
        assert body["at"].endswith("Z")
        prev = entry.hash
    assert found() == []


def test_personal_data_is_committed_to_and_not_written(cast):
    text = "他们昨天半夜打电话"
    entry = audit.record(
        "ticket.filed", actor=cast.agent, target=cast.agent, data={"narrative": text, "phone": "13800138021"}
    )
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert text not in stored.body
    assert "13800138021" not in stored.body
    assert stored.data == {"narrative": "<9 characters>", "phone": "***"}
    sealed = json.loads(entry.sealed.texts)
    assert {path: value for path, (_salt, value) in sealed.items()} == {
        "narrative": text,
        "phone": "13800138021",
    }
    seals = json.loads(stored.body)["seals"]
    assert seals == {path: chain.commitment(salt, value) for path, (salt, value) in sealed.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT texts FROM core_sealedvalues")
        assert "13800138021" not in str(cursor.fetchall())


def test_what_opens_a_door_is_not_even_committed_to(cast):
    data = {
        "password": "hunter2hunter2",
        "tracking_code": "K3F9-77QX",
        "answers": {"code": "1234", "text": "好"},
    }
    entry = audit.record("person.created", actor=cast.agent, target=cast.agent, data=data)
    assert list(json.loads(entry.sealed.texts)) == ["answers.text"]


def test_erasing_a_value_keeps_the_chain_valid(trail, cast):
    SealedValues.objects.filter(entry__chain=f"core.user:{cast.agent.pk}").delete()
    assert found() == []


def test_a_changed_sealed_value_is_a_fault(trail, cast):
    row = SealedValues.objects.filter(entry__chain=trail).order_by("pk")[0]
    salt, _text = json.loads(row.texts)["note"]
    row.texts = chain.canonical({"note": [salt, "别的话"]})
    row.save()
    entry = rows(trail)[0]
    assert found() == [
        f"{trail} entry 1 (row {entry.pk}): the sealed value of note is not the one that was recorded"
    ]


def test_a_sealed_value_that_no_key_opens_hides_no_other(trail):
    first, second = SealedValues.objects.filter(entry__chain=trail).order_by("pk")[:2]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_sealedvalues SET texts = 'gone' WHERE entry_id = %s", [first.pk])
    second.texts = chain.canonical({"note": ["salt", "x"]})
    second.save()
    assert [fault.rpartition(": ")[2] for fault in found()] == [
        "no key opens its sealed values",
        "the sealed value of note is not the one that was recorded",
    ]


@pytest.mark.parametrize("body", [{"a": 1.5}, {"a": [{"b": 0.1}]}])
def test_a_float_has_no_canonical_text(body):
    with pytest.raises(TypeError, match="float"):
        chain.canonical(body)


def test_canonical():
    assert chain.canonical({"b": [True, None, "好"], "a": 1}) == '{"a":1,"b":[true,null,"好"]}'


# --- The database refuses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only_on", "sql"),
    [
        ("", "UPDATE core_auditentry SET verb = 'x'"),
        ("", "UPDATE core_auditentry SET hash = hash"),
        ("", "DELETE FROM core_auditentry"),
        ("postgresql", "TRUNCATE core_auditentry CASCADE"),
        ("sqlite", "INSERT OR REPLACE INTO core_auditentry SELECT * FROM core_auditentry"),
        (
            "sqlite",
            "INSERT OR REPLACE INTO core_auditentry (at, verb, actor_label, target_type, target_id,"
            " from_state, to_state, body, chain, hash, n, prev) SELECT at, 'x', actor_label, target_type,"
            " target_id, from_state, to_state, body, chain, hash, n, prev FROM core_auditentry",
        ),
    ],
)
def test_the_database_refuses_to_change_an_entry(trail, only_on, sql):
    if only_on not in ("", connection.vendor):
        pytest.skip(f"a statement of {only_on}")
    before = list(AuditEntry.objects.values())
    connection.check_constraints()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert list(AuditEntry.objects.values()) == before


@pytest.mark.django_db
def test_a_replica_session_is_refused_too(trail):
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has replica sessions")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("DELETE FROM core_auditentry")


def test_a_missing_trigger_is_a_fault(trail):
    drop_triggers()
    names = [f"trigger {name}: is missing or switched off" for name in triggers._wanted(connection)]
    assert found() == names
    triggers.install(connection)
    assert found() == []


@pytest.mark.django_db(transaction=True)
def test_appending_at_the_same_time_makes_one_chain(cast):
    team, actor = cast.agent.team, cast.agent
    start = threading.Barrier(8)
    failed = []

    def append() -> None:
        try:
            start.wait()
            for _ in range(5):
                with transaction.atomic():
                    audit.record("team.renamed", actor=actor, target=team)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=append) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [entry.n for entry in rows(f"core.team:{team.pk}")] == list(range(1, 41))
    assert found() == []


# --- Six attacks ------------------------------------------------------------------------------


def rehashed(entries: list[AuditEntry], prev: str) -> list[tuple[str, list[Any]]]:
    """Statements that give these entries sound hashes again, from one on that follows ``prev``."""
    statements = []
    for entry in entries:
        digest = chain.entry_hash(prev, entry.body)
        statements.append(
            (
                "UPDATE core_auditentry SET body = %s, prev = %s, hash = %s WHERE id = %s",
                [entry.body, prev, digest, entry.pk],
            )
        )
        prev = digest
    return statements


def forged(entry: AuditEntry) -> AuditEntry:
    entry.body = entry.body.replace('"round":2', '"round":7')
    assert '"round":7' in entry.body
    return entry


def test_attack_edit(trail):
    third = rows(trail)[2]
    as_owner(("UPDATE core_auditentry SET body = %s WHERE id = %s", [forged(third).body, third.pk]))
    assert found() == [f"{trail} entry 3 (row {third.pk}): its text is not what was hashed"]


def test_attack_edit_of_a_column(trail, cast):
    third = rows(trail)[2]
    as_owner(("UPDATE core_auditentry SET actor_id = %s WHERE id = %s", [cast.supervisor.pk, third.pk]))
    assert found() == [f"{trail} entry 3 (row {third.pk}): column actor_id does not say what the text says"]


def test_attack_edit_and_rehash(trail):
    entries = rows(trail)
    as_owner(*rehashed([forged(entries[2])], entries[1].hash))
    assert found() == [f"{trail} entry 4 (row {entries[3].pk}): does not follow the entry before it"]


def test_attack_delete(trail):
    _first, second, third, *_ = rows(trail)
    as_owner(
        ("DELETE FROM core_sealedvalues WHERE entry_id = %s", [second.pk]),
        ("DELETE FROM core_auditentry WHERE id = %s", [second.pk]),
    )
    assert found() == [
        f"{trail} entry 3 (row {third.pk}): an entry is missing or too many: number 2 was expected"
    ]


def test_attack_delete_the_first(trail):
    first, second, *_ = rows(trail)
    as_owner(
        ("DELETE FROM core_sealedvalues WHERE entry_id = %s", [first.pk]),
        ("DELETE FROM core_auditentry WHERE id = %s", [first.pk]),
    )
    assert found()[0] == (
        f"{trail} entry 2 (row {second.pk}): an entry is missing or too many: number 1 was expected"
    )


def test_attack_insert(trail):
    entries = rows(trail)
    copy = entries[2]
    body = copy.body.replace('"n":3,', '"n":6,')
    copy.n, copy.body, copy.hash = 6, body, chain.entry_hash(entries[1].hash, body)
    copy.pk, copy._state.adding = None, True
    drop_triggers()
    with pytest.raises(DatabaseError), transaction.atomic():  # two entries cannot follow the same one
        copy.save(force_insert=True)
    copy.prev = "f" * 64
    copy.hash = chain.entry_hash(copy.prev, body)
    copy.save(force_insert=True)
    connection.check_constraints()
    triggers.install(connection)
    assert found() == [f"{trail} entry 6 (row {copy.pk}): does not follow the entry before it"]


def test_attack_cut_the_tail(trail):
    entries = rows(trail)
    keys = [entry.pk for entry in entries[3:]]
    as_owner(
        ("DELETE FROM core_sealedvalues WHERE entry_id IN (%s, %s)", keys),
        ("DELETE FROM core_auditentry WHERE id IN (%s, %s)", keys),
    )
    name = next(anchors.read()).place
    what = f"was anchored in {name} and is no longer what it was: cut off or rewritten"
    assert found() == [f"{trail} entry 5: {what}"]


def test_attack_rewrite_the_rest(trail):
    entries = rows(trail)
    forged(entries[2])
    # From the last to the first in two passes, because no two may follow the same one even for a moment.
    as_owner(
        *[("UPDATE core_auditentry SET prev = %s WHERE id = %s", [f"x{e.pk}", e.pk]) for e in entries[2:]],
        *rehashed(entries[2:], entries[1].hash),
    )
    (fault,) = found()  # the chain itself holds again
    assert fault.startswith(f"{trail} entry 5: was anchored in ")


def test_attack_delete_a_whole_chain(trail, cast):
    person = f"core.user:{cast.agent.pk}"
    keys = [entry.pk for entry in rows(person)]
    as_owner(
        ("DELETE FROM core_sealedvalues WHERE entry_id IN (%s, %s)", keys),
        ("DELETE FROM core_auditentry WHERE id IN (%s, %s)", keys),
    )
    assert [fault.partition(": ")[0] for fault in found()] == [f"{person} entry 2"]
    assert found(trail) == []


# --- Anchors ----------------------------------------------------------------------------------


def anchor_files(settings) -> list[Path]:
    return sorted(settings.ANCHOR_DIR.glob("*.jsonl"))


def test_only_chains_that_moved_are_anchored_again(trail, cast):
    assert [anchor_hourly(), anchor_daily()] == [0, 0]
    audit.record("team.renamed", actor=cast.agent, target=cast.agent.team)
    assert anchor_hourly() == 1
    assert [[head[:2] for head in anchor.heads] for anchor in anchors.read()] == [
        [(trail, 5), (f"core.user:{cast.agent.pk}", 2)],
        [(trail, 6)],
    ]


def test_an_edited_anchor_is_a_fault(trail, settings):
    (path,) = anchor_files(settings)
    path.write_text(path.read_text().replace(r"\"n\":", r"\"m\":").replace("up_to", "upto"))
    assert found() == [f"anchor {path.name}:1: is not what was signed, or an anchor before it is missing"]


def test_a_missing_anchor_is_a_fault(trail, settings, cast):
    for _ in range(2):
        audit.record("team.renamed", actor=cast.agent, target=cast.agent.team)
        anchor_hourly()
    (path,) = anchor_files(settings)
    first, _second, third = path.read_text().splitlines()
    path.write_text(f"{first}\n{third}\n")
    assert found() == [f"anchor {path.name}:2: is not what was signed, or an anchor before it is missing"]


def test_nothing_is_appended_to_anchors_that_are_not_sound(trail, settings, cast):
    (path,) = anchor_files(settings)
    path.write_text("{}\n")
    audit.record("team.renamed", actor=cast.agent, target=cast.agent.team)
    with pytest.raises(ValueError, match="not sound"):
        anchor_hourly()


def test_an_anchor_signed_with_another_key_is_a_fault(trail, settings):
    settings.ANCHOR_KEY = "A" * 43 + "="
    assert [fault.partition(": ")[2] for fault in found()] == [
        "is not what was signed, or an anchor before it is missing"
    ]


def test_many_heads_are_spread_over_lines(trail, cast, monkeypatch):
    monkeypatch.setattr(anchors, "HEADS_A_LINE", 1)
    for person in (cast.agent, cast.supervisor, cast.analyst):
        audit.record("person.changed", actor=cast.agent, target=person)
    assert anchor_hourly() == 3
    assert found() == []


# --- The command ------------------------------------------------------------------------------


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("verify_audit", *args, stdout=out, stderr=out)
    return out.getvalue()


def test_verify_audit(trail):
    lines = run().splitlines()
    assert lines[:2] == ["7 entries in 2 chains: all sound", f"anchors signed by {anchors.public_key()}"]
    assert lines[2].startswith("newest anchor: 0:00:")
    assert run("--chain", trail).splitlines()[0] == "5 entries in 1 chains: all sound"


def test_verify_audit_stops_at_the_first_fault(trail):
    first, second, *_ = rows(trail)
    as_owner(("UPDATE core_auditentry SET body = '{}' WHERE id IN (%s, %s)", [first.pk, second.pk]))
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=err)
    assert err.getvalue() == f"FAULT {trail} entry 1 (row {first.pk}): its text is not what was hashed\n"
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", "--all", stderr=err)
    assert len(err.getvalue().splitlines()) == 4  # each text, and what each of them commits to


@pytest.mark.django_db
def test_an_empty_trail_is_sound():
    assert run().splitlines()[0] == "0 entries in 0 chains: all sound"
    call_command("anchor_audit", stdout=io.StringIO())
    assert run().splitlines()[2] == "no anchor yet: run manage.py anchor_audit"
