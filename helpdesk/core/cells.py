"""Cells of a table that somebody will open in a spreadsheet: nothing in them is run as a formula."""

import re

# What a spreadsheet takes for a formula, also full-width and behind blanks, controls or zero-width marks.
# Behind apostrophes too, so that ``plain`` gives back exactly what was written.
_FORMULA = re.compile(r"'*(?:[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠−]|[\t\r\n])")
Cell = str | int | float | None


def neutral(cell: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(cell, str) and _FORMULA.match(cell):
        return f"'{cell}"
    return cell


def plain(cell: str) -> str:
    """What ``neutral`` was given, of a text that it answered; any other text as it is."""
    return cell[1:] if cell.startswith("'") and neutral(cell[1:]) == cell else cell
