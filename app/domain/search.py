"""A search as one checked value: filters, order, page, cursor and day, the same on every list.

Knows the names and bounds of parameters, not how the memory answers them.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from app.domain import beside
from app.domain.claims import ANNOUNCEMENTS, OPENING_TYPES, TYPES
from app.domain.commitments import TIMELINESS
from app.domain.context import Snapshot
from app.domain.errors import BadQuery, Unfit, unknown
from app.domain.periods import Period, Unreadable, parse
from app.domain.states import STATES
from app.domain.statistics import BY
from app.domain.values import near


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_SAFE:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    value.encode()
    return value


MOST_SAFE = 2**53
ORDERS: dict[str, Callable[[Any], Any]] = {
    "rank": _integer,
    "deadline": lambda value: date.fromisoformat(_text(value)),
    "title": _text,
    "state": _text,
    "publisher": _text,
    "modified": lambda value: _moment(_text(value)),
    "slip": _integer,
}
"""What a list may be sorted by, each with the reader of its value in a cursor."""

FACETS = ("type", "programme", "announcement", "state", "publisher", "action", "timeliness")
LANGUAGES = ("fr", "en")
LABELS = ("keys", *LANGUAGES)
LAYOUTS = ("plain", "official", "union")
_ROWS = beside(__file__)
"""The parameters of queries by name."""
PAGE_SIZE: int = _ROWS["page_size"]["schema"]["default"]
MOST_A_PAGE: int = _ROWS["page_size"]["most"]
LAST_PAGE: int = _ROWS["page"]["most"]
EVENTS_A_PAGE: int = _ROWS["page_size_of_events"]["schema"]["default"]
MOST_VALUES = 50
FIRST_DAY = date(1900, 1, 1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(_DAY.pattern + r"(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?", re.ASCII)
LONGEST_NAME = 200
LONGEST_QUERY: int = _ROWS["q"]["schema"]["maxLength"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a reader asks of a list. Filters are tuples: any of their values will do.

    `after` is the place behind which a cursor goes on: the sort value and slug of an entry. `page`
    is then the number of the page that begins there.
    """

    type: tuple[str, ...] = OPENING_TYPES
    announcement: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    action: tuple[str, ...] = ()
    programme: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    steward: tuple[str, ...] = ()
    timeliness: tuple[str, ...] = ()
    due_after: Period | None = None
    due_before: Period | None = None
    modified_since: datetime | None = None
    q: str = ""
    as_of: date | None = None
    at: int | None = None
    sort: str = "rank"
    page: int = 1
    page_size: int = PAGE_SIZE
    after: tuple[Any, str] | None = None
    lang: str = "fr"

    @property
    def order(self) -> tuple[str, bool]:
        """(what to sort by, whether it runs backwards)."""
        return self.sort.removeprefix("-"), self.sort.startswith("-")

    def last_page(self, total: int) -> int:
        return max(1, -(-total // self.page_size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """How a whole list is written. `of`: which list; `alarm`: so many days before each deadline.

    `texts`: of moves, those of these texts alone.
    """

    of: str = "openings"
    lang: str = "fr"
    labels: str = "keys"
    spreadsheet: bool = False
    layout: str = "plain"
    columns: tuple[str, ...] = ()
    alarm: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter: what it means, how it is read, and what its schema says.

    `component` names it where it means something else than the one of its name.
    """

    name: str
    meaning: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any]
    repeatable: bool = False
    component: str = ""


def _one_of(kind: str, known: Sequence[str]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in known:
            raise unknown(kind, value, tuple(known), near(value, known))
        return value

    return read


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        plain = value.isascii() and value.isdigit() and len(value) <= len(str(most))
        if not plain or not least <= int(value) <= most:
            raise Unfit("A whole number from {least} to {most}.", least=least, most=most)
        return int(value)

    return read


def _name(value: str) -> str:
    """A name of which the register alone knows whether there is such."""
    if not value or len(value) > LONGEST_NAME:
        raise Unfit("A name of 1 to {most} characters.", most=LONGEST_NAME)
    return value


def _words(value: str) -> str:
    """Words to look for. An empty box asks for none; a space after the last one counts."""
    if len(value) > LONGEST_QUERY:
        raise Unfit("At most {most} characters.", most=LONGEST_QUERY)
    return value if value.strip() else ""


def _day(value: str) -> date:
    wrong = Unfit("A day, such as 2021-10-15.")
    if not _DAY.fullmatch(value):
        raise wrong
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise wrong from None
    if day < FIRST_DAY:
        raise Unfit("A day from {day} on.", day=FIRST_DAY)
    return day


def _period(value: str) -> Period:
    with suppress(Unreadable):
        if period := parse(value):
            return period
    raise Unfit("A day or a period, such as 2024-12-31 or 2024-Q4.")


def _moment(value: str) -> datetime:
    """A day (its first moment, UTC) or an RFC 3339 time with its offset."""
    with suppress(ValueError, OverflowError):
        if _MOMENT.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise Unfit("A day, or a time with its offset: 2026-11-23T12:00:00Z. In an address, + is %2B.")


_VOCABULARIES: Mapping[str, Sequence[str]] = {
    "type": OPENING_TYPES,
    "any_type": TYPES,
    "announcement": ANNOUNCEMENTS,
    "state": tuple(STATES),
    "timeliness": TIMELINESS,
    "order": tuple(sign + name for name in ORDERS for sign in ("", "-")),
    "language": LANGUAGES,
    "grouping": BY,
    "labels": LABELS,
    "layout": LAYOUTS,
}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "name": _name,
    "words": _words,
    "day": _day,
    "period": _period,
    "moment": _moment,
    "flag": lambda value: bool(_whole_number(0, 1)(value)),
    "cursor": str,
}


def _parameter(key: str, row: Mapping[str, Any]) -> Parameter:
    name = row.get("name", key)
    read: Callable[[str], Any]
    schema: dict[str, Any] = {"type": "string"}
    if kind := row.get("one_of"):
        known = _VOCABULARIES[row.get("among", kind)]
        read, schema = _one_of(kind, known), {**schema, "enum": [*known]}
    elif "least" in row:
        read = _whole_number(row["least"], row.get("most", MOST_SAFE))
        most = {"maximum": row["most"]} if "most" in row else {}
        schema = {"type": "integer", "minimum": row["least"], **most}
    else:
        read = _READERS[row["reads"]]
    schema |= row.get("schema", {})
    component = "" if name == key else key
    return Parameter(name, row["meaning"], read, schema, row.get("many", False), component)


_BY_COMPONENT = {key: _parameter(key, row) for key, row in _ROWS.items()}
PARAMETERS = {name: row for name, row in _BY_COMPONENT.items() if not row.component}
ANY_TYPE = _BY_COMPONENT["any_type"]
"""The type as statistics take it: they count actions too."""
EVENTS_SIZE = _BY_COMPONENT["page_size_of_events"]
"""The size of a page as ledgers and the log take it: events are many, and small."""

OF_FEEDS = ("before",)
OF_DIFF = ("from", "to", "from_at", "to_at")
OF_EXPORTS = ("labels", "spreadsheet", "layout", "columns", "alarm")
PAGING = ("page", "page_size", "cursor")
_OF_OTHERS = ("by", "after", *OF_FEEDS, *OF_DIFF, *OF_EXPORTS)
OF_LISTS = tuple(name for name in PARAMETERS if name not in _OF_OTHERS)
"""What every list of entries takes."""

LISTS: Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {
    "openings": (OF_LISTS, {}),
    "actions": (
        tuple(name for name in OF_LISTS if name not in ("type", "announcement", "action")),
        {"type": ("action",)},
    ),
}
"""What each list takes, and what it asks for unless parameters say otherwise."""

OF_FIGURES = tuple(name for name in OF_LISTS if name not in ("sort", *PAGING))
FILTERS = tuple(name for name in OF_FIGURES if name not in ("type", "as_of", "at", "lang"))
"""What narrows a list, beside its type and its day."""
OF_STATISTICS = ("by", *(name for name in OF_LISTS if name not in ("sort", "lang", *PAGING)))
Pairs = Iterable[tuple[str, str]]
Given = Mapping[str, Any] | None


def read(pairs: Pairs, *, names: Sequence[str] = OF_LISTS, given: Given = None) -> Search:
    """The search that these query parameters ask for.

    `names` are those that the address takes, `given` what it asks for unless they say otherwise.
    Every fault is named at once, in one BadQuery.
    """
    return _search(read_values(pairs, names, given))


def read_export(
    pairs: Pairs, *, names: Sequence[str], given: Given = None, of: str = ""
) -> tuple[Search, Export]:
    """A whole list that is sought, and how it is to be written. Raises BadQuery."""
    values = read_values(pairs, names, given, *((ANY_TYPE,) if of == "moves" else ()))
    written = {name: values.pop(name) for name in OF_EXPORTS if name in values}
    search = _search(values)
    texts = search.text if of == "moves" else ()
    return search, Export(of=of or _list(search), lang=search.lang, texts=texts, **written)


def names_of_export(of: str, written: Sequence[str]) -> tuple[str, ...]:
    """What a whole list takes whose format takes these; the annex is a table of openings."""
    names = (name for name in LISTS[of][0] if name not in PAGING)
    return (*names, *(name for name in written if of == "openings" or name != "layout"))


def read_feed(
    pairs: Pairs, *, names: Sequence[str], given: Given = None
) -> tuple[Search, int | None]:
    """The entries whose events are sought, and before which position. Raises BadQuery."""
    values = read_values(pairs, (*names, *OF_FEEDS), given)
    before = values.pop("before", None)
    return _search(values), before


def read_statistics(
    pairs: Pairs, names: Sequence[str] = OF_STATISTICS
) -> tuple[Search, str, Export]:
    """What is to be counted, by what, and how it is to be written. Raises BadQuery."""
    values = read_values(pairs, names, {"by": BY[0], "spreadsheet": False}, ANY_TYPE)
    by, spreadsheet = values.pop("by"), values.pop("spreadsheet")
    return _search(values), by, Export(spreadsheet=spreadsheet)


def read_stretch(pairs: Pairs) -> tuple[int, int]:
    """(after which position, how many events) of a stretch of the log. Raises BadQuery."""
    given = {"after": 0, "page_size": EVENTS_A_PAGE}
    values = read_values(pairs, ("after", "page_size"), given, EVENTS_SIZE)
    return values["after"], values["page_size"]


def read_before(pairs: Pairs) -> int | None:
    """Before which number something is read, the newest first. Raises BadQuery."""
    number: int | None = read_values(pairs, ("before",)).get("before")
    return number


def read_events(pairs: Pairs) -> Search:
    """A page of one ledger, and the position up to which it is read. Raises BadQuery."""
    names = ("at", "page", "page_size")
    return Search(**read_values(pairs, names, {"page_size": EVENTS_A_PAGE}, EVENTS_SIZE))


def _search(values: dict[str, Any]) -> Search:
    cursor = values.pop("cursor", None)
    search = Search(**values)
    return search if cursor is None else _resumed(search, cursor)


def read_values(
    pairs: Pairs, names: Sequence[str], given: Given = None, *variants: Parameter
) -> dict[str, Any]:
    """The values of the parameters by name, after those that are given. Raises BadQuery."""
    known = {**PARAMETERS, **{row.name: row for row in variants}}
    values: dict[str, Any] = {}
    wrong: list[tuple[str, Unfit]] = []
    for name, text in pairs:
        try:
            if name not in names or name not in known:
                raise unknown("parameter", name, tuple(names), near(name, names))
            _take(known[name], text, values)
        except Unfit as fault:
            wrong.append((name, fault))
    wrong += _contradictions(values)
    if wrong:
        raise BadQuery(*wrong)
    return {**(given or {}), **values}


def _take(parameter: Parameter, text: str, values: dict[str, Any]) -> None:
    name = parameter.name
    if name in values and not parameter.repeatable:
        raise Unfit("This parameter is given twice; it takes one value.")
    value = parameter.read(text)
    if not parameter.repeatable:
        values[name] = value
    elif value not in values.get(name, ()):
        values[name] = (*values.get(name, ()), value)


def _contradictions(values: Mapping[str, Any]) -> Iterator[tuple[str, Unfit]]:
    for name, value in values.items():
        if isinstance(value, tuple) and len(value) > MOST_VALUES:
            yield name, Unfit("At most {most} values.", most=MOST_VALUES)
    if "cursor" in values and "page" in values:
        yield "cursor", Unfit("A cursor goes on from a place; it does not go with a page.")
    if "columns" in values and values.get("layout", LAYOUTS[0]) != LAYOUTS[0]:
        sentence = "The layout “{layout}” has columns of its own: leave this out, or the layout."
        yield "columns", Unfit(sentence, layout=values["layout"])
    for name, other in (("due_after", "due_before"), ("from", "to"), ("from_at", "to_at")):
        if {name, other} <= values.keys():
            start, end = values[name], values[other]
            if getattr(start, "start", start) > getattr(end, "end", end):
                yield name, Unfit("It is after {other}.", other=other)


def cursor(search: Search, place: tuple[Any, str], snapshot: Snapshot) -> str:
    """Where the list goes on after the entry with this sort value and slug. Opaque to readers.

    It holds the day and the position too: a walk sees one state of the register to its end.
    """
    value, slug = place
    value = value.isoformat() if isinstance(value, date) else value
    seen_from = snapshot.day.isoformat(), snapshot.position
    steps = [search.sort, value, slug, search.page + 1, *seen_from, _list(search)]
    written = json.dumps(steps, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _list(search: Search) -> str:
    return "actions" if "action" in search.type else "openings"


def _resumed(search: Search, cursor: str) -> Search:
    try:
        steps = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        sort, value, slug, page, day, position, of = steps
        readers = {(search.sort, _list(search)): {**ORDERS, "slug": _text}[search.order[0]]}
        reader = readers[sort, of]
        resumed = replace(
            search,
            after=(None if value is None else reader(value), _text(slug)),
            page=_whole_number(1, LAST_PAGE)(str(_integer(page))),
            as_of=_day(_text(day)),
            at=_whole_number(0, MOST_SAFE)(str(_integer(position))),
        )
    except (LookupError, ValueError, TypeError, RecursionError):
        why = Unfit("This is not a cursor of this list in this order.")
        raise BadQuery(("cursor", why)) from None
    if search.as_of not in (None, resumed.as_of) or search.at not in (None, resumed.at):
        why = Unfit("It goes on from another day or position than is asked.")
        raise BadQuery(("cursor", why))
    return resumed


# Where a text holds what was sought: texts in pieces. No word, language or markup is known.

Stretch = tuple[int, int]
"""Where something begins in a text, and where it has ended."""

WHOLE = 240
"""Up to so many letters a text is shown whole; of a longer one, what is around some matches."""
AROUND = 60
SOME = 4
CUT = "…"
_FIRST_SPACE = re.compile(r"\s")
_LAST_SPACE = re.compile(r"\s\S*\Z")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: something sought, or what stands between."""

    text: str
    match: bool


Passage = tuple[Piece, ...]
"""Pieces that follow each other, matches and the rest by turns."""


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The passage of a text in French and that in English; None where nothing was met."""

    fr: Passage | None = None
    en: Passage | None = None


@dataclass(frozen=True, slots=True)
class Highlights:
    """Where an entry holds what was sought; of its keywords, each that does."""

    title: Bilingual = Bilingual()
    description: Bilingual = Bilingual()
    keywords: tuple[Passage, ...] = ()


def marked(text: str, matches: Iterable[Stretch]) -> Passage:
    """A text in pieces, the matches apart; nothing of it is lost."""
    return _pieces(text, _joined(matches), (0, len(text)))


def excerpt(text: str, matches: Iterable[Stretch]) -> Passage:
    """What stands around the first matches, with CUT where something is left out."""
    joined = _joined(matches)
    if len(text) <= WHOLE:
        return _pieces(text, joined, (0, len(text)))
    pieces: list[Piece] = []
    end = 0
    for start, stop in _joined(_around(text, match) for match in joined[:SOME]):
        if start:
            pieces.append(Piece(f" {CUT} " if end else f"{CUT} ", match=False))
        pieces += _pieces(text, joined, (start, stop))
        end = stop
    if end < len(text):
        pieces.append(Piece(f" {CUT}", match=False))
    return tuple(
        Piece("".join(piece.text for piece in beside), match)
        for match, beside in groupby(pieces, lambda piece: piece.match)
    )


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """In order; those that overlap or touch as one."""
    joined: list[Stretch] = []
    for start, stop in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return joined


def _around(text: str, match: Stretch) -> Stretch:
    """A match and what stands beside it, in whole words where they end soon enough."""
    start, stop = max(0, match[0] - AROUND), min(len(text), match[1] + AROUND)
    if start and (space := _FIRST_SPACE.search(text, start, match[0])):
        start = space.end()
    if stop < len(text) and (space := _LAST_SPACE.search(text[:stop], match[1])):
        stop = space.start()
    return start, stop


def _pieces(text: str, matches: Iterable[Stretch], within: Stretch) -> Passage:
    at, end = within
    pieces: list[Piece] = []
    for start, stop in matches:
        if at <= start and stop <= end:
            pieces += [Piece(text[at:start], match=False), Piece(text[start:stop], match=True)]
            at = stop
    pieces.append(Piece(text[at:end], match=False))
    return tuple(piece for piece in pieces if piece.text)
