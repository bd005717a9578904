"""Articles as CSV and XLSX: writing them, and reading such a file from somebody we do not trust.

Limits: a file of 5 MB, 2,000 rows, 40 columns, 20,000 characters a cell; a workbook that unpacks to more
than 40 MB or a hundred times its size is refused before anything of it is unpacked.
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from helpdesk.core.cells import Cell, neutral, plain

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 2_000, 40, 20_000
MAX_UNPACKED, MAX_RATIO, MAX_PARTS = 40 * 1024 * 1024, 100, 200
BOM = "\ufeff"
# What openpyxl raises on a workbook that was cut or made up.
BROKEN: tuple[type[Exception], ...] = (
    *(InvalidFileException, zipfile.BadZipFile, ParseError, OSError, EOFError, NotImplementedError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, RecursionError),
)


class SheetError(Exception):
    """The file cannot be read at all; the message is for people, already translated."""


@dataclass(frozen=True)
class SheetRow:
    """``number`` as a spreadsheet counts, the headings being row 1; ``line`` of the text where it begins."""

    number: int
    line: int
    cells: dict[str, str]  # by heading, in lower case
    faults: list[str] = field(default_factory=list)


# --- Writing -----------------------------------------------------------------------------------
def to_csv(header: list[str], rows: Iterable[list[Cell]]) -> bytes:
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def to_xlsx(header: list[str], rows: Iterable[list[Cell]]) -> bytes:
    """Every cell is text; none is a formula, a link or a number."""
    import xlsxwriter  # noqa: PLC0415  # 12 MB, for editors only

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, 28)
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, str(neutral(cell)), wrap)
    return out.getvalue()


# --- Reading -----------------------------------------------------------------------------------
def read_sheet(name: str, file: BinaryIO) -> tuple[list[str], list[SheetRow]]:
    """The headings and the rows that hold anything. Raises SheetError."""
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SheetError(_("文件超过 %(limit)d MB，没有读取。") % {"limit": MAX_BYTES // 1024 // 1024})
    if not data.strip():
        raise SheetError(_("文件是空的。"))
    found = _read_xlsx(data) if _is_workbook(name, data) else _read_csv(data)
    lines = iter(found)
    _number, _line, titles, _faults = next(lines)
    header = [title.strip().lower() for title in titles]
    named = [title for title in header if title]
    if not named:
        raise SheetError(_("第一行没有列名。"))
    if len(set(named)) < len(named):
        raise SheetError(_("第一行有重复的列名。"))
    rows: list[SheetRow] = []
    for number, line, cells, faults in lines:
        values = {title: cell for title, cell in zip(header, cells, strict=False) if title}
        if not any(values.values()) and not faults:
            continue
        if len(rows) == MAX_ROWS:
            raise SheetError(_("文件超过 %(limit)d 行，请分成几个文件。") % {"limit": MAX_ROWS})
        rows.append(SheetRow(number, line, values, faults))
    if not rows:
        raise SheetError(_("除了列名，文件里没有内容。"))
    return named, rows


Parsed = tuple[int, int, list[str], list[str]]  # row number, line, cells, faults


def _is_workbook(name: str, data: bytes) -> bool:
    zipped = data.startswith(b"PK")
    if name.lower().endswith(".xlsx") != zipped:
        raise SheetError(_("文件内容与扩展名不符。可以导入 CSV 或 XLSX。"))
    if not zipped and not name.lower().endswith(".csv"):
        raise SheetError(_("可以导入 CSV 或 XLSX，这个文件两种都不是。"))
    return zipped


def _read_csv(data: bytes) -> Iterator[Parsed]:
    if b"\0" in data:
        raise SheetError(_("文件内容与扩展名不符。可以导入 CSV 或 XLSX。"))
    text = _decoded(data)
    if "," not in text.partition("\n")[0] and "\t" in text.partition("\n")[0]:
        raise SheetError(_("各列之间要用逗号隔开。"))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number, line = 0, 1
    try:
        for row in reader:
            number += 1
            yield number, line, *_checked(row)
            line = reader.line_num + 1
    except csv.Error as error:
        raise SheetError(_("第 %(line)d 行的引号或分隔符不成对，读不下去。") % {"line": line}) from error


def _decoded(data: bytes) -> str:
    """UTF-8, or what Chinese spreadsheets write when they are asked for CSV."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(_("认不出文件的编码，请存成 UTF-8。"))


def _checked(cells: Iterable[str]) -> tuple[list[str], list[str]]:
    """Cells as they were before they were neutralised, and what is wrong with them."""
    kept, faults = [], []
    for place, cell in enumerate(cells, start=1):
        if place > MAX_COLUMNS:
            if cell:
                faults.append(_("超过 %(limit)d 列。") % {"limit": MAX_COLUMNS})
                break
            continue
        if len(cell) > MAX_CELL:
            faults.append(_("第 %(column)d 列超过 %(limit)d 字。") % {"column": place, "limit": MAX_CELL})
        kept.append(plain(cell.replace("\r\n", "\n"))[:MAX_CELL])
    return kept, faults


def _read_xlsx(data: bytes) -> Iterator[Parsed]:
    _refuse_bombs(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says about its size is not to be believed
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), start=1):
            if number > 10 * MAX_ROWS:
                raise SheetError(_("文件超过 %(limit)d 行，请分成几个文件。") % {"limit": MAX_ROWS})
            formulas = [
                _("第 %(column)d 列是公式，请粘贴成值。") % {"column": place}
                for place, cell in enumerate(row, start=1)
                if cell.data_type == "f"
            ]
            cells, faults = _checked(_text(cell.value) for cell in row)
            yield number, number, cells, formulas + faults
        book.close()
    except BROKEN as error:
        raise SheetError(_("这个 XLSX 文件打不开，可能已损坏。")) from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    return str(value)


def _refuse_bombs(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            size = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or size > MAX_UNPACKED or size > MAX_RATIO * max(len(data), 10_000):
                raise SheetError(_("这个 XLSX 文件解压后太大，没有打开。"))
            for part in parts:
                _refuse_entities(packed, part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise SheetError(_("这个 XLSX 文件打不开，可能已损坏。")) from error


def _refuse_entities(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """A workbook declares no document type; one that does wants its entities expanded.

    Read as openpyxl will read it, up to the first element: in any encoding, and whatever the part is called.
    """
    types: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: types.append(True)
    parser.StartElementHandler = lambda *_: types.append(False)
    with packed.open(part) as file, suppress(expat.ExpatError):  # what is no XML, openpyxl refuses
        while not types and (chunk := file.read(4096)):
            parser.Parse(chunk)
    if any(types):
        raise SheetError(_("这个 XLSX 文件打不开，可能已损坏。"))
