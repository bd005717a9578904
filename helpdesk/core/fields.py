"""A text column that is unreadable without its key, and the state of a thing with a life of its own."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django_fsm import FSMField

from helpdesk.core.contacts import contact_token


def _cipher() -> MultiFernet:
    return _cipher_of(tuple(settings.DATA_KEYS))


@cache
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def sealed(value: str) -> str:
    """The text, encrypted with the first key; empty stays empty."""
    return _cipher().encrypt(value.encode()).decode("ascii") if value else value


def opened(value: str) -> str:
    """The text of an encrypted value. Raises InvalidToken where no key opens it."""
    return _cipher().decrypt(value.encode("ascii")).decode() if value else value


def is_current(value: str) -> bool:
    """Whether an encrypted value is of the first key; empty is of none."""
    try:
        Fernet(settings.DATA_KEYS[0]).decrypt(value.encode("ascii"))
    except InvalidToken:
        return not value
    return True


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic for the checker only
    """Text encrypted at rest with ``DATA_KEYS`` (first key writes, every key reads).

    The empty string stays empty. A value that no key opens raises ``InvalidToken``: a wrong key must
    never look like data. It cannot be searched or sorted.
    """

    def get_prep_value(self, value: Any) -> Any:
        return sealed(value) if value else value

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return opened(value) if value else value


class ContactTokenField(models.CharField):  # type: ignore[type-arg]  # generic for the checker only
    """The keyed hash of another field of the row (helpdesk/core/contacts.py), written whenever the row is."""

    def __init__(self, of: str = "", **kwargs: Any) -> None:
        self.of = of
        settled: dict[str, Any] = {"max_length": 32, "blank": True, "default": "", "editable": False}
        super().__init__(**settled | kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        token = contact_token(getattr(model_instance, self.of)) if self.of else ""
        setattr(model_instance, self.attname, token)
        return token

    def deconstruct(self) -> Any:
        """To a migration it is the text that it is."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class StateField(FSMField):
    """Changes only through the model's transitions.

    To a migration it is the text that it is: a machine there would be asked about each of the thousands of
    historical models that Django makes on the way, which took half of the time of ``migrate``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"protected": True})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs


__all__ = [
    "ContactTokenField",
    "EncryptedTextField",
    "InvalidToken",
    "StateField",
    "is_current",
    "opened",
    "sealed",
]
