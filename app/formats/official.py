"""The official table, annex 4 of the roadmap, out and in: its headings, its words, its quarters.

Knows how a table is typeset, cut and misspelt, and what its words mean; not what is held of it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from app.domain import periods, values
from app.domain.commitments import Commitment
from app.domain.comparison import (
    ANNOUNCED_AS,
    DUE,
    HEADINGS,
    MINISTRY,
    STATE,
    TITLE,
    TYPE,
    Finding,
    Table,
)
from app.domain.errors import Unfit
from app.domain.matching import Line, folded
from app.domain.periods import Period, parse, quarter_of
from app.domain.states import STATES
from app.domain.values import near
from app.formats.language import say
from app.formats.sheets import Grid, grids
from app.formats.sheets import Unfit as Unopened
from app.formats.table import Row, Sheet, risky

TYPES = {
    "dataset": "Données",
    "api": "API",
    "source_code": "Code source",
    "action": "Action",
}
STATE_LABELS = {key: say("fr", state.label) for key, state in STATES.items()}
ANNOUNCEMENTS = {"new": "Nouvelle ouverture", "continued": "Poursuite d'une ouverture"}
LOOK_FOR_HEADINGS = 60
LONGEST = 300

_NAME = "Annexe 4"
_WIDTHS = (80, 14, 22, 14, 22)


# Out


def sheet(entries: Iterable[Commitment]) -> Sheet:
    """The official table of these entries, in their order, as the annex has it."""
    return Sheet(_NAME, HEADINGS, map(row, entries), widths=_WIDTHS, newline="\n")


def row(entry: Commitment) -> Row:
    """An entry in the words of the annex. Its deadline is the quarter of its last day."""
    due = quarter_of(entry.deadline.period.end).label if entry.deadline else "NA"
    return (
        entry.described.title.within("fr"),
        TYPES[entry.type],
        ANNOUNCEMENTS.get(entry.announcement or "", ""),
        due,
        STATE_LABELS[entry.state],
    )


# In: what headings and words are known by, once only their letters are left.

_COLUMNS = {
    TITLE: r"donnees?apis?(ou|et)?codes?sources?concernee?s?",
    TYPE: r"donnees?apis?(ou|et)?codes?sources?",
    ANNOUNCED_AS: r"typed?annonces?(nouvelles?ouvertures?(ou)?poursuited?uneouverture)?",
    DUE: r"echeances?(annoncees?)?(parles?ministeres?)?",
    STATE: r"etatd?avancement",
    MINISTRY: r"ministeres?(detutelle|concernes?|porteurs?|responsables?)?",
}
_TYPE_WORDS = {
    "dataset": ("Donnée", "Données", "Jeu de données", "Jeux de données", "Base de données"),
    "api": ("API", "APIs"),
    "source_code": ("Code source", "Codes source", "Codes sources", "Code"),
}
_ANNOUNCEMENT_WORDS = {
    "new": ("Nouvelle ouverture", "Nouvelles ouvertures", "Nouvelle", "Nouveau"),
    "continued": ("Poursuite d'une ouverture", "Poursuite d'ouverture", "Poursuite"),
}
_STATE_WORDS = {
    "not_available": ("Ouverture demandée",),
    "planned": ("Planifiée", "Planifiés", "Planifiées", "Ouverture à enclencher"),
    "in_progress": ("En cours d'ouverture",),
    "partially_available": ("Disponibilité partielle",),
    "available": (
        *("Disponible sur data.gouv.fr", "Ouverture réalisée", "Déjà réalisé", "Réalisé"),
        *("Réalisée", "Déjà réalisée", "Disponibles"),
    ),
    "abandoned": ("Abandonnée",),
    "withdrawn": ("Retirée",),
}


def _known(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {folded(word): key for key, told in words.items() for word in told}


_TYPE_KEYS = _known(_TYPE_WORDS)
_ANNOUNCEMENT_KEYS = _known(_ANNOUNCEMENT_WORDS)
_STATE_KEYS = _known(
    {key: (label, *_STATE_WORDS.get(key, ())) for key, label in STATE_LABELS.items()}
)
_BROKEN_WORD = re.compile(r"(?<=\w)-[^\S\n]*\n\s*(?=\w)")
_ODD = re.compile("[\n\r\v\f\u2028\u2029\u00ad\u200b\u2060\ufeff]")
_BREAKS = str.maketrans({"\r": "\n", "\v": "\n", "\f": "\n", "\u2028": "\n", "\u2029": "\n"})
_UNSEEN = str.maketrans(dict.fromkeys("\u00ad\u200b\u2060\ufeff"))


def read(data: bytes) -> Table:
    """The table of a file, and everything that is wrong with it."""
    best: tuple[int, list[Finding]] = 0, []
    first: Grid | None = None
    try:
        for grid in grids(data):
            first = first or grid
            place, columns = _headings(grid)
            if not _astray(columns, place):
                return _table(grid, place, columns)
            if len(columns) > best[0]:
                best = len(columns), _astray(columns, place)
    except Unopened as unfit:
        return Table(findings=(_unfit(unfit),))
    if first and first.fault:
        return Table(format=first.format, findings=(_unfit(first.fault),))
    form = first.format if first else None
    return Table(format=form, findings=tuple(best[1]) or (_no_headings(),))


Columns = Mapping[str, Sequence[int]]
"""The places of each known heading."""


def _headings(grid: Grid) -> tuple[int, Columns]:
    """(the row number of the headings, where each is): the row that has the most of them."""
    found: tuple[int, dict[str, list[int]]] = 0, {}
    for number, cells in enumerate(grid.rows[:LOOK_FOR_HEADINGS], start=1):
        columns: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            letters = _letters(cell)
            for name, pattern in _COLUMNS.items():
                if re.fullmatch(pattern, letters):
                    columns.setdefault(name, []).append(place)
        if len(columns) > len(found[1]):
            found = number, columns
    return found


def _astray(columns: Columns, row: int) -> list[Finding]:
    """Headings that are not there, or there twice. One heading alone is no table."""
    if len(columns) < 2:
        return [_no_headings()]
    missing = [
        Finding("missing-heading", Unfit("There is no heading “{name}”.", name=name), row, name)
        for name in HEADINGS
        if name not in columns
    ]
    twice = [
        Finding(
            "repeated-heading", Unfit("The heading “{name}” is there twice.", name=name), row, name
        )
        for name, places in columns.items()
        if len(places) > 1
    ]
    return missing + twice


def _no_headings() -> Finding:
    sentence = "The table has the headings: {headings}."
    return Finding("no-headings", Unfit(sentence, headings="; ".join(HEADINGS)))


def _unfit(unfit: Unopened) -> Finding:
    return Finding(unfit.code, Unfit(unfit.words), unfit.row)


def _table(grid: Grid, heading_row: int, columns: Columns) -> Table:
    """The lines of a grid whose headings are known."""
    places = {name: where[0] for name, where in columns.items()}
    findings = list(_told(grid, heading_row, places))
    lines: list[Line] = []
    rank = 0
    for number, cells in enumerate(grid.rows[heading_row:], start=heading_row + 1):
        told = {name: _cell(cells, place) for name, place in places.items()}
        if any(told.values()) and not _repeats_headings(told):
            rank += 1
            reader = _Reader(told, number, guarded=grid.delimiter is not None)
            line = reader.line(rank)
            findings += reader.findings
            lines += [line] if line else []
    if not rank:
        findings.append(Finding("no-rows", Unfit("Nothing follows the headings.")))
    if grid.fault:
        findings.append(_unfit(grid.fault))
    return Table(
        format=grid.format,
        encoding=grid.encoding,
        delimiter=grid.delimiter,
        sheet=grid.sheet,
        heading_row=heading_row,
        rows=rank,
        lines=tuple(lines),
        findings=tuple(findings),
    )


_folded = lru_cache(4096)(folded)


def _letters(text: str) -> str:
    """A cell by its letters: the same few words come in every row."""
    return _folded(text[:LONGEST])


def _repeats_headings(told: Mapping[str, str]) -> bool:
    """Whether a row is the headings once more, as where pages or tables were put together."""
    return all(re.fullmatch(_COLUMNS[name], _letters(told[name])) for name in (STATE, TYPE, TITLE))


def _told(grid: Grid, heading_row: int, places: Mapping[str, int]) -> Iterator[Finding]:
    """How it was read, and what of it is not."""
    if grid.encoding == "windows-1252":
        sentence = "It is not UTF-8: if letters look wrong, save it as UTF-8 and send it again."
        yield Finding("read-as-windows-1252", Unfit(sentence))
    headings, rows = grid.rows[heading_row - 1], grid.rows[heading_row:]
    width = max(map(len, (headings, *rows)))
    for place in sorted({*range(width)} - set(places.values())):
        name = _cell(headings, place)
        if name or any(place < len(cells) and cells[place].strip() for cells in rows):
            sentence = "The column “{name}” is not read."
            if not name:
                sentence = "The column number {number}, without a heading, is not read."
            column = _shown(name) or None
            why = Unfit(sentence, name=column, number=place + 1)
            yield Finding("ignored-column", why, heading_row, column)


def _cell(cells: Sequence[str], place: int) -> str:
    """A cell in one line: its line breaks, and what is not seen, do not count."""
    text = cells[place] if place < len(cells) else ""
    if _ODD.search(text):
        text = _BROKEN_WORD.sub("-", text.translate(_BREAKS).translate(_UNSEEN))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _shown(text: str) -> str:
    """The beginning of a cell, safe to show wherever a finding is shown."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:60])


