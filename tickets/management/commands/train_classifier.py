"""Make the model that suggests: ``manage.py train_classifier``, after an update and in the daily job."""

from typing import Any

from django.core.management.base import BaseCommand

from tickets.models import TrainedModel
from tickets.tasks import learn_from_corrections


class Command(BaseCommand):
    help = "Keep the model of the shipped examples as a file, and learn the corrections kept since; seconds."

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        version = learn_from_corrections()
        made = TrainedModel.objects.defer("weights").filter(version=version).first()
        told = f", {made.examples} examples, {made.corrected} corrected cases" if made else ""
        if verbosity:
            self.stdout.write(f"version {version}{told}")
