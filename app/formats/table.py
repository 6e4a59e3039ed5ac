"""A table as every spreadsheet format takes it, and its plainest form: CSV. Knows no commitment."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice

Cell = str | int | float | bool | date | datetime | None
"""What a cell holds, typed: what a text looks like never makes a number, a date or a formula."""

Row = tuple[Cell, ...]

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
CRLF = "\r\n"
A_PIECE = 50
"""So many rows are written at once."""
LONGEST = 32_767
"""How many UTF-16 units a cell of Excel holds; of a longer one it lets the rest run into others."""

_SHORT, _MOST_KEPT = 200, 4_096
_ELLIPSIS = "…"
_SURROGATE = re.compile("[\ud800-\udfff]")
_AMONG_COMMAS, _AMONG_SEMICOLONS = re.compile('[,"\r\n]'), re.compile('[;"\r\n]')
_BREAKS = ("\t", "\n", "\r")
_OPERATORS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and its rows: one layout of a list, which any of the writers writes.

    `name` is that of the sheet in a workbook, `widths` those of its columns in characters,
    `newline` what ends a line of CSV. Rows are made while they are written, once.
    """

    name: str
    header: tuple[str, ...]
    rows: Iterator[Row]
    widths: tuple[int, ...] = ()
    newline: str = CRLF


def csv(sheet: Sheet, *, spreadsheet: bool = False) -> Iterator[bytes]:
    """CSV as RFC 4180 has it, in UTF-8, faithful to the letter, of texts and numbers.

    `spreadsheet`: as Excel opens it in Europe instead, with semicolons and a byte order mark, and
    no text that it would take for a formula.
    """
    before, between, spell = ("\ufeff", ";", _DEFUSED) if spreadsheet else ("", ",", _FAITHFUL)
    rows = chain((sheet.header,), sheet.rows)
    lines = (between.join(map(spell.__getitem__, row)) or '""' for row in rows)
    while some := [*islice(lines, A_PIECE)]:
        yield _encoded(before + sheet.newline.join((*some, "")))
        before = ""


class _Written(dict[Cell, str]):
    """Cells as they are written. That of short texts is kept: they are there again and again."""

    def __init__(self, spell: Callable[[Cell], str]) -> None:
        self.spell = spell

    def __missing__(self, cell: Cell) -> str:
        text = self.spell(cell)
        if (cell is None or isinstance(cell, str)) and len(text) < _SHORT:  # for 1 is 1.0
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[cell] = text
        return text


def _faithful(cell: Cell) -> str:
    """A cell among commas."""
    return _quoted("" if cell is None else str(cell), _AMONG_COMMAS)


def _defused(cell: Cell) -> str:
    """A text that a spreadsheet might take for a formula gets an apostrophe; a number does not.

    Where cells are parted by semicolons, a number has a comma for its fraction.
    """
    if isinstance(cell, str):
        return _quoted(cut(f"'{cell}" if risky(cell) else cell), _AMONG_SEMICOLONS)
    return "" if cell is None else str(cell).replace(".", ",")


def _quoted(text: str, parting: re.Pattern[str]) -> str:
    """A text, in quotes where something in it would part cells or lines."""
    return '"{}"'.format(text.replace('"', '""')) if parting.search(text) else text


_FAITHFUL, _DEFUSED = _Written(_faithful), _Written(_defused)


def risky(text: str) -> bool:
    """Whether a spreadsheet might take a text for a formula, or for the end of its cell.

    By its first letter that shows, in the form that it has in small print or in full width.
    """
    if text.startswith(_BREAKS):
        return True
    first = next((sign for sign in text if unicodedata.category(sign)[0] not in "ZC"), "")
    return unicodedata.normalize("NFKC", first).startswith(_OPERATORS)


def cut(text: str) -> str:
    """A text as long as a cell may be: what is longer ends with an ellipsis."""
    if len(text) <= LONGEST // 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST:
        return text
    return units[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + _ELLIPSIS


def _encoded(text: str) -> bytes:
    """UTF-8. A lone surrogate, which it cannot carry, is replaced, so that nothing stops a list."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()
