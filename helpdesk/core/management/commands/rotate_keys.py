from typing import Any

from django.core.management.base import BaseCommand

from helpdesk.core.rotation import rotate


class Command(BaseCommand):
    help = (
        "Encrypt and hash everything anew with the first of DATA_KEYS. It may be stopped and called again; "
        "when it says that no rows were left, the older keys can be taken out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for name, rows in rotate():
            total += rows
            if rows:
                self.stdout.write(f"{name}: {rows}")
        self.stdout.write(f"{total} rows were of an older key" if total else "no rows were left")
