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
from typing import Any

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
MOST_ALARM = 366
PAGE_SIZE, MOST_A_PAGE, LAST_PAGE = 20, 100, 1_000_000
EVENTS_A_PAGE, MOST_EVENTS = 100, 1000
MOST_VALUES = 50
FIRST_DAY = date(1900, 1, 1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(_DAY.pattern + r"(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?", re.ASCII)
LONGEST_NAME = 200
LONGEST_QUERY = 2000


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
        """The number of the last page of so many."""
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
    """One query parameter: what it means, how it is read, and what its schema says."""

    name: str
    meaning: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any]
    repeatable: bool = False


def _choice(
    name: str, meaning: str, kind: str, known: Sequence[str], default: str = "", many: bool = False
) -> Parameter:
    """A parameter that takes one of these words."""

    def read(value: str) -> str:
        if value not in known:
            raise unknown(kind, value, tuple(known), near(value, known))
        return value

    schema = {"type": "string", "enum": [*known], **({"default": default} if default else {})}
    return Parameter(name, meaning, read, schema, many)


def _named(name: str, meaning: str) -> Parameter:
    """A parameter that takes names of which the register alone knows whether there are such."""

    def read(value: str) -> str:
        if not value or len(value) > LONGEST_NAME:
            raise Unfit("A name of 1 to {most} characters.", most=LONGEST_NAME)
        return value

    return Parameter(name, meaning, read, {"type": "string", "maxLength": LONGEST_NAME}, True)


def _number(
    name: str, meaning: str, least: int, most: int, many: bool = False, **schema: Any
) -> Parameter:
    """A parameter that takes a whole number within bounds."""
    bounds = {"minimum": least, **({"maximum": most} if most < MOST_SAFE else {})}
    schema = {"type": "integer", **bounds, **schema}
    return Parameter(name, meaning, _whole_number(least, most), schema, many)


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        plain = value.isascii() and value.isdigit() and len(value) <= len(str(most))
        if not plain or not least <= int(value) <= most:
            raise Unfit("A whole number from {least} to {most}.", least=least, most=most)
        return int(value)

    return read


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


def _dated(name: str, meaning: str) -> Parameter:
    """A parameter that takes a day."""
    return Parameter(name, meaning, _day, {"type": "string", "format": "date"})


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


def _example(text: str) -> dict[str, Any]:
    return {"type": "string", "examples": [text]}


_SORTS = tuple(sign + name for name in ORDERS for sign in ("", "-"))
_TABLE = (
    _choice("type", "What is opened.", "type", OPENING_TYPES, many=True),
    _choice(
        "announcement",
        "Whether the opening was announced as new or as continued.",
        *("announcement", ANNOUNCEMENTS),
        many=True,
    ),
    _choice("state", "The present state.", "state", tuple(STATES), many=True),
    _named("programme", "The plan that promises it: its id."),
    _named("publisher", "Who opens: the id of an organisation."),
    _named("action", "The roadmap action carried out, such as justice-2021/A16."),
    _named("text", "A legal text that a claim rests on: its id."),
    _choice("timeliness", "Against the deadline in force.", "timeliness", TIMELINESS, many=True),
    Parameter(
        "due_after",
        "The last day of the deadline is at or after the first of this day or period.",
        *(_period, _example("2024-Q4")),
    ),
    Parameter(
        "due_before",
        "The last day of the deadline is at or before the last of this day or period.",
        *(_period, _example("2026-12-31")),
    ),
    Parameter(
        "modified_since",
        "Changed in the register at or after this time.",
        *(_moment, _example("2026-01-01")),
    ),
    Parameter(
        "q",
        "Words that the titles, the description, the keywords and the jurisdiction hold, all of "
        "them, or the title of a text that gave it a deadline; the last one may be unfinished, "
        "unless a space follows it. Case, accents and French endings do not count. Each entry "
        "then shows its `highlights`.",
        *(_words, {"type": "string", "maxLength": LONGEST_QUERY}),
    ),
    _dated("as_of", "What the public could know on this day."),
    _number("at", "What the register held at this position of its ledger.", 0, MOST_SAFE),
    _choice(
        "sort",
        "The order; a hyphen before it reverses. Unknown values come last. Deadlines are those "
        "awaited next.",
        *("order", _SORTS, "rank"),
    ),
    _number("page", "Which page, from 1.", 1, LAST_PAGE, default=1),
    _number("page_size", "Entries a page.", 1, MOST_A_PAGE, default=PAGE_SIZE),
    Parameter(
        "cursor",
        "Where to go on: the `cursor` of the page before. Not with `page`.",
        *(str, {"type": "string"}),
    ),
    _number(
        "after",
        "The last position that the reader holds; 0 for the whole log.",
        *(0, MOST_SAFE),
        default=0,
    ),
    _number(
        "before",
        "The events before this position, the newest first: where a feed goes on.",
        *(1, MOST_SAFE),
        examples=[50],
    ),
    _dated("from", "The earlier day of two; the day before the later if no earlier end is named."),
    _dated("to", "The later day; today if it is left out."),
    _number("from_at", "The earlier position of two.", 0, MOST_SAFE),
    _number("to_at", "The later position; the last one if it is left out.", 0, MOST_SAFE),
    _choice(
        "lang",
        "The language of titles used for order, and of what is shown in words.",
        *("language", LANGUAGES, "fr"),
    ),
    _choice(
        "by",
        "What to count by. The year is that of the last day first promised.",
        *("grouping", BY, BY[0]),
    ),
    _choice(
        "labels",
        "What columns are headed by: the keys of the JSON document, or words.",
        *("labels", LABELS, LABELS[0]),
    ),
    Parameter(
        "spreadsheet",
        "1: a CSV that spreadsheets open as it is, with cells that they would run defused.",
        lambda value: bool(_whole_number(0, 1)(value)),
        {"type": "integer", "enum": [0, 1], "default": 0},
    ),
    _named("columns", "These columns alone, in this order, by their keys."),
    _choice(
        "layout",
        "Official: the table of the roadmap’s annex; union: with the ministry of each row.",
        "layout",
        LAYOUTS,
        LAYOUTS[0],
    ),
    _number(
        "alarm",
        "So many days before a deadline, a calendar sounds an alarm.",
        *(0, MOST_ALARM),
        many=True,
        examples=[7],
    ),
)
PARAMETERS: dict[str, Parameter] = {row.name: row for row in _TABLE}

OF_FEEDS = ("before",)
OF_DIFF = ("from", "to", "from_at", "to_at")
OF_EXPORTS = ("labels", "spreadsheet", "layout", "columns", "alarm")
PAGING = ("page", "page_size", "cursor")
CHOSEN = tuple(
    row.name for row in _TABLE if row.repeatable and row.name not in ("type", "columns", "alarm")
)
"""The filters that take several values, beside the type."""
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
OF_STATISTICS = ("by", *(name for name in OF_LISTS if name not in ("sort", "lang", *PAGING)))
ANY_TYPE = _choice(
    "type", "What is opened; openings, unless actions are asked for.", "type", TYPES, many=True
)
"""The type as statistics take it: they count actions too."""

EVENTS_SIZE = _number("page_size", "Events a page.", 1, MOST_EVENTS, default=EVENTS_A_PAGE)
"""The size of a page as ledgers and the log take it: events are many, and small."""

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
