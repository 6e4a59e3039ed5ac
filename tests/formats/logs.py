"""Recorded events as the register hands them to feeds and lists of changes, newest first."""

from collections.abc import Sequence

from app.domain.context import Recorded
from app.domain.fold import on, resolve
from app.domain.ledger import JUDGED, Event, paris_day
from tests.formats.records import BINDING, TODAY


def logged(events: Sequence[Event]) -> list[Recorded]:
    """The whole log of one entry."""
    by_position = {event.position: event for event in events}
    judged = {event.claim.target: event for event in events if event.claim and event.kind == JUDGED}
    entry = on(resolve(events, BINDING), TODAY)
    log: list[Recorded] = []
    for place, event in enumerate(events):
        if event.claim is None:
            continue
        day = paris_day(event.recorded_at)
        before, after = (
            on(resolve(events[:length], BINDING), day) for length in (place, place + 1)
        )
        target = by_position.get(event.claim.target or 0)
        log.append(Recorded(event, before, after, True, entry, judged.get(event.position), target))
    return log[::-1]
