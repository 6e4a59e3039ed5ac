"""Reading use cases: find, get, events, texts, statistics, and who holds a key.

Each is one transaction that ends before anything is answered.
"""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

from app.domain import access
from app.domain.access import PROPOSE, PUBLIC, READ, Actor, may
from app.domain.claims import TYPES
from app.domain.commitments import DUE_SOON, Commitment, Outline
from app.domain.context import Context, Recorded, Site, Snapshot
from app.domain.errors import BadQuery, Gone, Missing, Unauthenticated, Unfit
from app.domain.ledger import Event, cited, paris_day, paris_midnight, standings
from app.domain.references import Text
from app.domain.rows import EntryRow, row_of
from app.domain.search import OF_DIFF, Highlights, Search, cursor
from app.domain.statistics import Moved, Statistics
from app.register import Clock, log
from app.register.log import Stretch
from app.store import events as ledger
from app.store import lookup, names, records, totals, words
from app.store.database import A_BATCH, Connection, Database
from app.store.keys import find_holder
from app.store.lookup import OFTEN, Found

T = TypeVar("T")
ENTRY, ACTION = "opening", "action"
A_DAY = timedelta(days=1)
Facets = Mapping[str, Mapping[str, int]]


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
class Log:
    """A page of the log, the newest first."""

    stretch: Stretch
    search: Search
    entry: Commitment | None
    context: Context


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries the public sees of each timeliness, and since when nothing was recorded."""

    timeliness: Mapping[str, Mapping[str, int]]
    silence: timedelta | None
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
class History:
    """The days on which a list or an entry changed for everyone; of an entry, by which events.

    A day on which a verdict turned because another had passed is one of them.
    """

    days: Sequence[date]
    events: Sequence[Event]
    context: Context


@dataclass(frozen=True, slots=True)
class Moves:
    """A page of moves of deadlines, each with its entry."""

    moves: Sequence[tuple[Moved, Commitment]]
    total: int
    search: Search
    context: Context


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry at two snapshots, None where it was not there, and the events that act between."""

    before: Commitment | None
    after: Commitment | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """The entries that differ between two snapshots, by name, read as they are taken."""

    differences: Iterator[Difference]
    total: int
    search: Search
    earlier: Context
    later: Context


@dataclass(frozen=True, slots=True)
class Outlines:
    """A stretch of the names of all that the public sees, and how many stretches there are."""

    entries: tuple[Outline, ...]
    number: int
    last: int
    context: Context


