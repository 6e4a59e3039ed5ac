"""Reading use cases: find, get, events, texts, statistics, and who holds a key.

Each is one transaction that ends before anything is answered.
"""

import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

from app.domain import access
from app.domain.access import PROPOSE, PUBLIC, READ, Actor, may
from app.domain.claims import OPENING_TYPES, TYPES
from app.domain.commitments import Commitment, Outline
from app.domain.context import Context, Site, Snapshot
from app.domain.errors import BadQuery, Gone, Missing, Unauthenticated, Unfit
from app.domain.ledger import Event, Tree, cited, paris_day, paris_midnight, standings
from app.domain.references import BEFORE, Head, Programme, Text
from app.domain.rows import EntryRow, row_of
from app.domain.search import Highlights, Search, cursor
from app.domain.statistics import Moved, Statistics
from app.register import Clock
from app.store import events as ledger
from app.store import lookup, names, records, totals, words
from app.store.database import A_BATCH, Connection, Database
from app.store.keys import find_holder
from app.store.lookup import OFTEN, Found

T = TypeVar("T")
ENTRY, ACTION = "opening", "action"
Facets = Mapping[str, Mapping[str, int]]
ALL = {ENTRY: Search(), ACTION: Search(type=("action",))}
"""All openings, all actions."""


@dataclass(frozen=True)
class Page:
    """A page of what was sought, and where each entry holds the words that were."""

    rows: Sequence[EntryRow]
    total: int
    facets: Facets
    search: Search
    more: bool
    cursor: str | None
    context: Context
    highlights: Mapping[str, Highlights] = field(default_factory=dict)

    @cached_property
    def entries(self) -> tuple[Commitment, ...]:
        """Its entries, without those that cannot be decoded."""
        return tuple(records.all_decoded(self.rows))


@dataclass(frozen=True, slots=True)
class Entry:
    """One commitment, and as it is read."""

    row: EntryRow
    commitment: Commitment
    sees_internal: bool
    context: Context


@dataclass(frozen=True, slots=True)
class Ledger:
    """The events of one commitment, with the present standing of each claim."""

    slug: str
    events: tuple[Event, ...]
    standings: Mapping[int, str]
    sees_internal: bool
    context: Context


@dataclass(frozen=True, slots=True)
class Texts:
    """Legal texts, oldest first, and by its id what each moved."""

    texts: tuple[Text, ...]
    moved: Mapping[str | None, Sequence[Moved]]
    context: Context


@dataclass(frozen=True, slots=True)
class Walk:
    """Every entry that was sought, in order, read as they are taken: all of one snapshot.

    Its context names every organisation and every text.
    """

    rows: Iterator[EntryRow]
    search: Search
    context: Context

    @property
    def entries(self) -> Iterator[Commitment]:
        """The entries of the rows, without those that cannot be decoded."""
        return records.all_decoded(self.rows)


@dataclass(frozen=True, slots=True)
class Moves:
    """A page of moves of deadlines, each with its entry."""

    moves: Sequence[tuple[Moved, Commitment]]
    total: int
    search: Search
    context: Context


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


@dataclass(frozen=True, slots=True)
class Outlines:
    """A stretch of the names of all that the public sees, and how many stretches there are."""

    entries: tuple[Outline, ...]
    number: int
    last: int
    context: Context


