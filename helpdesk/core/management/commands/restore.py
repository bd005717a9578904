from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.core.management.base import BaseCommand, CommandError

from helpdesk.core.backup import BackupError, restore


class Command(BaseCommand):
    help = "Read a file of the command backup into an empty database and an empty folder of files."
    requires_system_checks = ()  # there is nothing yet that could be checked

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            restore(file)
        except (BackupError, OSError, BadZipFile) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("restored; now: manage.py migrate, then manage.py verify_audit --all")
