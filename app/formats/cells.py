"""The cells of a workbook, XLSX or ODS, as whoever opens it sees them, and what a reader must know.

Run as a script, it is a process of its own with little memory and time: a workbook on its input,
its sheets as JSON on its output. Whatever it unpacks to costs that process, and no other. So it
knows the standard library alone.
"""

import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, iterparse

MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 50_000, 200, 50
MOST_MEMORY, MOST_ANSWERED, SECONDS = 512 * 2**20, 64 * 2**20, 20
THIN = 1  # point, or width of a digit
LIMITS = {
    resource.RLIMIT_AS: MOST_MEMORY,
    resource.RLIMIT_CPU: SECONDS,
    resource.RLIMIT_FSIZE: MOST_ANSWERED,
    resource.RLIMIT_CORE: 0,
}
"""Of the process that reads a workbook."""

CSV, XLSX, ODS = "csv", "xlsx", "ods"
ERROR, UNCOMPUTED, STRUCK = "cell-in-error", "never-computed", "struck-through"
HIDDEN_ROW, HIDDEN_COLUMN, HIDDEN_CELL = "hidden-row", "hidden-column", "hidden-cell"

Mark = tuple[str, int | None, int | None]
"""The code of a finding, its row (from 1) and its column (from 0): of a cell, a row or a column."""

Cell = tuple[str, str]
"""A cell as it is shown, and the code of what is to be known of it, or nothing."""

EMPTY: Cell = ("", "")
UNSEEN = str.maketrans(dict.fromkeys("\u00ad\u200b\u2060\ufeff"))


def is_blank(text: str) -> bool:
    """Whether nothing of a text is seen."""
    return not text.translate(UNSEEN).strip()


@dataclass(eq=False)
class Unopened(Exception):  # noqa: N818 a fact about a file
    """A file that is not read, or not further: the code of a finding, the row, and its facts."""

    code: str
    row: int | None = None
    facts: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Sheet:
    """A table of texts, whose first row is row 1 of the file, and how it was read.

    `name` is that of a sheet of a workbook, `merged` are its cells over several, as (first row,
    first column, last row, last column); `fault` ended the reading. A CSV has an encoding, guessed
    where nothing said it, and a delimiter.
    """

    format: str
    name: str | None = None
    hidden: bool = False
    rows: list[list[str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    fault: Unopened | None = None
    encoding: str | None = None
    guessed: bool = False
    delimiter: str | None = None

    def put(self, number: int, cells: Sequence[Cell], *, hidden: bool = False) -> None:
        """Add a row, unless it is blank or beyond the limits."""
        texts = [text for text, _ in cells]
        while texts and is_blank(texts[-1]) and not cells[len(texts) - 1][1]:
            texts.pop()
        if len(texts) > MOST_COLUMNS:
            facts = {"most": MOST_COLUMNS, "n": len(texts)}
            self.fault = self.fault or Unopened("too-many-columns", number, facts)
        elif texts and number > MOST_ROWS:
            self.fault = Unopened("too-many-rows", number, {"most": MOST_ROWS})
        elif texts:
            self.rows += ([] for _ in range(len(self.rows) + 1, number))
            self.rows.append(texts)
            self.marks += [(HIDDEN_ROW, number, None)] * hidden
            self.marks += [(code, number, place) for place, (_, code) in enumerate(cells) if code]

    def fill(self) -> None:
        """A cell over several rows says the same of each; what it covers beside it is not seen."""
        for first, left, last, right in self.merged:
            rows = self.rows[first - 1 : last]
            shown = rows[0][left : left + 1] if rows else []
            for row in filter(None, rows):
                row.extend([""] * (left + 1 - len(row)))
                row[left : right + 1] = [*(shown or [""]), *("" for _ in row[left + 1 : right + 1])]


def _elements(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, Element]]:
    """(event, element) of a part, in order; of rows and texts only the last is kept.

    Names are without namespaces, but `kind` is the type of value that LibreOffice adds.
    """
    above: list[Element] = []
    with archive.open(name) as part:
        for event, element in iterparse(part, ("start", "end")):
            if event == "start":
                element.tag = element.tag.rpartition("}")[2]
                for long, value in element.items():
                    space, _, own = long.rpartition("}")
                    added = own == "value-type" and "calcext" in space
                    element.set("kind" if added else own, value)
                above.append(element)
            yield event, element
            if event == "end":
                above.pop()
                if above and element.tag in ("row", "si", "table-row"):
                    del above[-1][:]


def _root(archive: zipfile.ZipFile, name: str) -> Element:
    """The whole of a part."""
    *_, (_, root) = _elements(archive, name)
    return root


# Days, as far as they are shown.

DAY, MONTH, QUARTER, YEAR = "day", "month", "quarter", "year"


def as_shown(day: date, parts: Collection[str]) -> str:
    """A day as far as its number format shows it. What shows no year is spelled as no period."""
    year, month, number = day.isoformat().split("-")
    if YEAR not in parts:
        return f"--{month}-{number}" if DAY in parts else f"--{month}"
    if DAY in parts and MONTH in parts:
        return day.isoformat()
    if QUARTER in parts:
        return f"T{(day.month + 2) // 3} {year}"
    return f"{year}-{month}" if MONTH in parts else year


# XLSX

_BUILT_IN = {
    **dict.fromkeys((14, 15, 22), "dmy"),
    16: "dm",
    17: "my",
    # Those of East Asia show what the language of the reader has them show: the year is left out.
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "dm"),
}
"""The formats of days that a workbook names without spelling them."""