@dataclass(frozen=True, slots=True)
class Reading:
    """What may be asked of the register, which is published at `site`."""

    database: Database
    clock: Clock
    site: Site

    def find(self, search: Search, actor: Actor) -> Page:
        """A page of entries. Raises BadQuery for a day to come or a name that does not exist."""
        with self.database.reading() as connection:
            context = self.sought(connection, search, actor)
            (total, facets), batch = _found(connection, search, context.snapshot, actor)
            _check_page(search, total, batch)
            context = _carried_out(connection, context, search.type, actor)
            return Page(
                rows=batch.rows,
                total=total,
                facets=facets,
                search=search,
                more=batch.last is not None,
                cursor=cursor(search, batch.last, context.snapshot) if batch.last else None,
                context=naming(context, batch.rows, also=facets["publisher"]),
                highlights=words.highlights(batch.entries, search.q) if search.q else {},
            )

    def walk(self, search: Search, actor: Actor) -> Walk:
        """All that is sought, whatever its number: a batch at a time, each a transaction.

        Nothing moves meanwhile: rows that a writer supersedes stay readable at the position. The
        first batch is read at once, so that a refusal comes before the first byte; only words are
        counted before it, for how often they are said decides how they are sought.
        """
        search = replace(search, page=1, page_size=A_BATCH, after=None)
        with self.database.reading() as connection:
            context = self.sought(connection, search, actor)
            total = OFTEN
            if search.q:
                total = totals.tally(connection, search, context.snapshot, actor).total
            batch = lookup.find(connection, search, context.snapshot, actor, total)
            context = _carried_out(connection, context, search.type, actor)
        return Walk(self._rows(batch, search, context.snapshot, actor, total), search, context)

    def _rows(
        self, batch: Found, search: Search, snapshot: Snapshot, actor: Actor, total: int
    ) -> Iterator[EntryRow]:
        yield from batch.rows
        while batch.last:
            search = replace(search, after=batch.last)
            with self.database.reading() as connection:
                batch = lookup.find(connection, search, snapshot, actor, total)
            yield from batch.rows

    def moves(self, search: Search, actor: Actor) -> Moves:
        """A page of the moves of the deadlines of what is sought, by permanent name."""
        with self.database.reading() as connection:
            context = self.sought(connection, search, actor)
            day, position = context.snapshot.day, context.snapshot.position
            rows = totals.moved(connection, search, context.snapshot, actor)
            shown = page_of(search, rows)
            wanted = [(slug, day, position) for slug in dict.fromkeys(row.slug for row in shown)]
            entries = records.several(connection, wanted, actor)
        of_move = [(row, entries[row.slug, day, position]) for row in shown]
        texts = {row.move.text for row in shown if row.move.text}
        return Moves(of_move, len(rows), search, naming(context, entries.values(), texts))

    def stretch(self, number: int, size: int) -> Outlines:
        """Where all that the public sees is, so many at a time. Raises Missing behind the last."""
        with self.database.reading() as connection:
            context = naming(self.context(connection), ())
            snapshot = context.snapshot
            counted = (totals.tally(connection, each, snapshot, PUBLIC) for each in ALL.values())
            last = max(1, -(-sum(tally.total for tally in counted) // size))
            if number > last:
                raise Missing("part", str(number))
            first = (number - 1) * size
            entries = tuple(lookup.outlines(connection, snapshot, PUBLIC, first, size))
        return Outlines(entries, number, last, context)

    def get(
        self,
        slug: str,
        actor: Actor,
        as_of: date | None = None,
        *,
        at: int | None = None,
        written: int | None = None,
    ) -> Entry:
        """One entry. Raises Missing, or Gone when it was retracted whole.

        `written`: the position of a recording made just now. The entry is shown as that left it,
        whatever others have recorded since, even if the day is frozen before that.
        """
        with self.database.reading() as connection:
            context = self.context(connection, as_of, at if written is None else written)
            if written:
                day = max(context.day, paris_day(self.clock.now()))
                context = replace(context, snapshot=replace(context.snapshot, day=day, at=None))
            row, entry = entry_of(connection, slug, context.snapshot, actor)
            context = naming(_carried_out(connection, context, (entry.type,), actor), [row])
            context = replace(context, openings=only(context.openings, [entry.slug]))
            if not context.openings:  # what is recorded elsewhere is not seen in it
                corrected = context.corrected_at[1] if context.corrected_at else 0
                context = replace(context, cited=max(entry.version, corrected))
            return Entry(row, entry, may(actor, PROPOSE, entry), context)

    def events(self, slug: str, actor: Actor, at: int | None = None) -> Ledger:
        """Every claim about an entry, disputed and retracted ones too, in order of position."""
        with self.database.reading() as connection:
            context = self.context(connection, at=at)
            position = context.snapshot.position
            events = tuple(ledger.events(connection, slug, position))
            newest = records.newest(connection, slug, position)
            readable = may(actor, READ, newest) if newest else any(e.public for e in events)
            if not readable:
                raise Missing(kind_of(slug), slug)
            context = naming(context, [newest] if newest else [], cited(events))
        own = may(actor, PROPOSE, newest)
        return Ledger(slug, events, standings(events), own, context)

    def present(self, *, texts: bool = False) -> Context:
        """The register as it is now, with every organisation, and with every text if asked."""
        with self.database.reading() as connection:
            context = self.context(connection)
            return replace(
                context, texts=lookup.texts(connection, context, PUBLIC) if texts else {}
            )

    def texts(
        self,
        actor: Actor,
        as_of: date | None = None,
        at: int | None = None,
        only: str | None = None,
    ) -> Texts:
        """All legal texts, or only one, and what each moved. Raises Missing."""
        with self.database.reading() as connection:
            context = self.context(connection, as_of, at)
            seen = lookup.texts(connection, context, actor)
            texts = {id_: text for id_, text in seen.items() if only in (None, id_)}
            if only and not texts:
                raise Missing("text", only)
            moved: dict[str | None, list[Moved]] = defaultdict(list)
            search = Search(type=TYPES, text=tuple(texts))
            for row in totals.moved(connection, search, context.snapshot, actor):
                moved[row.move.text].append(row)
        return Texts(tuple(texts.values()), moved, naming(context, ()))

    def statistics(self, search: Search, by: str, actor: Actor) -> tuple[Statistics, Context]:
        """What is sought, in figures: counted once for each day and position. Raises BadQuery."""
        with self.database.reading() as connection:
            context = self.sought(connection, search, actor)
            return totals.statistics(connection, search, by, context.snapshot, actor), context

    def tally(self) -> tuple[Facets, Head, timedelta | None]:
        """How many entries the public sees of each timeliness; the head, and how old it is."""
        with self.database.reading() as connection:
            context = self.context(connection)
            timeliness = {
                kind: totals.tally(connection, every, context.snapshot, PUBLIC).facets["timeliness"]
                for kind, every in ALL.items()
            }
        last = context.head.recorded_at
        return timeliness, context.head, self.clock.now() - last if last else None

    def read_tree(self, read: Callable[[Tree], T]) -> T:
        """What is read of the tree over all events, in one transaction."""
        with self.database.reading() as connection:
            return read(ledger.tree(connection))

    def programmes(
        self, actor: Actor, asked: Search = ALL[ENTRY], only: str | None = None
    ) -> Programmes:
        """The programmes that are stated or have an entry; or one. Raises Missing, BadQuery."""
        rows = []
        with self.database.reading() as connection:
            context = self.context(connection, asked.as_of, asked.at)
            for name, known in context.programmes.items():
                if only not in (None, name):
                    continue
                openings, actions = (
                    totals.tally(
                        connection, replace(each, programme=(name,)), context.snapshot, actor
                    )
                    for each in ALL.values()
                )
                if known is not BEFORE or openings.total or actions.total:
                    rows.append((known, openings, actions))
        if only and not rows:
            raise Missing("programme", only)
        return Programmes(tuple(rows), context)

    def near(self, words: Sequence[str]) -> tuple[tuple[Commitment, ...], Context]:
        """The entries that all of these words find; if none, those that the longest word finds."""
        asked = [" ".join(words), *sorted(words, key=len, reverse=True)[:3]]
        with self.database.reading() as connection:
            context = self.context(connection)
            for search in (Search(q=q, page_size=5) for q in asked if q):
                _, batch = _found(connection, search, context.snapshot, PUBLIC)
                if entries := tuple(batch.entries):
                    return entries, naming(context, entries)
        return (), naming(context, ())

    def overview(
        self, snapshot: Snapshot, *, of_actions: bool, programme: tuple[str, ...] = ()
    ) -> Overview:
        """All that the public sees of a snapshot, or of a programme, in figures."""
        every = Search(type=("action",) if of_actions else OPENING_TYPES, programme=programme)
        overdue = replace(every, timeliness=("overdue",), sort="deadline", page_size=1)
        with self.database.reading() as connection:
            tally = totals.tally(connection, every, snapshot, PUBLIC)
            postponed = totals.postponed(connection, every, snapshot, PUBLIC)
            longest = tuple(_found(connection, overdue, snapshot, PUBLIC)[1].entries)
            texts = naming(self.context(connection), longest).texts
        first = next(iter(longest), None)
        return Overview(
            tally.total, tally.facets, postponed, first, of_actions, snapshot.day, texts
        )

    def figures(self, search: Search) -> Figures:
        """What the public sees of what is sought, by publisher, year and text. Raises BadQuery."""
        awaited = replace(search, timeliness=("due_soon", "on_track"), sort="deadline")
        with self.database.reading() as connection:
            context = self.sought(connection, search, PUBLIC)
            at = context.snapshot
            by = {
                name: totals.statistics(connection, search, name, at, PUBLIC)
                for name in ("publisher", "year", "text")
            }
            entries = tuple(_found(connection, awaited, at, PUBLIC)[1].entries)
        return Figures(by, entries, search, context)

    def identify(self, key: str) -> Actor:
        """Who holds a key. Raises Unauthenticated."""
        public = access.public_part(key)
        if public is None:
            raise Unauthenticated("This is not a key of this register, or it is mistyped.")
        now = self.clock.now()
        with self.database.reading() as connection:
            row = find_holder(connection, public)
        if row is None or not hmac.compare_digest(row.key.digest, access.digest_of(key)):
            raise Unauthenticated("This key is unknown here.")
        if row.key.revoked_at is not None:
            raise Unauthenticated("This key has been revoked.")
        if row.key.expires_at <= now:
            raise Unauthenticated("This key has ended; ask your manager for another.")
        return row.actor

    def context(
        self,
        connection: Connection,
        as_of: date | None = None,
        at: int | None = None,
        asked: Sequence[str] = ("as_of", "at"),
    ) -> Context:
        """What an answer holds for, with all names. Raises BadQuery for what is to come.

        The newest rows have an index of their own, so what amounts to now is asked as now. A
        position inside a recording is answered as at its end.
        """
        today, (last, named) = self.clock.today(), names.head_and_names(connection)
        if as_of is not None and as_of > today:
            raise BadQuery(
                (asked[0], Unfit("{day} is after today, {today}.", day=as_of, today=today))
            )
        if at is not None and at > last.position:
            raise BadQuery((asked[1], Unfit("The last position is {last}.", last=last.position)))
        head = last if at in (None, last.position) else ledger.head(connection, at)
        if as_of is not None or head != last:
            named = names.known(connection, as_of, head.position)
        frozen, day = self.clock.frozen is not None, as_of or today
        newest = head == last and day == today and not frozen
        return Context(
            base=self.site.base,
            contact=self.site.contact,
            snapshot=Snapshot(day, head.position, newest, as_of, at),
            head=head,
            midnight=min(paris_midnight(day), self.clock.now()),
            frozen=frozen,
            organizations=named.organizations,
            texts=named.texts,
            programmes=named.programmes,
            hidden=named.hidden,
        )

    def sought(self, connection: Connection, search: Search, actor: Actor) -> Context:
        """The context of a search. Raises BadQuery for a name that does not exist."""
        context = self.context(connection, search.as_of, search.at)
        context = replace(context, texts=lookup.texts(connection, context, actor))
        _check_names(connection, search, actor, context)
        return context


def _found(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> tuple[totals.Tally, Found]:
    """How much is found, and a page of it."""
    tally = totals.tally(connection, search, snapshot, actor)
    few = totals.first(connection, search, snapshot, actor)
    return tally, lookup.find(connection, search, snapshot, actor, tally.total, few)


def naming(
    context: Context,
    entries: Iterable[Commitment | EntryRow],
    texts: Iterable[str] | None = None,
    also: Iterable[str] = (),
) -> Context:
    """With only the organisations that entries name, and these; and their texts, or these."""
    rows = [row_of(each) if isinstance(each, Commitment) else each for each in entries]
    slugs = {slug for row in rows for slug in (row.publisher, row.steward) if slug} | {*also}
    if texts is None:
        texts = {text for row in rows for text in row.cited}
    return replace(
        context, organizations=only(context.organizations, slugs), texts=only(context.texts, texts)
    )


def _carried_out(
    connection: Connection, context: Context, types: Sequence[str], actor: Actor
) -> Context:
    """With how many openings carry out each action, if it is about actions."""
    if "action" not in types:
        return context
    return replace(context, openings=totals.carried_out(connection, context.snapshot, actor))


def only(known: Mapping[str, T], some: Iterable[str]) -> dict[str, T]:
    """Those of these names that are known."""
    return {name: known[name] for name in sorted(set(some)) if name in known}


def entry_of(
    connection: Connection, slug: str, snapshot: Snapshot, actor: Actor
) -> tuple[EntryRow, Commitment]:
    """The entry of that name. Raises Missing, or Gone when it was retracted whole.

    Gone only when it was there for the public, and every claim has been retracted.
    """
    row = records.named(connection, slug, snapshot, actor)
    if row is not None:
        return row, records.decoded(row)
    public = any(event.public for event in ledger.events(connection, slug, snapshot.position))
    gone = public and not records.newest(connection, slug, snapshot.position)
    raise (Gone if gone else Missing)(kind_of(slug), slug)


def kind_of(slug: str) -> str:
    """Whether it names an opening or an action: only that is named within a programme."""
    return ACTION if "/" in slug else ENTRY


def _check_page(search: Search, total: int, batch: Found) -> None:
    """A page after the last is refused: to a harvester, an empty page means that all is gone."""
    if search.after is None:
        last_page(search, total)
    elif batch.empty:
        raise BadQuery(("cursor", Unfit("Nothing comes after it.")))


def page_of(search: Search, rows: Sequence[T]) -> Sequence[T]:
    """The rows of the page that is asked for. Raises BadQuery where there is none."""
    last_page(search, len(rows))
    place = (search.page - 1) * search.page_size
    return rows[place : place + search.page_size]


def last_page(search: Search, total: int) -> int:
    """The number of the last page. Raises BadQuery where a page behind it is asked for."""
    last = search.last_page(total)
    if search.page > last:
        raise BadQuery(("page", Unfit("The last page is {last}.", last=last)))
    return last


def _check_names(connection: Connection, search: Search, actor: Actor, context: Context) -> None:
    """A name that does not exist is refused: an empty list would be a lie."""
    refusals = [
        *names.unknown("programme", search.programme, context.programmes),
        *names.unknown("publisher", search.publisher, context.organizations),
        *names.unknown("steward", search.steward, context.organizations),
        *names.unknown("text", search.text, context.texts),
        *lookup.unknown_actions(connection, search.action, actor),
    ]
    if refusals:
        raise BadQuery(*refusals)
