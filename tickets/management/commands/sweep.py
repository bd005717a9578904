from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tickets.tasks import assign_waiting, close_expired, escalate_due, escalate_flags_due, hand_over_due


class Command(BaseCommand):
    help = "Do now what the desk does by itself: close and escalate what is due."

    def handle(self, *args: Any, **options: Any) -> None:
        closed, escalated, flags = close_expired(), escalate_due(), escalate_flags_due()
        assigned, offered = assign_waiting(), hand_over_due()
        self.stdout.write(f"closed: {closed.done}, failed: {closed.failed}")
        self.stdout.write(f"escalated: {escalated.done}, failed: {escalated.failed}")
        self.stdout.write(f"red flags told again: {flags.done}, failed: {flags.failed}")
        self.stdout.write(f"assigned: {assigned.done}, failed: {assigned.failed}")
        self.stdout.write(f"handed over: {offered.done}, failed: {offered.failed}")
        if closed.failed or escalated.failed or flags.failed or assigned.failed or offered.failed:
            raise CommandError("some cases could not be swept; the log names them")
