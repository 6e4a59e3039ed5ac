"""Reading use cases: find, get, events, texts, statistics, and who holds a key.

Each is one transaction that ends before anything is answered.
"""

import hmac
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from app.domain import keys
from app.domain.access import CHANGE, PUBLIC, READ, Actor, may
from app.domain.commitments import TYPES, Commitment, Outline
from app.domain.errors import BadQuery, Gone, Missing, Unauthenticated
from app.domain.ledger import Event, paris_day, paris_midnight, standings
from app.domain.passages import Highlights
from app.domain.references import Head, Organization, Text
from app.domain.search import Search, Snapshot, cursor
from app.domain.statistics import Moved, Statistics, of_entries, of_texts
from app.register import Clock, Kept, log
from app.register.log import Recorded, Stretch
from app.store import commitments, figures, references, wordings
from app.store.commitments import A_BATCH, Found
from app.store.database import Connection, Database
from app.store.keys import find_key

ENTRY, ACTION = "opening", "action"
KEPT_TALLIES, KEPT_STATISTICS = 500, 100
Facets = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an answer says besides its records: the day, the head, and what records refer to.

    `midnight` is when the day began in Paris: lateness turns then, so answers change then too.
    `as_of` and `at` are what was asked; `head` is the last event that the answer knows.
    """

    day: date
    midnight: datetime
    head: Head
    as_of: date | None
    at: int | None
    frozen: bool
    organizations: Mapping[str, Organization]
    texts: Mapping[str, Text]

    @property
    def snapshot(self) -> Snapshot:
        """The day and the position of the answer, fixed."""
        return Snapshot(self.day, self.head.position)

    @property
    def renamed_at(self) -> datetime | None:
        """When one of its organisations was last given another name."""
        moments = [one.renamed_at for one in self.organizations.values() if one.renamed_at]
        return max(moments, default=None)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of what was sought, and where each entry holds the words that were."""

    entries: tuple[Commitment, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    search: Search
    more: bool
    cursor: str | None
    around: Surroundings
    highlights: Mapping[str, Highlights] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One commitment."""

    commitment: Commitment
    sees_internal: bool
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Ledger:
    """The events of one commitment, with the present standing of each claim."""

    slug: str
    events: tuple[Event, ...]
    standings: Mapping[int, str]
    sees_internal: bool
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Texts:
    """Legal texts, oldest first, and by its id what each moved."""

    texts: tuple[Text, ...]
    moved: Mapping[str | None, Sequence[Moved]]
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Changes:
    """A stretch of the log."""

    recorded: tuple[Recorded, ...]
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log, the newest first."""

    stretch: Stretch
    search: Search
    entry: Commitment | None
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Tally:
    """The register in figures."""

    timeliness: Mapping[str, Mapping[str, int]]
    silence: timedelta | None
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Counted:
    """What was sought, in figures. Its surroundings hold every organisation and every text."""

    statistics: Statistics
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Walk:
    """Every entry that was sought, in order, read as they are taken: all of one day and position.

    Its surroundings hold every organisation and every text.
    """

    entries: Iterator[Commitment]
    search: Search
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Outlines:
    """A stretch of the names of all that the public sees, and how many stretches there are."""

    entries: tuple[Outline, ...]
    number: int
    last: int
    around: Surroundings


class Reading:
    """What may be asked of the register."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.tallies = Kept[tuple[int, Facets]](KEPT_TALLIES)
        self.counted = Kept[Statistics](KEPT_STATISTICS)

    def find(self, search: Search, actor: Actor) -> Page:
        """A page of entries. Raises BadQuery for a day to come or a name that does not exist."""
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection, search.as_of, search.at)
            _check_names(connection, search, actor)
            total, facets = self._tallied(connection, search, snapshot, actor)
            found = commitments.find(connection, search, snapshot, actor)
            _check_page(search, total, found)
            entries = tuple(found.entries)
            asked = search.as_of, search.at
            return Page(
                entries=entries,
                total=total,
                facets=facets,
                search=search,
                more=found.last is not None,
                cursor=cursor(search, found.last, snapshot) if found.last else None,
                around=self._around(connection, entries, snapshot, head, asked),
                highlights=wordings.highlights(entries, search.q),
            )

    def walk(self, search: Search, actor: Actor) -> Walk:
        """All that is sought, whatever its number: a batch at a time, each a transaction.

        Nothing moves meanwhile: rows that a writer supersedes are still held at the position. The
        first batch is read at once, so that what is refused is refused before anything is told.
        """
        search = replace(search, page=1, page_size=A_BATCH, after=None)
        with self.database.reading() as connection:
            snapshot, around = self._survey(connection, search, actor)
            found = commitments.find(connection, search, snapshot, actor)
        return Walk(self._entries(found, search, around.snapshot, actor), search, around)

    def survey(self, search: Search, actor: Actor) -> Surroundings:
        """The surroundings of a walk, without a step of it."""
        with self.database.reading() as connection:
            return self._survey(connection, search, actor)[1]

    def _survey(
        self, connection: Connection, search: Search, actor: Actor
    ) -> tuple[Snapshot, Surroundings]:
        snapshot, head = self._snapshot(connection, search.as_of, search.at)
        _check_names(connection, search, actor)
        return snapshot, self._around_all(connection, snapshot, head, (search.as_of, search.at))

    def _entries(
        self, found: Found, search: Search, snapshot: Snapshot, actor: Actor
    ) -> Iterator[Commitment]:
        yield from found.entries
        while found.last:
            search = replace(search, after=found.last)
            with self.database.reading() as connection:
                found = commitments.find(connection, search, snapshot, actor)
            yield from found.entries

    def stretch(self, number: int, size: int) -> Outlines:
        """Where all that the public sees is, so many at a time. Raises Missing behind the last."""
        kinds = Search(), Search(type=("action",))
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection)
            totals = [self._tallied(connection, one, snapshot, PUBLIC)[0] for one in kinds]
            last = max(1, -(-sum(totals) // size))
            if number > last:
                raise Missing("part", str(number))
            first = (number - 1) * size
            found = commitments.outlines(connection, snapshot, PUBLIC, first, size)
            around = self._around(connection, [], snapshot, head)
        return Outlines(tuple(found), number, last, around)

    def get(
        self,
        slug: str,
        actor: Actor,
        as_of: date | None = None,
        kind: str = ENTRY,
        *,
        at: int | None = None,
        written: bool = False,
    ) -> Entry:
        """One entry. Raises Missing, or Gone when it was retracted whole.

        `written`: it was written just now, and is told as it stands even if the day is frozen
        before that.
        """
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection, as_of, at)
            if written:
                snapshot = replace(snapshot, day=max(snapshot.day, paris_day(self.clock.now())))
            found = _named(connection, (slug, kind), snapshot, actor, head)
            own = may(actor, CHANGE, found)
            return Entry(found, own, self._around(connection, [found], snapshot, head, (as_of, at)))

    def events(self, slug: str, actor: Actor, kind: str = ENTRY, at: int | None = None) -> Ledger:
        """Every claim about an entry, disputed and retracted ones too, in order of position."""
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection, None, at)
            events = tuple(commitments.events(connection, slug, head.position))
            spans = commitments.spans(connection, slug, at)
            readable = may(actor, READ, spans[-1]) if spans else _were_public(events)
            if not readable or _kind(events) != kind:
                raise Missing(kind, slug)
            around = self._around(connection, spans[-1:], snapshot, head, (None, at))
            cited = {event.claim.text for event in events if event.claim and event.claim.text}
            around = replace(around, texts=references.find_texts(connection, cited))
        own = may(actor, CHANGE, spans[-1] if spans else None)
        return Ledger(slug, events, standings(events), own, around)

    def organizations(self) -> tuple[tuple[Organization, ...], Surroundings]:
        """All organisations."""
        with self.database.reading() as connection:
            found = references.find_organizations(connection)
            around = self._around(connection, [], *self._snapshot(connection))
        return tuple(found.values()), replace(around, organizations=found)

    def texts(
        self,
        actor: Actor,
        as_of: date | None = None,
        at: int | None = None,
        only: str | None = None,
    ) -> Texts:
        """All legal texts, or only one, and what each moved. Raises Missing."""
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection, as_of, at)
            texts = references.find_texts(connection, only and (only,))
            if only and not texts:
                raise Missing("text", only)
            found: dict[str | None, list[Moved]] = defaultdict(list)
            search = Search(type=TYPES, text=tuple(texts))
            for one in figures.moved(connection, search, snapshot, actor):
                found[one.move.text].append(one)
            around = self._around(connection, [], snapshot, head, (as_of, at))
        return Texts(tuple(texts.values()), found, around)

    def statistics(self, search: Search, by: str, actor: Actor) -> Counted:
        """What is sought, in figures: counted once for each day and position. Raises BadQuery."""
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection, search.as_of, search.at)
            _check_names(connection, search, actor)
            question = by, _question(search, snapshot, actor)
            found = self.counted.get(
                question, lambda: _counted(connection, search, by, snapshot, actor)
            )
            around = self._around_all(connection, snapshot, head, (search.as_of, search.at))
        return Counted(found, around)

    def changes(self, after: int, most: int) -> Changes:
        """The recordings that follow a position, in order, with what each changed.

        The log is public, whoever asks: of an internal event it shows the place in the chain.
        Raises BadQuery for a position beyond the head.
        """
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection)
            if after > head.position:
                raise BadQuery((("after", f"The last position is {head.position}."),))
            recorded = log.following(connection, after, most)
            around = self._around(connection, [], snapshot, head)
            organizations = references.find_organizations(connection)
        return Changes(recorded, replace(around, organizations=organizations))

    def log(self, search: Search, before: int | None, name: tuple[str, str] | None = None) -> Log:
        """A page of public events, the newest first: of the entries sought, or of one entry.

        `name`: its slug and its kind. Raises Missing or Gone for it, BadQuery as `find` does.
        """
        asked = search.as_of, search.at
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection, *asked)
            _check_names(connection, search, PUBLIC)
            entry = _named(connection, name, snapshot, PUBLIC, head) if name else None
            of = entry.slug if entry else search
            dated = search.as_of is not None
            stretch = log.newest(connection, of, snapshot, before, dated=dated)
            around = self._around(connection, [], snapshot, head, asked)
            around = replace(
                around,
                organizations=references.find_organizations(connection),
                texts=references.find_texts(connection, log.cited(stretch)),
            )
        return Log(stretch, search, entry, around)

    def tally(self) -> Tally:
        """How many entries the public sees of each timeliness, and since when nothing was said."""
        kinds = {ENTRY: Search(), ACTION: Search(type=("action",))}
        with self.database.reading() as connection:
            snapshot, head = self._snapshot(connection)
            timeliness = {
                kind: self._tallied(connection, search, snapshot, PUBLIC)[1]["timeliness"]
                for kind, search in kinds.items()
            }
            around = self._around(connection, [], snapshot, head)
        last = around.head.recorded_at
        silence = self.clock.now() - last if last else None
        return Tally(timeliness, silence, around)

    def identify(self, key: str) -> Actor:
        """Who holds a key. Raises Unauthenticated."""
        public = keys.public_part(key)
        if public is None:
            raise Unauthenticated("This is not a key of this register, or it is mistyped.")
        now = self.clock.now()
        with self.database.reading() as connection:
            found = find_key(connection, public)
        if found is None or not hmac.compare_digest(found.digest, keys.digest(key)):
            raise Unauthenticated("This key is unknown here.")
        if found.revoked_at is not None:
            raise Unauthenticated("This key has been revoked.")
        if found.expires_at <= now:
            raise Unauthenticated("This key has ended; ask your manager for another.")
        return Actor(found.organization, found.role, found.public)

    def _snapshot(
        self, connection: Connection, as_of: date | None = None, at: int | None = None
    ) -> tuple[Snapshot, Head]:
        """From where an answer is given, and its last event. Raises BadQuery for what is to come.

        The newest rows are found by an index of their own, so what amounts to now is asked as now.
        """
        today, last = self.clock.today(), commitments.head(connection)
        if as_of is not None and as_of > today:
            raise BadQuery((("as_of", f"{as_of} is after today, {today}."),))
        if at is not None and at > last.position:
            raise BadQuery((("at", f"The last position is {last.position}."),))
        head = last if at in (None, last.position) else commitments.head(connection, at)
        newest = head is last and as_of in (None, today) and self.clock.frozen is None
        return Snapshot(as_of or today, head.position, newest), head

    def _tallied(
        self, connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
    ) -> tuple[int, Facets]:
        """The total and the facets of a search: counted once for each day and position."""
        question = _question(search, snapshot, actor)
        return self.tallies.get(
            question, lambda: commitments.tally(connection, search, snapshot, actor)
        )

    def _around_all(
        self,
        connection: Connection,
        snapshot: Snapshot,
        head: Head,
        asked: tuple[date | None, int | None],
    ) -> Surroundings:
        """With every organisation and every text."""
        return replace(
            self._around(connection, [], snapshot, head, asked),
            organizations=references.find_organizations(connection),
            texts=references.find_texts(connection),
        )

    def _around(
        self,
        connection: Connection,
        entries: Iterable[Commitment],
        snapshot: Snapshot,
        head: Head,
        asked: tuple[date | None, int | None] = (None, None),
    ) -> Surroundings:
        entries = list(entries)
        slugs = {slug for one in entries for slug in (one.publisher, one.steward) if slug}
        return Surroundings(
            day=snapshot.day,
            midnight=min(paris_midnight(snapshot.day), self.clock.now()),
            head=head,
            as_of=asked[0],
            at=asked[1],
            frozen=self.clock.frozen is not None,
            organizations=references.find_organizations(connection, slugs),
            texts=references.find_texts(connection, {t for one in entries for t in _cited(one)}),
        )


def _question(search: Search, snapshot: Snapshot, actor: Actor) -> Hashable:
    """What is counted, whatever page and order it is asked for: from where, and by whose rights."""
    sought = replace(search, sort="rank", page=1, page_size=1, after=None, lang="fr")
    sought = replace(sought, as_of=snapshot.day, at=snapshot.position)
    return sought, actor.organization, actor.operates


def _counted(
    connection: Connection, search: Search, by: str, snapshot: Snapshot, actor: Actor
) -> Statistics:
    if by == "text":
        return of_texts(figures.moved(connection, search, snapshot, actor), search.text)
    return of_entries(figures.figures(connection, search, snapshot, actor), by, snapshot.day)


def _named(
    connection: Connection, name: tuple[str, str], snapshot: Snapshot, actor: Actor, head: Head
) -> Commitment:
    """The entry of that slug and kind. Raises Missing, or Gone when it was retracted whole."""
    slug, kind = name
    found = commitments.get(connection, slug, snapshot, actor)
    if found is None or (found.type == "action") != (kind == ACTION):
        raise _absent(connection, slug, kind, head)
    return found


def _absent(connection: Connection, slug: str, kind: str, head: Head) -> Missing:
    """Gone only when it was there for the public, and every claim has been retracted."""
    events = commitments.events(connection, slug, head.position)
    gone = not commitments.spans(connection, slug, head.position) and _were_public(events)
    return (Gone if gone and _kind(events) == kind else Missing)(kind, slug)


def _were_public(events: Sequence[Event]) -> bool:
    return any(event.claim and event.claim.visibility == "public" for event in events)


def _kind(events: Sequence[Event]) -> str:
    """Whether events are about an opening or an action, accepted or not."""
    told = (event.claim.values.get("type") for event in events if event.claim)
    return ACTION if "action" in told else ENTRY


def _check_page(search: Search, total: int, found: Found) -> None:
    """A page after the last is refused: to a harvester, an empty page means that all is gone."""
    last = max(1, -(-total // search.page_size))
    if search.after is not None and found.empty:
        raise BadQuery((("cursor", "Nothing comes after it."),))
    if search.after is None and search.page > last:
        raise BadQuery((("page", f"The last page is {last}."),))


def _check_names(connection: Connection, search: Search, actor: Actor) -> None:
    """A name that does not exist is refused: an empty list would be a lie."""
    refusals = [
        *references.unknown(connection, "publisher", search.publisher),
        *references.unknown(connection, "text", search.text),
        *commitments.unknown_actions(connection, search.action, actor),
    ]
    if refusals:
        raise BadQuery(tuple((one.kind, what) for one in refusals for _, what in one.errors))


def _cited(commitment: Commitment) -> set[str]:
    """The texts that a document names."""
    held = [commitment.announced_deadline, commitment.deadline, commitment.first_deadline]
    moves = list(commitment.moves)
    for part in commitment.parts:
        held += [part.deadline, part.first_deadline]
        moves += part.moves
    return {d.text for d in held if d and d.text} | {move.text for move in moves if move.text}
