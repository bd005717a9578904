"""The lender's loan ledger, as the desk reads it. It only reads; docs/ledger.md is the whole contract.

``ledger()`` answers with the one that the settings choose: over HTTP where ``LEDGER_URL`` is set, else
the class named by ``LEDGER`` (the demonstration's), else None: this desk is connected to no ledger.
"""

from functools import cache
from threading import Lock

from django.conf import settings
from django.utils.module_loading import import_string

from helpdesk.core.ledger.http import HttpLedger
from helpdesk.core.ledger.protocol import (
    LedgerError,
    LedgerFault,
    LedgerUnavailable,
    LoanLedger,
    UnknownCustomer,
)
from helpdesk.core.ledger.statement import Bill, Loan, Statement

__all__ = [
    "Bill",
    "LedgerError",
    "LedgerFault",
    "LedgerUnavailable",
    "Loan",
    "LoanLedger",
    "Statement",
    "UnknownCustomer",
    "ledger",
]


_one = Lock()  # functools.cache lets several threads make a first value each


def ledger() -> LoanLedger | None:
    if settings.LEDGER_URL:
        with _one:
            return _over_http(settings.LEDGER_URL, settings.LEDGER_TOKEN, settings.LEDGER_TIMEOUT)
    return _embedded(settings.LEDGER) if settings.LEDGER else None


@cache
def _over_http(url: str, token: str, timeout: float) -> LoanLedger:
    """One for the process: its connections and its circuit breaker are shared by all requests."""
    return HttpLedger(url, token, timeout=timeout)


@cache
def _embedded(path: str) -> LoanLedger:
    made: LoanLedger = import_string(path)()
    return made
