"""Reading files from somebody we do not trust, and writing some that nobody has to distrust."""

import datetime as dt
import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from faq import sheets
from faq.sheets import SheetError, read_sheet, to_csv, to_xlsx

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x", "\t=1", "\u200b=1", "'=1"]


def read(data: bytes, name="articles.csv"):
    return read_sheet(name, io.BytesIO(data))


def book(*rows):
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def cells(found):
    return [(row.number, row.line, row.cells, row.faults) for row in found[1]]


@pytest.mark.parametrize(("write", "name"), [(to_csv, "a.csv"), (to_xlsx, "a.xlsx")])
def test_what_is_written_can_be_read_back(write, name):
    rows = [["early", "两行\n文字，“引号”"], *(["x", text] for text in DANGEROUS)]
    data = write(["slug", "answer"], rows)
    assert [list(row.cells.values()) for row in read(data, name)[1]] == rows


@pytest.mark.parametrize("text", DANGEROUS[:-1])
def test_no_cell_is_taken_for_a_formula(text):
    assert f"'{text}" in to_csv(["a"], [[text]]).decode()
    cell = load_workbook(io.BytesIO(to_xlsx(["a"], [[text]]))).active["A2"]
    assert (cell.value, cell.data_type) == (f"'{text}", "s")


def test_rows_are_counted_as_a_spreadsheet_does_and_lines_as_an_editor_does():
    assert cells(read('slug,answer\r\na,"一\n二\n三"\r\n,\r\nb,四\r\n'.encode())) == [
        (2, 2, {"slug": "a", "answer": "一\n二\n三"}, []),
        (4, 6, {"slug": "b", "answer": "四"}, []),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_chinese_spreadsheets_write_is_understood(encoding):
    assert cells(read("slug,question\na,逾期了怎么办\n".encode(encoding)))[0][2]["question"] == "逾期了怎么办"


def test_a_formula_is_refused_by_cell_and_a_date_is_a_date():
    found = cells(read(book(["slug", "review_by"], ["=1+1", dt.date(2026, 3, 1)]), "a.xlsx"))
    assert found[0][2]["review_by"] == "2026-03-01"
    assert found[0][3] == ["第 1 列是公式，请粘贴成值。"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.csv"),
        (b"   \n", "a.csv"),
        (b"slug\n", "a.csv"),
        (b",,\na,b,c\n", "a.csv"),
        (b"slug,slug\na,b\n", "a.csv"),
        (b"slug\tquestion\na\tb\n", "a.csv"),
        (b'slug\n"never closed\n', "a.csv"),
        (b"slug\na\0b\n", "a.csv"),
        (b"\xff\xfe\xff\xff,\n", "a.csv"),
        (b"slug\na\n", "a.exe"),
        (b"slug\na\n", "a.xlsx"),
        (b"PK\x03\x04 not a zip", "a.xlsx"),
        (b"PK\x03\x04 not a zip", "a.csv"),
        (b"x" * (sheets.MAX_BYTES + 1), "a.csv"),
        (b"slug\n" + b"a\n" * (sheets.MAX_ROWS + 1), "a.csv"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data, name):
    with pytest.raises(SheetError) as refused:
        read(data, name)
    assert str(refused.value)


def test_a_cell_that_is_too_long_is_a_fault_of_its_row():
    long = "长" * (sheets.MAX_CELL + 1)
    assert cells(read(f"slug,answer\na,{long}\n".encode()))[0][3] == ["第 2 列超过 20000 字。"]


def repacked(data, change):
    """The same workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    def bomb(name, content):
        return content + b" " * (sheets.MAX_UNPACKED + 1) if name.endswith("sheet1.xml") else content

    data = repacked(book(["slug"], ["a"]), bomb)
    assert len(data) < 100_000
    with pytest.raises(SheetError, match="解压后太大"):
        read(data, "a.xlsx")


@pytest.mark.parametrize(
    ("before", "encoding"), [("", "utf-8"), (f"<!--{'x' * 9000}-->", "utf-8"), ("", "utf-16")]
)
def test_a_workbook_that_declares_entities_is_refused(before, encoding):
    """Also behind a long comment, or in an encoding that nobody looks for."""

    def entity(name, content):
        if name != "xl/worksheets/sheet1.xml":
            return content
        text = content.decode().partition("?>")[2] or content.decode()
        declared = f'<?xml version="1.0" encoding="{encoding}"?>{before}<!DOCTYPE x [<!ENTITY a "aaaa">]>'
        return (declared + text).encode(encoding)

    with pytest.raises(SheetError):
        read(repacked(book(["slug"], ["a"]), entity), "a.xlsx")


def test_a_workbook_that_lies_about_its_size_is_read_as_it_is():
    def lie(name, content):
        return content.replace(b'<dimension ref="A1:A2"', b'<dimension ref="A1:XFD1048576"')

    assert cells(read(repacked(book(["slug"], ["a"]), lie), "a.xlsx")) == [(2, 2, {"slug": "a"}, [])]


@pytest.mark.parametrize("cut", [30, 200, 1000, 4000])
def test_a_workbook_that_was_cut_is_refused(cut):
    with pytest.raises(SheetError):
        read(book(["slug"], ["a"])[:-cut], "a.xlsx")
