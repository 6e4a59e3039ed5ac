"""The claims about one entry as a timeline: their order, and what was decided about each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.commitments import INTERNAL, Commitment, Move
from app.domain.ledger import ACCEPTED, CLAIMS, ERASED, JUDGED, STATE, Event, paris_day, place
from app.register.reading import Ledger


@dataclass(frozen=True, slots=True)
class Told:
    """A claim on the timeline, with what was decided about it since."""

    event: Event
    standing: str | None
    judgements: tuple[Event, ...]
    moves: tuple[Move, ...]
    later: bool
    hidden: bool


def timeline(ledger: Ledger, found: Commitment, as_of: date | None) -> Iterator[Told]:
    """Every claim in the order in which they count, with the judgements on each."""
    about: dict[int, list[Event]] = {}
    for event in ledger.events:
        if event.claim and event.claim.target is not None and _public(event):
            about.setdefault(event.claim.target, []).append(event)
    moves = {part.key: part.moves for part in found.parts}
    for event in sorted(ledger.events, key=_place):
        public = _public(event)
        if event.kind not in CLAIMS and (event.kind == ERASED or public):
            continue
        part = event.claim.part if event.claim else None
        standing = ledger.standings.get(event.position, ACCEPTED) if public else None
        moved = moves.get(part, found.moves) if part else found.moves
        yield Told(
            event=event,
            standing=standing,
            judgements=tuple(about.get(event.position, ())),
            moves=moved if standing == ACCEPTED else (),
            later=public and as_of is not None and event.counts_from > as_of,
            hidden=not public,
        )


def _public(event: Event) -> bool:
    claim = event.claim
    return claim is not None and claim.visibility == "public" and not INTERNAL & set(claim.values)


def _place(event: Event) -> tuple[date, date, int]:
    """The place of a claim; of one without content, the day it was recorded."""
    recorded = paris_day(event.recorded_at)
    hidden = not _public(event) or event.kind == JUDGED
    return (recorded, recorded, event.position) if hidden else place(event)


def vague_days(ledger: Ledger) -> frozenset[date]:
    """The days that end a vague date of a change of state: what holds then held before."""
    return frozenset(
        min(event.claim.decided_on.last, event.counts_from)
        for event in ledger.events
        if event.claim and event.kind == STATE and event.claim.decided_on.vague
    )
