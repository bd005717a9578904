"""Personal data is unreadable in the database without its key, and a state changes only by a transition."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.db import connection

from faq.search.tokens import secret_token, secret_tokens
from helpdesk.core.contacts import contact_token, contact_tokens
from helpdesk.core.fields import StateField
from helpdesk.core.models import User

PHONE = "13800138021"


@pytest.fixture
def person(cast):
    cast.customer.phone = PHONE
    cast.customer.save()
    return cast.customer


def stored(user: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM core_user WHERE id = %s", [user.pk])
        return str(cursor.fetchone()[0])


def test_the_column_holds_no_plain_text(person):
    assert PHONE not in stored(person)
    assert stored(person).startswith("gAAAA")
    assert User.objects.get(pk=person.pk).phone == PHONE


def test_empty_stays_empty(cast):
    assert stored(cast.agent) == ""
    assert User.objects.get(pk=cast.agent.pk).phone == ""


def test_a_wrong_key_raises_instead_of_looking_like_data(person, settings):
    settings.DATA_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        User.objects.get(pk=person.pk)


def test_a_new_first_key_still_reads_what_the_old_one_wrote(person, settings):
    old = stored(person)
    settings.DATA_KEYS = [Fernet.generate_key().decode(), *settings.DATA_KEYS]
    again = User.objects.get(pk=person.pk)
    assert again.phone == PHONE
    again.save()
    assert Fernet(settings.DATA_KEYS[0]).decrypt(stored(person).encode()).decode() == PHONE
    assert stored(person) != old


def test_a_new_first_key_still_finds_what_was_hashed_before(person, settings):
    found, word = User.objects.get(pk=person.pk).phone_token, secret_token(PHONE)
    settings.DATA_KEYS = [Fernet.generate_key().decode(), *settings.DATA_KEYS]
    assert found in contact_tokens(PHONE)[1:]
    assert word in secret_tokens(PHONE)[1:]
    assert [found, word] != [contact_token(PHONE), secret_token(PHONE)]


def test_two_rows_with_the_same_value_do_not_look_alike(person, cast):
    cast.agent.phone = PHONE
    cast.agent.save()
    assert stored(person) != stored(cast.agent)


STATES = [
    (model, field)
    for model in apps.get_models()
    for field in model._meta.fields
    if isinstance(field, StateField)
]


@pytest.mark.parametrize(("model", "field"), STATES)
def test_a_state_is_not_assigned(model, field):
    with pytest.raises(AttributeError):
        setattr(model(), field.name, "closed")


def test_to_a_migration_a_state_is_text():
    assert len(STATES) > 8
    for _model, field in STATES:
        _name, path, _args, kwargs = field.deconstruct()
        assert (path, "protected" in kwargs) == ("django.db.models.CharField", False)
