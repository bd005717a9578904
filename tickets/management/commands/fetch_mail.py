from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tickets.inbox.fetch import fetch_all
from tickets.inbox.sources import BadSource
from tickets.models import InboundMail


class Command(BaseCommand):
    help = "Make cases of the letters that wait in the mailbox (MAIL_INBOX); see docs/cases.md."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MAIL_INBOX:
            raise CommandError(
                "There is no mailbox: set MAIL_INBOX to maildir:/path or imaps://user:password@host/INBOX."
            )
        try:
            done = fetch_all()
        except BadSource as error:
            raise CommandError(str(error)) from error
        outcomes = [str(value) for value in InboundMail.Outcome.values]
        self.stdout.write(", ".join(f"{name}: {done[name]}" for name in [*outcomes, "failed"]))
        if done["failed"]:
            raise CommandError("some letters could not be received and are still waiting; the log says why")
