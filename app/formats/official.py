"""The official table, annex 4 of the roadmap, out and in: its headings, its words, its quarters.

Knows how a table is typeset, cut and misspelt, and what its words mean; not what the register has.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from app.domain import beside, comparison, periods, values
from app.domain.commitments import Commitment
from app.domain.comparison import Finding, Table
from app.domain.context import Context
from app.domain.errors import Unfit
from app.domain.matching import Line
from app.domain.periods import Period, parse, quarter_of
from app.domain.references import BEFORE
from app.domain.states import STATES
from app.domain.values import folded, near
from app.formats import cells as workbooks
from app.formats import sheets
from app.formats.document import Document
from app.formats.language import say
from app.formats.table import Row, Sheet, risky

_TEXTS = beside(__file__)
_LABELS = {key: say("fr", state.label) for key, state in STATES.items()}
_WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    comparison.TYPE: _TEXTS["types"],
    comparison.ANNOUNCED_AS: _TEXTS["announcements"],
    comparison.STATE: {
        key: (label, *_TEXTS["states"].get(key, ())) for key, label in _LABELS.items()
    },
}
"""The words of a column by their key: what is written first, then how else it is spelt."""
_WRITTEN = {
    column: [spelt[0] for key, spelt in known.items() if key != "action"]
    for column, known in _WORDS.items()
}
"""What a column may hold. The table has no actions."""

LOOK_FOR_HEADINGS = 60
LONGEST = 300


# Out


def sheet(entries: Iterable[Commitment]) -> Sheet:
    """The official table of these entries, in their order, as the annex has it."""
    return Sheet(
        "Annexe 4", comparison.HEADINGS, map(row, entries), (80, 14, 22, 14, 22), newline="\n"
    )


def union(entries: Iterable[Commitment], context: Context) -> Sheet:
    """The table of the State: the official tables of all ministries as one, each row with its."""
    made = sheet(())
    rows = ((*row(entry), _ministry(entry, context)) for entry in entries)
    header = (*made.header, comparison.MINISTRY)
    return replace(made, name="Union", header=header, rows=rows, widths=(*made.widths, 40))


def _ministry(entry: Commitment, context: Context) -> str:
    """Whose plan it is; who promises, where nobody has stated the programme."""
    known = context.programmes.get(entry.programme, BEFORE)
    ministry = entry.steward if known is BEFORE else known.ministry
    return context.name_of(ministry or "").within("fr")


def schema() -> Document:
    """The Table Schema of the table of the State."""
    return {
        "name": "ouvertures-union",
        "title": "Openings that ministries announced",
        "description": "The annexes of their roadmaps as one table, with the ministry of each row.",
        "fields": [
            {
                "name": heading,
                "type": "string",
                "constraints": {
                    "required": heading != comparison.ANNOUNCED_AS,
                    **({"enum": _WRITTEN[heading]} if heading in _WRITTEN else {}),
                },
            }
            for heading in (*comparison.HEADINGS, comparison.MINISTRY)
        ],
        "missingValues": [""],
    }


def row(entry: Commitment) -> Row:
    """An entry in the words of the annex. Its deadline is the quarter of its last day."""
    due = quarter_of(entry.deadline.period.end).label if entry.deadline else "NA"
    return (
        entry.described.title.within("fr"),
        _WORDS[comparison.TYPE][entry.type][0],
        _WORDS[comparison.ANNOUNCED_AS].get(entry.announcement or "", [""])[0],
        due,
        _LABELS[entry.state],
    )


# In: what headings and words are known by, once only their letters are left.

_COLUMNS = {
    getattr(comparison, name.upper()): pattern for name, pattern in _TEXTS["columns"].items()
}
_KEYS = {
    column: {folded(word): key for key, spelt in words.items() for word in spelt if key != "action"}
    for column, words in _WORDS.items()
}
"""The keys of a column by the letters of its words."""

_BROKEN_WORD = re.compile(r"(?<=\w)-[^\S\n]*\n\s*(?=\w)")
_ODD = re.compile("[\n\r\v\f\u2028\u2029\u00ad\u200b\u2060\ufeff]")
_BREAKS = str.maketrans({"\r": "\n", "\v": "\n", "\f": "\n", "\u2028": "\n", "\u2029": "\n"})


def read(data: bytes, charset: str | None = None) -> Table:
    """The table of a file, and everything that is wrong with it."""
    best, closest, first, table = -1, None, None, None
    findings, beside = [_no_headings()], dict[str, Finding]()
    try:
        for grid in sheets.tables(data, charset):
            first = first or grid
            place, columns = _headings(grid)
            astray = _astray(columns, place)
            if not (table or astray or grid.hidden):
                table = _table(grid, place, columns)
                if grid.name is None:
                    break
            elif grid.name is not None and (not astray or any(map(_is_line, grid.rows))):
                beside[grid.name] = _unread_sheet(grid)
            if astray and not grid.hidden and len(columns) > best:
                best, closest, findings = len(columns), grid.name, astray
    except workbooks.Unopened as fault:
        return Table(findings=(_unopened(fault),))
    if table:
        return replace(table, findings=(*table.findings, *beside.values()))
    if first and first.fault:
        findings = [_unopened(first.fault)]
    findings += (finding for sheet, finding in beside.items() if sheet != closest)
    return Table(format=first.format if first else None, findings=tuple(findings))


Columns = Mapping[str, Sequence[int]]
"""The places of each known heading."""


def _headings(grid: workbooks.Sheet) -> tuple[int, Columns]:
    """(the row number of the headings, where each is): the row that has the most of them."""
    best: tuple[int, Columns] = 0, {}
    for number, cells in enumerate(grid.rows[:LOOK_FOR_HEADINGS], start=1):
        columns: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            letters = _letters(cell)
            for name, pattern in _COLUMNS.items():
                if re.fullmatch(pattern, letters):
                    columns.setdefault(name, []).append(place)
        if len(columns) > len(best[1]):
            best = number, columns
    return best


def _astray(columns: Columns, row: int) -> list[Finding]:
    """Headings that are not there, or there twice. One heading alone is no table."""
    if len(columns) < 2:
        return [_no_headings()]
    missing = (name for name in comparison.HEADINGS if name not in columns)
    repeated = (name for name, places in columns.items() if len(places) > 1)
    return [
        Finding.of(code, row, name, name=name)
        for code, names in (("missing-heading", missing), ("repeated-heading", repeated))
        for name in names
    ]


def _is_line(cells: Sequence[str]) -> bool:
    """Whether a row says what rows of the table say, in two of its columns at least."""
    letters = {_letters(cell) for cell in cells}
    return sum(not letters.isdisjoint(words) for words in _KEYS.values()) > 1


def _no_headings() -> Finding:
    return Finding.of("no-headings", headings=comparison.HEADINGS)


def _unopened(fault: workbooks.Unopened) -> Finding:
    facts: Mapping[str, Any] = fault.facts
    return Finding.of(fault.code, fault.row, **facts)


def _unread_sheet(grid: workbooks.Sheet) -> Finding:
    sentence = "The sheet “{name}”, which is hidden, has rows of a table, and is not read."
    closer = sentence if grid.hidden else ""
    return Finding.of("other-sheet", sentence=closer, name=_shown(grid.name or ""))


def _table(grid: workbooks.Sheet, heading_row: int, columns: Columns) -> Table:
    """The lines of a grid whose headings are known."""
    places = {name: where[0] for name, where in columns.items()}
    marks = list(_marked(grid, heading_row, places))
    findings = [*_unread(grid, heading_row, places), *marks]
    marked = defaultdict[int | None, set[str | None]](set)
    for mark in marks:
        marked[mark.row].add(mark.column)
    lines, unread, rank = list[Line](), dict[int, str](), 0
    for number, cells in enumerate(grid.rows[heading_row:], start=heading_row + 1):
        texts = {name: _cell(cells, place) for name, place in places.items()}
        if not any(texts.values()) or _repeats_headings(texts):
            continue
        rank += 1
        reader = _Reader(texts, number, marked[number], guarded=grid.delimiter is not None)
        if line := reader.line(rank):
            lines.append(line)
        elif ministry := texts.get(comparison.MINISTRY):
            unread[number] = ministry
        findings += reader.findings
        # To look for near words in all of them is dear.
        if rank - len(lines) > comparison.MOST_FAULTS:
            findings.append(Finding.of("too-many-faults", most=comparison.MOST_FAULTS))
            break
    if not rank:
        findings.append(Finding.of("no-rows"))
    if grid.fault:
        findings.append(_unopened(grid.fault))
    return Table(
        format=grid.format,
        encoding=grid.encoding,
        delimiter=grid.delimiter,
        sheet=grid.name,
        heading_row=heading_row,
        rows=rank,
        lines=tuple(lines),
        unread=unread,
        findings=tuple(findings),
    )


def _marked(
    grid: workbooks.Sheet, heading_row: int, places: Mapping[str, int]
) -> Iterator[Finding]:
    """What a workbook hides, strikes through or never computed, in the rows of the table."""
    names = {place: name for name, place in places.items()}
    headings = grid.rows[heading_row - 1]
    unsaid = (workbooks.ERROR, workbooks.UNCOMPUTED)
    for code, row, place in grid.marks:
        column = None if place is None else names.get(place)
        if column is None and place is not None:
            if code not in unsaid:
                continue  # it is not read
            column = _shown(_cell(headings, place)) or str(place + 1)
        if row is None or row > heading_row:
            yield Finding.of(code, heading_row if row is None else row, column)


_folded = lru_cache(4096)(folded)


def _letters(text: str) -> str:
    """A cell by its letters: the same few words come in every row."""
    return _folded(text[:LONGEST])


def _repeats_headings(texts: Mapping[str, str]) -> bool:
    """Whether a row is the headings once more, as where pages or tables were put together."""
    return all(
        re.fullmatch(_COLUMNS[name], _letters(texts[name]))
        for name in (comparison.STATE, comparison.TYPE, comparison.TITLE)
    )


def _unread(
    grid: workbooks.Sheet, heading_row: int, places: Mapping[str, int]
) -> Iterator[Finding]:
    """What was guessed, and the columns that are not read."""
    if grid.guessed:
        yield Finding.of("read-as-windows-1252")
    headings, rows = grid.rows[heading_row - 1], grid.rows[heading_row:]
    width = max(map(len, (headings, *rows)))
    for place in sorted({*range(width)} - set(places.values())):
        name = _cell(headings, place)
        filled = (n for n, cells in enumerate(rows, heading_row + 1) if _cell(cells, place))
        if row := heading_row if name else next(filled, None):
            sentence = "The column number {number}, without a heading, is not read."
            facts = {"name": _shown(name), "number": place + 1}
            closer = "" if name else sentence
            yield Finding.of("ignored-column", row, facts["name"] or None, sentence=closer, **facts)


def _cell(cells: Sequence[str], place: int) -> str:
    """A cell in one line: its line breaks, and what is not seen, do not count."""
    text = cells[place] if place < len(cells) else ""
    if _ODD.search(text):
        text = _BROKEN_WORD.sub("-", text.translate(_BREAKS).translate(workbooks.UNSEEN))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _shown(text: str) -> str:
    """The beginning of a cell, safe to show wherever a finding is shown."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:60])


