"""Workbooks, XLSX and ODS: what a spreadsheet can carry, and the sheet that says what it is.

A workbook leaves while its rows are read: memory stays flat however long the list is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import chain, count, islice
from pathlib import Path
from typing import IO, cast
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zlib import crc32

from app.domain import beside
from app.domain.context import Context
from app.domain.search import MOST_SAFE, Export
from app.formats.columns import TABLES
from app.formats.language import say
from app.formats.table import A_PIECE, Cell, Row, Sheet, cut

MOST_ROWS = 1_048_576
"""How many rows a sheet of a spreadsheet has, the header included."""
MOST_LETTERS = 2**29
"""How many letters the rows of a sheet take: then its file has less than the 2 GiB of a ZIP."""

WIDTHS = (40, 80)
"""Those of the sheet that says what a workbook is."""

_LEVEL = 1  # of compression: with 6, files are a third smaller, and take a third more time
_LONG = 100
_PADDING = 5 / 7
"""What a column of XLSX is wider than its letters."""
_AWKWARD = re.compile("[\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DAYS = {"keys": "yyyy-mm-dd", "fr": "dd/mm/yyyy", "en": "yyyy-mm-dd"}
"""How days look to readers of these labels."""
LABELS: Mapping[str, str] = beside(__file__)["labels"]
"""The lines of the second sheet."""


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

    def sheet(self, tally: Tally) -> Sheet:
        """The second sheet: once the rows are written, because it counts them."""
        values = {**self.values, **vars(tally)}
        names = {
            key: key if self.labels == "keys" else say(self.labels, label)
            for key, label in LABELS.items()
        }
        lines = ((names[key], value) for key, value in values.items())
        return Sheet(names["about"], ("Ouvertures", ""), lines, WIDTHS)


def about(export: Export, context: Context) -> About:
    """What holds of a list: the day, the place in the chain, the licence, where it comes from."""
    table = TABLES[export.of]
    values: dict[str, Cell] = {
        "title": say("en" if export.labels == "en" else "fr", table.title),
        "as_of": context.day,
        "position": context.head.position,
        "hash": context.head.hash,
        "address": f"{context.base}/{table.name}{context.permanent_query}",
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


Parts = Iterator[tuple[str, Iterable[str]]]
"""The files of an archive: a name, and pieces that are read to their end before the next file."""
Write = Callable[[Sheet, About, int], Parts]


class _Outlet:
    """What an archive has written and nobody has taken yet. There is no way back in it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def _packed(
    write: Write, sheet: Sheet, about: About, *, most_rows: int = MOST_ROWS
) -> Iterator[bytes]:
    """The bytes of a workbook: texts as texts, dates as dates, nothing as a formula or a link."""
    outlet = _Outlet()
    with ZipFile(cast(IO[bytes], outlet), "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, pieces in write(sheet, about, most_rows):
            if name == "mimetype":
                _put_plainly(archive, name, "".join(pieces).encode())
                continue
            with archive.open(name, "w") as file:
                for piece in pieces:
                    file.write(piece.encode())
                    yield outlet.taken()
    yield outlet.taken()


def _put_plainly(archive: ZipFile, name: str, content: bytes) -> None:
    """A first file, unpacked where readers look for it: its size must not come behind it."""
    entry = ZipInfo(name)
    entry.file_size = entry.compress_size = len(content)
    entry.CRC, entry.header_offset = crc32(content), 0
    cast(IO[bytes], archive.fp).write(entry.FileHeader() + content)
    archive.filelist.append(entry)


def _templates(kind: str) -> dict[str, str]:
    """The files of a kind of workbook, each with its place in the archive."""
    folder = Path(__file__).with_name(kind)
    return {
        str(file.relative_to(folder)): "".join(map(str.lstrip, file.read_text().splitlines()))
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _lines(sheet: Sheet, tally: Tally, line: Callable[[Row], str]) -> Iterator[str]:
    """The rows of a sheet, some at once; others are left where it would be too large."""
    size = 0
    while size < MOST_LETTERS and (lines := [line(row) for row in islice(sheet.rows, A_PIECE)]):
        tally.rows += len(lines)
        piece = "".join(lines)
        size += len(piece)
        yield piece


def _marked(spell: Callable[[Cell], str]) -> Callable[[Cell, Tally], str]:
    """What makes the XML of a cell. That of most is kept, for they are there again and again.

    `spell` has none for a text that XML cannot carry: it is mended first, and counted.
    """
    kept = lru_cache(8_192, typed=True)(spell)

    def marked(cell: Cell, tally: Tally) -> str:
        if not isinstance(cell, str):
            return kept(cell)
        return (kept(cell) if len(cell) < _LONG else "") or spell(tally.fitted(cell))

    return marked


def _letters(column: int) -> str:
    """What a column is called; the first is 1."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _quoted(name: str) -> str:
    """The name of a sheet in an address."""
    doubled = name.replace("'", "''")
    return f"'{doubled}'"


# XLSX

_XLSX = _templates("xlsx")
_EACH = "each/{}.xml"
"""What a workbook has of each sheet."""
_FIRST_YEAR = 1900
_DAY_0, _LEAP_DAY = date(1899, 12, 30).toordinal(), date(1900, 3, 1).toordinal()
_DISGUISED = re.compile("_(?=x[0-9a-fA-F]{4}_)")


def _xlsx(sheet: Sheet, about: About, most_rows: int) -> Parts:
    tally, names, filters = Tally(), list[str](), ""
    for piece in parted(sheet, most_rows):
        before = tally.rows
        yield f"xl/worksheets/sheet{len(names) + 1}.xml", _worksheet(piece, tally, filters=True)
        filters += _XLSX[_EACH.format("filters")].format(
            place=len(names),
            sheet=escape(_quoted(piece.name)),
            column=_letters(len(piece.header)),
            row=tally.rows - before + 1,
        )
        names.append(piece.name)
    second = about.sheet(tally)
    names.append(second.name)
    yield f"xl/worksheets/sheet{len(names)}.xml", _worksheet(second, Tally())
    facts = {"title": escape(str(about.values["title"])), "day": str(about.day), "filters": filters}
    facts["days"] = _DAYS[about.labels]
    for kind in ("types", "relations", "sheets"):
        each = _XLSX[_EACH.format(kind)].format
        rows = (each(number=n, name=quoteattr(name)) for n, name in enumerate(names, 1))
        facts[kind] = "".join(rows)
    for name, template in _XLSX.items():
        if not name.startswith("each/"):
            yield name, [template.format_map(facts)]


@_marked
def _in_xlsx(cell: Cell) -> str:
    """What makes a cell, but its place."""
    match cell:
        case str():
            return "" if _AWKWARD.search(cell) else _inline(cell)
        case bool():
            return f' t="b"><v>{cell:d}</v>'
        case datetime():
            seconds = (cell.hour * 60 + cell.minute) * 60 + cell.second
            return f' s="3"><v>{_number(cell) + seconds / 86_400}</v>'
        case date() if cell.year >= _FIRST_YEAR:
            return f' s="2"><v>{_number(cell)}</v>'
        case int() | float() if abs(cell) <= MOST_SAFE:
            return f"><v>{cell}</v>"
    return _inline(str(cell))  # what a spreadsheet would change: numbers too long, old days


def _number(day: date) -> int:
    """The number of a day in Excel, which takes 1900 for a leap year."""
    return day.toordinal() - _DAY_0 - (day.toordinal() < _LEAP_DAY)


def _inline(text: str, style: str = "") -> str:
    """A text. One that looks like a letter by its number, _x0041_, is kept from being read so."""
    text = _DISGUISED.sub("_x005F_", text) if "_x" in text else text
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f'{style} t="inlineStr"><is><t{space}>{escape(text)}</t></is>'


def _worksheet(sheet: Sheet, tally: Tally, *, filters: bool = False) -> Iterator[str]:
    """A sheet; one of rows keeps its header in sight, and filters."""
    before, numbers = tally.rows, count(1)
    letters = [_letters(column) for column in range(1, len(sheet.header) + 1)]
    each = _XLSX[_EACH.format("widths")].format
    widths = "".join(each(n=n, width=width + _PADDING) for n, width in enumerate(sheet.widths, 1))
    head, rest = _XLSX[_EACH.format("sheet")].split("{rows}")
    yield head.format(view=_XLSX[_EACH.format("view")] if filters else "", widths=widths)

    def line(row: Row, spell: Callable[[Cell, Tally], str] = _in_xlsx) -> str:
        number = str(next(numbers))
        cells = [
            f'<c r="{letter}{number}"{spell(cell, tally)}</c>'
            for letter, cell in zip(letters, row, strict=False)
            if cell is not None and cell != ""
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    yield line(sheet.header, lambda name, _: _inline(str(name), ' s="1"'))
    yield from _lines(sheet, tally, line)
    area = f"A1:{letters[-1]}{tally.rows - before + 1}"
    yield rest.format(filter=f'<autoFilter ref="{area}"/>' if filters else "")


# ODS

_ODS, _MANIFEST = _templates("ods"), "META-INF/manifest.xml"
_SPACES = re.compile("^ +| +$| {2,}", re.MULTILINE)


def _ods(sheet: Sheet, about: About, most_rows: int) -> Parts:
    names: list[str] = []
    yield "mimetype", [ODS_TYPE]
    yield _MANIFEST, [_ODS[_MANIFEST]]
    yield "meta.xml", [_ODS["meta.xml"].format(day=about.day)]
    yield "content.xml", _content(sheet, about, most_rows, names)
    views = (_ODS["view.xml"].format(name=quoteattr(name)) for name in names)
    yield "settings.xml", [_ODS["settings.xml"].format(views="".join(views))]


def _shown(part: re.Match[str]) -> str:
    """A part of a day, or what is between two."""
    name = {"dd": "day", "mm": "month", "yyyy": "year"}.get(part[0])
    return (
        f'<number:{name} number:style="long"/>' if name else f"<number:text>{part[0]}</number:text>"
    )


def _content(sheet: Sheet, about: About, most_rows: int, names: list[str]) -> Iterator[str]:
    """The sheets. `names` learns of each that holds rows."""
    each = _ODS["width.xml"].format
    widths = "".join(each(width=n, size=n / 5) for n in sorted({*sheet.widths, *WIDTHS}))
    days = re.sub(r"\w+|\W", _shown, _DAYS[about.labels])
    content = _ODS["content.xml"].replace("{widths}", widths).replace("{days}", days)
    head, end = content.split("{sheets}")
    yield head
    filters, tally = "", Tally()
    for piece in parted(sheet, most_rows):
        before = tally.rows
        yield from _table(piece, tally)
        names.append(piece.name)
        last = f"{_letters(len(piece.header))}{tally.rows - before + 1}"
        place = "{0}.A1:{0}.{1}".format(_quoted(piece.name), last)
        filter_of = {"name": quoteattr(f"filter {piece.name}"), "place": quoteattr(place)}
        filters += _ODS["filter.xml"].format_map(filter_of)
    yield from _table(about.sheet(tally), Tally())
    yield f"<table:database-ranges>{filters}</table:database-ranges>{end}"


def _table(sheet: Sheet, tally: Tally) -> Iterator[str]:
    """A sheet."""
    yield f"<table:table table:name={quoteattr(sheet.name)}>"
    for width in sheet.widths:
        yield f'<table:table-column table:style-name="w{width}"/>'
    names = "".join(_text(name, ' table:style-name="header"') for name in sheet.header)
    yield f"<table:table-header-rows>{_line(names)}</table:table-header-rows>"
    yield from _lines(sheet, tally, lambda row: _line(_cells(row, tally)))
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
        cells.append(_in_ods(cell, tally))
    return "".join(cells)


@_marked
def _in_ods(cell: Cell) -> str:
    match cell:
        case str():
            return "" if _AWKWARD.search(cell) else _text(cell)
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


XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
xlsx, ods = partial(_packed, _xlsx), partial(_packed, _ods)
