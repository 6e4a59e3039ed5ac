"""ODS: an OpenDocument workbook, written while its rows come. Knows its XML, no commitment.

Nothing is kept: memory stays flat, and the first bytes leave at once. So the archive is written
here too: in a stream, `zipfile` puts the size of `mimetype` after it, and readers want it before.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from struct import pack
from xml.sax.saxutils import escape, quoteattr

from app.domain.search import MOST_SAFE
from app.formats.table import Cell, Row, Sheet
from app.formats.workbook import MOST_ROWS, WIDTHS, About, Tally, parted

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = {
    **{name: name for name in ("office", "table", "text", "style", "config", "meta")},
    "number": "datastyle",
    "fo": "xsl-fo-compatible",
}
_KNOWN = "".join(f' xmlns:{short}="{_OASIS}:{name}:1.0"' for short, name in _NAMES.items())
_OFFICE = "http://openoffice.org/2004/office"  # whose settings of a view all offices read
_PARTS = tuple(
    f'<number:{unit} number:style="long"/>'
    for unit in ("year", "month", "day", "hours", "minutes", "seconds")
)
_HYPHEN, _SPACE, _COLON = (f"<number:text>{sign}</number:text>" for sign in "- :")
_DAY, _TIME = _HYPHEN.join(_PARTS[:3]), _COLON.join(_PARTS[3:])
_STYLES = (
    '<style:style style:name="header" style:family="table-cell">'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    f'<number:date-style style:name="days">{_DAY}</number:date-style>'
    f'<number:date-style style:name="moments">{_DAY}{_SPACE}{_TIME}</number:date-style>'
    '<style:style style:name="day" style:family="table-cell" style:data-style-name="days"/>'
    '<style:style style:name="moment" style:family="table-cell" style:data-style-name="moments"/>'
)
_SPACES = re.compile("^ +| +$| {2,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Page:
    """A sheet of rows that has been written."""

    name: str
    columns: int
    rows: int


def ods(sheet: Sheet, about: About, *, most_rows: int = MOST_ROWS) -> Iterator[bytes]:
    """ODS: texts as texts, dates as dates, numbers as numbers; nothing is a formula or a link."""
    pages: list[_Page] = []
    files = {
        "META-INF/manifest.xml": _manifest(),
        "meta.xml": _meta(about),
        "content.xml": _content(sheet, about, most_rows, pages),
        "settings.xml": _settings(pages),
    }
    yield from _zipped(MEDIA_TYPE, files.items())


def _document(kind: str, *parts: str) -> str:
    """Where the XML of a part of the document begins."""
    opened = "".join(f"<office:{part}>" for part in parts)
    known = f'{_KNOWN} xmlns:ooo="{_OFFICE}" office:version="1.3"'
    return f"{_HEAD}<office:document-{kind}{known}>{opened}"


def _end(kind: str, *parts: str) -> str:
    closed = "".join(f"</office:{part}>" for part in reversed(parts))
    return f"{closed}</office:document-{kind}>"


def _content(sheet: Sheet, about: About, most_rows: int, pages: list[_Page]) -> Iterator[str]:
    """The sheets. `pages` learns of each that holds rows."""
    yield _document("content", "automatic-styles") + _STYLES
    for width in {*sheet.widths, *WIDTHS}:
        yield (
            f'<style:style style:name="w{width}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{width / 5}cm"/></style:style>'
        )
    yield "</office:automatic-styles><office:body><office:spreadsheet>"
    tally = Tally()
    for name, rows in parted(sheet, most_rows):
        before = tally.rows
        yield from _table(replace(sheet, name=name, rows=rows), tally)
        pages.append(_Page(name, len(sheet.header), tally.rows - before))
    yield from _table(about.sheet(tally), Tally())
    yield "<table:database-ranges>"
    yield from map(_filter, pages)
    yield "</table:database-ranges>"
    yield _end("content", "body", "spreadsheet")


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


def _filter(page: _Page) -> str:
    """What lets a reader filter a sheet by the cells of its columns."""
    name = page.name.replace("'", "''")
    last, number = "", page.columns
    while number:
        number, letter = divmod(number - 1, 26)
        last = chr(ord("A") + letter) + last
    place = quoteattr(f"'{name}'.A1:'{name}'.{last}{page.rows + 1}")
    named = quoteattr(f"filter {page.name}")
    return (
        f"<table:database-range table:name={named} table:target-range-address={place} "
        'table:display-filter-buttons="true"/>'
    )


def _meta(about: About) -> Iterator[str]:
    yield _document("meta", "meta")
    yield f"<meta:creation-date>{about.day}T00:00:00</meta:creation-date>"
    yield _end("meta", "meta")


def _settings(pages: Iterable[_Page]) -> Iterator[str]:
    """The view: the header of each sheet stays in sight."""
    yield _document("settings", "settings")
    yield '<config:config-item-set config:name="ooo:view-settings">'
    yield '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
    yield '<config:config-item-map-named config:name="Tables">'
    for page in pages:
        yield f"<config:config-item-map-entry config:name={quoteattr(page.name)}>"
        for name, kind, value in _FROZEN:
            yield f'<config:config-item config:name="{name}" config:type="{kind}">'
            yield f"{value}</config:config-item>"
        yield "</config:config-item-map-entry>"
    yield "</config:config-item-map-named></config:config-item-map-entry>"
    yield "</config:config-item-map-indexed></config:config-item-set>"
    yield _end("settings", "settings")


_FROZEN = (
    ("VerticalSplitMode", "short", 2),
    ("VerticalSplitPosition", "int", 1),
    ("ActiveSplitRange", "short", 2),
    ("PositionBottom", "int", 1),
)


def _manifest() -> Iterator[str]:
    known = f'xmlns:manifest="{_OASIS}:manifest:1.0" manifest:version="1.3"'
    yield f"{_HEAD}<manifest:manifest {known}>"
    for path in ("/", "content.xml", "meta.xml", "settings.xml"):
        kind = MEDIA_TYPE if path == "/" else "text/xml"
        entry = f'manifest:full-path="{path}" manifest:media-type="{kind}"'
        yield f"<manifest:file-entry {entry}/>"
    yield "</manifest:manifest>"


# The archive. Its sizes have 32 bits: a list of four gigabytes of XML is no spreadsheet.

_DEFLATED, _SIZES_FOLLOW, _UTF8, _VERSION = 8, 0x08, 0x800, 20
_FIRST_DAY = (0, 33)  # that a ZIP can have: the same content makes the same bytes


@dataclass(slots=True)
class _File:
    """One file, as far as it is written. `size` is before packing, `place` in the archive."""

    name: bytes
    place: int
    method: int = _DEFLATED
    crc: int = 0
    packed: int = 0
    size: int = 0

    def described(self) -> bytes:
        """What both of its headers say."""
        flags = _UTF8 | (_SIZES_FOLLOW if self.method else 0)
        sizes = (self.crc, self.packed, self.size, len(self.name))
        return pack("<5H3LHH", _VERSION, flags, self.method, *_FIRST_DAY, *sizes, 0)

    def header(self) -> bytes:
        """What stands before it."""
        return b"PK\3\4" + self.described() + self.name

    def entry(self) -> bytes:
        """What the directory says of it."""
        places = pack("<3H2L", 0, 0, 0, 0, self.place)
        return b"PK\1\2" + pack("<H", _VERSION) + self.described() + places + self.name


def _zipped(kind: str, files: Iterable[tuple[str, Iterable[str]]]) -> Iterator[bytes]:
    """The archive of these files, each a text in pieces.

    `kind`, its media type, stands first and unpacked, where readers look for it.
    """
    first = kind.encode()
    index = [_File(b"mimetype", 0, 0, zlib.crc32(first), len(first), len(first))]
    written = index[0].header() + first
    place = len(written)
    yield written
    for name, pieces in files:
        index.append(_File(name.encode(), place))
        for written in _packed(index[-1], pieces):
            place += len(written)
            yield written
    entries, count = b"".join(file.entry() for file in index), len(index)
    yield entries + b"PK\5\6" + pack("<4H2LH", 0, 0, count, count, len(entries), place, 0)


def _packed(file: _File, pieces: Iterable[str]) -> Iterator[bytes]:
    """A file between its header and its sizes, packed."""
    yield file.header()
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    for piece in pieces:
        text = piece.encode()
        file.crc, file.size = zlib.crc32(text, file.crc), file.size + len(text)
        if packed := packer.compress(text):
            file.packed += len(packed)
            yield packed
    packed = packer.flush()
    file.packed += len(packed)
    yield packed + b"PK\7\10" + pack("<3L", file.crc, file.packed, file.size)
