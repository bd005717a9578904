"""``manage.py screen_cases``: cases of before the screening."""

from typing import Any

from django.core.management.base import BaseCommand

from helpdesk.core.models import User
from tickets.actions.rescreen import screen_ticket
from tickets.models import Ticket


class Command(BaseCommand):
    help = (
        "Take secrets out of the cases that were filed before this was done at filing, and mask and seal"
        " personal data in them. Case by case; stopped, it goes on when called again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        actor, changed = User.system("screening"), 0
        cases = Ticket.objects.order_by("pk")
        for ticket in cases.iterator(chunk_size=500):
            changed += screen_ticket(ticket, actor=actor)
        self.stdout.write(f"{changed} of {cases.count()} cases changed")
