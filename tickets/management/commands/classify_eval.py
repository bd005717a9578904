"""Measure the suggestions on labelled rows: ``manage.py classify_eval FILE.jsonl [--json]``."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tickets.classification.evaluation import BadRowError, evaluate, example_of


class Command(BaseCommand):
    help = "Share of right suggestions (kind, business, cause, red flags) on labelled rows of JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="on one line, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        figures = evaluate(list(_read(options["file"])))
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:18} {'-' if value is None else value}")


def _read(path: Path) -> Any:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{path} cannot be read: {problem}") from problem
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield example_of(json.loads(line), number)
        except json.JSONDecodeError as problem:
            raise CommandError(f"row {number}: not JSON ({problem.msg})") from problem
        except BadRowError as problem:
            raise CommandError(str(problem)) from problem
