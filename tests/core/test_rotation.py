"""A new key takes over everything that older ones sealed or hashed; then they can go."""

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import call_command

from chat.actions import index_conversations
from chat.history import Wanted, found
from chat.models import Conversation
from helpdesk.core import rotation
from helpdesk.core.fields import EncryptedTextField, opened, sealed
from helpdesk.core.models import AuditEntry, SealedValues, User
from tests.quality.rows import chat
from tests.tickets.factories import make_ticket
from tickets import search
from tickets.models import GroupMember, Ticket
from tickets.queries import accounts_with

pytestmark = pytest.mark.django_db
PHONE = "13800138021"


@pytest.fixture
def desk(cast):
    """Something sealed or hashed of every kind."""
    cast.customer.phone = PHONE
    cast.customer.save()
    for n in range(3):
        case = make_ticket(cast, complainant=f"甲客户{n}", contact=f"1370000000{n}")
    GroupMember.objects.create(ticket=case, name="成员", contact="13900000009")
    search.add(case.pk, [], ["成员", "13900000009"])
    Authenticator.objects.create(
        user=cast.agent, type=Authenticator.Type.TOTP, data={"secret": sealed("S3"), "counter": 7}
    )
    one = chat("2026-11-18", name="辛访客")
    Conversation.objects.filter(pk=one.pk).update(last_seq=1)
    index_conversations()
    return case


def new_key(settings) -> None:
    settings.DATA_KEYS = [Fernet.generate_key().decode(), *settings.DATA_KEYS]


def everything_is_found(cast, case: Ticket) -> bool:
    fresh = Ticket.objects.get(pk=case.pk)
    rows = [
        search.few(search.Query(text)) for text in (fresh.complainant, fresh.contact, "成员", "13900000009")
    ]
    chats = found(cast.supervisor, Wanted(text="辛访客")).count()
    accounts = accounts_with(PHONE)
    return (rows, chats, accounts) == ([[case.pk]] * 4, 1, [cast.customer])


def test_with_a_new_key_everything_is_found_before_and_after(cast, desk, settings, capsys):
    new_key(settings)
    assert everything_is_found(cast, desk)
    call_command("rotate_keys")
    said = capsys.readouterr().out
    assert ("tickets.Ticket: 3\n" in said, "core.User tokens: 7\n" in said) == (True, True)
    assert everything_is_found(cast, desk)
    settings.DATA_KEYS = settings.DATA_KEYS[:1]  # the older key is taken out
    assert everything_is_found(cast, desk)
    assert User.objects.get(pk=cast.customer.pk).phone == PHONE
    device = Authenticator.objects.get()
    assert (opened(device.data["secret"]), device.data["counter"]) == ("S3", 7)
    for model in apps.get_models():
        if any(isinstance(field, EncryptedTextField) for field in model._meta.fields):
            list(model._base_manager.all())  # no InvalidToken
    assert SealedValues.objects.exists()
    call_command("verify_audit")


def test_a_run_that_was_stopped_goes_on_and_the_last_finds_nothing(cast, desk, settings, monkeypatch, capsys):
    new_key(settings)
    monkeypatch.setattr(rotation, "BATCH", 2)
    for _name, _rows in rotation.rotate():
        break  # killed after the first table
    assert AuditEntry.objects.filter(verb="keys.rotated").count() == 0
    call_command("rotate_keys")
    assert AuditEntry.objects.get(verb="keys.rotated").data["rows"] > 10
    capsys.readouterr()
    call_command("rotate_keys")
    assert capsys.readouterr().out == "no rows were left\n"
    settings.DATA_KEYS = settings.DATA_KEYS[:1]
    assert everything_is_found(cast, desk)


def test_nothing_is_written_where_there_is_one_key(cast, desk, capsys):
    before = list(Ticket.objects.values_list("contact", flat=True))
    call_command("rotate_keys")
    assert capsys.readouterr().out == "no rows were left\n"
    assert list(Ticket.objects.values_list("contact", flat=True)) == before
