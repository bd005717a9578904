"""The lender's ledger over HTTP (docs/ledger.md)."""

import json
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx

from helpdesk.core.ledger import wire
from helpdesk.core.ledger.breaker import Breaker
from helpdesk.core.ledger.protocol import LedgerFault, LedgerUnavailable, UnknownCustomer
from helpdesk.core.ledger.statement import Statement

log = logging.getLogger("helpdesk.ledger")
CONNECT = 1.0  # seconds
LEAST = 0.05  # seconds in which an answer may still come
PAUSES = (0.1, 0.3)  # seconds before the second and the third attempt, more or less
MOST_BYTES = 4 * 1024 * 1024
AT_ONCE = 4  # questions of one process; more wait for their turn, within their time
FLEETING = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
TRANSIENT = (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)  # asked again; a timeout is not


class Fleeting(LedgerUnavailable):
    """Worth another attempt."""


class HttpLedger:
    """Asks in threads of its own, so that a page waits ``timeout`` seconds and no longer, whatever holds
    the answer up: a name server, a byte a second, or others in front. Keeps no answer."""

    def __init__(self, url: str, token: str, *, timeout: float = 3.0, breaker: Breaker | None = None) -> None:
        self._timeout = timeout
        self._breaker = breaker or Breaker()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ledger")
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            follow_redirects=False,  # the token is for this address alone
            trust_env=False,
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        )

    def statement_of(self, customer_ref: str) -> Statement:
        if not wire.CUSTOMER.fullmatch(customer_ref):
            raise UnknownCustomer
        with self._breaker.guard():
            body = self._in_time(customer_ref)
        try:
            return wire.read_statement(body, customer_ref)
        except LedgerFault as fault:
            log.error("The ledger's answer is not as agreed: %s", fault)
            raise

    def close(self) -> None:
        self._threads.shutdown()
        self._client.close()

    def _in_time(self, customer_ref: str) -> bytes:
        deadline = time.monotonic() + self._timeout
        asked = self._threads.submit(self._ask, f"/v1/customers/{customer_ref}/statement", deadline)
        try:
            return asked.result(self._timeout)
        except TimeoutError as late:
            asked.cancel()
            raise LedgerUnavailable("too slow") from late

    def _ask(self, path: str, deadline: float) -> bytes:
        """Reading changes nothing there, so it may be asked again, with what is left of the time."""
        for pause in PAUSES:
            try:
                return self._attempt(path, deadline)
            except Fleeting as failed:
                wait = pause * random.uniform(0.5, 1.5)  # noqa: S311  # so that desks do not come in step
                if time.monotonic() + wait >= deadline:
                    raise LedgerUnavailable("no time for another attempt") from failed
                time.sleep(wait)
        return self._attempt(path, deadline)

    def _attempt(self, path: str, deadline: float) -> bytes:
        left = deadline - time.monotonic()
        if left < LEAST:  # it waited for its turn, and nobody waits for it any more
            raise LedgerUnavailable("no time left")
        timeout = httpx.Timeout(left, connect=min(left, CONNECT))
        try:
            with self._client.stream("GET", path, timeout=timeout) as answer:
                return self._body(answer, deadline)
        except TRANSIENT as failed:
            raise Fleeting(type(failed).__name__) from failed
        except httpx.HTTPError as failed:
            raise LedgerUnavailable(type(failed).__name__) from failed

    def _body(self, answer: httpx.Response, deadline: float) -> bytes:
        status = answer.status_code
        if status in FLEETING:
            raise Fleeting(str(status))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise LedgerUnavailable(str(status))
        body = b""
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise LedgerFault("an answer without end")
            if time.monotonic() > deadline:
                raise LedgerUnavailable("too slow")
        if status == HTTPStatus.OK:
            return body
        if status == HTTPStatus.NOT_FOUND and _says_unknown(body):
            raise UnknownCustomer
        log.error("The ledger answered %d: look at LEDGER_URL and LEDGER_TOKEN", status)
        raise LedgerFault(str(status))


def _says_unknown(body: bytes) -> bool:
    """A 404 of some other address must not look like a customer without loans."""
    try:
        return bool(json.loads(body) == {"error": "unknown_customer"})
    except ValueError:
        return False
