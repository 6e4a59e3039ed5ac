"""Workbooks: what a spreadsheet can carry, the sheet that says what it is, and XLSX.

XlsxWriter finishes a workbook in a file, not in a stream: rows go through temporary files, which
are gone once the last byte has left, so that memory stays flat however long the list is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import chain, count, islice
from tempfile import TemporaryDirectory, TemporaryFile

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.domain.context import Context
from app.domain.search import MOST_SAFE, Export
from app.formats.columns import TABLES
from app.formats.language import say
from app.formats.table import CHUNK, Cell, Row, Sheet, cut

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576
"""How many rows a sheet of a spreadsheet has, the header included."""

WIDTHS = (40, 80)
"""Those of the sheet that says what a workbook is."""

_FIRST_YEAR = 1900
_BREATH = 500  # rows
_AWKWARD = re.compile("[\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LABELS: Mapping[str, str] = {
    "about": "About",
    "title": "Title",
    "as_of": "Day of the answer",
    "position": "Position of the register",
    "hash": "Hash at that position",
    "address": "Address",
    "schema": "What the columns mean",
    "licence": "Licence",
    "correct": "Report an error",
    "rows": "Rows",
    "texts_cut": "Texts cut at 32,767 characters (whole in CSV and JSON)",
    "texts_mended": "Texts of which a character that spreadsheets cannot carry became �",
}
"""The lines of the second sheet."""


def _label(key: str, labels: str) -> str:
    """A line of the second sheet: its key, or its label in a language."""
    return key if labels == "keys" else say(labels, LABELS[key])


@dataclass
class Tally:
    """How many rows a workbook has, and what it could not carry of their texts."""

    rows: int = 0
    texts_cut: int = 0
    texts_mended: int = 0

    def fitted(self, text: str) -> str:
        """A text as XML and a cell can carry it; its lines end as spreadsheets end them."""
        if _AWKWARD.search(text):
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            mended = _AWKWARD.sub("\ufffd", text)
            self.texts_mended += mended != text
            text = mended
        fitted = cut(text)
        self.texts_cut += fitted is not text
        return fitted


@dataclass(frozen=True, slots=True)
class About:
    """What a workbook says of itself on its second sheet, and the day on which it was made."""

    labels: str
    day: date
    values: Mapping[str, Cell]

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.values["title"])

    def sheet(self, tally: Tally) -> Sheet:
        """The second sheet: once the rows are written, because it counts them."""
        values = {**self.values, **vars(tally)}
        lines = iter([(_label(key, self.labels), value) for key, value in values.items()])
        return Sheet(_label("about", self.labels), ("Ouvertures", ""), lines, WIDTHS)


def about(export: Export, context: Context) -> About:
    """What holds of a list: the day, the place in the chain, the licence, where it comes from."""
    table = TABLES[export.of]
    values: dict[str, Cell] = {
        "title": say("en" if export.labels == "en" else "fr", table.title),
        "as_of": context.day,
        "position": context.head.position,
        "hash": context.head.hash,
        "address": f"{context.base}/{table.name}",
    }
    if export.layout == "plain":
        values["schema"] = f"{context.base}/schemas/{table.name}.json"
    values |= {"licence": context.licence, "correct": context.contact}
    return About(export.labels, context.day, values)


def parted(sheet: Sheet, most_rows: int = MOST_ROWS) -> Iterator[tuple[str, Iterator[Row]]]:
    """The rows in pieces that fit a sheet with its header, each with a name; one piece at least.

    Each piece is to be read to its end before the next is asked for.
    """
    name, rows, further = sheet.name, sheet.rows, count(2)
    while True:
        yield name, islice(rows, most_rows - 1)
        following = next(rows, None)
        if following is None:
            return
        name, rows = f"{sheet.name} {next(further)}", chain((following,), rows)


def xlsx(sheet: Sheet, about: About, *, most_rows: int = MOST_ROWS) -> Iterator[bytes]:
    """XLSX: texts as texts, dates as dates, numbers as numbers; nothing is a formula or a link.

    While rows are written it gives empty pieces, so that a reader who has left is noticed.
    """
    with TemporaryDirectory() as folder, TemporaryFile(dir=folder) as file:
        options = {"constant_memory": True, "tmpdir": folder, "use_zip64": True}
        book = Workbook(file, options)
        made = datetime.combine(about.day, time.min, UTC)
        book.set_properties({"title": about.title, "created": made})
        try:
            yield from _filled(book, sheet, about, most_rows)
            book.close()
        finally:
            for page in book.worksheets():
                page.row_data_fh.close()
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


@dataclass(frozen=True, slots=True)
class _Styles:
    """How cells look."""

    header: Format
    day: Format
    moment: Format


def _filled(book: Workbook, sheet: Sheet, about: About, most_rows: int) -> Iterator[bytes]:
    styles = _Styles(
        book.add_format({"bold": True}),
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    )
    tally = Tally()
    for name, rows in parted(sheet, most_rows):
        page, before = book.add_worksheet(name), tally.rows
        yield from _written(page, replace(sheet, rows=rows), styles, tally)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, tally.rows - before, len(sheet.header) - 1)
    second = about.sheet(tally)
    yield from _written(book.add_worksheet(second.name), second, styles, Tally())


def _written(page: Worksheet, sheet: Sheet, styles: _Styles, tally: Tally) -> Iterator[bytes]:
    """Write a sheet."""
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    for column, name in enumerate(sheet.header):
        page.write_string(0, column, name, styles.header)
    for number, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            _put(page, number, column, cell, styles, tally)
        tally.rows += 1
        if number % _BREATH == 0:
            yield b""


def _put(page: Worksheet, row: int, column: int, cell: Cell, styles: _Styles, tally: Tally) -> None:
    match cell:
        case None | "":
            return
        case str():
            _put_text(page, row, column, tally.fitted(cell))
        case bool():
            page.write_boolean(row, column, cell)
        case datetime():
            page.write_datetime(row, column, cell.replace(tzinfo=None), styles.moment)
        case date() if cell.year >= _FIRST_YEAR:
            page.write_datetime(row, column, cell, styles.day)
        case int() | float() if abs(cell) <= MOST_SAFE:
            page.write_number(row, column, cell)
        case _:  # as text, what a spreadsheet would change: numbers that are too long, old days
            page.write_string(row, column, str(cell))


def _put_text(page: Worksheet, row: int, column: int, text: str) -> None:
    """A text. XlsxWriter would write as it is one that looks like its own markup of runs of text.

    Such a one is written as runs itself, which are escaped.
    """
    if text.startswith("<r>") and text.endswith("</r>"):
        page.write_rich_string(row, column, text[:1], text[1:2], text[2:])
    else:
        page.write_string(row, column, text)
