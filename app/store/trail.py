"""The ledger as its readers follow it: events of the entries sought, and what each changed.

Knows SQL; knows neither the clock nor who asks.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.domain.access import PUBLIC
from app.domain.claims import ACCEPTED
from app.domain.commitments import Commitment
from app.domain.context import Snapshot
from app.domain.fold import on, resolve
from app.domain.ledger import JUDGED, Event, paris_day
from app.domain.search import Search
from app.store import events as ledger
from app.store import names, records
from app.store.database import Connection, scalars
from app.store.lookup import conditions, timeliness

_PUBLIC = """e.visibility = 'public' AND e.content IS NOT NULL AND e.counts_from <= :known
 AND e.position <= :until"""
"""What everyone may read, and could know from a snapshot."""
A_PAGE, NEAR = 50, 5_000
"""So many positions are looked through for a page of events, before entries are looked for."""


def positions(
    connection: Connection,
    of: Search | str,
    snapshot: Snapshot,
    place: int,
    most: int,
    *,
    newer: bool = False,
) -> list[int]:
    """Where the events of the entries sought are, from a place on: older than it, or not.

    The closest first, a page at least if there is one, and at most so many. `of`: a search, or the
    slug of one entry. What is sought has its events near, as a rule; what is rare is found by its
    entries.
    """
    asked = conditions(connection, of, snapshot, PUBLIC) if isinstance(of, Search) else None
    bound = {"known": snapshot.day, "until": snapshot.position}
    values = {**bound, "place": place, **(asked.values if asked else {"slug": of})}
    side, other, way = (">=", "<", "ASC") if newer else ("<", ">=", "DESC")
    places: list[int] = []
    if asked:
        values["end"] = place + NEAR if newer else place - NEAR
        # Each entry is asked by name, whatever else an index would find.
        query = f"""SELECT e.position FROM events e CROSS JOIN spans s
            WHERE e.position {side} :place AND e.position {other} :end AND {_PUBLIC}
            AND s.slug = e.commitment AND {asked.sql} ORDER BY e.position {way} LIMIT {most}"""
        places += scalars(connection, query, values)
        beyond = values["end"] > snapshot.position if newer else values["end"] <= 1
        if len(places) > A_PAGE or beyond:
            return places
        values["place"] = values["end"]
    about = f"IN (SELECT s.slug FROM spans s WHERE {asked.sql})" if asked else "= :slug"
    query = f"""SELECT e.position FROM events e WHERE e.position {side} :place AND {_PUBLIC}
        AND e.commitment {about} ORDER BY e.position {way} LIMIT {most - len(places)}"""
    return [*places, *scalars(connection, query, values)]


_ACTS = "(e.kind IN ('judged', 'erased') OR e.counts_from <= {day})"
"""Judgements and erasures act on all days, from their position on."""


def differing(
    connection: Connection, earlier: Snapshot, later: Snapshot, types: Sequence[str]
) -> list[str]:
    """The entries that everyone may see and that differ between two snapshots, by name."""
    known = ", ".join(f"'{name}'" for name in types)
    sqlite = connection.dialect.name == "sqlite"
    record = (
        "json_remove(s.record, '$.internal')" if sqlite else "CAST(s.record AS jsonb) - 'internal'"
    )
    public = {"record": record, "described": "s.wording"}
    names = ", ".join(public.get(name, f"s.{name}") for name in records.CONTENT)
    verdicts = [timeliness(snapshot.day) for snapshot in (earlier, later)]
    ends = [records.vantage(f":day_{side}", f":at_{side}") for side in "ab"]
    # Most rows hold at both and say the same: they are not even read.
    alike = (
        f"""{" AND ".join(ends)} AND coalesce({verdicts[0]}, '') = coalesce({verdicts[1]}, '')"""
    )
    first, second = (
        f"""SELECT s.slug, {names}, {verdict} FROM spans s WHERE {end} AND NOT ({alike})
            AND s.type IN ({known}) AND {records.visible(PUBLIC)}"""
        for end, verdict in zip(ends, verdicts, strict=True)
    )
    values: dict[str, Any] = {}
    for side, snapshot in (("a", earlier), ("b", later)):
        values |= {f"day_{side}": snapshot.day.isoformat(), f"at_{side}": snapshot.position}
    query = f"""SELECT slug FROM ({first} EXCEPT {second}) AS gone
        UNION SELECT slug FROM ({second} EXCEPT {first}) AS come ORDER BY slug"""
    return scalars(connection, query, values)


def between(
    connection: Connection, slugs: Sequence[str], earlier: Snapshot, later: Snapshot
) -> dict[str, list[Event]]:
    """The public events of entries that act at the later snapshot and not at the earlier one.

    Of claims, those that are accepted then.
    """
    values: dict[str, Any] = {f"s{number}": slug for number, slug in enumerate(slugs)}
    names = ", ".join(f":{name}" for name in values)
    values |= {"day": earlier.day, "at": earlier.position}
    values |= {"known": later.day, "until": later.position}
    query = f"""SELECT e.position FROM events e WHERE e.commitment IN ({names})
        AND e.visibility = 'public' AND e.content IS NOT NULL
        AND e.position <= :until AND {_ACTS.format(day=":known")}
        AND NOT (e.position <= :at AND {_ACTS.format(day=":day")}) ORDER BY e.position"""
    events = ledger.events_at(connection, scalars(connection, query, values))
    judged = ledger.judgements(connection, [*events.values()], later.position)
    acting: dict[str, list[Event]] = {}
    for event in events.values():
        judgement = judged.get(event.position, event)
        if event.kind == JUDGED or (judgement.claim and judgement.claim.standing == ACCEPTED):
            acting.setdefault(event.commitment, []).append(event)
    return acting


def around(
    connection: Connection, shown: Sequence[Event], day: date | None = None
) -> dict[int, tuple[Commitment | None, Commitment | None]]:
    """By position, the entry before and after each event: on a day, or on that it was recorded.

    Where a recording has several events of an entry, rows know only what came of them together.
    """
    together = ledger.recordings(connection, shown)
    days = {event.position: day or paris_day(event.recorded_at) for event in shown}
    alone = [event for event in shown if together[event.position][1] == 1]
    eves = {e.position: (e.commitment, days[e.position], e.position - 1) for e in alone}
    then = {e.position: (e.commitment, days[e.position], together[e.position][0]) for e in alone}
    rows = records.several(connection, [*eves.values(), *then.values()])
    sides = {place: (rows.get(eves[place]), rows.get(then[place])) for place in eves}
    facts = names.facts(connection)
    for _, events, _ in ledger.histories(
        connection, {event.commitment for event in shown if event.position not in sides}
    ):
        for turn, event in enumerate(events):
            if event.position in days and event.position not in sides:
                binding = facts.binding(together[event.position][0])
                before, after = (
                    resolve(events[:end], binding) if end else () for end in (turn, turn + 1)
                )
                here = days[event.position]
                sides[event.position] = on(before, here), on(after, here)
    return sides
