"""The first account of a new desk; everybody else is added on the page of people."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk.core.administration.actions import create_person
from helpdesk.core.administration.forms import PersonForm
from helpdesk.core.models import Role, User


class Command(BaseCommand):
    help = "Make an account of an administrator. The password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True)
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, username: str, name: str, email: str, **options: Any) -> None:
        password = getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        form = PersonForm(
            {
                "username": username,
                "name": name,
                "email": email,
                "role": Role.ADMINISTRATOR,
                "password": password,
            }
        )
        if not form.is_valid():
            raise CommandError(form.errors.as_text())
        person = create_person(actor=User.system("setup"), **form.cleaned_data)
        self.stdout.write(f"{person.username} may sign in now.")
