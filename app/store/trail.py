"""The ledger as its readers follow it: events of the entries sought, and what each changed.

Knows SQL; knows neither the clock nor who asks.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from app.domain.access import PUBLIC
from app.domain.commitments import Commitment
from app.domain.context import Snapshot
from app.domain.fold import on, resolve
from app.domain.ledger import Event, paris_day
from app.domain.search import Search
from app.store import events as ledger
from app.store import names, records
from app.store.lookup import conditions, run

_PUBLIC = """e.visibility = 'public' AND e.content IS NOT NULL AND e.counts_from <= :known
 AND e.position <= :until"""
"""What everyone may read, and could know from a snapshot."""
NEAR = (250, 5_000)
"""So many positions are looked through, then so many more, before entries are looked for."""


def positions(
    connection: Connection,
    of: Search | str,
    snapshot: Snapshot,
    place: int,
    most: int,
    *,
    newer: bool = False,
    near: Sequence[int] = NEAR,
) -> list[int]:
    """Where the events of the entries sought are, from a place on: older than it, or not.

    The closest first, at most so many. `of`: a search, or the slug of one entry. What is sought
    has its events `near`, as a rule; what is rare is found by its entries, wherever they are.
    """
    asked = conditions(connection, of, snapshot, PUBLIC) if isinstance(of, Search) else None
    bound = {"known": snapshot.day, "until": snapshot.position}
    values = {**bound, "place": place, **(asked.values if asked else {"slug": of})}
    side, way = (">=", "ASC") if newer else ("<", "DESC")
    found: list[int] = []
    for size in near if asked else ():
        values["end"] = place + size if newer else place - size
        within = "e.position >= :place AND e.position < :end"
        within = within if newer else "e.position < :place AND e.position >= :end"
        # Each entry is asked by name, whatever else an index would find.
        query = f"""SELECT e.position FROM events e CROSS JOIN spans s WHERE {within} AND {_PUBLIC}
            AND s.slug = e.commitment AND {asked.sql if asked else ""} ORDER BY e.position {way}"""
        found += run(connection, query, values).scalars()
        if len(found) >= most or (
            values["end"] > snapshot.position if newer else values["end"] <= 1
        ):
            return found[:most]
        values["place"] = values["end"]
    about = f"IN (SELECT s.slug FROM spans s WHERE {asked.sql})" if asked else "= :slug"
    query = f"""SELECT e.position FROM events e WHERE e.position {side} :place AND {_PUBLIC}
        AND e.commitment {about} ORDER BY e.position {way} LIMIT {most - len(found)}"""
    return [*found, *run(connection, query, values).scalars()]


def around(
    connection: Connection, found: Sequence[Event], day: date | None = None
) -> dict[int, tuple[Commitment | None, Commitment | None]]:
    """By position, the entry before and after each event: on a day, or on that it was recorded.

    Where a recording has several events of an entry, rows know only what came of them together.
    """
    together = ledger.recordings(connection, found)
    days = {event.position: day or paris_day(event.recorded_at) for event in found}
    alone = [event for event in found if together[event.position][1] == 1]
    eves = {e.position: (e.commitment, days[e.position], e.position - 1) for e in alone}
    then = {e.position: (e.commitment, days[e.position], together[e.position][0]) for e in alone}
    rows = records.several(connection, [*eves.values(), *then.values()])
    sides = {place: (rows.get(eves[place]), rows.get(then[place])) for place in eves}
    binding = names.binding(connection)
    for _, events, _ in ledger.histories(
        connection, {event.commitment for event in found if event.position not in sides}
    ):
        for turn, event in enumerate(events):
            if event.position in days and event.position not in sides:
                before, after = (
                    resolve(events[:end], binding) if end else () for end in (turn, turn + 1)
                )
                here = days[event.position]
                sides[event.position] = on(before, here), on(after, here)
    return sides
