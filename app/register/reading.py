"""Reading use cases: find, get, events, texts, organisations, and who holds a key.

Each is one transaction that ends before anything is answered.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.domain import keys
from app.domain.access import CHANGE, PUBLIC, READ, Actor, may
from app.domain.commitments import Commitment
from app.domain.errors import BadQuery, Gone, Missing, Unauthenticated
from app.domain.fold import steps
from app.domain.ledger import Event, paris_day, paris_midnight, standings
from app.domain.references import Head, Organization, Text
from app.domain.search import Search, cursor
from app.register import Clock
from app.store import commitments, references
from app.store.database import Connection, Database
from app.store.keys import find_key

ENTRY, ACTION = "opening", "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an answer says besides its records: the day, the head, and what records refer to.

    `midnight` is when the day began in Paris: lateness turns then, so answers change then too.
    """

    day: date
    midnight: datetime
    head: Head
    as_of: date | None
    frozen: bool
    organizations: Mapping[str, Organization]
    texts: Mapping[str, Text]

    @property
    def renamed_at(self) -> datetime | None:
        """When one of its organisations was last given another name."""
        moments = [one.renamed_at for one in self.organizations.values() if one.renamed_at]
        return max(moments, default=None)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of what was sought."""

    entries: tuple[Commitment, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    search: Search
    more: bool
    cursor: str | None
    around: Surroundings


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
    """The legal texts, oldest first, and every entry with a claim that rests on one."""

    texts: tuple[Text, ...]
    entries: tuple[Commitment, ...]
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event of the log, and the entry before and after it was recorded."""

    event: Event
    before: Commitment | None
    after: Commitment | None
    public: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """A stretch of the log."""

    recorded: tuple[Recorded, ...]
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Tally:
    """The register in figures."""

    timeliness: Mapping[str, Mapping[str, int]]
    silence: timedelta | None
    around: Surroundings


