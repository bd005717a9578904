"""For an administrator whose phone is lost, when there is no other one to ask."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User
from helpdesk.core.second_factor.actions import reset_second_factor


class Command(BaseCommand):
    help = (
        "Take the second factor off an account. It is audited; the person is signed out and told by e-mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, username: str, reason: str, **options: Any) -> None:
        if not reason.strip():
            raise CommandError("A reason is needed: it stays in the audit trail.")
        try:
            person = User.objects.get(username=username)
            reset_second_factor(person, actor=User.system("setup"), reason=reason)
        except User.DoesNotExist as unknown:
            raise CommandError(f"There is no account {username!r}.") from unknown
        except ActionForbidden as refused:
            raise CommandError(f"{username!r} is no person's account.") from refused
        except ActionError as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"{username} signs in with the password alone now, and sets up a new one.")