_SPELLED_OUT = re.compile(r'"[^"]*"?|\\.|[_*].|\[[^\]]*\]|am/pm|a/p|general|e[+-]', re.IGNORECASE)
_TELLS = re.compile(
    r"\d|janv|f[ée]vr|mars|avr|mai|juin|juil|ao[uû]t|sept|oct|nov|d[ée]c", re.IGNORECASE
)
"""What a format may say of a period in its own words: a number, a month."""
_MINUTES = re.compile(r"(?<=h)([^a-z]*)m+|m+(?=[^a-z]*s)")
_PARTS = {"d": DAY, "m": MONTH, "q": QUARTER, "y": YEAR, "e": YEAR}
_NOTHING = re.compile(r'"\s*"|\[[^\]]*\]|_.|[*\\]?\s')


def parts_of(code: str) -> frozenset[str]:
    """Which parts of a day a number format shows: none where it is no format of days."""
    plain = _SPELLED_OUT.sub("", code.partition(";")[0]).lower()
    runs = re.findall(r"([a-z])(\1*)", _MINUTES.sub(r"\1", re.sub("h+", "h", plain)))
    # Three or four of d are the name of a day of the week.
    named = {sign for sign, more in runs if not (sign == "d" and len(more) > 1)}
    return frozenset(_PARTS[sign] for sign in named & _PARTS.keys())


def blanks(code: str) -> tuple[bool, ...]:
    """Whether a number format shows nothing of what is above 0, or below, of 0, of texts."""
    sections = code.split(";")
    empty = [len(sections) > 1 and not _NOTHING.sub("", section) for section in sections]
    return tuple([*empty, *(False, empty[0], False)[len(empty) - 1 :]][:4])


def around(code: str, parts: Collection[str]) -> tuple[str, str]:
    """What a number format writes itself before and after a number, where that tells a period."""
    shown = code.partition(";")[0]
    bare = _SPELLED_OUT.sub(lambda match: " " * len(match[0]), shown)
    signs = [match.start() for match in re.finditer(r"[^\W_]|[#?@]", bare)]
    if not signs or QUARTER in parts or {DAY, MONTH, YEAR} <= {*parts}:
        return "", ""
    before, after = (
        re.sub(r'"([^"]*)"|\[[^\]]*\]|[_*].', r"\1", words)
        for words in (shown[: signs[0]], shown[signs[-1] + 1 :])
    )
    return (before, after) if _TELLS.search(before + after) else ("", "")


def _place(reference: str) -> tuple[int, int]:
    """(row from 1, column from 0) of a reference such as D2."""
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d{1,7})", reference)
    if not match:
        raise ValueError(reference)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column - 1


