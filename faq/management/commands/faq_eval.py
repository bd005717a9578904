import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from faq.search.evaluate import evaluate, read_entries, read_queries


class Command(BaseCommand):
    help = "Measure the search engine of the product on a file of entries and a file of queries; no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entries", type=Path, help='lines of {"id", "question", "variants": […]}')
        parser.add_argument(
            "queries", type=Path, help='lines of {"query", "id"}; id null: no entry answers it'
        )
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: Any, entries: Path, queries: Path, **options: Any) -> None:
        try:
            known, asked = read_entries(entries), read_queries(queries)
        except ValueError as error:
            raise CommandError(str(error)) from error
        figures = evaluate(known, asked)
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:21}{value}")
