"""How many entries a search finds, by each facet, and what statistics count: kept in the process.

What is counted of each entry is kept for what holds today, and moved to a new position by the
entries that events were recorded about since. Filters on what facets count are applied in memory.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache, partial
from heapq import nsmallest
from itertools import islice
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

from pydantic_core import from_json

from app.domain.access import Actor
from app.domain.claims import ANNOUNCEMENTS, TYPES
from app.domain.commitments import Move, Timing
from app.domain.context import Snapshot
from app.domain.errors import Altered
from app.domain.rows import UNDESCRIBED, move_of, moves_of_parts, timing
from app.domain.search import FACETS, Search
from app.domain.states import STATES
from app.domain.statistics import Figure, Moved, Statistics, moves_of, of_entries, of_texts
from app.store import records
from app.store.database import UNDECODABLE, Connection, Values, among, kept, run, scalar, stream
from app.store.events import citing, left_out
from app.store.lookup import conditions, in_order
from app.store.tables import COUNTED, UNKNOWN

T = TypeVar("T")
SETTLED = COUNTED.index("settled")
_WORDS = {"type": TYPES, "announcement": ANNOUNCEMENTS, "state": STATES}
"""The facets whose words are known here: lists leave out entries with any other word."""
MOST_ANSWERS, MOST_COUNTS, MOST_ORDERS = 500, 20, 6
MOST_CHANGED, MOST_MOVED = 5_000, 500
"""Where so many events are new, all is counted again; where so many, all is sorted again."""
FEW, FIRST = 200, 1_000
"""So many entries are sorted as they are; so many of the first are found without the others."""


class Tally(NamedTuple):
    """How many entries are found, and how many each value of each facet has."""

    total: int
    facets: Mapping[str, Mapping[str, int]]


class Postponed(NamedTuple):
    """How many entries were postponed, and by how many days on average, where days are known."""

    entries: int
    days: float | None


class _Counted(NamedTuple):
    """What facets count of an entry, in the order of COUNTED, and what statistics do."""

    facets: tuple[Any, ...]
    more: Hashable = None

    def value(self, place: int, day: date) -> Any:
        """The value of one of FACETS on a day."""
        facets = self.facets
        return facets[place] if place < SETTLED else _timeliness(*facets[SETTLED:], day)

    def on(self, day: date) -> tuple[Any, ...]:
        """The values of all of FACETS on a day."""
        return (*self.facets[:SETTLED], self.value(SETTLED, day))


@lru_cache(10_000)
def _timeliness(settled: str | None, *known: Any) -> str | None:
    *after, day = known
    with suppress(ValueError):  # of days altered by hand, such as leave the entry out of lists
        days = (date.fromisoformat(last) if last else None for last in after)
        return Timing(settled, None, *days).on(day)[0]
    return None


@dataclass(slots=True)
class _Count:
    """What is counted of each entry of today, as of a position; -1 before the first time."""

    position: int = -1
    lock: Lock = field(default_factory=Lock)
    rows: dict[str, _Counted] = field(default_factory=dict)
    alike: dict[_Counted, tuple[_Counted, set[str]]] = field(default_factory=dict)

    def put(self, row: _Counted, slugs: Sequence[str]) -> None:
        """Count entries that are alike: they share one row."""
        row, alike = self.alike.setdefault(row, (row, set()))
        alike.update(slugs)
        self.rows.update(dict.fromkeys(slugs, row))

    def drop(self, slug: str) -> None:
        """Count an entry no more."""
        if row := self.rows.pop(slug, None):
            _, slugs = self.alike[row]
            slugs.discard(slug)
            if not slugs:
                del self.alike[row]


class _Recent(OrderedDict[Hashable, Any]):
    """What was asked for last, at most so much of it."""

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, Lock()

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept of a key, or is made of it now."""
        with self.lock:
            if key in self:
                self.move_to_end(key)
                return cast("T", self[key])
        return self.put(key, make())

    def put(self, key: Hashable, value: T) -> T:
        """Keep this; what was asked for longest ago goes for it."""
        with self.lock:
            self[key] = value
            while len(self) > self.most:
                self.popitem(last=False)
        return value


class _Kept:
    """What this process has counted and sorted of a database."""

    def __init__(self) -> None:
        self.answers, self.counts = _Recent(MOST_ANSWERS), _Recent(MOST_COUNTS)
        self.orders = _Recent(MOST_ORDERS)


class _More(NamedTuple):
    """What is counted beside facets: its columns, what reads them, and of which rows."""

    columns: str = ""
    read: Callable[..., Hashable] = lambda *_: None
    where: str = "1 = 1"


