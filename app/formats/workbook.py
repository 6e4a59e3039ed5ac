"""Workbooks, XLSX and ODS: what a spreadsheet can carry, and the sheet that says what it is.

A workbook is finished in a file, not in a stream: rows go through temporary files, which are gone
once the last byte has left, so that memory stays flat however long the list is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from app.domain.context import Context
from app.domain.search import MOST_SAFE, Export
from app.formats.columns import TABLES
from app.formats.language import say
from app.formats.table import CHUNK, Cell, Row, Sheet, cut

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
"""How many rows a sheet of a spreadsheet has, the header included."""

WIDTHS = (40, 80)
"""Those of the sheet that says what a workbook is."""

_BREATH = 500  # rows
_FIRST_YEAR = 1900
_DAY = "yyyy-mm-dd"
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
        "address": f"{context.base}/{table.name}{context.kept}",
    }
    if export.layout == "plain":
        values["schema"] = f"{context.base}/schemas/{table.name}.json"
    values |= {"licence": context.licence, "correct": context.contact}
    return About(export.labels, context.day, values)


def parted(sheet: Sheet, most_rows: int) -> Iterator[Sheet]:
    """The table in pieces that fit a sheet, each with the header and a name; one piece at least.

    Each piece is to be read to its end before the next is asked for.
    """
    name, rows, further = sheet.name, sheet.rows, count(2)
    while True:
        yield replace(sheet, name=name, rows=islice(rows, most_rows - 1))
        following = next(rows, None)
        if following is None:
            return
        name, rows = f"{sheet.name} {next(further)}", chain((following,), rows)


Write = Callable[[IO[bytes], str, Sheet, About, int], Iterator[None]]
"""Writes a workbook to a file, beside which a folder is for others, and halts now and then."""


def _spooled(
    write: Write, sheet: Sheet, about: About, *, most_rows: int = MOST_ROWS
) -> Iterator[bytes]:
    """The bytes of a workbook: texts as texts, dates as dates, nothing as a formula or a link.

    While rows are written it gives empty pieces, so that a reader who has left is noticed.
    """
    with TemporaryDirectory() as folder, TemporaryFile(dir=folder) as file:
        for _ in write(file, folder, sheet, about, most_rows):
            yield b""
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


# XLSX


def _xlsx(
    file: IO[bytes], folder: str, sheet: Sheet, about: About, most_rows: int
) -> Iterator[None]:
    from xlsxwriter import Workbook  # noqa: PLC0415 who asks for no workbook does without it

    book = Workbook(file, {"constant_memory": True, "tmpdir": folder, "use_zip64": True})
    made = datetime.combine(about.day, time.min, UTC)
    book.set_properties({"title": about.title, "created": made})
    try:
        yield from _filled(book, sheet, about, most_rows)
        book.close()
    finally:
        for page in book.worksheets():
            page.row_data_fh.close()


class _Styles(NamedTuple):
    """How cells look."""

    header: "Format"
    day: "Format"
    moment: "Format"


def _filled(book: "Workbook", sheet: Sheet, about: About, most_rows: int) -> Iterator[None]:
    looks = ({"bold": True}, {"num_format": _DAY}, {"num_format": f"{_DAY} hh:mm:ss"})
    styles, tally = _Styles(*map(book.add_format, looks)), Tally()
    for piece in parted(sheet, most_rows):
        page, before = book.add_worksheet(piece.name), tally.rows
        yield from _written(page, piece, styles, tally)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, tally.rows - before, len(sheet.header) - 1)
    second = about.sheet(tally)
    yield from _written(book.add_worksheet(second.name), second, styles, Tally())


def _written(page: "Worksheet", sheet: Sheet, styles: _Styles, tally: Tally) -> Iterator[None]:
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
            yield


def _put(
    page: "Worksheet", row: int, column: int, cell: Cell, styles: _Styles, tally: Tally
) -> None:
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


def _put_text(page: "Worksheet", row: int, column: int, text: str) -> None:
    """A text. XlsxWriter would write as it is one that looks like its own markup of runs of text.

    Such a one is written as runs itself, which are escaped.
    """
    if text.startswith("<r>") and text.endswith("</r>"):
        page.write_rich_string(row, column, text[:1], text[1:2], text[2:])
    else:
        page.write_string(row, column, text)


# ODS: its parts stand in a folder, but for the rows.

_SPACES = re.compile("^ +| +$| {2,}", re.MULTILINE)
_PARTS = {
    file.stem: "".join(map(str.lstrip, file.read_text().splitlines()))
    for file in Path(__file__).with_name("ods").iterdir()
}


def _ods(file: IO[bytes], _: str, sheet: Sheet, about: About, most_rows: int) -> Iterator[None]:
    names: list[str] = []
    files = {
        "mimetype": [ODS_TYPE],  # first and unpacked, where readers look for it
        "META-INF/manifest.xml": [_PARTS["manifest"]],
        "meta.xml": [_PARTS["meta"].format(day=about.day)],
        "content.xml": _content(sheet, about, most_rows, names),
        "settings.xml": map(_settings, [names]),
    }
    with ZipFile(file, "w") as archive:
        for name, pieces in files.items():
            entry = ZipInfo(name)
            entry.compress_type = ZIP_STORED if name == "mimetype" else ZIP_DEFLATED
            with archive.open(entry, "w") as part:
                for number, piece in enumerate(pieces):
                    part.write(piece.encode())
                    if number % _BREATH == 0:
                        yield


def _settings(names: Iterable[str]) -> str:
    """The view: the header of each sheet stays in sight."""
    views = (_PARTS["view"].format(name=quoteattr(name)) for name in names)
    return _PARTS["settings"].format(views="".join(views))


def _content(sheet: Sheet, about: About, most_rows: int, names: list[str]) -> Iterator[str]:
    """The sheets. `names` learns of each that holds rows."""
    widths = "".join(
        f'<style:style style:name="w{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width / 5}cm"/></style:style>'
        for width in {*sheet.widths, *WIDTHS}
    )
    head, end = _PARTS["content"].replace("{widths}", widths).split("{sheets}")
    yield head
    filters, tally = [], Tally()
    for piece in parted(sheet, most_rows):
        before = tally.rows
        yield from _table(piece, tally)
        names.append(piece.name)
        filters.append(_filter(piece.name, len(piece.header), tally.rows - before))
    yield from _table(about.sheet(tally), Tally())
    yield f"<table:database-ranges>{''.join(filters)}</table:database-ranges>{end}"


def _table(sheet: Sheet, tally: Tally) -> Iterator[str]:
    """A sheet."""
    yield f"<table:table table:name={quoteattr(sheet.name)}>"
    for width in sheet.widths:
        yield f'<table:table-column table:style-name="w{width}"/>'
    names = "".join(_text(name, ' table:style-name="header"') for name in sheet.header)
    yield f"<table:table-header-rows>{_line(names)}</table:table-header-rows>"
    for row in sheet.rows:
        tally.rows += 1
        yield _line(_cells(row, tally))
    yield "</table:table>"


def _line(cells: str) -> str:
    return f"<table:table-row>{cells or '<table:table-cell/>'}</table:table-row>"


def _cells(row: Row, tally: Tally) -> str:
    """The cells of a row; those that are empty are counted, and at its end left out."""
    cells, empty = [], 0
    for cell in row:
        if cell is None or cell == "":
            empty += 1
            continue
        if empty:
            cells.append(f'<table:table-cell table:number-columns-repeated="{empty}"/>')
            empty = 0
        cells.append(_cell(cell, tally))
    return "".join(cells)


def _cell(cell: Cell, tally: Tally) -> str:
    match cell:
        case str():
            return _text(tally.fitted(cell))
        case bool():
            value = "true" if cell else "false"
            return _typed("boolean", f' office:boolean-value="{value}"', value.upper())
        case datetime():
            value = f"{cell:%Y-%m-%dT%H:%M:%S}"
            dated = f' office:date-value="{value}" table:style-name="moment"'
            return _typed("date", dated, value.replace("T", " "))
        case date():
            dated = f' office:date-value="{cell}" table:style-name="day"'
            return _typed("date", dated, str(cell))
        case int() | float() if abs(cell) <= MOST_SAFE:
            return _typed("float", f' office:value="{cell}"', str(cell))
    return _text(str(cell))  # a number that a spreadsheet would round


def _typed(kind: str, value: str, shown: str) -> str:
    """A cell, and how it shows to readers that know no types."""
    return (
        f'<table:table-cell office:value-type="{kind}"{value}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def _text(text: str, style: str = "") -> str:
    """A cell of text. Readers would drop some spaces, so those are elements, as are lines.

    A tab stays as it is: offices keep it so, or read a space, and drop the element for it.
    """
    spaced = _SPACES.sub(lambda run: f'<text:s text:c="{len(run[0])}"/>', escape(text))
    return _typed("string", style, spaced.replace("\n", "</text:p><text:p>"))


def _filter(name: str, columns: int, rows: int) -> str:
    """What lets a reader filter a sheet by the cells of its columns."""
    from xlsxwriter.utility import xl_col_to_name  # noqa: PLC0415

    quoted, last = name.replace("'", "''"), xl_col_to_name(columns - 1)
    place = quoteattr(f"'{quoted}'.A1:'{quoted}'.{last}{rows + 1}")
    named = quoteattr(f"filter {name}")
    return (
        f"<table:database-range table:name={named} table:target-range-address={place} "
        'table:display-filter-buttons="true"/>'
    )


XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
xlsx, ods = partial(_spooled, _xlsx), partial(_spooled, _ods)
