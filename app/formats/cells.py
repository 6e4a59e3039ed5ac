"""The cells of a workbook, XLSX or ODS, as whoever opens it sees them, and what a reader must know.

Run as a script, it is a process of its own with little memory and time: a workbook on its input,
`opened` as JSON on its output. Whatever it unpacks to costs that process, and no other. So it
knows the standard library alone.
"""

import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring, iterparse

MOST_ROWS, MOST_COLUMNS, MOST_SHEETS, MOST_TEXTS = 50_000, 200, 50, 500_000
MOST_MEMORY, MOST_ANSWERED, SECONDS = 512 * 2**20, 64 * 2**20, 20
THIN = 1  # point, or width of a digit
LIMITS = (
    (resource.RLIMIT_AS, MOST_MEMORY),
    (resource.RLIMIT_CPU, SECONDS),
    (resource.RLIMIT_FSIZE, MOST_ANSWERED),
    (resource.RLIMIT_CORE, 0),
)
"""Of the process that reads a workbook."""

XLSX, ODS = "xlsx", "ods"
ERROR, UNCOMPUTED, STRUCK = "cell-in-error", "never-computed", "struck-through"
HIDDEN_ROW, HIDDEN_COLUMN, HIDDEN_CELL = "hidden-row", "hidden-column", "hidden-cell"

Mark = tuple[str, int | None, int | None]
"""The code of a finding, its row (from 1) and its column (from 0): of a cell, a row or a column."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is shown, and the codes of what is to be known of it."""

    text: str
    marks: Collection[str] = ()


EMPTY = Cell("")
UNSEEN = str.maketrans(dict.fromkeys("\u00ad\u200b\u2060\ufeff"))


def is_blank(text: str) -> bool:
    """Whether nothing of a text is seen."""
    return not text.translate(UNSEEN).strip()


@dataclass(slots=True)
class Sheet:
    """A sheet: its rows by number, what is to be known of them, and whether it is hidden.

    `merged` cells are (first row, first column, last row, last column); `fault` ended the reading.
    """

    name: str
    hidden: bool = False
    rows: dict[int, list[str]] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    fault: dict[str, Any] | None = None

    def put(self, number: int, cells: Sequence[Cell], *, hidden: bool) -> None:
        """Add a row, unless it is blank or beyond the limits."""
        texts = [cell.text for cell in cells]
        while texts and is_blank(texts[-1]) and not cells[len(texts) - 1].marks:
            texts.pop()
        if len(texts) > MOST_COLUMNS:
            facts = {"most": MOST_COLUMNS, "n": len(texts)}
            self.fault = self.fault or {"code": "too-many-columns", "row": number, "facts": facts}
        elif texts and number > MOST_ROWS:
            self.fault = {"code": "too-many-rows", "row": number, "facts": {"most": MOST_ROWS}}
        elif texts:
            self.rows[number] = texts
            self.marks += [(HIDDEN_ROW, number, None)] * hidden
            for place, cell in enumerate(cells):
                self.marks += [(code, number, place) for code in cell.marks]

    def fill(self) -> None:
        """A cell over several rows says the same of each; what it covers beside it is not seen."""
        for first, left, last, right in self.merged:
            shown = [*self.rows.get(first, ())[left : left + 1], ""][0]
            for number in range(first, last + 1):
                if number in self.rows:
                    row = self.rows[number]
                    row += [""] * (left + 1 - len(row))
                    row[left : right + 1] = [shown, *("" for _ in row[left + 1 : right + 1])]


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _elements(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, str, Element]]:
    """(event, name, element) of a part, in order; of rows and texts only the last is kept."""
    above: list[Element] = []
    with archive.open(name) as part:
        for event, element in iterparse(part, ("start", "end")):
            tag = _local(element.tag)
            if event == "start":
                above.append(element)
            yield event, tag, element
            if event == "end":
                above.pop()
                if above and tag in ("row", "si", "table-row"):
                    del above[-1][:]


