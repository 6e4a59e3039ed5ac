"""Recorded events as the register hands them to the voices of the log, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.commitments import Commitment
from app.domain.fold import on, resolve
from app.domain.ledger import JUDGED, Event, paris_day
from tests.formats.records import TODAY


@dataclass(frozen=True, slots=True)
class Told:
    """A recorded event, and what tells it."""

    event: Event
    before: Commitment | None
    after: Commitment | None
    entry: Commitment | None
    judgement: Event | None
    target: Event | None
    public: bool = True


def logged(events: Sequence[Event], day: date | None = None) -> list[Told]:
    """The whole log of one entry."""
    by_position = {event.position: event for event in events}
    judged = {event.claim.target: event for event in events if event.claim and event.kind == JUDGED}
    entry = on(resolve(events), day or TODAY)
    told: list[Told] = []
    for place, event in enumerate(events):
        if event.claim is None:
            continue
        asked = day or paris_day(event.recorded_at)
        before, after = (on(resolve(events[:length]), asked) for length in (place, place + 1))
        target = by_position.get(event.claim.target or 0)
        told.append(Told(event, before, after, entry, judged.get(event.position), target))
    return told[::-1]
