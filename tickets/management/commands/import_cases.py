"""``manage.py import_cases FILE.csv --by USERNAME``: cases of another system."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from helpdesk.core.models import User
from helpdesk.core.permissions import works_cases
from tickets.case_files import CaseFileError, file_rows, read_rows, write_refused


class Command(BaseCommand):
    help = (
        "File the cases of a CSV file. Stopped or killed, it goes on where it was when called again; refused"
        " rows are listed with their line in FILE.refused.csv."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="username of the agent or supervisor who files them")
        parser.add_argument(
            "--source", default="", help="name of the other system (default: the file's name)"
        )
        parser.add_argument("--dry-run", action="store_true", help="check every row and file none")

    def handle(self, *args: Any, file: Path, by: str, source: str, dry_run: bool, **options: Any) -> None:
        actor = User.objects.filter(username=by).first()
        if actor is None or not works_cases(actor):
            raise CommandError(f"{by} is not an agent or supervisor of this desk")
        stop: list[int] = []

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            stop.append(number)  # after the hundred under way

        before = signal.signal(signal.SIGINT, ask_to_stop)
        try:
            self._import(file, actor, source or file.name, stop, dry_run=dry_run)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except CaseFileError as error:
            raise CommandError(str(error)) from error
        finally:
            signal.signal(signal.SIGINT, before)

    def _import(self, path: Path, actor: User, source: str, stop: list[int], *, dry_run: bool) -> None:
        report = path.with_name(path.name + ".refused.csv")
        filed = known = refused = 0
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with path.open("rb") as file, Progress(*columns, transient=True) as progress:
            task = progress.add_task("", total=path.stat().st_size)
            for tally in file_rows(read_rows(file), actor=actor, source=source, dry_run=dry_run):
                if tally.refused:
                    write_refused(report, tally.refused, first=refused == 0)
                filed, known = filed + tally.filed, known + tally.known
                refused += len(tally.refused)
                told = f"{filed} filed, {known} known, {refused} refused"
                progress.update(task, completed=file.tell(), description=told)
                if stop:
                    break
        verb = "would be filed" if dry_run else "filed"
        self.stdout.write(f"{filed} {verb}, {known} already known, {refused} refused")
        if refused:
            self.stdout.write(f"refused rows: {report}")
        if stop:
            raise CommandError("stopped; call it again to go on")
