"""From the bytes of an answer to a statement. What does not add up is refused, never repaired."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from helpdesk.core import clock
from helpdesk.core.ledger.protocol import LedgerFault
from helpdesk.core.ledger.statement import METHODS, ZERO, Bill, Loan, Statement

AMOUNT = re.compile(r"\d{1,10}\.\d{2}", re.ASCII)
RATE = re.compile(r"[01](\.\d{1,8})?", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,40}")
CUSTOMER = re.compile(r"[A-Za-z0-9._-]{1,64}")
LOANS, BILLS, NAME = 200, 600, 60  # at most
AHEAD = dt.timedelta(minutes=5)  # how much faster than ours its clock may go
Found = TypeVar("Found")


def read_statement(body: bytes, customer_ref: str) -> Statement:
    """Raises LedgerFault, naming the field, without any of its contents."""
    try:
        raw = json.loads(body, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as error:
        raise LedgerFault("not JSON as agreed") from error
    fields = _fields(raw, "customer_ref as_of loans", "the answer")
    if fields["customer_ref"] != customer_ref:
        raise LedgerFault("customer_ref: somebody else's answer")
    as_of = _instant(fields["as_of"])
    loans = tuple(_loan(each, f"loans[{n}]") for n, each in enumerate(_list(fields["loans"], LOANS, "loans")))
    _all_different((loan.reference for loan in loans), "loans: reference")
    return Statement(customer_ref, as_of, loans)


def _no_float(text: str) -> NoReturn:
    raise ValueError("money is written as a string")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _loan(raw: Any, where: str) -> Loan:
    names = "reference product method principal annual_rate opened_on principal_outstanding bills"
    fields = _fields(raw, names, where)
    bills = _list(fields["bills"], BILLS, f"{where}.bills")
    loan = Loan(
        reference=_text(fields, "reference", where, REFERENCE.fullmatch),
        product=_text(
            fields, "product", where, lambda text: 0 < len(text.strip()) <= NAME and text.isprintable()
        ),
        method=_text(fields, "method", where, METHODS.__contains__),
        principal=_amount(fields, "principal", where),
        annual_rate=Decimal(_text(fields, "annual_rate", where, RATE.fullmatch)),
        opened_on=_date(fields, "opened_on", where),
        principal_outstanding=_amount(fields, "principal_outstanding", where),
        bills=tuple(_bill(each, f"{where}.bills[{n}]") for n, each in enumerate(bills)),
    )
    _check_sums(loan, where)
    return loan


def _bill(raw: Any, where: str) -> Bill:
    fields = _fields(raw, "number due_on principal interest fees penalty paid paid_on", where)
    number = fields["number"]
    if type(number) is not int or not 0 < number <= BILLS:
        raise LedgerFault(f"{where}.number")
    bill = Bill(
        number=number,
        due_on=_date(fields, "due_on", where),
        paid_on=None if fields["paid_on"] is None else _date(fields, "paid_on", where),
        **{
            name: _amount(fields, name, where)
            for name in ("principal", "interest", "fees", "penalty", "paid")
        },
    )
    if bill.paid > bill.total:
        raise LedgerFault(f"{where}.paid: more than its total")
    if bill.is_paid != (bill.paid_on is not None):
        raise LedgerFault(f"{where}.paid_on: a day if and only if it is paid in full")
    return bill


def _check_sums(loan: Loan, where: str) -> None:
    if not loan.bills:
        raise LedgerFault(f"{where}.bills: none")
    for before, after in zip(loan.bills, loan.bills[1:], strict=False):
        if after.number <= before.number or after.due_on < before.due_on:
            raise LedgerFault(f"{where}.bills: not in order")
    if sum((bill.principal for bill in loan.bills), ZERO) != loan.principal:
        raise LedgerFault(f"{where}.principal: not the sum of its bills")
    unpaid = [bill for bill in loan.bills if not bill.is_paid]
    most = sum((bill.principal for bill in unpaid), ZERO)
    least = sum((max(bill.principal - bill.paid, ZERO) for bill in unpaid), ZERO)
    if not least <= loan.principal_outstanding <= most:
        raise LedgerFault(f"{where}.principal_outstanding: not what its bills leave")


def _fields(raw: Any, names: str, where: str) -> dict[str, Any]:
    """Exactly these: a field that we do not know may change what the others mean."""
    if not isinstance(raw, dict) or set(raw) != set(names.split()):
        raise LedgerFault(f"{where}: not exactly {names}")
    return raw


def _list(raw: Any, most: int, where: str) -> list[Any]:
    if not isinstance(raw, list) or len(raw) > most:
        raise LedgerFault(f"{where}: not a list of at most {most}")
    return raw


def _text(fields: dict[str, Any], name: str, where: str, fits: Callable[[str], object]) -> str:
    value = fields[name]
    if not isinstance(value, str) or not fits(value):
        raise LedgerFault(f"{where}.{name}")
    return value


def _amount(fields: dict[str, Any], name: str, where: str) -> Decimal:
    return Decimal(_text(fields, name, where, AMOUNT.fullmatch))


def _date(fields: dict[str, Any], name: str, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_text(fields, name, where, DATE.fullmatch))
    except ValueError as error:
        raise LedgerFault(f"{where}.{name}") from error


def _instant(raw: Any) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise LedgerFault("as_of") from error
    if instant.tzinfo is None or instant > clock.now() + AHEAD:
        raise LedgerFault("as_of: without a zone, or in the future")
    return instant


def _all_different(values: Iterable[Found], where: str) -> None:
    found = list(values)
    if len(set(found)) != len(found):
        raise LedgerFault(f"{where}: twice")
