"""Background jobs that run again and again: declared beside their code, scheduled by one command.

    @job(minutes=30)
    def close_expired() -> Swept: ...   # in <app>/tasks.py

``manage.py schedule_jobs`` finds every ``tasks`` module and brings the schedule of django-q2 into line;
``manage.py qcluster`` runs it. A job must be level-triggered: it looks at what is due now, so a run that
was missed or came twice changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django_q.models import Schedule

Function = TypeVar("Function", bound=Callable[[], object])


@dataclass(frozen=True)
class Job:
    name: str
    path: str
    minutes: int


JOBS: dict[str, Job] = {}


def job(*, minutes: int) -> Callable[[Function], Function]:
    """Declare a function without arguments to run every so many minutes."""

    def declare(function: Function) -> Function:
        path = f"{function.__module__}.{function.__qualname__}"
        JOBS[path] = Job(path, path, minutes)
        return function

    return declare


def ensure_schedule(name: str, func_path: str, minutes: int) -> bool:
    """One schedule row of that name, as wanted; True if anything had to change."""
    wanted = {"func": func_path, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1}
    with transaction.atomic():
        rows = list(Schedule.objects.select_for_update().filter(name=name).order_by("pk"))
        if len(rows) == 1 and all(getattr(rows[0], field) == value for field, value in wanted.items()):
            return False
        Schedule.objects.filter(pk__in=[row.pk for row in rows]).delete()
        Schedule.objects.create(name=name, **wanted)
    return True
