"""The log: as readers follow it, with what each recording changed; what `verify` finds in it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from app.domain import decisions
from app.domain.access import PUBLIC
from app.domain.claims import CLAIMS, unfit
from app.domain.commitments import Commitment
from app.domain.context import Recorded, Snapshot
from app.domain.errors import Unavailable
from app.domain.ledger import Event, Tree
from app.domain.references import Head
from app.domain.search import Search
from app.store import events as ledger
from app.store import lookup, names, records, spans
from app.store.database import Connection, Database
from app.store.keys import find_keys
from app.store.lookup import A_PAGE

MOST = 1_000
"""So many events of one recording are shown together."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the newest, and before which positions its neighbours are.

    `newer` is 0 where the page of newer ones is the newest of all.
    """

    recorded: tuple[Recorded, ...]
    older: int | None
    newer: int | None


def read_tree(database: Database, read: Callable[[Tree], T]) -> T:
    """What is read of the tree over all events, in one transaction."""
    with database.reading() as connection:
        return read(ledger.tree(connection))


def following(connection: Connection, after: int, most: int) -> tuple[Recorded, ...]:
    """The recordings that follow a position, in order."""
    return _recorded(connection, ledger.events_after(connection, after, most))


def newest(
    connection: Connection, of: Search | str, snapshot: Snapshot, before: int | None, *, dated: bool
) -> Stretch:
    """The newest public recordings about the entries sought, before a position.

    `of`: a search, or the slug of one entry. `dated`: before and after are as of the day of the
    snapshot, else as of the day on which each was recorded.
    """
    place = min(before or snapshot.position + 1, snapshot.position + 1)
    most = A_PAGE + 1 if before else MOST + 1
    positions = lookup.positions(connection, of, snapshot, place, most)
    size, newer = A_PAGE, None
    if before is None and positions:
        # Who reads the first page alone misses nothing of what was recorded at once.
        began = ledger.began(connection, positions[:A_PAGE][-1], MOST)
        size = max(A_PAGE, sum(position >= began for position in positions[:MOST]))
    shown = positions[:size]
    if before is not None:
        above = lookup.positions(connection, of, snapshot, place, A_PAGE + 1, newer=True)
        newer = above[A_PAGE] if len(above) > A_PAGE else 0 if above else None
    events = ledger.events_at(connection, shown)
    recorded = _recorded(
        connection, [events[at] for at in shown if at in events], snapshot if dated else None
    )
    public = [row for row in recorded if row.public]
    return Stretch(
        _completed(connection, public, snapshot),
        shown[-1] if len(positions) > size else None,
        newer,
    )


def _recorded(
    connection: Connection, events: Sequence[Event], dated: Snapshot | None = None
) -> tuple[Recorded, ...]:
    about = [event for event in events if event.commitment]
    entries = records.around(connection, about, dated.day if dated else None)
    sides = ((event, entries.get(event.position, (None, None))) for event in events)
    return tuple(
        Recorded(event, before, after, _is_public(event, after or before))
        for event, (before, after) in sides
    )


def _is_public(event: Event, entry: Commitment | None) -> bool:
    """Whether the log shows more of an event than its place in the chain."""
    return event.public and (entry is None or entry.visibility == "public")


def _completed(
    connection: Connection, recorded: Sequence[Recorded], snapshot: Snapshot
) -> tuple[Recorded, ...]:
    """With the entry as it is now, the judgement and the target of each."""
    events = [row.event for row in recorded]
    about = {event.position: (event.claim and event.claim.target) or 0 for event in events}
    slugs = {event.commitment for event in events}
    wanted = [(slug, snapshot.day, snapshot.position) for slug in sorted(slugs)]
    entries = records.several(connection, wanted, PUBLIC)
    claims = [event for event in events if event.kind in CLAIMS]
    judgements = ledger.judgements(connection, claims, snapshot.position)
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
