from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from helpdesk.core import clock
from helpdesk.core.audit import anchors, verify
from helpdesk.core.models import AuditEntry


class Command(BaseCommand):
    help = "Check the whole audit trail: every hash again, the anchors outside the database, the triggers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", default="", help="only one chain, for example tickets.ticket:123")
        parser.add_argument(
            "--all", action="store_true", help="go on after the first fault and name them all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for fault in verify.faults(options["chain"]):
            found += 1
            self.stderr.write(f"FAULT {fault}")
            if not options["all"]:
                break
        if found:
            raise CommandError("the audit trail is not what was written")
        entries = AuditEntry.objects.filter(**({"chain": options["chain"]} if options["chain"] else {}))
        self.stdout.write(f"{entries.count()} entries in {_chains(entries)} chains: all sound")
        self.stdout.write(f"anchors signed by {anchors.public_key()}")
        age = verify.age_of_newest_anchor(clock.now())
        self.stdout.write(f"newest anchor: {age} ago" if age else "no anchor yet: run manage.py anchor_audit")


def _chains(entries: Any) -> int:
    return int(entries.filter(n=1).count())
