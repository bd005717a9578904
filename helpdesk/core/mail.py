"""Letters that tell somebody of what happened here. What was done stands, whatever becomes of them."""

import logging
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation

log = logging.getLogger(__name__)


def send(letter: EmailMessage) -> None:
    """A failure is logged without the letter: its text may name an address or a code."""
    try:
        letter.send()
    except OSError as error:
        log.error("a letter was not sent: %s", type(error).__name__)


def tell(addresses: Iterable[str], words: Callable[[], tuple[str, str]]) -> None:
    """A letter each, so that one refused address keeps it from nobody else. ``words`` gives subject and text,
    in the desk's own language."""
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = words()
    for address in addresses:
        send(EmailMessage(subject, text, to=[address], headers={"Auto-Submitted": "auto-generated"}))