class Reading:
    """What may be asked of the register, which is published at `site`."""

    def __init__(self, database: Database, clock: Clock, site: Site) -> None:
        self.database = database
        self.clock = clock
        self.site = site

    def find(self, search: Search, actor: Actor) -> Page:
        """A page of entries. Raises BadQuery for a day to come or a name that does not exist."""
        with self.database.reading() as connection:
            context = self.sought(connection, search, actor)
            snapshot = context.snapshot
            total, facets = totals.tally(connection, search, snapshot, actor)
            few = totals.first(connection, search, snapshot, actor)
            batch = lookup.find(connection, search, snapshot, actor, total, few)
            _check_page(search, total, batch)
            context = _carried_out(connection, context, search.type, actor)
            rows = batch.rows
            return Page(
                rows=rows,
                total=total,
                facets=facets,
                search=search,
                more=batch.last is not None,
                cursor=cursor(search, batch.last, snapshot) if batch.last else None,
                context=naming(context, rows, also=facets["publisher"]),
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

    def course(self, slug: str, kind: str, at: int | None = None) -> tuple[Commitment, History]:
        """When an entry changed. Raises Missing, or Gone when it was retracted whole."""
        with self.database.reading() as connection:
            context = self.context(connection, at=at)
            snapshot = context.snapshot
            _, entry = _entry(connection, (slug, kind), snapshot, PUBLIC)
            spans = records.course(connection, slug, snapshot.position, PUBLIC)
            events = ledger.events(connection, slug, snapshot.position)
        days = {day for span in spans for day in _turns(span) if day <= snapshot.day}
        public = [event for event in events if event.public]
        return entry, History(sorted(days), public, naming(context, [entry]))

    def course_of_list(self, types: Sequence[str]) -> History:
        """When any entry of these types changed."""
        with self.database.reading() as connection:
            context = naming(self.context(connection), ())
            return History(lookup.days(connection, types, context.snapshot), (), context)

    def moves(self, search: Search, actor: Actor) -> Moves:
        """A page of the moves of the deadlines of what is sought, by permanent name."""
        with self.database.reading() as connection:
            context = self.sought(connection, search, actor)
            day, position = context.snapshot.day, context.snapshot.position
            rows = totals.moved(connection, search, context.snapshot, actor)
            last_page(search, len(rows))
            place = (search.page - 1) * search.page_size
            shown = rows[place : place + search.page_size]
            wanted = [(slug, day, position) for slug in dict.fromkeys(row.slug for row in shown)]
            entries = records.several(connection, wanted, actor)
        of_move = [(row, entries[row.slug, day, position]) for row in shown]
        texts = {row.move.text for row in shown if row.move.text}
        return Moves(of_move, len(rows), search, naming(context, entries.values(), texts))

    def diff(self, earlier: Search | None, later: Search, *, whole: bool = False) -> Diff:
        """What everyone may see and what differs between two snapshots: a page of it, or all.

        Where no earlier one is named, it is the day before, at the same position.
        Its contexts name every organisation and every text. Raises BadQuery for what is to come.
        """
        with self.database.reading() as connection:
            second = self.context(connection, later.as_of, later.at, OF_DIFF[1::2])
            earlier = earlier or replace(later, as_of=second.day - A_DAY)
            first = self.context(connection, earlier.as_of, earlier.at, OF_DIFF[::2])
            slugs = lookup.differing(connection, first.snapshot, second.snapshot, later.type)
        last_page(later, len(slugs))
        place = (later.page - 1) * later.page_size
        some = slugs if whole else slugs[place : place + later.page_size]
        return Diff(self._differences(some, first, second), len(slugs), later, first, second)

    def _differences(
        self, slugs: Sequence[str], first: Context, second: Context
    ) -> Iterator[Difference]:
        ends = [(context.day, context.snapshot.position) for context in (first, second)]
        for begin in range(0, len(slugs), A_BATCH):
            some = slugs[begin : begin + A_BATCH]
            with self.database.reading() as connection:
                wanted = [(slug, *end) for slug in some for end in dict.fromkeys(ends)]
                entries = records.several(connection, wanted, PUBLIC)
                events = ledger.between(connection, some, first.snapshot, second.snapshot)
            for slug in some:
                before, after = (entries.get((slug, *end)) for end in ends)
                yield Difference(before, after, tuple(events.get(slug, ())))

    def stretch(self, number: int, size: int) -> Outlines:
        """Where all that the public sees is, so many at a time. Raises Missing behind the last."""
        kinds = Search(), Search(type=("action",))
        with self.database.reading() as connection:
            context = naming(self.context(connection), ())
            snapshot = context.snapshot
            counted = [totals.tally(connection, kind, snapshot, PUBLIC).total for kind in kinds]
            last = max(1, -(-sum(counted) // size))
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
        kind: str = ENTRY,
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
            row, entry = _entry(connection, (slug, kind), context.snapshot, actor)
            context = _carried_out(connection, context, (entry.type,), actor, entry.slug)
            context = naming(context, [row])
            if not context.openings:  # what is recorded elsewhere is not seen in it
                corrected = context.corrected_at[1] if context.corrected_at else 0
                context = replace(context, cited=max(entry.version, corrected))
            return Entry(row, entry, may(actor, PROPOSE, entry), context)

    def events(self, slug: str, actor: Actor, kind: str = ENTRY, at: int | None = None) -> Ledger:
        """Every claim about an entry, disputed and retracted ones too, in order of position."""
        with self.database.reading() as connection:
            context = self.context(connection, at=at)
            position = context.snapshot.position
            events = tuple(ledger.events(connection, slug, position))
            newest = records.newest(connection, slug, position)
            readable = may(actor, READ, newest) if newest else any(e.public for e in events)
            if not readable or _kind(events) != kind:
                raise Missing(kind, slug)
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

    def changes(self, after: int, most: int) -> tuple[tuple[Recorded, ...], Context]:
        """The recordings that follow a position, in order, with what each changed.

        The log is public, whoever asks: of an internal event it shows the place in the chain.
        Raises BadQuery for a position beyond the head.
        """
        with self.database.reading() as connection:
            context = replace(self.context(connection), texts={})
            if after > context.head.position:
                why = Unfit("The last position is {last}.", last=context.head.position)
                raise BadQuery(("after", why))
            return log.following(connection, after, most), context

    def log(self, search: Search, before: int | None, name: tuple[str, str] | None = None) -> Log:
        """A page of public events, the newest first: of the entries sought, or of one entry.

        `name`: its slug and its kind. Raises Missing or Gone for it, BadQuery as `find` does.
        """
        with self.database.reading() as connection:
            context = self.sought(connection, search, PUBLIC)
            snapshot = context.snapshot
            entry = _entry(connection, name, snapshot, PUBLIC)[1] if name else None
            of = entry.slug if entry else search
            dated = search.as_of is not None
            stretch = log.newest(connection, of, snapshot, before, dated=dated)
            events = (each for row in stretch.recorded for each in (row.event, row.target))
            texts = cited(event for event in events if event)
            context = replace(context, texts=_only(context.texts, texts))
        return Log(stretch, search, entry, context)

    def tally(self) -> Tally:
        """How many entries the public sees of each timeliness, and since when nothing was said."""
        kinds = {ENTRY: Search(), ACTION: Search(type=("action",))}
        with self.database.reading() as connection:
            context = naming(self.context(connection), ())
            timeliness = {
                kind: totals.tally(connection, search, context.snapshot, PUBLIC).facets[
                    "timeliness"
                ]
                for kind, search in kinds.items()
            }
        last = context.head.recorded_at
        silence = self.clock.now() - last if last else None
        return Tally(timeliness, silence, context)

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
        today, (last, named) = self.clock.today(), names.opened(connection)
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
        context,
        organizations=_only(context.organizations, slugs),
        texts=_only(context.texts, texts),
    )


def _carried_out(
    connection: Connection,
    context: Context,
    types: Sequence[str],
    actor: Actor,
    action: str | None = None,
) -> Context:
    """With how many openings carry out each action, if it is about actions."""
    if "action" not in types:
        return context
    return replace(
        context, openings=lookup.openings_of(connection, action, context.snapshot, actor)
    )


def _only(known: Mapping[str, T], some: Iterable[str]) -> dict[str, T]:
    """Those of these names that are known."""
    return {name: known[name] for name in sorted(set(some)) if name in known}


def _entry(
    connection: Connection, name: tuple[str, str], snapshot: Snapshot, actor: Actor
) -> tuple[EntryRow, Commitment]:
    """The entry of that slug and kind. Raises Missing, or Gone when it was retracted whole.

    Gone only when it was there for the public, and every claim has been retracted.
    """
    slug, kind = name
    row = records.named(connection, slug, snapshot, actor)
    if row is not None and (row.type == "action") == (kind == ACTION):
        return row, records.decoded(row)
    events = ledger.events(connection, slug, snapshot.position)
    public = any(event.public for event in events)
    gone = public and not records.newest(connection, slug, snapshot.position)
    raise (Gone if gone and _kind(events) == kind else Missing)(kind, slug)


def _turns(span: Commitment) -> Iterator[date]:
    """The first day of a span, and those on which its timeliness turns by the calendar alone."""
    yield span.valid_from
    timing = span.timing
    turns = {last + A_DAY for last in timing.awaited.values()}
    turns |= {timing.due - DUE_SOON} if timing.due else set()
    for day in turns:
        within = span.valid_from < day < (span.valid_to or date.max)
        if within and timing.on(day)[0] != timing.on(day - A_DAY)[0]:
            yield day


def _kind(events: Sequence[Event]) -> str:
    """Whether events are about an opening or an action: only that is named within a programme."""
    return ACTION if "/" in events[0].commitment else ENTRY


def _check_page(search: Search, total: int, batch: Found) -> None:
    """A page after the last is refused: to a harvester, an empty page means that all is gone."""
    if search.after is None:
        last_page(search, total)
    elif batch.empty:
        raise BadQuery(("cursor", Unfit("Nothing comes after it.")))


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
        *names.unknown("text", search.text, context.texts),
        *lookup.unknown_actions(connection, search.action, actor),
    ]
    if refusals:
        raise BadQuery(*refusals)
