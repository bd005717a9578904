"""What the log says."""

import asyncio
import concurrent.futures
import logging

CANCELLED = (asyncio.CancelledError, concurrent.futures.CancelledError)


class RefusalsInOneLine(logging.Filter):
    """A refused request (403, 404, 413, …) is one line: anyone can make many of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True


class LeavingIsNoError(logging.Filter):
    """Whoever goes to another page while theirs is being made ends that request, which is nobody's mistake:
    what was being done for them is cancelled, and asyncio would tell of each with its whole stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        return kind is None or not issubclass(kind, CANCELLED)
