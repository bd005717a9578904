"""A text column that is unreadable without its key."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.DATA_KEYS])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic for the checker only
    """Text encrypted at rest with ``DATA_KEYS`` (first key writes, every key reads).

    The empty string stays empty. A value that no key opens raises ``InvalidToken``: a wrong key must
    never look like data. It cannot be searched or sorted.
    """

    def get_prep_value(self, value: Any) -> Any:
        return _cipher().encrypt(value.encode()).decode("ascii") if value else value

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return _cipher().decrypt(value.encode("ascii")).decode() if value else value


__all__ = ["EncryptedTextField", "InvalidToken"]
