"""Use cases of pages: figures, what is near an address, what a change would make of an entry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.domain.access import PUBLIC, Actor
from app.domain.claims import OPENING_TYPES
from app.domain.commitments import Commitment
from app.domain.context import Context, Snapshot
from app.domain.errors import Missing
from app.domain.references import BEFORE, Programme, Text
from app.domain.search import Search
from app.domain.statistics import Statistics
from app.register.reading import Entry, Facets, Reading, naming
from app.register.recording import Written
from app.register.writing import Writing
from app.store import events as ledger
from app.store import lookup, totals
from app.store.database import Connection, Database

EVERYTHING = Search()


@dataclass(frozen=True, slots=True)
class Overview:
    """All openings, or all actions, in figures, and the one that is overdue for longest.

    `texts` has those that this one names.
    """

    total: int
    facets: Facets
    postponed: totals.Postponed
    longest: Commitment | None
    of_actions: bool
    day: date
    texts: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Figures:
    """What is sought, counted in each way, and what of it is due first."""

    by: Mapping[str, Statistics]
    awaited: tuple[Commitment, ...]
    search: Search
    context: Context


@dataclass(frozen=True, slots=True)
class Programmes:
    """Programmes, each with its openings and its actions as they are counted."""

    rows: tuple[tuple[Programme, totals.Tally, totals.Tally], ...]
    context: Context


def programmes(
    register: Reading, actor: Actor, asked: Search = EVERYTHING, only: str | None = None
) -> Programmes:
    """The programmes that are stated or have an entry, or only one. Raises Missing, BadQuery."""
    rows = []
    with register.database.reading() as connection:
        context = register.context(connection, asked.as_of, asked.at)
        for name, known in context.programmes.items():
            own = Search(programme=(name,))
            openings, actions = (
                totals.tally(connection, search, context.snapshot, actor)
                for search in (own, replace(own, type=("action",)))
            )
            if only in (None, name) and (known is not BEFORE or openings.total or actions.total):
                rows.append((known, openings, actions))
    if only and not rows:
        raise Missing("programme", only)
    return Programmes(tuple(rows), context)


def near(register: Reading, words: Sequence[str]) -> tuple[tuple[Commitment, ...], Context]:
    """The entries that all of these words find; if none, those that the longest word finds."""
    asked = [" ".join(words), *sorted(words, key=len, reverse=True)[:3]]
    with register.database.reading() as connection:
        context = register.context(connection)
        for search in (Search(q=q, page_size=5) for q in asked if q):
            count = totals.tally(connection, search, context.snapshot, PUBLIC).total
            batch = lookup.find(connection, search, context.snapshot, PUBLIC, count)
            if entries := tuple(batch.entries):
                return entries, naming(context, entries)
    return (), naming(context, ())


def overview(
    register: Reading, snapshot: Snapshot, *, of_actions: bool, programme: tuple[str, ...] = ()
) -> Overview:
    """All that the public sees of a snapshot, or of a programme, in figures, whatever is sought."""
    every = Search(type=("action",) if of_actions else OPENING_TYPES, programme=programme)
    overdue = replace(every, timeliness=("overdue",), sort="deadline", page_size=1)
    with register.database.reading() as connection:
        tally = totals.tally(connection, every, snapshot, PUBLIC)
        postponed = totals.postponed(connection, every, snapshot, PUBLIC)
        late = tally.facets["timeliness"].get("overdue", 0)
        few = totals.first(connection, overdue, snapshot, PUBLIC)
        longest = tuple(lookup.find(connection, overdue, snapshot, PUBLIC, late, few).entries)
        texts = naming(register.context(connection), longest).texts
    first = next(iter(longest), None)
    return Overview(tally.total, tally.facets, postponed, first, of_actions, snapshot.day, texts)


def figures(register: Reading, search: Search) -> Figures:
    """What the public sees of what is sought, by publisher, year and text. Raises BadQuery."""
    awaited = replace(search, timeliness=("due_soon", "on_track"), sort="deadline")
    with register.database.reading() as connection:
        context = register.sought(connection, search, PUBLIC)
        at = context.snapshot
        by = {
            name: totals.statistics(connection, search, name, at, PUBLIC)
            for name in ("publisher", "year", "text")
        }
        count = totals.tally(connection, awaited, at, PUBLIC).total
        few = totals.first(connection, awaited, at, PUBLIC)
        entries = tuple(lookup.find(connection, awaited, at, PUBLIC, count, few).entries)
    return Figures(by, entries, search, context)


# What a change would make of an entry: the use case itself, carried out and taken back.


class _TakenBack(Exception):  # noqa: N818 it is how a rehearsal ends
    """Undoes the transaction of a rehearsal."""


@dataclass(slots=True)
class _Stage:
    """A database on which a use case is carried out, seen by whoever rehearses it, and undone."""

    database: Database
    see: Callable[["_Stage"], Entry]
    connection: Connection | None = None
    seen: Entry | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self.database.writing() as connection:
            yield connection
            self.connection = connection
            self.seen = self.see(self)
            raise _TakenBack

    def reading(self) -> AbstractContextManager[Connection]:
        """The same, for reading what it has written; before that, as anyone reads."""
        return nullcontext(self.connection) if self.connection else self.database.reading()


def rehearse(
    register: Reading, slug: str | None, kind: str, actor: Actor, act: Callable[[Writing], Written]
) -> Entry:
    """The entry as an act of writing would leave it; without a name, the one that it begins.

    Raises what the act would raise.
    """

    def see(stage: _Stage) -> Entry:
        assert stage.connection is not None  # noqa: S101 it is seen within its transaction
        staged: Any = stage
        position = ledger.head(stage.connection).position
        name = slug or ledger.events_at(stage.connection, [position])[position].commitment or ""
        reading = Reading(staged, register.clock, register.site)
        return reading.get(name, actor, kind=kind, written=position)

    stage = _Stage(register.database, see)
    staged: Any = stage
    with suppress(_TakenBack):
        act(Writing(staged, register.clock, rehearses=True))
    assert stage.seen is not None  # noqa: S101 every act of writing has its transaction
    return stage.seen
