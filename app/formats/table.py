"""A table as every spreadsheet format takes it, and its plainest form: CSV. Knows no commitment."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from csv import writer
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from itertools import chain, islice
from typing import Any

Cell = str | int | float | bool | date | datetime | None
"""What a cell holds, typed: what a text looks like never makes a number, a date or a formula."""

Row = tuple[Cell, ...]

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
CRLF = "\r\n"
CHUNK = 64 * 1024
A_PIECE = 20
"""So many rows are written at once."""
LONGEST = 32_767
"""How many UTF-16 units a cell of Excel holds; of a longer one it lets the rest run into others."""

_ELLIPSIS = "…"
_SURROGATE = re.compile("[\ud800-\udfff]")
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
    lines = StringIO("\ufeff" if spreadsheet else "", newline="")
    lines.seek(0, 2)
    write = writer(lines, delimiter=";" if spreadsheet else ",", lineterminator=CRLF)
    rows: Iterator[Sequence[Any]] = chain((sheet.header,), sheet.rows)
    if spreadsheet:
        rows = ([_defused(cell) for cell in row] for row in rows)
    while some := [*islice(rows, A_PIECE if sheet.newline == CRLF else 1)]:
        write.writerows(some)
        if sheet.newline != CRLF:  # put in its place: a line break in a cell is quoted, of any kind
            lines.seek(lines.tell() - len(CRLF))
            lines.write(sheet.newline)
            lines.truncate()
        if lines.tell() >= CHUNK:
            yield _encoded(lines.getvalue())
            lines.seek(0)
            lines.truncate()
    yield _encoded(lines.getvalue())


def _defused(cell: Cell) -> Cell:
    """A text that a spreadsheet might take for a formula gets an apostrophe; a number does not.

    Where cells are parted by semicolons, a number has a comma for its fraction.
    """
    if isinstance(cell, str):
        return cut(f"'{cell}" if risky(cell) else cell)
    if isinstance(cell, float):
        return str(cell).replace(".", ",")
    return cell


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
