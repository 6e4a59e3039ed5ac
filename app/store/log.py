"""The ledger as its readers follow it: public events of the entries sought, newest first.

Knows SQL; knows neither the clock nor who asks.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, and_, select

from app.domain.access import PUBLIC
from app.domain.context import Snapshot
from app.domain.ledger import JUDGED, Event
from app.domain.search import Search
from app.store import rows
from app.store.searching import conditions
from app.store.tables import commitments as table
from app.store.tables import events

ledger = events.alias("log")  # what is sought may ask the ledger too, for the texts of an entry
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
    column = ledger.c.position
    query = select(column).order_by(column if newer else column.desc()).limit(most)
    query = query.where(_public(snapshot), column >= place if newer else column < place)
    if isinstance(of, str):
        return list(connection.scalars(query.where(ledger.c.commitment == of)))
    found: list[int] = []
    for size in near:
        first, last = (place, place + size) if newer else (place - size, place)
        among = select(column, ledger.c.commitment).where(column >= first, column < last)
        public = connection.execute(among.where(_public(snapshot))).all()
        wanted = _sought_among(connection, {row.commitment for row in public}, of, snapshot)
        told = (row.position for row in public if row.commitment in wanted)
        found += sorted(told, reverse=not newer)
        if len(found) >= most or (last > snapshot.position if newer else first <= 1):
            return found[:most]
        place = last if newer else first
    slugs = select(table.c.slug).where(*conditions(connection, of, snapshot, PUBLIC).values())
    return list(connection.scalars(query.where(ledger.c.commitment.in_(slugs))))


def _sought_among(
    connection: Connection, slugs: Collection[str], search: Search, snapshot: Snapshot
) -> set[str]:
    """Which of these entries are sought. Asked by name, whatever else an index would find."""
    asked = conditions(connection, search, snapshot, PUBLIC)
    held = and_(table.c.slug.in_(sorted(slugs)), asked.pop("snapshot"))
    query = select(table.c.slug, and_(*asked.values()).label("wanted")).where(held)
    return {row.slug for row in connection.execute(query) if row.wanted}


def events_at(connection: Connection, places: Iterable[int]) -> dict[int, Event]:
    """The events at these positions, by position."""
    query = select(events).where(events.c.position.in_(sorted(set(places))))
    return {event.position: event for event in rows.events(connection, query)}


def judgements(connection: Connection, claims: Sequence[Event], until: int) -> dict[int, Event]:
    """The last judgement of each of these claims up to a position, by the claim’s position."""
    wanted = and_(
        events.c.commitment.in_(sorted({event.commitment for event in claims})),
        events.c.kind == JUDGED,
        events.c.target.in_(sorted(event.position for event in claims)),
        events.c.position <= until,
    )
    query = select(events).where(wanted).order_by(events.c.position)
    keys = (events.c.position,)
    return dict(
        rows.decoded(connection, query, lambda row: (row.target, rows.event(row)), keys=keys)
    )


def _public(snapshot: Snapshot) -> ColumnElement[bool]:
    """What everyone may read, and could know from there."""
    return and_(
        ledger.c.visibility == "public",
        ledger.c.content.is_not(None),
        ledger.c.counts_from <= snapshot.day,
        ledger.c.position <= snapshot.position,
    )