def _is_on(element: Element | None, name: str) -> bool:
    return element is not None and element.get(name) in ("1", "true", "on")


def _rich(element: Element) -> Cell:
    """A text with its runs, without how it is pronounced; struck if any run that shows is."""
    text, struck = "", False
    for part in element:
        if part.tag in ("t", "r"):
            run = "".join(each.text or "" for each in part.iter("t"))
            struck = struck or bool(run.strip() and _strikes(part))
            text += run
    return _unescaped(text), STRUCK if struck else ""


def _unescaped(text: str) -> str:
    """A text with the letters that XLSX writes by their numbers, as _x000D_."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def _strikes(look: Element) -> bool:
    return any(each.get("val", "1") not in ("0", "false") for each in look.iter("strike"))


def _whitens(look: Element) -> bool:
    colours = [(each.get("rgb", "")[2:].upper(), each.get("theme")) for each in look.iter("color")]
    return any(rgb == "FFFFFF" or theme == "0" for rgb, theme in colours)


class _Style(NamedTuple):
    """How cells look: the parts of a day that they show, and words around; what they do not show.

    `blank` is of what is above 0, below, of 0, and of texts.
    """

    parts: frozenset[str] = frozenset()
    struck: bool = False
    around: tuple[str, str] = ("", "")
    blank: tuple[bool, ...] = (False, False, False, False)


class _Book:
    """A workbook in XLSX: what its sheets share, and its sheets."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.parts = {name.lower(): name for name in archive.namelist()}
        book = _root(archive, "xl/workbook.xml")
        self.since_1904 = _is_on(book.find("workbookPr"), "date1904")
        # Who writes formulas without their values asks for this, and puts 0 in their place.
        self.recomputed = _is_on(book.find("calcPr"), "fullCalcOnLoad")
        self.sheets = book.findall("sheets/*")
        self.related: dict[str, tuple[str, str]] = {}
        for element in _root(archive, "xl/_rels/workbook.xml.rels"):
            target = element.get("Target", "")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            self.related[element.get("Id", "")] = element.get("Type", "").rpartition("/")[2], path
        self.styles = [*self._styles()]
        self.texts = [*self._texts()]

    def _shared(self, kind: str) -> str | None:
        paths = [path for of, path in self.related.values() if of == kind]
        return self.parts.get(paths[0].lower()) if paths else None

    def _styles(self) -> Iterator[_Style]:
        path = self._shared("styles")
        root = _root(self.archive, path) if path else Element("styleSheet")
        codes = {int(each.get("numFmtId", 0)): each for each in root.iterfind("numFmts/*")}
        fonts, fills, above = map(root.findall, ("fonts/*", "fills/*", "cellStyleXfs/*"))
        for style in root.iterfind("cellXfs/*"):
            origin = int(style.get("xfId", 0))
            parent = above[origin] if origin < len(above) else style
            number, font, fill = (
                int(style.get(name, parent.get(name, 0)))
                for name in ("numFmtId", "fontId", "fillId")
            )
            code = codes[number].get("formatCode", "") if number in codes else ""
            parts = parts_of(code or _BUILT_IN.get(number, ""))
            look = fonts[font : font + 1]
            patterns = [each for ground in fills[fill : fill + 1] for each in ground]
            bare = all(each.get("patternType") == "none" for each in patterns)
            blank = blanks(";;;" if bare and any(map(_whitens, look)) else code)
            yield _Style(parts, any(map(_strikes, look)), around(code, parts), blank)

    def _texts(self) -> Iterator[Cell]:
        path = self._shared("sharedStrings")
        for event, element in _elements(self.archive, path) if path else ():
            if event == "end" and element.tag == "si":
                yield _rich(element)

    def read(self) -> Iterator[Sheet]:
        for element in self.sheets:
            kind, path = self.related.get(element.get("id", ""), ("", ""))
            if kind == "worksheet":
                hidden = element.get("state", "visible") != "visible"
                sheet = Sheet(XLSX, element.get("name", ""), hidden)
                self._read(sheet, self.parts[path.lower()])
                yield sheet

    def _read(self, sheet: Sheet, path: str) -> None:
        number, unseen = 0, False
        for event, element in _elements(self.archive, path):
            if event == "start":
                flat = _is_on(element, "zeroHeight") or element.get("defaultRowHeight") == "0"
                unseen = unseen or (element.tag == "sheetFormatPr" and flat)
            elif element.tag == "col":
                if _is_on(element, "hidden") or float(element.get("width", 9)) < THIN:
                    first, last = int(element.get("min", 1)), int(element.get("max", 1))
                    places = range(first - 1, min(last, MOST_COLUMNS))
                    sheet.marks += [(HIDDEN_COLUMN, None, place) for place in places]
            elif element.tag == "row":
                number, before = int(element.get("r", number + 1)), number
                if number <= before:
                    raise ValueError(number)
                height = element.get("ht")
                flat = float(height) < THIN if height else unseen
                sheet.put(number, self._cells(element), hidden=flat or _is_on(element, "hidden"))
                if sheet.fault:
                    break
            elif element.tag == "mergeCell":
                above, _, below = element.get("ref", "").partition(":")
                sheet.merged.append((*_place(above), *_place(below or above)))

    def _cells(self, row: Element) -> list[Cell]:
        cells: list[Cell] = []
        for element in row.iterfind("c"):
            reference = element.get("r")
            place = _place(reference)[1] if reference else len(cells)
            if place < len(cells):
                raise ValueError(reference)
            cells += [EMPTY] * (place - len(cells))
            cells.append(self._cell(element))
        return cells

    def _cell(self, element: Element) -> Cell:
        kind, place = element.get("t", "n"), int(element.get("s", 0))
        value, rich = element.findtext("v"), element.find("is")
        style = self.styles[place] if place < len(self.styles) else _Style()
        if kind == "e":
            return "", ERROR
        if element.find("f") is not None and (
            value is None or (not value and kind != "str") or (self.recomputed and value == "0")
        ):
            return "", UNCOMPUTED
        text, mark = EMPTY
        section = 3  # of the format: that of texts
        if kind == "inlineStr":
            text, mark = _rich(rich) if rich is not None else EMPTY
        elif kind == "s":
            text, mark = self.texts[int(value)] if value else EMPTY
        else:
            text = self._spelled(kind, value or "", style.parts)
            if kind in ("n", "d"):
                number = float(value or 0) if kind == "n" else 1
                section = (number < 0) + 2 * (number == 0)
                before, after = style.around
                text = f"{before}{text}{after}" if text else ""
        if text.strip() and style.blank[section]:
            return "", HIDDEN_CELL
        return text, STRUCK if style.struck and text.strip() else mark

    def _spelled(self, kind: str, value: str, parts: Collection[str]) -> str:
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind == "d":
            return as_shown(date.fromisoformat(value[:10]), parts or (DAY, MONTH, YEAR))
        if kind == "str" or not value:
            return _unescaped(value)
        number = float(value)
        if parts and 1 <= number < 2_958_466:  # up to the year 9999
            days = int(number + 1e-6)
            # Day 60 is 29 February 1900, which never was.
            start = date(1904, 1, 1) if self.since_1904 else date(1899, 12, 30 + (days < 60))
            return as_shown(start + timedelta(days), parts)
        return _number(number)