def _within(root: Element, name: str) -> Iterator[Element]:
    """What is in the elements of that name right under an element."""
    for element in root:
        if _local(element.tag) == name:
            yield from element


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
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")


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
    literals = [(match.start(), match[1]) for match in re.finditer('"([^"]*)"', shown)]
    before = "".join(words for at, words in literals if at < signs[0])
    after = "".join(words for at, words in literals if at > signs[-1])
    return (before, after) if _TELLS.search(before + after) else ("", "")


def _place(reference: str) -> tuple[int, int]:
    """(row from 1, column from 0) of a reference such as D2."""
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise ValueError(reference)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column - 1


def _is_on(element: Element, name: str) -> bool:
    return element.get(name, "0") in ("1", "true", "on")


def _rich(element: Element) -> Cell:
    """A text with its runs, without how it is pronounced; struck if any run that shows is."""
    texts, struck = [], False
    for part in element:
        if _local(part.tag) == "t":
            texts.append(part.text or "")
        elif _local(part.tag) == "r":
            run = "".join(each.text or "" for each in part if _local(each.tag) == "t")
            struck = struck or bool(run.strip() and any(map(_strikes, _within(part, "rPr"))))
            texts.append(run)
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), "".join(texts))
    return Cell(text, (STRUCK,) if struck else ())


def _strikes(element: Element) -> bool:
    return _local(element.tag) == "strike" and element.get("val", "1") not in ("0", "false")


def _whitens(element: Element) -> bool:
    white = element.get("rgb", "")[2:].upper() == "FFFFFF" or element.get("theme") == "0"
    return white and _local(element.tag) == "color"


