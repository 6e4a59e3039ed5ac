"""How many entries a search finds, by each facet, and what statistics count: kept in the process.

What is counted of each entry is kept for what holds today, and moved to a new position by the
entries that events were recorded about since. Filters on what facets count are applied in memory.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache, partial
from itertools import chain, groupby
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import TypeAdapter
from pydantic_core import from_json
from sqlalchemy import Connection, text

from app.domain.access import Actor
from app.domain.commitments import Move, Part, Timing
from app.domain.context import Snapshot
from app.domain.search import FACETS, Search
from app.domain.statistics import Figure, Moved, Statistics, moves_of, of_entries, of_texts
from app.store import records
from app.store.database import kept
from app.store.events import UNDECODABLE, left_out
from app.store.lookup import conditions, run
from app.store.tables import COUNTED, HELD

T = TypeVar("T")
Alike = Mapping[Hashable, Collection[str]]
"""What is counted of entries, and the slugs of those that are alike in it."""
Facets = Mapping[str, Mapping[str, int]]
MOST_ANSWERS, MOST_COUNTS = 500, 20
MOST_CHANGED = 5_000
"""Where so many events are new, all is counted again."""
FEW, SELDOM = 5_000, 8
"""So many entries, one in so many, are looked up by name and sorted: no index has them together."""


class Tally(NamedTuple):
    """How many entries are found, how many each value of each facet has; all, if they are few."""

    total: int
    facets: Facets
    few: Sequence[str] | None


@dataclass(slots=True)
class _Count:
    """What is counted of each entry of today, as of a position; -1 before the first time."""

    position: int = -1
    lock: Lock = field(default_factory=Lock)
    rows: dict[str, Hashable] = field(default_factory=dict)
    alike: dict[Hashable, set[str]] = field(default_factory=dict)

    def put(self, slug: str, row: Hashable) -> None:
        self.rows[slug] = row
        self.alike.setdefault(row, set()).add(slug)

    def drop(self, slug: str) -> None:
        if slug in self.rows:
            row = self.rows.pop(slug)
            self.alike[row].discard(slug)
            if not self.alike[row]:
                del self.alike[row]


class _Kept:
    """What this process has counted of a database."""

    def __init__(self) -> None:
        self.counts: OrderedDict[Hashable, _Count] = OrderedDict()
        self.answers: OrderedDict[Hashable, Any] = OrderedDict()
        self.lock = Lock()

    def count(self, key: Hashable) -> _Count:
        with self.lock:
            return _last(self.counts, key, self.counts.get(key) or _Count(), MOST_COUNTS)

    def answer(self, key: Hashable, find: Callable[[], T]) -> T:
        """An answer that was given before, or the one that is found now."""
        with self.lock:
            if key in self.answers:
                return cast("T", _last(self.answers, key, self.answers[key], MOST_ANSWERS))
        found = find()
        with self.lock:
            _last(self.answers, key, found, MOST_ANSWERS)
        return found


def _last(held: OrderedDict[Hashable, T], key: Hashable, value: T, most: int) -> T:
    held[key] = value
    held.move_to_end(key)
    while len(held) > most:
        held.popitem(last=False)
    return value


class _Asked(NamedTuple):
    """A search, from where, and by whom; `read` gives what is counted of all, or of some."""

    connection: Connection
    search: Search
    snapshot: Snapshot
    actor: Actor
    read: "Callable[[_Asked, Collection[str] | None], Iterable[tuple[str, Hashable]]]"

    def among(self, slugs: Collection[str] | None) -> tuple[str, str, dict[str, Any]]:
        """How rows `s` are found, under which clauses, with which values."""
        asked = conditions(
            self.connection,
            self.search,
            self.snapshot,
            self.actor,
            facets=False,
            often=slugs is not None,
        )
        if slugs is None:
            return "spans s", asked.sql, asked.values
        hint = " INDEXED BY ix_spans_of" if self.connection.dialect.name == "sqlite" else ""
        names = {f"slug{n}": slug for n, slug in enumerate(slugs)}
        listed = ", ".join(f":{name}" for name in names) or "NULL"
        return f"spans s{hint}", f"s.slug IN ({listed}) AND {asked.sql}", {**asked.values, **names}

    @property
    def question(self) -> Hashable:
        """All that decides what is read, but from where: filters on facets do not."""
        plain: dict[str, Any] = dict.fromkeys((*FACETS, "as_of", "at", "after"), ())
        plain |= {"sort": "", "page": 0, "page_size": 0, "lang": ""}
        rights = self.actor.organization, self.actor.operates
        return self.read.__name__, *rights, replace(self.search, **plain)

    @property
    def key(self) -> Hashable:
        """All that decides an answer. An erasure rewrites the past, so their number is among it."""
        snapshot, erasures = self.snapshot, text("SELECT erasures FROM editions")
        filters = tuple(getattr(self.search, name) for name in FACETS)
        past = 0 if snapshot.newest else self.connection.scalar(erasures)
        return self.question, filters, snapshot.day, snapshot.position, past

    @contextmanager
    def counted(self) -> Iterator[Alike]:
        """What is counted of the entries: of today, kept and brought up to this position.

        A reader from where no more is kept, or who came before what is kept, counts for itself.
        """
        if not self.snapshot.newest:
            yield _alike(self.read(self, None))
            return
        count, to = kept(self.connection, _Kept).count(self.question), self.snapshot.position
        with count.lock:
            if count.position > to:
                yield _alike(self.read(self, None))
                return
            slugs = _changed(self.connection, count.position, to) if count.position >= 0 else None
            count.position = -1  # what fails on the way is begun anew
            if slugs is None:
                count.rows.clear()
                count.alike.clear()
            for slug in slugs or ():
                count.drop(slug)
            for slug, row in self.read(self, slugs) if slugs or slugs is None else ():
                count.put(slug, row)
            count.position = to
            yield count.alike


def _alike(rows: Iterable[tuple[str, Hashable]]) -> Alike:
    found: dict[Hashable, list[str]] = {}
    for slug, row in rows:
        found.setdefault(row, []).append(slug)
    return found


def _changed(connection: Connection, since: int, to: int) -> set[str] | None:
    """The entries that events were recorded about; None, if it is not worth asking which."""
    query = "SELECT commitment FROM events WHERE position > :since AND position <= :to LIMIT :most"
    told = {"since": since, "to": to, "most": MOST_CHANGED + 1}
    found = connection.scalars(text(query), told).all() if to > since else []
    return set(found) if len(found) <= MOST_CHANGED else None


# Totals and facets


def tally(connection: Connection, search: Search, snapshot: Snapshot, actor: Actor) -> Tally:
    """How many entries the filters leave. A facet is counted under all filters but its own."""
    asked = _Asked(connection, search, snapshot, actor, _rows)
    return kept(connection, _Kept).answer(asked.key, lambda: _tallied(asked))


def _rows(asked: _Asked, slugs: Collection[str] | None) -> Iterator[tuple[str, Hashable]]:
    table, clauses, values = asked.among(slugs)
    columns = ", ".join(f"s.{name}" for name in COUNTED)
    query = f"SELECT s.slug, {columns} FROM {table} WHERE {clauses}"
    for slug, *row in run(asked.connection, query, values):
        yield slug, tuple(row)


def _tallied(asked: _Asked) -> Tally:
    counts: dict[str, Counter[Any]] = {name: Counter() for name in FACETS}
    search, day, few = asked.search, asked.snapshot.day, list[str]()
    actions, total = search.type == ("action",), 0
    both = "action" in search.type and not actions
    filters, wanted = _filters(search), _filtered(search)
    with asked.counted() as alike:
        groups: Counter[tuple[Any, ...]] = Counter()
        for row, slugs in alike.items():
            values = _facets(cast("tuple[Any, ...]", row), day)
            groups[values] += len(slugs)
            if len(few) <= FEW and wanted(values):
                few += slugs
    for values, many in groups.items():
        unmet = [place for place, some in filters if values[place] not in some]
        if not unmet:
            total += many
            for name, value in zip(FACETS, values, strict=True):
                counts[name][value] += many
        elif len(unmet) == 1 and (both or (values[0] == "action") == actions):
            counts[FACETS[unmet[0]]][values[unmet[0]]] += many
    facets = {
        name: {value: found[value] for value in sorted(v for v in found if v is not None)}
        for name, found in counts.items()
    }
    seldom = total <= FEW and total * SELDOM <= sum(groups.values())
    return Tally(total, facets, sorted(few) if asked.snapshot.newest and seldom else None)


def _facets(row: tuple[Any, ...], day: date) -> tuple[Any, ...]:
    """The values of FACETS, of those of COUNTED."""
    return (*row[:5], _timeliness(*row[5:8], day))


@lru_cache(10_000)
def _timeliness(
    settled: str | None, overdue: str | None, unconfirmed: str | None, day: date
) -> str:
    late, unsure = (date.fromisoformat(one) if one else None for one in (overdue, unconfirmed))
    return Timing(settled, None, late, unsure).on(day)[0]


# Statistics


def statistics(
    connection: Connection, search: Search, by: str, snapshot: Snapshot, actor: Actor
) -> Statistics:
    """What the filters leave, in figures."""
    read = _moves if by == "text" else _figures
    asked = _Asked(connection, search, snapshot, actor, read)
    find = _of_texts if by == "text" else partial(_of_entries, by)
    return kept(connection, _Kept).answer((by, asked.key), lambda: find(asked))


def _of_entries(by: str, asked: _Asked) -> Statistics:
    wanted, day = _filtered(asked.search), asked.snapshot.day
    with asked.counted() as alike:
        figures = [
            Figure(len(slugs), min(slugs), *figure)
            for (row, figure), slugs in cast("dict[Any, Collection[str]]", alike).items()
            if wanted(_facets(row, day))
        ]
    return of_entries(figures, by, day)


def _of_texts(asked: _Asked) -> Statistics:
    return of_texts(chain.from_iterable(_moved(asked)), asked.search.text)


def _moved(asked: _Asked) -> list[tuple[Moved, ...]]:
    wanted, day = _filtered(asked.search), asked.snapshot.day
    with asked.counted() as alike:
        found = [
            (min(slugs), moves)
            for (row, moves), slugs in cast("dict[Any, Collection[str]]", alike).items()
            if wanted(_facets(row, day))
        ]
    return [moves for _, moves in sorted(found, key=lambda one: one[0])]


def moved(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Sequence[Moved]:
    """Every move of the deadlines of the entries that the filters leave, by slug."""
    asked = _Asked(connection, search, snapshot, actor, _moves)
    every = kept(connection, _Kept).answer(("moved", asked.key), lambda: _moved(asked))
    return [one for some in every for one in some]


def _filters(search: Search) -> list[tuple[int, frozenset[str]]]:
    """The values that are sought of each facet that a filter is on, by its place."""
    asked = [(place, frozenset(getattr(search, name))) for place, name in enumerate(FACETS)]
    return [(place, wanted) for place, wanted in asked if wanted]


def _filtered(search: Search) -> Callable[[tuple[Any, ...]], bool]:
    filters = _filters(search)
    return lambda values: all(values[place] in wanted for place, wanted in filters)


def _figures(asked: _Asked, slugs: Collection[str] | None) -> Iterator[tuple[str, Hashable]]:
    """The facets of an entry, and what statistics count of it: a Figure but for its entries."""
    table, clauses, values = asked.among(slugs)
    columns = ", ".join(f"s.{name}" for name in COUNTED)
    held = f"m.ends_at = {HELD}" if asked.snapshot.newest else records.chained(":day", ":at")
    query = f"""SELECT s.slug, {columns}, (SELECT count(*) FROM moves m WHERE m.slug = s.slug
        AND m.part = '' AND {held}), {records.STORED} FROM {table} WHERE {clauses}"""
    for slug, *found in run(asked.connection, query, values):
        row, (many, *stored) = tuple(found[: len(COUNTED)]), found[len(COUNTED) :]
        try:
            entry = records.values(stored)
            first = entry["first_deadline"]
            figure = (
                *(row[3], row[0], entry["described"].get("access_rights", "public")),
                date.fromisoformat(first["period"]["end"]) if first else None,
                *(_timing(**entry[name]) for name in ("timing", "timing_first")),
                *(entry.get("uncertain", False), entry.get("postponements", 0), many),
                entry.get("slip_days"),
            )
        except UNDECODABLE as fault:
            left_out(slug, fault)
            raise records.unreadable(slug) from fault
        yield slug, (row, figure)


@lru_cache(10_000)
def _timing(**told: Any) -> Timing:
    return _TIMING.validate_python(told)


_TIMING, _MOVE = TypeAdapter(Timing), TypeAdapter(Move)


class _Part(NamedTuple):
    key: str
    moves: list[Move]


def _moves(asked: _Asked, slugs: Collection[str] | None) -> Iterator[tuple[str, Hashable]]:
    """The facets of an entry, and the moves of its deadlines."""
    table, clauses, values = asked.among(slugs)
    columns = ", ".join(f"s.{name}" for name in COUNTED)
    held = f"m.ends_at = {HELD}" if asked.snapshot.newest else records.chained(":day", ":at")
    query = f"""SELECT s.slug, {columns}, m.part, m.turn, m.content,
        CASE WHEN s.record LIKE '%"parts":%' THEN s.record END
        FROM {table} JOIN moves m ON m.slug = s.slug AND {held} WHERE {clauses}"""
    rows = run(asked.connection, f"{query} ORDER BY s.slug, m.part, m.turn", values)
    for slug, some in groupby(rows, key=lambda row: row[0]):
        chains: dict[str, list[Move]] = {}
        row: Sequence[Any] = ()
        record = None
        for *row, part, _, content, record in some:  # noqa: B007 of all the same
            chains.setdefault(part, []).append(_move(content))
        parts = from_json(record).get("parts", ()) if record else ()
        told = [_Part(one["key"], chains.get(one["key"], [])) for one in parts]
        moves = moves_of(slug, row[1], chains.get("", []), cast("list[Part]", told))
        yield slug, (tuple(row[1:]), tuple(moves))


@lru_cache(10_000)
def _move(content: str) -> Move:
    return _MOVE.validate_python(from_json(content)[2])
