from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk.core.administration.calendars import import_year
from helpdesk.core.calendar import count
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User


class Command(BaseCommand):
    help = (
        "Publish a year of a calendar from a CSV file (date, 1 working or 0 free, name), as an administrator."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--calendar", default="CN")
        parser.add_argument("--year", type=int, required=True)
        parser.add_argument("--source", required=True, help="the notice that the days were taken from")
        parser.add_argument(
            "--as", dest="username", required=True, help="the administrator who answers for it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = import_year(
                actor=User.objects.get(username=options["username"], is_active=True),
                calendar_name=options["calendar"],
                year=options["year"],
                text=options["file"].read_text("utf-8"),
                source=options["source"],
            )
        except (ActionError, ActionForbidden, User.DoesNotExist, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error) or type(error).__name__) from error
        free, working = count(made.days)
        self.stdout.write(f"{made}: {free} free days, {working} make-up days")