class Reading:
    """What may be asked of the register."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    def find(self, search: Search, actor: Actor) -> Page:
        """A page of entries. Raises BadQuery for a day to come or a name that does not exist."""
        today = self.clock.today()
        day = _day(search.as_of, today)
        with self.database.reading() as connection:
            _check_names(connection, search, actor)
            total = commitments.count(connection, search, day, actor)
            _check_page(search, total)
            found = commitments.find(connection, search, day, actor)
            entries = tuple(found[: search.page_size])
            more = len(found) > search.page_size
            last = entries[-1] if more else None
            return Page(
                entries=entries,
                total=total,
                facets=commitments.facets(connection, search, day, actor),
                search=search,
                more=more,
                cursor=cursor(search, commitments.sort_value(last, search), last.slug)
                if last
                else None,
                around=self._around(connection, entries, day, search.as_of),
            )

    def get(
        self,
        slug: str,
        actor: Actor,
        as_of: date | None = None,
        kind: str = ENTRY,
        *,
        written: bool = False,
    ) -> Entry:
        """One entry. Raises Missing, or Gone when it was retracted whole.

        `written`: it was written just now, and is told as it stands even if the day is frozen
        before that.
        """
        day = _day(as_of, self.clock.today())
        if written:
            day = max(day, paris_day(self.clock.now()))
        with self.database.reading() as connection:
            found = commitments.get(connection, slug, day, actor)
            if found is None or (found.type == "action") != (kind == ACTION):
                raise _absent(connection, slug, kind)
            own = may(actor, CHANGE, found)
            return Entry(found, own, self._around(connection, [found], day, as_of))

    def events(self, slug: str, actor: Actor, kind: str = ENTRY) -> Ledger:
        """Every claim about an entry, disputed and retracted ones too, in order of position."""
        day = self.clock.today()
        with self.database.reading() as connection:
            events = tuple(commitments.events(connection, slug))
            spans = commitments.spans(connection, slug)
            readable = may(actor, READ, spans[-1]) if spans else _were_public(events)
            if not readable or _kind(events) != kind:
                raise Missing(kind, slug)
            around = self._around(connection, spans[-1:], day, None)
            cited = {event.claim.text for event in events if event.claim and event.claim.text}
            around = replace(around, texts=references.find_texts(connection, cited))
        own = may(actor, CHANGE, spans[-1] if spans else None)
        return Ledger(slug, events, standings(events), own, around)

    def organizations(self) -> tuple[tuple[Organization, ...], Surroundings]:
        """All organisations."""
        with self.database.reading() as connection:
            found = references.find_organizations(connection)
            around = self._around(connection, [], self.clock.today(), None)
        return tuple(found.values()), replace(around, organizations=found)

    def texts(self, actor: Actor, as_of: date | None = None) -> Texts:
        """All legal texts, and the entries that each bears on."""
        day = _day(as_of, self.clock.today())
        with self.database.reading() as connection:
            texts = references.find_texts(connection)
            entries = commitments.resting_on(connection, texts, day, actor)
            around = self._around(connection, entries, day, as_of)
        return Texts(tuple(texts.values()), tuple(entries), around)

    def changes(self, after: int, most: int) -> Changes:
        """The recordings that follow a position, in order, with what each changed.

        The log is public, whoever asks: of an internal event it shows the place in the chain.
        Raises BadQuery for a position beyond the head.
        """
        with self.database.reading() as connection:
            head = commitments.head(connection)
            if after > head.position:
                raise BadQuery((("after", f"The last position is {head.position}."),))
            events = commitments.events_after(connection, after, most)
            slugs = {event.commitment for event in events}
            until = events[-1].position if events else 0
            told = commitments.histories(connection, slugs, until)
            around = self._around(connection, [], self.clock.today(), None)
            organizations = references.find_organizations(connection)
        wanted = {event.position for event in events}
        found = {
            event.position: Recorded(event, before, after_it, _is_public(event, after_it or before))
            for history in told.values()
            for event, before, after_it in steps(history, wanted)
        }
        around = replace(around, organizations=organizations)
        return Changes(tuple(found[event.position] for event in events), around)

    def tally(self) -> Tally:
        """How many entries the public sees of each timeliness, and since when nothing was said."""
        day = self.clock.today()
        openings, actions = Search(), Search(type=("action",))
        with self.database.reading() as connection:
            timeliness = {
                ENTRY: commitments.facets(connection, openings, day, PUBLIC)["timeliness"],
                ACTION: commitments.facets(connection, actions, day, PUBLIC)["timeliness"],
            }
            around = self._around(connection, [], day, None)
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

    def _around(
        self, connection: Connection, entries: Iterable[Commitment], day: date, as_of: date | None
    ) -> Surroundings:
        entries = list(entries)
        slugs = {slug for one in entries for slug in (one.publisher, one.steward) if slug}
        return Surroundings(
            day=day,
            midnight=min(paris_midnight(day), self.clock.now()),
            head=commitments.head(connection),
            as_of=as_of,
            frozen=self.clock.frozen is not None,
            organizations=references.find_organizations(connection, slugs),
            texts=references.find_texts(connection, {t for one in entries for t in _cited(one)}),
        )


def _is_public(event: Event, entry: Commitment | None) -> bool:
    """Whether the log shows more of an event than its place in the chain."""
    claim = event.claim
    if claim is None or claim.visibility != "public":
        return False
    return entry is None or entry.visibility == "public"


def _day(as_of: date | None, today: date) -> date:
    if as_of is not None and as_of > today:
        raise BadQuery((("as_of", f"{as_of} is after today, {today}."),))
    return as_of or today


def _absent(connection: Connection, slug: str, kind: str) -> Missing:
    """Gone only when it was there for the public, and every claim has been retracted."""
    events = commitments.events(connection, slug)
    gone = not commitments.spans(connection, slug) and _were_public(events)
    return (Gone if gone and _kind(events) == kind else Missing)(kind, slug)


def _were_public(events: Sequence[Event]) -> bool:
    return any(event.claim and event.claim.visibility == "public" for event in events)


def _kind(events: Sequence[Event]) -> str:
    """Whether events are about an opening or an action, accepted or not."""
    told = (event.claim.values.get("type") for event in events if event.claim)
    return ACTION if "action" in told else ENTRY


def _check_page(search: Search, total: int) -> None:
    """A page after the last is refused: to a harvester, an empty page means that all is gone."""
    last = max(1, -(-total // search.page_size))
    if search.page > last:
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
