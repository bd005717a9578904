"""``manage.py forget_chats [--dry-run]``: delete conversations that were kept long enough."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from chat.actions.retention import delete_old, due_counts


class Command(BaseCommand):
    help = "Delete ended conversations after the days of CHAT_KEPT_DAYS; those of a case are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many would be deleted")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        for kind, count in due_counts().items():
            days = settings.CHAT_KEPT_DAYS[kind]
            self.stdout.write(f"{kind}: {count} due after {days} days" if days else f"{kind}: kept")
        if not dry_run:
            total = 0
            while done := delete_old():
                total += done
            self.stdout.write(f"deleted: {total}")