def _number(number: float) -> str:
    return str(int(number)) if number.is_integer() else str(number)


# ODS

_PERIOD = re.compile(r"\s*[TQS]\s*\d", re.IGNORECASE)
"""How a quarter or a half of a year begins."""
_UNREAD = ("annotation", "frame", "note", "ruby-text")
_STRIKES = ("text-line-through-style", "text-line-through-type")
_FOLDS = ("table-row-group", "table-column-group")
_COLOURS, _BARE = ("color", "background-color"), ("", "transparent", "#ffffff")

Styles = dict[tuple[str, str], Mapping[str, str]]
"""What styles say themselves, by family and name; the formats of days are the family `data`."""


def _times(element: Element, name: str) -> int:
    return max(int(element.get(name, 1)), 1)


def _learn(styles: Styles, element: Element) -> None:
    """Keeps what a style or a format of days says."""
    name = element.get("name", "")
    if element.tag == "date-style":
        styles["data", name] = {part.tag: "" for part in element}
    elif element.tag in ("style", "default-style"):
        within = {key: value for part in element for key, value in part.items()}
        styles[element.get("family", ""), name] = within | element.attrib


def _styled(styles: Styles, family: str, name: str, *wanted: str) -> str:
    """The first of some values that a style has, or one that it goes back to; or nothing."""
    for _ in range(20):
        own = styles.get((family, name), {})
        values = [own[key] for key in wanted if key in own]
        if values or not name:
            return values[0] if values else ""
        name = own.get("parent-style-name", "")
    return ""


