"""The schedule of background jobs follows the code."""

import io

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule

from helpdesk.core.jobs import JOBS, ensure_schedule


def rows():
    return list(Schedule.objects.order_by("name").values_list("name", "func", "minutes", "repeats"))


@pytest.mark.django_db
def test_schedule_jobs_is_idempotent():
    out = io.StringIO()
    call_command("schedule_jobs", stdout=out)
    first = list(Schedule.objects.order_by("pk").values())
    call_command("schedule_jobs", stdout=out)
    assert list(Schedule.objects.order_by("pk").values()) == first
    assert rows() == sorted((job.name, job.path, job.minutes, -1) for job in JOBS.values())
    assert "tickets.tasks.close_expired: every 30 min, scheduled\n" in out.getvalue()
    assert "tickets.tasks.close_expired: every 30 min, unchanged\n" in out.getvalue()


@pytest.mark.django_db
def test_every_job_can_be_found_by_its_path():
    call_command("schedule_jobs", stdout=io.StringIO())
    assert all(callable(import_string(path)) for path in JOBS)


@pytest.mark.django_db
def test_ensure_schedule_brings_a_changed_or_doubled_row_into_line():
    assert ensure_schedule("sweep", "a.b", 5) is True
    assert ensure_schedule("sweep", "a.b", 5) is False
    assert ensure_schedule("sweep", "a.b", 10) is True
    Schedule.objects.create(name="sweep", func="a.b", schedule_type="I", minutes=10, repeats=-1)
    assert ensure_schedule("sweep", "a.b", 10) is True
    assert rows() == [("sweep", "a.b", 10, -1)]
