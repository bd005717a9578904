from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faq import content_files


class Command(BaseCommand):
    help = "Load the articles of faq/content/ (or another folder); safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dir", type=Path, default=content_files.CONTENT)

    def handle(self, *args: Any, dir: Path, **options: Any) -> None:
        try:
            articles = content_files.read(dir)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not articles:
            raise CommandError(f"no articles in {dir}")
        done = content_files.load(articles)
        self.stdout.write(
            f"FAQ: {done.created} created, {done.updated} updated, {done.unchanged} unchanged, "
            f"{done.kept} kept as edited here, {len(done.refused)} refused"
        )
        for line in done.refused:
            self.stderr.write(line)
