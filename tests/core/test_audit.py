"""The trail: append-only, and nothing in it that a person wrote or that opens a door."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile

from helpdesk.core import audit
from helpdesk.core.actors import Guest
from helpdesk.core.models import AuditEntry, Topic


@pytest.fixture
def entry(cast):
    return audit.record("team.created", actor=cast.agent, target=cast.agent.team)


def test_entries_are_never_changed(entry):
    entry.verb = "team.forged"
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        AuditEntry.objects.update(verb="team.forged")
    assert AuditEntry.objects.get().verb == "team.created"


def test_entries_are_never_deleted(entry):
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.all().delete()
    assert AuditEntry.objects.count() == 1


def test_a_guest_leaves_their_role_and_no_name(cast):
    entry = audit.record("ticket.filed", actor=Guest(frozenset({"ticket:1"})), target=cast.agent)
    assert (entry.actor, entry.actor_label) == (None, "visitor")


@pytest.mark.parametrize(
    ("name", "value", "stands"),
    [
        ("kind", "complaint", "complaint"),
        ("topic", Topic.OVERDUE, "overdue"),
        ("number", "C-2026-000123", "C-2026-000123"),
        ("product", "", ""),
        ("narrative", "他们昨天半夜打电话", "<9 characters>"),
        ("reason", "idiot", "<5 characters>"),
        ("product", "王小明的贷款", "<6 characters>"),
        ("kind", "two words", "<9 characters>"),
        ("number", "13800138021", "138******21"),
        ("password", "hunter2hunter2", "***"),
        ("tracking_code", "K3F9-77QX", "***"),
        ("contact", "13800138021", "***"),
        ("name", "", ""),
        ("score", 5, 5),
        ("resolved", None, None),
        ("redress", Decimal("12.30"), "12.30"),
        ("sent_on", dt.date(2026, 11, 22), "2026-11-22"),
        ("file", ContentFile(b"12345"), "<file of 5 bytes>"),
        ("files", ["a b", "ok"], ["<3 characters>", "ok"]),
        ("answers", {"code": "1234", "text": "好"}, {"code": "***", "text": "<1 characters>"}),
        ("thing", object(), "<object>"),
    ],
)
def test_what_of_a_field_stands_in_the_trail(name, value, stands):
    assert audit.describe(name, value) == stands


def test_a_row_is_named_not_copied(cast):
    assert audit.describe("assignee", cast.agent) == f"core.User:{cast.agent.pk}"
