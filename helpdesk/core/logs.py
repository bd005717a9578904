"""What the log says."""

import logging


class RefusalsInOneLine(logging.Filter):
    """A refused request (403, 404, 413, …) is one line: anyone can make many of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True
