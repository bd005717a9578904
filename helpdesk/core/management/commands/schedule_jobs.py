from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import autodiscover_modules

from helpdesk.core.jobs import JOBS, ensure_schedule


class Command(BaseCommand):
    help = "Bring the schedule of background jobs into line with the code. Run it after every migrate."

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        autodiscover_modules("tasks")
        for job in JOBS.values():
            changed = ensure_schedule(job.name, job.path, job.minutes)
            state = "scheduled" if changed else "unchanged"
            if verbosity:
                self.stdout.write(f"{job.name}: every {job.minutes} min, {state}")