def _document(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    styles: Styles = {}
    table: _Table | None = None
    depth = 0
    for part in ("styles.xml", "content.xml"):
        for event, element in _elements(archive, part) if part in archive.namelist() else ():
            if element.tag == "table":
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    table = _Table(styles, element)
                elif table and depth == 0:
                    yield table.sheet
                    table = None
            elif table and depth == 1:
                table.take(event, element)
            elif event == "end":
                _learn(styles, element)


class _Table:
    """A sheet of an ODS while it is read, row by row."""

    def __init__(self, styles: Styles, table: Element) -> None:
        self.styles = styles
        hidden = _styled(styles, "table", table.get("style-name", ""), "display") == "false"
        self.sheet = Sheet(ODS, table.get("name", ""), hidden)
        self.columns: list[str] = []
        self.number, self.folds = 1, 0

    def take(self, event: str, element: Element) -> None:
        """One more event; after a fault, none."""
        if element.tag in _FOLDS and element.get("display") == "false":
            self.folds += 1 if event == "start" else -1
        elif event == "end" and element.tag == "table-column":
            self._column(element)
        elif event == "end" and element.tag == "table-row" and not self.sheet.fault:
            self._row(element)

    def _hides(self, element: Element, of: str, size: str) -> bool:
        """Whether a row or a column is not seen, or is too thin to be."""
        spelt = _styled(self.styles, f"table-{of}", element.get("style-name", ""), f"{of}-{size}")
        thin = re.match(r"0(\.0\d*)?[a-z]", spelt)
        return bool(thin or self.folds) or element.get("visibility", "visible") != "visible"

    def _column(self, column: Element) -> None:
        first = len(self.columns)
        some = min(_times(column, "number-columns-repeated"), MOST_COLUMNS - first)
        self.columns += [column.get("default-cell-style-name", "")] * some
        if self._hides(column, "column", "width"):
            places = range(first, len(self.columns))
            self.sheet.marks += [(HIDDEN_COLUMN, None, place) for place in places]

    def _row(self, row: Element) -> None:
        cells: list[Cell] = []
        for part in row:
            if part.tag in ("table-cell", "covered-table-cell"):
                cells += self._cell(part, len(cells), row.get("default-cell-style-name", ""))
        again = _times(row, "number-rows-repeated")
        if any(mark or not is_blank(text) for text, mark in cells):
            hidden = self._hides(row, "row", "height")
            for number in range(self.number, self.number + again):
                self.sheet.put(number, cells, hidden=hidden)
                if self.sheet.fault:
                    break
        self.number += again

    def _cell(self, element: Element, place: int, of_row: str) -> list[Cell]:
        down, across = (_times(element, f"number-{of}-spanned") for of in ("rows", "columns"))
        if down > 1 or across > 1:
            last = self.number + down - 1, place + across - 1
            self.sheet.merged.append((self.number, place, *last))
        of_column = self.columns[place] if place < len(self.columns) else ""
        style = element.get("style-name") or of_row or of_column
        cell = self._read(element, style) if element.tag == "table-cell" else EMPTY
        return [cell] * min(_times(element, "number-columns-repeated"), MOST_COLUMNS + 1)

    def _read(self, element: Element, style: str) -> Cell:
        lines = element.findall("p")
        text = "\n".join("".join(_letters(line)) for line in lines)
        kind, formula = element.get("value-type"), "formula" in element.attrib
        value = element.get(f"{kind}-value", element.get("value"))
        if element.get("kind") == "error" or (formula and re.match(r"#|Err:\d", text)):
            return "", ERROR
        if formula and value is None and not lines:
            return "", UNCOMPUTED
        colour, ground = (_styled(self.styles, "table-cell", style, name) for name in _COLOURS)
        white = colour.lower() == "#ffffff" and ground.lower() in _BARE
        if lines and (value if is_blank(text) else white):
            return "", HIDDEN_CELL
        if kind == "date" and value:
            text = self._day(value, style, text)
        elif kind in ("float", "percentage", "currency") and value:
            spelled = _TELLS.search(re.sub(r"[\d\W]", "", text)) or _PERIOD.match(text)
            text = text if spelled else _number(float(value))
        elif value and not (kind != "string" and text):
            text = value
        looks = [("table-cell", style)]
        looks += [("text", each.get("style-name", "")) for p in lines for each in p.iter("span")]
        struck = any(_styled(self.styles, *look, *_STRIKES) not in ("", "none") for look in looks)
        return text, STRUCK if struck and text.strip() else ""

    def _day(self, value: str, style: str, shown: str) -> str:
        """A day as far as the format of its style shows it, and no further than what is seen."""
        data, day = _styled(self.styles, "table-cell", style, "data-style-name"), value[:10]
        known = self.styles.get(("data", data), dict.fromkeys((DAY, MONTH, YEAR)))
        parts = known.keys() & {DAY, MONTH, QUARTER, YEAR}
        # What shows a day has its number beside a month, in figures or words, and a year.
        numbers = [int(number) for number in re.findall(r"\d+", shown)]
        others = (YEAR in parts) + (not re.search(r"[^\W\d_]", shown))
        if shown and (len(numbers) <= others or int(day[8:]) not in numbers):
            parts -= {DAY}
        words = shown.replace(day[:4], "")
        if shown and not parts & {DAY, MONTH, QUARTER} and _TELLS.search(words):
            return shown
        return as_shown(date.fromisoformat(day), parts)


def _letters(element: Element) -> Iterator[str]:
    """The text of a paragraph as it is seen."""
    if element.tag == "s":
        yield " " * min(_times(element, "c"), 1000)
    elif element.tag in ("tab", "line-break"):
        yield "\t" if element.tag == "tab" else "\n"
    yield element.text or ""
    for part in element:
        if part.tag not in _UNREAD:
            yield from _letters(part)
        yield part.tail or ""


def opened(data: bytes) -> list[Sheet]:
    """The sheets. Raises Unopened."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.namelist()
        form = XLSX if "xl/workbook.xml" in parts else ODS
        if form == ODS and "content.xml" not in parts:
            raise Unopened("unknown-format")
        locked = any(entry.flag_bits & 1 for entry in archive.infolist())
        manifest = "META-INF/manifest.xml"
        if locked or (form == ODS and b"encryption-data" in archive.read(manifest)):
            raise Unopened("encrypted")
        sheets: list[Sheet] = []
        for sheet in _Book(archive).read() if form == XLSX else _document(archive):
            if len(sheets) == MOST_SHEETS:
                raise Unopened("too-many-sheets", facts={"most": MOST_SHEETS})
            sheet.fill()
            sheets.append(sheet)
    except (ArithmeticError, LookupError, ParseError, ValueError, zipfile.BadZipFile, zlib.error):
        raise Unopened("damaged") from None
    return sheets


def main() -> None:
    """The process that reads, within limits or lower ones: the sheets, or why there are none."""
    for limit, most in LIMITS.items():
        _, hard = resource.getrlimit(limit)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (least, least))
    answer: list[Sheet] | Unopened
    try:
        answer = opened(sys.stdin.buffer.read())
    except Unopened as fault:
        answer = fault
    sys.stdout.buffer.write(json.dumps(answer, default=vars).encode())


if __name__ == "__main__":
    main()
