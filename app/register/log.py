"""What changed: the log, two days side by side, the days of an entry; what `verify` finds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.domain import decisions
from app.domain.access import PUBLIC
from app.domain.claims import CLAIMS, unfit
from app.domain.commitments import DUE_SOON, Commitment
from app.domain.context import Context, Recorded, Snapshot
from app.domain.errors import BadQuery, Unavailable, Unfit
from app.domain.ledger import Event, cited
from app.domain.references import Head
from app.domain.search import OF_DIFF, Search
from app.register.reading import Reading, entry_of, naming, only, page_of
from app.store import events as ledger
from app.store import lookup, names, records, spans
from app.store.database import Connection, Database
from app.store.keys import find_keys
from app.store.lookup import A_PAGE

MOST_OF_ONE_RECORDING = 1_000
"""So many events of one recording are shown together."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log, the newest first, and before which positions its neighbours are.

    `newer` is 0 where the page of newer ones is the newest of all.
    """

    recorded: tuple[Recorded, ...]
    older: int | None
    newer: int | None
    search: Search
    entry: Commitment | None
    context: Context


def changes(register: Reading, after: int, most: int) -> tuple[tuple[Recorded, ...], Context]:
    """The recordings that follow a position, in order, with what each changed.

    The log is public, whoever asks: of an internal event it shows the place in the chain.
    Raises BadQuery for a position beyond the head.
    """
    with register.database.reading() as connection:
        context = replace(register.context(connection), texts={})
        if after > context.head.position:
            why = Unfit("The last position is {last}.", last=context.head.position)
            raise BadQuery(("after", why))
        return _recorded(connection, ledger.events_after(connection, after, most)), context


def find(register: Reading, search: Search, before: int | None, slug: str | None = None) -> Log:
    """A page of public events, before a position: of the entries sought, or of one entry.

    Raises Missing or Gone for this one, BadQuery as `find` does.
    """
    with register.database.reading() as connection:
        context = register.sought(connection, search, PUBLIC)
        snapshot, newer = context.snapshot, None
        entry = entry_of(connection, slug, snapshot, PUBLIC)[1] if slug else None
        of, last = entry.slug if entry else search, snapshot.position + 1
        place, size = min(before or last, last), A_PAGE
        most = A_PAGE if before else MOST_OF_ONE_RECORDING
        positions = lookup.positions(connection, of, snapshot, place, most + 1)
        if before is not None:
            above = lookup.positions(connection, of, snapshot, place, A_PAGE + 1, newer=True)
            newer = above[A_PAGE] if len(above) > A_PAGE else 0 if above else None
        elif positions:
            # Who reads the first page alone misses nothing of what was recorded at once.
            began = ledger.began(connection, positions[:A_PAGE][-1], most)
            size = max(A_PAGE, sum(position >= began for position in positions[:most]))
        recorded = _shown(connection, positions[:size], snapshot, dated=search.as_of is not None)
    events = (each for row in recorded for each in (row.event, row.target) if each)
    context = replace(context, texts=only(context.texts, cited(events)))
    older = positions[size - 1] if len(positions) > size else None
    return Log(recorded, older, newer, search, entry, context)


def _shown(
    connection: Connection, positions: Sequence[int], snapshot: Snapshot, *, dated: bool
) -> tuple[Recorded, ...]:
    """The public events at these positions, with the entry as it is now and what judges each.

    `dated`: before and after are as of the day of the snapshot, else of that of the recording.
    """
    at = ledger.events_at(connection, positions)
    events = [at[position] for position in positions if position in at]
    day = snapshot.day if dated else None
    recorded = [row for row in _recorded(connection, events, day) if row.public]
    wanted = {row.event.commitment: None for row in recorded}
    entries = records.several(
        connection, [(slug, snapshot.day, snapshot.position) for slug in wanted], PUBLIC
    )
    claims = [row.event for row in recorded if row.event.kind in CLAIMS]
    judgements = ledger.judgements(connection, claims, snapshot.position)
    about = {
        row.event.position: (row.event.claim and row.event.claim.target) or 0 for row in recorded
    }
    targets = ledger.events_at(connection, about.values())
    return tuple(
        replace(
            row,
            entry=entries.get((row.event.commitment, snapshot.day, snapshot.position)),
            judgement=judgements.get(row.event.position),
            target=targets.get(about[row.event.position]),
        )
        for row in recorded
    )


def _recorded(
    connection: Connection, events: Sequence[Event], day: date | None = None
) -> tuple[Recorded, ...]:
    """Events with their entry before and after each; of an internal one, no more than its place."""
    of_entries = [event for event in events if event.commitment]
    entries = records.before_and_after(connection, of_entries, day)
    recorded = []
    for event in events:
        before, after = entries.get(event.position, (None, None))
        entry = after or before
        public = event.public and (entry is None or entry.visibility == "public")
        recorded.append(Recorded(event, before, after, public))
    return tuple(recorded)


# Two days side by side, and the days on which something changed.


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


def diff(register: Reading, earlier: Search | None, later: Search, *, whole: bool = False) -> Diff:
    """What everyone may see and what differs between two snapshots: a page of it, or all.

    Where no earlier one is named, it is the day before, at the same position.
    Its contexts name every organisation and every text. Raises BadQuery for what is to come.
    """
    with register.database.reading() as connection:
        second = register.context(connection, later.as_of, later.at, OF_DIFF[1::2])
        earlier = earlier or replace(later, as_of=second.day - A_DAY)
        first = register.context(connection, earlier.as_of, earlier.at, OF_DIFF[::2])
        slugs = lookup.differing(connection, first.snapshot, second.snapshot, later.type)
    shown = slugs if whole else page_of(later, slugs)
    differences = _differences(register.database, shown, first.snapshot, second.snapshot)
    return Diff(differences, len(slugs), later, first, second)


def _differences(
    database: Database, slugs: Sequence[str], first: Snapshot, second: Snapshot
) -> Iterator[Difference]:
    ends = [(snapshot.day, snapshot.position) for snapshot in (first, second)]
    for some in ledger.batches(slugs):
        with database.reading() as connection:
            wanted = [(slug, *end) for slug in some for end in dict.fromkeys(ends)]
            entries = records.several(connection, wanted, PUBLIC)
            events = ledger.between(connection, some, first, second)
        for slug in some:
            before, after = (entries.get((slug, *end)) for end in ends)
            yield Difference(before, after, tuple(events.get(slug, ())))


@dataclass(frozen=True, slots=True)
class History:
    """The days on which a list or an entry changed for everyone; of an entry, by which events.

    A day on which a verdict turned because another had passed is one of them.
    """

    days: Sequence[date]
    events: Sequence[Event]
    context: Context


def course(register: Reading, slug: str, at: int | None = None) -> tuple[Commitment, History]:
    """When an entry changed. Raises Missing, or Gone when it was retracted whole."""
    with register.database.reading() as connection:
        context = register.context(connection, at=at)
        snapshot = context.snapshot
        _, entry = entry_of(connection, slug, snapshot, PUBLIC)
        every = records.spans_of(connection, slug, snapshot.position, PUBLIC)
        events = ledger.events(connection, slug, snapshot.position)
    days = {day for span in every for day in _turns(span) if day <= snapshot.day}
    public = [event for event in events if event.public]
    return entry, History(sorted(days), public, naming(context, [entry]))


def course_of_list(register: Reading, types: Sequence[str]) -> History:
    """When any entry of these types changed."""
    with register.database.reading() as connection:
        context = naming(register.context(connection), ())
        return History(lookup.days(connection, types, context.snapshot), (), context)


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


# What `verify` finds: in the chain, in rows, in what each entry amounts to. Changes nothing.


@dataclass(frozen=True, slots=True)
class Finding:
    """What `verify` found. A fault breaks the register; a flag asks for a person."""

    fault: bool
    where: str
    what: str


def check(connection: Connection) -> Iterator[Finding]:
    """Faults and flags, of the chain and of every entry."""
    for position, fault in ledger.checked(connection):
        yield Finding(True, f"position {position}", fault)
    try:
        yield from _entry_findings(connection)
        yield from _key_faults(connection)
    except Unavailable as fault:
        yield Finding(True, "the register", str(fault))
    if not ledger.is_guarded(connection):
        yield Finding(True, "the ledger", "the triggers are not those that guard it")
    if not ledger.is_counted(connection):
        yield Finding(True, "editions", "erasures are not as many as the ledger has")


def cuts(connection: Connection, kept: Iterable[Head]) -> Iterator[Finding]:
    """The heads that were kept and are gone: the chain was cut, or rewritten, before them."""
    heads = {head.position: head.hash for head in kept}
    events = ledger.events_at(connection, heads)
    for position, hashed in heads.items():
        if position not in events or events[position].hash != hashed:
            yield Finding(True, f"position {position}", "its hash is not the one that was kept")


def _entry_findings(connection: Connection) -> Iterator[Finding]:
    """What is wrong with entries, or asks for a person. Raises Unavailable if names cannot be read.

    Which texts bind is among the names: without them nothing can be folded.
    """
    for slug, events, newest, fault in spans.checked(connection):
        if fault:
            yield Finding(True, slug, fault)
        if newest:  # its ledger can be folded
            flags = decisions.oddities(events)
            for name, why in unfit(newest.described):
                flags.append(f"{name}: {why.english} Harvesters may not be told of it")
            yield from (Finding(False, slug, flag) for flag in flags)


def _key_faults(connection: Connection) -> Iterator[Finding]:
    """Keys that no organisation can have been given, and events of keys that are not theirs."""
    keys = {key.public: key.organization for key in find_keys(connection)}
    for public, by in sorted(ledger.signers(connection)):
        if keys.get(public) != by:
            yield Finding(True, f"key {public}", f"it recorded for {by}, and is not its key")
    known = names.names(connection).organizations
    for public, organization in keys.items():
        if organization not in known:
            yield Finding(True, f"key {public}", f"there is no organisation {organization}")
