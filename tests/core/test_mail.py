"""Letters of the desk itself."""

from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import translation

from helpdesk.core.mail import tell


class RefusesOne(EmailBackend):
    def send_messages(self, messages):
        if messages[0].to == ["gone@example.test"]:
            raise SMTPRecipientsRefused({"gone@example.test": (550, b"no such person")})
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def _refuses_one(settings):
    settings.EMAIL_BACKEND = "tests.core.test_mail.RefusesOne"


def test_one_refused_address_keeps_it_from_nobody_else(caplog):
    with translation.override("en"):
        tell(["gone@example.test", "here@example.test"], lambda: (translation.get_language(), "…"))
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [(["here@example.test"], "zh-hans")]
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"
    assert "SMTPRecipientsRefused" in caplog.text
    assert "gone@" not in caplog.text
