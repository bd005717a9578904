"""Delete what is too old in the search log, or say what would be deleted."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from faq.actions import forget_searches
from helpdesk.core.models import User


class Command(BaseCommand):
    help = "Delete searches older than SEARCH_LOG_DAYS (the daily job does the same)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        rows = forget_searches(actor=User.system("search-log"), dry_run=dry_run)
        verb = "would be" if dry_run else "were"
        self.stdout.write(f"{rows} searches older than {settings.SEARCH_LOG_DAYS} days {verb} deleted.")