class _Asked(NamedTuple):
    """A search, from where, and by whom; and what is counted of entries."""

    connection: Connection
    search: Search
    snapshot: Snapshot
    actor: Actor
    more: _More = _More()

    def read(self, slugs: Collection[str] | None) -> Iterator[tuple[_Counted, Sequence[str]]]:
        """What is counted of all entries, or of some: those together that are alike in SQL."""
        asked = conditions(*self[:4], facets=False, often=slugs is not None)
        sqlite = self.connection.dialect.name == "sqlite"
        where = f"{asked.sql} AND {self.more.where}"
        source = "spans s"
        if slugs is not None:
            source += " INDEXED BY ix_spans_of" if sqlite else ""
            where = f"{among(self.connection, 's.slug', 'slugs')} AND {where}"
            asked.values["slugs"] = [*slugs]
        facets = ", ".join(f"s.{name}" for name in COUNTED)
        if self.more.columns:
            yield from self._read_more(f"{facets} FROM {source} WHERE {where}", asked.values)
            return
        joined = f"{'group_concat' if sqlite else 'string_agg'}(s.slug, ' ')"
        query = f"SELECT {joined}, {facets} FROM {source} WHERE {where} GROUP BY {facets}"
        for slugs_alike, *row in run(self.connection, query, asked.values):
            yield _Counted(tuple(row)), slugs_alike.split(" ")

    def _read_more(self, source: str, values: Values) -> Iterator[tuple[_Counted, Sequence[str]]]:
        """What statistics count of each entry. Raises Altered."""
        newest = self.snapshot.newest
        columns = self.more.columns.replace(
            ":moves", records.moves(self.connection, newest=newest)
        ).replace(":moved", records.of_moves(_OF_WHOLE, newest=newest))
        query = f"SELECT s.slug{columns}, {source}"
        for slug, *row in stream(self.connection, query, values):
            facets = tuple(row[-len(COUNTED) :])
            try:
                more = self.more.read(slug, facets, *row[: -len(COUNTED)])
            except UNDECODABLE as fault:
                left_out(slug, fault)
                raise Altered(name=slug) from fault
            yield _Counted(facets, more), (slug,)

    @property
    def question(self) -> Hashable:
        """All that decides what is read, but from where: filters on facets do not."""
        plain: dict[str, Any] = dict.fromkeys((*FACETS, "as_of", "at", "after"), ())
        plain |= {"sort": "", "page": 0, "page_size": 0, "lang": ""}
        rights = self.actor.organization, self.actor.operates
        return self.more, *rights, replace(self.search, **plain)

    def answer(self, make: Callable[["_Asked"], T], *other: Hashable) -> T:
        """What is made of what is counted, kept by all that decides it, and by what is named.

        An erasure rewrites the past, so their number is among it.
        """
        snapshot = self.snapshot
        filters = tuple(getattr(self.search, name) for name in FACETS)
        past = None if snapshot.newest else scalar(self.connection, _ERASURES)
        key = self.question, filters, snapshot.day, snapshot.position, past, other
        return kept(self.connection, _Kept).answers.of(key, partial(make, self))

    @contextmanager
    def counted(self) -> Iterator[_Count]:
        """What is counted of the entries: of today, kept and brought up to this position.

        A reader from where no more is kept, or who came before what is kept, counts for itself.
        """
        to, counts = self.snapshot.position, kept(self.connection, _Kept).counts
        count = counts.of(self.question, _Count) if self.snapshot.newest else _Count()
        with count.lock:
            if count.position > to:
                count = _Count()
            slugs = _changed(self.connection, count.position, to, MOST_CHANGED)
            count.position = -1  # what fails on the way is begun anew
            if slugs is None:
                count.rows.clear()
                count.alike.clear()
            for slug in slugs or ():
                count.drop(slug)
            for row, alike in self.read(slugs) if slugs or slugs is None else ():
                count.put(row, alike)
            count.position = to
            yield count

    @property
    def filters(self) -> list[tuple[int, frozenset[str]]]:
        """The values that are sought of each facet that a filter is on, by its place."""
        asked = [
            (place, frozenset(getattr(self.search, name))) for place, name in enumerate(FACETS)
        ]
        return [(place, wanted) for place, wanted in asked if wanted]

    def met(self, count: _Count) -> Iterator[tuple[_Counted, set[str]]]:
        """What is counted of the entries that filters on facets leave, and their slugs."""
        filters, day = self.filters, self.snapshot.day
        for row, slugs in count.alike.values():
            if all(row.value(place, day) in wanted for place, wanted in filters):
                yield row, slugs