_parsed = lru_cache(1024)(parse)


class _Reader:
    """One row, cell by cell; each fault is a finding, and the rest is read on."""

    def __init__(self, told: Mapping[str, str], row: int, *, guarded: bool) -> None:
        self.told, self.row, self.guarded = told, row, guarded
        self.findings: list[Finding] = []

    def line(self, rank: int) -> Line | None:
        """The line, unless a cell of it cannot be read."""
        title = self._title()
        kind = self._word(TYPE, _TYPE_KEYS, "unknown-type", needed=True)
        announcement = self._word(ANNOUNCED_AS, _ANNOUNCEMENT_KEYS, "unknown-announcement")
        state = self._word(STATE, _STATE_KEYS, "unknown-state")
        due = self._period()
        ministry = self._text(MINISTRY) if MINISTRY in self.told else None
        if any(one.severity == "error" for one in self.findings):
            return None
        return Line(
            row=self.row,
            rank=rank,
            title=title,
            type=kind or "",
            announcement=announcement,
            deadline=due,
            dated=bool(self.told[DUE]),
            state=state,
            label=self.told[STATE],
            ministry=ministry,
        )

    def _find(self, code: str, why: Unfit, column: str) -> None:
        self.findings.append(Finding(code, why, self.row, column))

    def _title(self) -> str:
        title = self._text(TITLE)
        if self.guarded and title.startswith("'") and risky(title[1:]):
            title = title[1:]  # the apostrophe that keeps a spreadsheet from running it
        if not title:
            self._find("empty-cell", Unfit("A row has a title."), TITLE)
        return title

    def _text(self, column: str) -> str:
        """A cell that is kept as it is written."""
        text = self.told[column]
        if len(text) > LONGEST:
            why = Unfit("It has {n} letters; {most} at most.", n=len(text), most=LONGEST)
            self._find("too-long", why, column)
        else:
            self._check(text, column)
        return text

    def _check(self, text: str, column: str) -> None:
        """What one door takes, every door takes."""
        try:
            if text:
                values.line(text, LONGEST)
        except Unfit as fault:
            self._find("unprintable", fault, column)

    def _word(
        self, column: str, known: Mapping[str, str], code: str, *, needed: bool = False
    ) -> str | None:
        """A cell that holds one of the words known, however it is typeset."""
        text = self._text(column)
        if not text:
            if needed:
                self._find("empty-cell", Unfit("It says nothing."), column)
            return None
        key = known.get(_letters(text))
        if key is None:
            guess = near(_letters(text), known)
            sentence = "“{word}” is not known."
            if guess:
                sentence = "“{word}” is not known. Did you mean “{near}”?"
            spelt = _SPELT[known[guess]] if guess else ""
            self._find(code, Unfit(sentence, word=_shown(text), near=spelt), column)
        return key

    def _period(self) -> Period | None:
        text = self._text(DUE)
        try:
            period = _parsed(text) if text else None
        except periods.Unreadable as fault:
            self._find("unknown-period", fault, DUE)
            return None
        if period and period.precision == "day" and period.start.day == 1:
            sentence = "Read as the day {day}; if the month is meant, write it in words."
            self._find("first-of-month", Unfit(sentence, day=str(period.start)), DUE)
        return period


_SPELT: dict[str, str] = {
    **TYPES,
    **ANNOUNCEMENTS,
    **STATE_LABELS,
}