_parsed = lru_cache(1024)(parse)
_IN_ERROR = re.compile(r"#(N/?[ADV]|[¡¿]?[A-ZÀ-Þ/0_ ]+[!?]|#+)|(Err|Erreur) ?:\d{3}")
"""What spreadsheets write, in any language, in the place of a value that they cannot show."""
_SECOND = bytes(range(0x80, 0xC0)).decode("cp1252", "replace")
_LOST = re.compile(
    rf"(?<=[^\W\d_])[?¿](?=[^\W\d_])|[ÂÃÅâ][\x80-\xbf{_SECOND}]|ï¿½"
    r"|(?<=[^\W\d_])[\u201aÀ-ÖØ-Þ](?=[a-zà-ÿ])|&#?\w{2,8};|\\u[0-9A-Fa-f]{4}"
)
"""A question mark between letters; UTF-8 or others that were read in another charset; escapes."""


class _Reader:
    """One row, cell by cell; each fault is a finding, and the rest is read on."""

    def __init__(
        self, texts: Mapping[str, str], row: int, marked: Collection[str | None], *, guarded: bool
    ) -> None:
        self.texts, self.row, self.marked, self.guarded = texts, row, marked, guarded
        self.findings: list[Finding] = []

    def line(self, rank: int) -> Line | None:
        """The line, unless a cell of it cannot be read."""
        title = self._title()
        kind = self._word(comparison.TYPE, "unknown-type", needed=True)
        announcement = self._word(comparison.ANNOUNCED_AS, "unknown-announcement")
        state = self._word(comparison.STATE, "unknown-state")
        due = self._period()
        ministry = self._text(comparison.MINISTRY) if comparison.MINISTRY in self.texts else None
        if self.marked or any(finding.severity == "error" for finding in self.findings):
            return None
        return Line(
            row=self.row,
            rank=rank,
            title=title,
            type=kind or "",
            announcement=announcement,
            deadline=due,
            dated=bool(self.texts[comparison.DUE]),
            state=state,
            label=self.texts[comparison.STATE],
            ministry=ministry,
        )

    def _find(self, code: str, column: str, **facts: Any) -> None:
        if column not in self.marked:
            self.findings.append(Finding.of(code, self.row, column, **facts))

    def _title(self) -> str:
        title = self._text(comparison.TITLE)
        if self.guarded and title.startswith("'") and risky(title[1:]):
            title = title[1:].strip()  # the apostrophe that keeps a spreadsheet from running it
        if not title:
            self._find("empty-cell", comparison.TITLE, sentence="The row has no title.")
        return title

    def _text(self, column: str) -> str:
        """A cell that is kept as it is written."""
        text = self.texts[column]
        if _IN_ERROR.fullmatch(text):
            self._find(workbooks.ERROR, column)
            return ""
        if _LOST.search(text):
            self._find("letters-lost", column, text=_shown(text))
        if len(text) > LONGEST:
            self._find("too-long", column, n=len(text), most=LONGEST)
        elif text:
            try:  # what the API refuses of a text, an import refuses too
                values.line(text, LONGEST)
            except Unfit as fault:
                self._find("unprintable", column, sentence=fault.sentence, **fault.facts)
        return text

    def _word(self, column: str, code: str, *, needed: bool = False) -> str | None:
        """The key of a cell that has one of the words known, however it is typeset."""
        text, known = self._text(column), _KEYS[column]
        if not text:
            if needed:
                self._find("empty-cell", column)
            return None
        key = known.get(_letters(text))
        if key is None:
            guess = near(_letters(text), known)
            sentence = "There is no “{word}”. Known: {known}."
            if guess:
                sentence = "There is no “{word}”. Did you mean “{near}”?"
            facts = {"known": _WRITTEN[column], "word": _shown(text)}
            spelt = _WORDS[column][known[guess]][0] if guess else ""
            self._find(code, column, sentence=sentence, near=spelt, **facts)
        return key

    def _period(self) -> Period | None:
        text = self._text(comparison.DUE)
        try:
            period = _parsed(text) if text else None
        except periods.Unreadable as fault:
            self._find("unknown-period", comparison.DUE, sentence=fault.sentence, **fault.facts)
            return None
        if period and period.precision == "day" and period.start.day == 1:
            self._find("first-of-month", comparison.DUE, day=period.start)
        return period
