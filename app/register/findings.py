"""What `verify` finds: in the chain, in rows, in what each entry amounts to. Changes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from app.domain import claims, decisions
from app.domain.commitments import Commitment
from app.domain.context import Context, Snapshot
from app.domain.errors import Unavailable
from app.domain.fold import resolve
from app.domain.ledger import Event, broken, paris_midnight
from app.formats import dcat, rdf
from app.store import commitments, references, wordings
from app.store.database import Connection
from app.store.rows import UNDECODABLE

FOLDED_ANEW = 100
"""How many positions of one ledger are folded anew."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What `verify` found. A fault breaks the register; a flag asks for a person."""

    fault: bool
    where: str
    what: str


def findings(connection: Connection, today: date) -> list[Finding]:
    """All that is found: faults and flags, of the chain and of every entry."""
    found = list(_chain_faults(connection))
    found += [
        Finding(True, where, f"it cannot be decoded: {fault}")
        for where, fault in commitments.undecodable(connection)
    ]
    context = _context(connection, today)
    for slug in commitments.slugs(connection):
        events = commitments.events(connection, slug)
        try:
            found += _history_faults(connection, slug, events)
            found += [Finding(False, slug, flag) for flag in decisions.oddities(events)]
            found += _unfit(commitments.spans(connection, slug)[-1:], context)
        except Unavailable:
            continue  # a row of it cannot be decoded: this was found above
        except UNDECODABLE as fault:
            found.append(Finding(True, slug, f"its ledger cannot be folded: {fault!r}"))
    found += [
        Finding(True, slug, "it is found by other words than it says")
        for slug in wordings.unlike_their_rows(connection)
    ]
    return found


def _context(connection: Connection, day: date) -> Context:
    """What telling takes besides a record. Nobody reads what is told here."""
    head = commitments.head(connection)
    return Context(
        base="https://register.invalid",
        contact="",
        snapshot=Snapshot(day, head.position),
        head=head,
        midnight=paris_midnight(day),
        organizations=references.find_organizations(connection),
        texts=references.find_texts(connection),
    )


def _unfit(newest: Iterable[Commitment], context: Context) -> Iterator[Finding]:
    """Values that would be refused now, and entries that cannot be written as DCAT."""
    for entry in newest:
        for name, why in claims.unfit(entry.described):
            yield Finding(False, entry.slug, f"{name}: {why} Harvesters may not be told of it")
        if entry.type != "action":
            try:
                rdf.ntriples(dcat.opening(entry, context))
            except UNDECODABLE as fault:
                yield Finding(True, entry.slug, f"it cannot be written as DCAT: {fault!r}")


def _chain_faults(connection: Connection) -> Iterator[Finding]:
    previous: Event | None = None
    for event in commitments.every_event(connection):
        if fault := broken(event, previous):
            yield Finding(True, f"position {event.position}", fault)
        previous = event
    for position in commitments.unlike_their_content(connection):
        yield Finding(True, f"position {position}", "its columns are not what its content says")


def _history_faults(connection: Connection, slug: str, events: Sequence[Event]) -> list[Finding]:
    """Whether the rows of an entry are what its ledger amounted to, now and at every position.

    The first position that differs is told. A ledger longer than FOLDED_ANEW is folded anew at its
    last positions, and at one in so many of those before: folding all would take the square of
    its length. How long rows hold is checked at all.
    """
    turns = commitments.turns(connection, slug)
    ends: dict[int, int | None] = {}
    for event, following in zip(events, [*events[1:], None], strict=True):
        ends[event.position] = following.position if following else None
    if wrong := sorted(version for version, end in turns.items() if ends.get(version, 0) != end):
        return [Finding(True, slug, f"the rows of position {wrong[0]} end where they should not")]
    step = -(-len(events) // FOLDED_ANEW)
    for length in sorted(range(len(events), 0, -1), key=lambda n: n != len(events)):
        if length <= len(events) - FOLDED_ANEW and length % step:
            continue
        at = events[length - 1].position
        stored = commitments.spans(connection, slug, at)
        if faults := list(_row_faults(slug, resolve(events[:length]), stored)):
            now = length == len(events)
            where = faults[0].where if now else f"{slug} at position {at}"
            return [Finding(True, where, fault.what) for fault in faults]
    return []


def _row_faults(
    slug: str, folded: Sequence[Commitment], stored: Sequence[Commitment]
) -> Iterator[Finding]:
    """The first difference between what the ledger amounts to and what the rows hold."""
    if len(folded) != len(stored):
        what = f"the ledger amounts to {len(folded)} spans, and {len(stored)} are stored"
        yield Finding(True, slug, what)
        return
    for ours, theirs in zip(folded, stored, strict=True):
        for field in fields(Commitment):
            name = field.name
            if (expected := getattr(ours, name)) != (found := getattr(theirs, name)):
                what = f"from {ours.valid_from}, {name} is {found!r} where the ledger says"
                yield Finding(True, slug, f"{what} {expected!r}")
                return
