"""What the log says, and what it does not."""

import asyncio
import logging

import pytest


@pytest.mark.parametrize(
    ("error", "told"),
    [(asyncio.CancelledError(), False), (ValueError("a fault"), True)],
    ids=["left", "fault"],
)
def test_a_reader_who_leaves_is_no_error(error, told):
    """asyncio tells of what nobody waits for any more, with the exception."""
    record = logging.LogRecord("asyncio", logging.ERROR, "", 1, "never retrieved", None, None)
    record.exc_info = (type(error), error, None)
    console = next(one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)
    assert bool(console.filter(record)) is told
