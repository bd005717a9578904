"""What a ledger can do, and how it can fail."""

from typing import Protocol

from helpdesk.core.ledger.statement import Statement


class LedgerError(Exception):
    """No statement. There is never an older one instead: money of yesterday is not shown as today's."""


class LedgerUnavailable(LedgerError):  # noqa: N818  # what it is, not that it is an error
    """It is down, too slow, or has failed so often that it is left alone for a while. Ask again later."""


class LedgerFault(LedgerError):  # noqa: N818
    """It answered what it never should: refused our token, sent us elsewhere, or sums that disagree."""


class UnknownCustomer(LedgerError):  # noqa: N818
    """It knows no customer by this reference."""


class LoanLedger(Protocol):
    def statement_of(self, customer_ref: str) -> Statement:
        """Everything that this customer owes or has repaid, as of now. Blocks for a few seconds at most.

        Raises LedgerUnavailable, LedgerFault or UnknownCustomer.
        """
