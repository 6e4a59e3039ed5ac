"""What `verify` finds: in the chain, in rows, in what each entry amounts to. Changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.domain import decisions
from app.domain.claims import unfit
from app.domain.errors import Unavailable
from app.domain.references import Head
from app.store import events as ledger
from app.store import names, spans
from app.store.database import Connection
from app.store.keys import find_keys


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
