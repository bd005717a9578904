"""Cases of another system, read out of a CSV file and filed through the ordinary action.

Columns by name, in any order: ``reference`` (the other system's number; the same reference of the same
source is filed once, however often the file is read) and the fields of ``CaseRowForm``. A file is read
line by line, so its length costs time and not memory; a hundred cases are one transaction.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.cells import neutral
from helpdesk.core.errors import ActionError
from helpdesk.core.memo import remembered
from helpdesk.core.models import User
from helpdesk.core.strict_json import storable
from tickets.actions.once import file_once
from tickets.forms.case_row import CaseRowForm
from tickets.models import Submission

BATCH = 100
LONGEST_CELL = 100_000  # characters; a longer one is refused by csv itself


class CaseFileError(Exception):
    """The file as a whole cannot be read; the message is for people."""


@dataclass(frozen=True)
class Row:
    line: int  # of the file, where the row ends; the headings are line 1
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True)
class Refused:
    line: int
    reference: str
    reasons: str


@dataclass
class Tally:
    filed: int = 0
    known: int = 0  # filed by an earlier run
    refused: list[Refused] = field(default_factory=list)


def read_rows(file: BinaryIO) -> Iterator[Row]:
    """Every row of the file; one that cannot be read says why and the next one follows."""
    text = io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="")
    try:
        yield from _rows(csv.reader(text))
    finally:
        text.detach()  # the file stays the caller's, who asks how far it was read


def _rows(reader: Any) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    header = [name.strip().lower() for name in next(reader, [])]
    missing = {"reference", *CaseRowForm.required_names()} - set(header)
    if missing:
        raise CaseFileError(_("缺少这些列：%s") % ", ".join(sorted(missing)))
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Row(reader.line_num, {}, str(error))
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Row(reader.line_num, dict(zip(header, cells, strict=False)), _fault(cells, header))


def _fault(cells: list[str], header: list[str]) -> str:
    if len(cells) != len(header):
        return _("列数与标题行不同。")
    return _("不是 UTF-8 文字。") if any("\ufffd" in cell for cell in cells) else ""


def file_rows(rows: Iterator[Row], *, actor: User, source: str, dry_run: bool = False) -> Iterator[Tally]:
    """File them all; after every hundred rows what these came to."""
    while batch := list(islice(rows, BATCH)):
        tally = Tally()
        with remembered(), transaction.atomic():  # rule packs and calendars are read once
            keys = {row.line: _key(source, row.cells.get("reference", "")) for row in batch}
            known = set(
                Submission.objects.filter(key__in=keys.values(), ticket__isnull=False).values_list(
                    "key", flat=True
                )
            )
            for row in batch:
                if keys[row.line] in known and not row.fault:
                    tally.known += 1
                elif reasons := _file(row, keys[row.line], actor, dry_run=dry_run):
                    tally.refused.append(Refused(row.line, row.cells.get("reference", ""), reasons))
                else:
                    tally.filed += 1
                    known.add(keys[row.line])  # the same reference again in one file
        yield tally


def _key(source: str, reference: str) -> str:
    return hashlib.sha256(f"import\0{source}\0{reference.strip()}".encode()).hexdigest()


def _file(row: Row, key: str, actor: User, *, dry_run: bool) -> str:
    """Why a row was refused; "" if it was filed (or would be)."""
    if row.fault:
        return row.fault
    if not row.cells["reference"].strip() or not all(map(storable, row.cells.values())):
        return _("没有编号，或含有无法保存的字符。")
    form = CaseRowForm(row.cells)
    if not form.is_valid():
        return " ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
    if dry_run:
        return ""
    fields: dict[str, Any] = {**form.cleaned_data}
    received = fields.pop("received_at") or clock.now()
    try:
        with clock.at(received), transaction.atomic():
            file_once(key=key, actor=actor, **fields)
    except ActionError as refused:
        return str(refused.message)
    return ""


def write_refused(path: Path, refused: list[Refused], *, first: bool) -> None:
    """Append to the report beside the file."""
    with path.open("w" if first else "a", newline="", encoding="utf-8-sig" if first else "utf-8") as file:
        writer = csv.writer(file)
        if first:
            writer.writerow(["line", "reference", "reasons"])
        writer.writerows([one.line, neutral(one.reference), neutral(one.reasons)] for one in refused)