def _changed(connection: Connection, since: int, to: int, most: int) -> set[str] | None:
    """The entries that events were recorded about; None, if it is not worth asking which.

    Those that cite a text are among them where it was stated or corrected: it may bind since.
    """
    if not 0 <= since <= to:
        return None
    query = """SELECT commitment, subject FROM events WHERE position > :since AND position <= :to
        LIMIT :most"""
    bound = {"since": since, "to": to, "most": most + 1}
    rows = run(connection, query, bound) if to > since else []
    slugs, subjects = ({row[column] for row in rows if row[column]} for column in (0, 1))
    slugs |= citing(connection, subjects) if subjects else set()
    return slugs if max(len(rows), len(slugs)) <= most else None


# Totals, facets, and what a page is found among


def tally(connection: Connection, search: Search, snapshot: Snapshot, actor: Actor) -> Tally:
    """How many entries the filters leave. A facet is counted under all filters but its own."""
    return _Asked(connection, search, snapshot, actor).answer(_tallied)


def _tallied(asked: _Asked) -> Tally:
    counts: dict[str, Counter[Any]] = {name: Counter() for name in FACETS}
    search, filters, total = asked.search, asked.filters, 0
    actions = search.type == ("action",)
    both = "action" in search.type and not actions
    unfiltered: dict[str, Any] = dict.fromkeys(FACETS, ())
    every = asked._replace(search=replace(search, **unfiltered))
    for values, many in every.answer(_sizes, "sizes").items():
        unmet = [place for place, some in filters if values[place] not in some]
        if not unmet:
            total += many
            for name, value in zip(FACETS, values, strict=True):
                counts[name][value] += many
        elif len(unmet) == 1 and (both or (values[0] == "action") == actions):
            counts[FACETS[unmet[0]]][values[unmet[0]]] += many
    return Tally(
        total,
        {
            name: {value: of[value] for value in sorted({*of} & {*_WORDS.get(name, of)} - {None})}
            for name, of in counts.items()
        },
    )


def carried_out(
    connection: Connection, snapshot: Snapshot, actor: Actor
) -> Mapping[str, Mapping[str, int]]:
    """How many openings carry out each action, by state."""
    asked = _Asked(connection, Search(type=()), snapshot, actor, _CARRYING_OUT)
    return asked.answer(_carried_out)


def _carried_out(asked: _Asked) -> Mapping[str, Mapping[str, int]]:
    states: dict[str, Counter[str]] = defaultdict(Counter)
    with asked.counted() as count:
        for row, slugs in count.alike.values():
            of = dict(zip(COUNTED, row.facets, strict=True))
            states[of["action"]][of["state"]] += len(slugs)
    return states


def _sizes(asked: _Asked) -> Counter[tuple[Any, ...]]:
    """How many entries have the same of FACETS."""
    sizes: Counter[tuple[Any, ...]] = Counter()
    with asked.counted() as count:
        for row, slugs in count.alike.values():
            sizes[row.on(asked.snapshot.day)] += len(slugs)
    return sizes


