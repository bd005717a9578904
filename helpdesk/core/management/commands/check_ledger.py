"""For whoever connects a ledger: ask it once and say what was understood, or what was refused."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpdesk.core.ledger import LedgerError, ledger


class Command(BaseCommand):
    help = "Ask the loan ledger for one customer and say what was understood (docs/ledger.md). Shows no sums."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer_ref")

    def handle(self, *args: Any, customer_ref: str, **options: Any) -> None:
        source = ledger()
        if source is None:
            raise CommandError("There is no ledger: set LEDGER_URL and LEDGER_TOKEN.")
        began = time.monotonic()
        try:
            statement = source.statement_of(customer_ref)
        except LedgerError as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error
        took = time.monotonic() - began
        age = "" if statement.is_current else ", which is not current"
        self.stdout.write(
            f"{len(statement.loans)} loans as of {statement.as_of.isoformat()}{age}; {took:.2f} s"
        )
        for loan in statement.loans:
            self.stdout.write(
                f"  {loan.reference}: {loan.method}, {len(loan.bills)} bills, {loan.paid_count} paid"
            )
