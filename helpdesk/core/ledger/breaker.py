"""A circuit breaker: whoever has just failed several times in a row is not asked for a while."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from helpdesk.core.ledger.protocol import LedgerUnavailable


class Breaker:
    """After ``failures`` in a row it refuses for ``rest`` seconds; then one call at a time may try."""

    def __init__(
        self, failures: int = 3, rest: float = 15, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._rest, self._monotonic = failures, rest, monotonic
        self._lock = Lock()
        self._failed = 0
        self._closed_until = 0.0
        self._trying = False

    @contextmanager
    def guard(self) -> Iterator[None]:
        """LedgerUnavailable at once while it rests. Any other error means that it did answer."""
        trying = self._enter()
        failed = False
        try:
            yield
        except LedgerUnavailable:
            failed = True
            raise
        finally:
            self._leave(failed, trying)

    def _enter(self) -> bool:
        with self._lock:
            if self._failed < self._most:
                return False
            if self._trying or self._monotonic() < self._closed_until:
                raise LedgerUnavailable("left alone after several failures")
            self._trying = True
            return True

    def _leave(self, failed: bool, trying: bool) -> None:
        with self._lock:
            if trying:
                self._trying = False
            if not failed:
                self._failed = 0
                return
            self._failed += 1
            if self._failed >= self._most:
                self._closed_until = self._monotonic() + self._rest