def first(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Sequence[str] | None:
    """Few entries of today, with all that come up to a page; None where its order finds it.

    A filter says nothing of where in an order its entries are: all others may come before them.
    """
    need = search.page * search.page_size + 1
    if not snapshot.newest or search.after or need > FIRST:
        return None
    asked = _Asked(connection, search, snapshot, actor)
    every = asked._replace(search=Search())
    if (asked.filters, asked.question) == (every.filters, every.question):
        return None
    return asked.answer(partial(_first, need), search.sort, search.lang, need)


def _first(need: int, asked: _Asked) -> Sequence[str] | None:
    with asked.counted() as count:
        met = dict(asked.met(count))
        total = sum(map(len, met.values()))
        slugs = (slug for some in met.values() for slug in some)
        if total <= FEW:
            return list(slugs)
        places, changed = _places(asked)
        rows, near = count.rows, islice(places, 2 * total)
        walked = (slug for slug in near if rows.get(slug) in met and slug not in changed)
        ordered = [*islice(walked, need)]
        if len(ordered) < need:  # to walk all would take longer
            known = (slug for slug in slugs if slug not in changed)
            ordered = nsmallest(need, known, key=places.__getitem__)
        return [*ordered, *(slug for slug in changed if count.rows.get(slug) in met)]


def _places(asked: _Asked) -> tuple[Mapping[str, int], set[str]]:
    """Where each entry stood in an order of today, and those that may have moved in it since."""
    search, to = asked.search, asked.snapshot.position
    orders, key = kept(asked.connection, _Kept).orders, (search.sort, search.lang)
    position, places = orders.get(key, (-1, {}))
    changed = _changed(asked.connection, position, to, MOST_MOVED)
    if changed is None:
        slugs = in_order(asked.connection, search, asked.snapshot)
        places, changed = {slug: place for place, slug in enumerate(slugs)}, set()
        orders.put(key, (to, places))
    return places, changed


# Statistics


def postponed(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Postponed:
    """What statistics say of postponements, without all else: records name them where there are."""
    return _Asked(connection, search, snapshot, actor).answer(_postponed, "postponed")


def _postponed(asked: _Asked) -> Postponed:
    where = conditions(*asked[:4])
    query = f"""SELECT count(*), avg(nullif(s.slip, {UNKNOWN})) FROM spans s
        WHERE {where.sql} AND s.record LIKE '%"postponements":%'"""
    ((count, days),) = run(asked.connection, query, where.values)
    return Postponed(count, None if days is None else float(days))


def statistics(
    connection: Connection, search: Search, by: str, snapshot: Snapshot, actor: Actor
) -> Statistics:
    """What the filters leave, in figures."""
    asked = _Asked(connection, search, snapshot, actor, _MOVES if by == "text" else _FIGURES)
    return asked.answer(_of_texts if by == "text" else partial(_of_entries, by), by)


def _of_entries(by: str, asked: _Asked) -> Statistics:
    with asked.counted() as count:
        met: Any = asked.met(count)
        figures = [Figure(len(slugs), min(slugs), *row.more) for row, slugs in met]
    return of_entries(figures, by, asked.snapshot.day)


def _of_texts(asked: _Asked) -> Statistics:
    return of_texts(_moved(asked), asked.search.text)


def _moved(asked: _Asked) -> list[Moved]:
    """The moves of what is sought, and of a text that is sought those that it made."""
    texts = asked.search.text
    with asked.counted() as count:
        met: Any = sorted((min(slugs), row.more) for row, slugs in asked.met(count))
    every = [move for _, moves in met for move in moves]
    return [row for row in every if not texts or row.move.text in texts]


def moved(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Sequence[Moved]:
    """Every move of the deadlines of the entries that the filters leave, by slug."""
    return _Asked(connection, search, snapshot, actor, _MOVES).answer(_moved)


def _figure(
    _: str, facets: Sequence[Any], moves: int, record: str, described: str, slip: int | None
) -> Hashable:
    """A Figure but for its entries. Records are not read whole: that takes five times as long."""
    kind, programme, _announcement, _state, publisher, _action, settled, *after = facets
    known, access = from_json(record), UNDESCRIBED["access_rights"]
    if '"access_rights":' in described:
        access = from_json(described).get("access_rights", access)
    now, first = timing(settled, known.get("days"), *after), known.get("first")
    due = known.get("first_deadline", known.get("deadline"))
    return (
        *(publisher, kind, programme, access, _day(due["end"]) if due else None),
        *(now, timing(*first) if first else now),
        *(known.get("uncertain", False), known.get("postponements", 0), moves, slip and int(slip)),
    )


_day = lru_cache(10_000)(date.fromisoformat)


class _Part(NamedTuple):
    key: str
    moves: Sequence[Move]


def _moves(slug: str, facets: Sequence[Any], moves: str | None, record: str | None) -> Hashable:
    """The moves of the deadlines of an entry."""
    by_part = {part: tuple(map(move_of, own)) for part, own in moves_of_parts(moves or "").items()}
    parts = from_json(record).get("parts", ()) if record else ()
    known: Any = [_Part(part["key"], by_part.get(part["key"], ())) for part in parts]
    return tuple(moves_of(slug, facets[0], by_part.get("", ()), known))


_ERASURES = "SELECT erasures FROM editions"
_OF_WHOLE = "count(CASE WHEN m.part = '' THEN 1 END)"
_CARRYING_OUT = _More(where="s.type <> 'action' AND s.action IS NOT NULL")
_FIGURES = _More(
    f", :moved, s.record, {records.DESCRIBED.format('s.')}, nullif(s.slip, {UNKNOWN})", _figure
)
_MOVES = _More(
    """, :moves, CASE WHEN s.record LIKE '%"parts":%' THEN s.record END""",
    _moves,
    "EXISTS (SELECT 1 FROM moves m WHERE m.slug = s.slug)",
)