class _Book:
    """A workbook in XLSX: what its sheets share, and its sheets."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.parts = {name.lower(): name for name in archive.namelist()}
        book = fromstring(archive.read("xl/workbook.xml"))
        heads = {_local(element.tag): element for element in book}
        nothing = Element("")
        self.since_1904 = _is_on(heads.get("workbookPr", nothing), "date1904")
        # Who writes formulas without their values asks for this, and puts 0 in their place.
        self.recomputed = _is_on(heads.get("calcPr", nothing), "fullCalcOnLoad")
        self.sheets = list(_within(book, "sheets"))
        self.related: dict[str, tuple[str, str]] = {}
        for element in fromstring(archive.read("xl/_rels/workbook.xml.rels")):
            target = element.get("Target", "")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            self.related[element.get("Id", "")] = element.get("Type", "").rpartition("/")[2], path
        self.styles = [*self._styles()]
        self.texts = [*self._texts()]

    def _shared(self, kind: str) -> str | None:
        paths = [path for of, path in self.related.values() if of == kind]
        return self.parts.get(paths[0].lower()) if paths else None

    def _styles(self) -> Iterator[tuple[frozenset[str], bool, tuple[str, str], tuple[bool, ...]]]:
        """Of each style: the parts of a day that it shows, whether it strikes, words, blanks."""
        path = self._shared("styles")
        root = fromstring(self.archive.read(path)) if path else Element("styleSheet")
        codes = {int(each.get("numFmtId", 0)): each for each in _within(root, "numFmts")}
        fonts = list(_within(root, "fonts"))
        struck, white = ([any(map(does, font)) for font in fonts] for does in (_strikes, _whitens))
        bare = [all(p.get("patternType") == "none" for p in f) for f in _within(root, "fills")]
        above = list(_within(root, "cellStyleXfs"))
        for style in _within(root, "cellXfs"):
            origin = int(style.get("xfId", 0))
            parent = above[origin] if origin < len(above) else style
            number = int(style.get("numFmtId", parent.get("numFmtId", 0)))
            font = int(style.get("fontId", parent.get("fontId", 0)))
            code = codes[number].get("formatCode", "") if number in codes else ""
            parts = parts_of(code or _BUILT_IN.get(number, ""))
            strikes = font < len(struck) and struck[font]
            fill = int(style.get("fillId", parent.get("fillId", 0)))
            unseen = any(white[font : font + 1]) and all(bare[fill : fill + 1])
            yield parts, strikes, around(code, parts), blanks(";;;" if unseen else code)

    def _texts(self) -> Iterator[Cell]:
        path = self._shared("sharedStrings")
        elements = _elements(self.archive, path) if path else ()
        texts = (element for event, tag, element in elements if (event, tag) == ("end", "si"))
        for number, element in enumerate(texts):
            if number == MOST_TEXTS:
                raise MemoryError
            yield _rich(element)

    def read(self) -> Iterator[Sheet]:
        for element in self.sheets:
            known = [value for name, value in element.items() if _local(name) == "id"]
            kind, path = self.related.get(known[0] if known else "", ("", ""))
            if kind == "worksheet":
                sheet = Sheet(element.get("name", ""), element.get("state", "visible") != "visible")
                self._read(sheet, self.parts[path.lower()])
                yield sheet

    def _read(self, sheet: Sheet, path: str) -> None:
        number, unseen = 0, False
        for event, tag, element in _elements(self.archive, path):
            if event == "start":
                flat = _is_on(element, "zeroHeight") or element.get("defaultRowHeight") == "0"
                unseen = unseen or (tag == "sheetFormatPr" and flat)
            elif tag == "col":
                if _is_on(element, "hidden") or float(element.get("width", 9)) < THIN:
                    first, last = int(element.get("min", 1)), int(element.get("max", 1))
                    places = range(first - 1, min(last, MOST_COLUMNS))
                    sheet.marks += [(HIDDEN_COLUMN, None, place) for place in places]
            elif tag == "row":
                number, before = int(element.get("r", number + 1)), number
                if number <= before:
                    raise ValueError(number)
                height = element.get("ht")
                flat = float(height) < THIN if height else unseen
                sheet.put(number, self._cells(element), hidden=flat or _is_on(element, "hidden"))
                if sheet.fault:
                    break
            elif tag == "mergeCell":
                above, _, below = element.get("ref", "").partition(":")
                sheet.merged.append((*_place(above), *_place(below or above)))

    def _cells(self, row: Element) -> list[Cell]:
        cells: list[Cell] = []
        for element in row:
            if _local(element.tag) == "c":
                reference = element.get("r")
                place = _place(reference)[1] if reference else len(cells)
                if place < len(cells):
                    raise ValueError(reference)
                cells += [EMPTY] * (place - len(cells))
                cells.append(self._cell(element))
        return cells

    def _cell(self, element: Element) -> Cell:
        kind = element.get("t", "n")
        inner = {_local(part.tag): part for part in element}
        value = (inner["v"].text or "") if "v" in inner else None
        style = int(element.get("s", 0))
        known = self.styles[style : style + 1] or [(frozenset[str](), False, ("", ""), blanks(""))]
        ((parts, struck, (before, after), blank),) = known
        if kind == "e":
            return Cell("", (ERROR,))
        if "f" in inner and (
            value is None or (not value and kind != "str") or (self.recomputed and value == "0")
        ):
            return Cell("", (UNCOMPUTED,))
        if kind == "inlineStr":
            cell = _rich(inner["is"]) if "is" in inner else EMPTY
        elif kind == "s":
            cell = self.texts[int(value)] if value else EMPTY
        else:
            spelled = self._spelled(kind, value or "", parts)
            numeric = spelled and kind in ("n", "d")
            cell = Cell(f"{before}{spelled}{after}" if numeric else spelled)
        number = float(value or 0) if kind == "n" else 1
        section = 3 if kind not in ("n", "d") else (number < 0) + 2 * (number == 0)
        if blank[section] and cell.text.strip():
            return Cell("", (HIDDEN_CELL,))
        return Cell(cell.text, (STRUCK,)) if struck and cell.text.strip() else cell

    def _spelled(self, kind: str, value: str, parts: Collection[str]) -> str:
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind == "d":
            return as_shown(date.fromisoformat(value[:10]), parts or (DAY, MONTH, YEAR))
        if kind == "str" or not value:
            return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
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


def _attributes(element: Element) -> dict[str, str]:
    """Attributes by their own names; `kind` is the type of value that LibreOffice adds."""
    return {
        "kind" if "calcext" in name and name.endswith("}value-type") else _local(name): value
        for name, value in element.items()
    }


def _times(own: Mapping[str, str], name: str) -> int:
    return max(int(own.get(name, 1)), 1)


def _learn(styles: Styles, tag: str, element: Element) -> None:
    """Keeps what a style or a format of days says."""
    own = _attributes(element)
    if tag == "date-style":
        styles["data", own.get("name", "")] = {_local(part.tag): "" for part in element}
    elif tag in ("style", "default-style"):
        within = {name: value for part in element for name, value in _attributes(part).items()}
        styles[own.get("family", ""), own.get("name", "")] = within | own


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
        for event, tag, element in _elements(archive, part) if part in archive.namelist() else ():
            if tag == "table":
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    table = _Table(styles, _attributes(element))
                elif table and depth == 0:
                    yield table.sheet
                    table = None
            elif table and depth == 1:
                table.take(event, tag, element)
            elif event == "end":
                _learn(styles, tag, element)


class _Table:
    """A sheet of an ODS while it is read, row by row."""

    def __init__(self, styles: Styles, own: Mapping[str, str]) -> None:
        self.styles = styles
        hidden = _styled(styles, "table", own.get("style-name", ""), "display") == "false"
        self.sheet = Sheet(own.get("name", ""), hidden=hidden)
        self.columns: list[str] = []
        self.number, self.folds = 1, 0

    def take(self, event: str, tag: str, element: Element) -> None:
        """One more event; after a fault, none."""
        if tag in _FOLDS and _attributes(element).get("display") == "false":
            self.folds += 1 if event == "start" else -1
        elif event == "end" and tag == "table-column":
            self._column(_attributes(element))
        elif event == "end" and tag == "table-row" and not self.sheet.fault:
            self._row(element, _attributes(element))

    def _hides(self, own: Mapping[str, str], of: str, size: str) -> bool:
        """Whether a row or a column is not seen, or is too thin to be."""
        spelt = _styled(self.styles, f"table-{of}", own.get("style-name", ""), f"{of}-{size}")
        thin = re.match(r"0(\.0\d*)?[a-z]", spelt)
        return bool(thin or self.folds) or own.get("visibility", "visible") != "visible"

    def _column(self, own: Mapping[str, str]) -> None:
        first = len(self.columns)
        some = min(_times(own, "number-columns-repeated"), MOST_COLUMNS - first)
        self.columns += [own.get("default-cell-style-name", "")] * some
        if self._hides(own, "column", "width"):
            places = range(first, len(self.columns))
            self.sheet.marks += [(HIDDEN_COLUMN, None, place) for place in places]

    def _row(self, element: Element, own: Mapping[str, str]) -> None:
        cells: list[Cell] = []
        for part in element:
            if _local(part.tag) in ("table-cell", "covered-table-cell"):
                cells += self._cell(part, len(cells), own.get("default-cell-style-name", ""))
        again = _times(own, "number-rows-repeated")
        if any(cell.marks or not is_blank(cell.text) for cell in cells):
            hidden = self._hides(own, "row", "height")
            for number in range(self.number, min(self.number + again, MOST_ROWS + 2)):
                self.sheet.put(number, cells, hidden=hidden)
        self.number += again

    def _cell(self, element: Element, place: int, of_row: str) -> list[Cell]:
        own = _attributes(element)
        down, across = (_times(own, f"number-{of}-spanned") for of in ("rows", "columns"))
        if down > 1 or across > 1:
            last = self.number + down - 1, place + across - 1
            self.sheet.merged.append((self.number, place, *last))
        of_column = self.columns[place] if place < len(self.columns) else ""
        style = own.get("style-name") or of_row or of_column
        cell = self._read(element, own, style) if _local(element.tag) == "table-cell" else EMPTY
        return [cell] * min(_times(own, "number-columns-repeated"), MOST_COLUMNS + 1)

    def _read(self, element: Element, own: Mapping[str, str], style: str) -> Cell:
        lines = [part for part in element if _local(part.tag) == "p"]
        text = "\n".join("".join(_letters(line)) for line in lines)
        kind, formula = own.get("value-type"), "formula" in own
        value = own.get(f"{kind}-value", own.get("value"))
        if own.get("kind") == "error" or (formula and re.match(r"#|Err:\d", text)):
            return Cell("", (ERROR,))
        if formula and value is None and not text:
            return Cell("", (UNCOMPUTED,))
        colour, ground = (_styled(self.styles, "table-cell", style, name) for name in _COLOURS)
        white = colour.lower() == "#ffffff" and ground.lower() in _BARE
        if lines and (value if is_blank(text) else white):
            return Cell("", (HIDDEN_CELL,))
        if kind == "date" and value:
            text = self._day(value, style, text)
        elif kind in ("float", "percentage", "currency") and value:
            spelled = _TELLS.search(re.sub(r"[\d\W]", "", text)) or _PERIOD.match(text)
            text = text if spelled else _number(float(value))
        elif value and not (kind != "string" and text):
            text = value
        spans = [span for line in lines for span in line.iter() if _local(span.tag) == "span"]
        looks = [("table-cell", style)]
        looks += [("text", _attributes(span).get("style-name", "")) for span in spans]
        struck = any(_styled(self.styles, *look, *_STRIKES) not in ("", "none") for look in looks)
        return Cell(text, (STRUCK,) if struck and text.strip() else ())

    def _day(self, value: str, style: str, shown: str) -> str:
        """A day as far as the format of its style shows it, and no further than what is seen."""
        data, day = _styled(self.styles, "table-cell", style, "data-style-name"), value[:10]
        parts = {*self.styles.get(("data", data), {}).keys() & {DAY, MONTH, QUARTER, YEAR}}
        parts = parts or {DAY, MONTH, YEAR}
        if shown and DAY in parts and not _names_day(shown, int(day[8:]), YEAR in parts):
            parts -= {DAY}
        words = shown.replace(day[:4], "")
        if shown and not parts & {DAY, MONTH, QUARTER} and _TELLS.search(words):
            return shown
        return as_shown(date.fromisoformat(day), parts)


def _names_day(shown: str, day: int, year: bool) -> bool:
    """Whether a day that is seen has its number: beside a month in figures or words, and a year."""
    numbers = re.findall(r"\d+", shown)
    others = year + (not re.search(r"[^\W\d_]", shown))
    return len(numbers) > others and day in map(int, numbers)


def _letters(element: Element) -> Iterator[str]:
    """The text of a paragraph as it is seen."""
    tag = _local(element.tag)
    if tag == "s":
        yield " " * min(_times(_attributes(element), "c"), 1000)
    elif tag in ("tab", "line-break"):
        yield "\t" if tag == "tab" else "\n"
    yield element.text or ""
    for part in element:
        if _local(part.tag) not in _UNREAD:
            yield from _letters(part)
        yield part.tail or ""


def opened(data: bytes) -> dict[str, Any]:
    """The format and the sheets, as JSON; or the code of what is wrong."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.namelist()
        form = XLSX if "xl/workbook.xml" in parts else ODS
        if form == ODS and "content.xml" not in parts:
            return {"code": "unknown-format"}
        locked = any(entry.flag_bits & 1 for entry in archive.infolist())
        manifest = "META-INF/manifest.xml"
        if locked or (form == ODS and b"encryption-data" in archive.read(manifest)):
            return {"code": "encrypted"}
        sheets: list[dict[str, Any]] = []
        for sheet in _Book(archive).read() if form == XLSX else _document(archive):
            if len(sheets) == MOST_SHEETS:
                return {"code": "too-many-sheets", "facts": {"most": MOST_SHEETS}}
            sheet.fill()
            answer = {name: getattr(sheet, name) for name in ("name", "hidden", "marks", "fault")}
            sheets.append({**answer, "rows": [*sheet.rows.items()]})
    except (ArithmeticError, LookupError, ParseError, ValueError, zipfile.BadZipFile, zlib.error):
        return {"code": "damaged"}
    return {"format": form, "sheets": sheets}


def confine(limits: Iterable[tuple[int, int]]) -> None:
    """Put this process within limits, or within those that it is in already, if they are lower."""
    for limit, most in limits:
        _, hard = resource.getrlimit(limit)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (least, least))


def main() -> None:
    """The process that reads: a workbook on its input, `opened` on its output, within limits."""
    confine(LIMITS)
    sys.stdout.buffer.write(json.dumps(opened(sys.stdin.buffer.read())).encode())


if __name__ == "__main__":
    main()
