"""What `verify` finds: in the chain, in rows, in what each entry amounts to. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain import claims, decisions
from app.domain.errors import Unavailable
from app.domain.ledger import Event, broken
from app.store import events as ledger
from app.store import spans
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class Finding:
    """What `verify` found. A fault breaks the register; a flag asks for a person."""

    fault: bool
    where: str
    what: str


def findings(connection: Connection) -> list[Finding]:
    """All that is found: faults and flags, of the chain and of every entry."""
    found = list(_chain_faults(connection))
    try:
        found += _entry_findings(connection)
    except Unavailable as fault:
        found.append(Finding(True, "the register", str(fault)))
    if not ledger.is_guarded(connection):
        found.append(Finding(True, "the ledger", "a trigger that guards it is gone"))
    return found


def _entry_findings(connection: Connection) -> Iterator[Finding]:
    """What is wrong with entries, or asks for a person. Raises Unavailable if names cannot be read.

    Which texts bind is among the names: without them nothing can be folded.
    """
    for slug, events, newest, fault in spans.checked(connection):
        if fault:
            yield Finding(True, slug, fault)
        if newest:  # its ledger can be folded
            for flag in decisions.oddities(events):
                yield Finding(False, slug, flag)
            for name, why in claims.unfit(newest.described):
                what = f"{name}: {why.english} Harvesters may not be told of it"
                yield Finding(False, slug, what)


def _chain_faults(connection: Connection) -> Iterator[Finding]:
    """What is wrong with the chain, and with the columns of its events."""
    previous: Event | None = None
    for position, event, fault in ledger.checked(connection):
        if event and (link := broken(event, previous)):
            yield Finding(True, f"position {event.position}", link)
        elif fault:
            yield Finding(True, f"position {position}", fault)
        previous = event or previous
