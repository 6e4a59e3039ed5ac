"""Events and the spans derived from them: find, count, get, append, rebuild.

Knows SQL; knows neither the clock, nor who asks, nor what a claim may say.
"""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    and_,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from app.domain.access import Actor
from app.domain.commitments import Commitment, Outline
from app.domain.context import Snapshot
from app.domain.errors import Unavailable, Unfit, unknown
from app.domain.fold import resolve
from app.domain.ledger import (
    ERASED,
    NO_HASH,
    Claim,
    Event,
    canonical,
    content,
    digest,
    link,
    paris_day,
    timestamp,
)
from app.domain.references import Head
from app.domain.search import FACETS, Search, sort_key
from app.domain.values import near
from app.store import rows, searching
from app.store.rows import A_BATCH, FIELDS, RECORD
from app.store.tables import HELD, NO_END, NO_RANK
from app.store.tables import commitments as table
from app.store.tables import events as ledger
from app.store.wordings import forget, keep, purge

MANY = 100
"""So many claims at once may change how rows are spread."""


class Found(NamedTuple):
    """A page of what is sought.

    `last` is where its last row is sorted: the value and the slug. None where no page comes after.
    `empty`: there is no row, not even one that cannot be decoded.
    """

    entries: list[Commitment]
    last: tuple[Any, str] | None
    empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Who records, and when; `salts` gives each event its own."""

    at: datetime
    by: str
    key: str | None
    salts: Iterator[str]


# Reading


def head(connection: Connection, at: int | None = None) -> Head:
    """The last event, or the last up to a position: its position and hash; 0 when there is none."""
    query = select(ledger.c.position, ledger.c.hash, ledger.c.recorded_at)
    if at is not None:
        query = query.where(ledger.c.position <= at)
    last = connection.execute(query.order_by(ledger.c.position.desc()).limit(1)).first()
    return Head(*last) if last else Head(0, NO_HASH)


def get(connection: Connection, slug: str, snapshot: Snapshot, actor: Actor) -> Commitment | None:
    """One entry as it stands from there, if the actor may see it."""
    query = select(*RECORD).where(
        table.c.slug == slug, searching.holds(snapshot), searching.visible(actor)
    )
    return next(rows.records(connection, query, rows.refuse), None)


def find(connection: Connection, search: Search, snapshot: Snapshot, actor: Actor) -> Found:
    """One page of what is sought. Raises Unavailable if none of its rows can be decoded."""
    wanted = searching.conditions(connection, search, snapshot, actor).values()
    query = select(*RECORD, searching.sort_column(search).label("sorted_by")).where(*wanted)
    if search.after is not None:
        query = query.where(searching.behind(search))
    else:
        query = query.offset((search.page - 1) * search.page_size)
    query = query.order_by(*searching.order(search)).limit(search.page_size + 1)
    found: list[tuple[Commitment, Any] | None] = []

    def leave_out(slug: str, fault: Exception) -> None:
        rows.leave_out(slug, fault)
        found.append(None)

    for row in rows.decoded(connection, query, _sorted, leave_out):
        found.append(row)  # noqa: PERF402 the guard appends too
    shown = [row for row in found[: search.page_size] if row]
    more = len(found) > search.page_size
    if more and not shown:
        raise Unavailable("What is kept of this page cannot be read.")
    # The next page begins after the last entry shown: what is left out behind it is met again.
    last = (searching.told(shown[-1][1], search), shown[-1][0].slug) if more else None
    return Found([entry for entry, _ in shown], last, empty=not found)


def _sorted(row: Any) -> tuple[Commitment, Any]:
    """A record, and the value that it is sorted by."""
    return rows.record(row), row.sorted_by


def tally(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> tuple[int, dict[str, dict[str, int]]]:
    """How many entries the filters leave, and how many each value of each facet has.

    A facet is counted under all filters but its own. Those that no filter is on are counted
    together, in one pass.
    """
    filters = searching.conditions(connection, search, snapshot, actor)
    columns = {name: searching.faceted(name, snapshot).label(name) for name in FACETS}
    groups = connection.execute(
        select(*columns.values(), func.count().label("entries"))
        .where(*filters.values())
        .group_by(*columns.values())
    ).all()
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for row in groups:
        for name in FACETS:
            counts[name][getattr(row, name)] += row.entries
    for name in FACETS:
        if name in filters and not searching.of_whole_kind(name, search):
            others = {**filters, name: searching.of_type(search) if name == "type" else true()}
            own = select(columns[name], func.count()).where(*others.values())
            alone = connection.execute(own.group_by(columns[name]))
            counts[name] = Counter({row[0]: row[1] for row in alone})
    return sum(row.entries for row in groups), {
        name: {value: found[value] for value in sorted(v for v in found if isinstance(v, str))}
        for name, found in counts.items()
    }


def events(connection: Connection, slug: str, until: int = HELD) -> list[Event]:
    """The events of one commitment up to a position, in order of position."""
    query = select(ledger).where(ledger.c.commitment == slug, ledger.c.position <= until)
    return list(rows.events(connection, query.order_by(ledger.c.position)))


def event_at(connection: Connection, position: int) -> Event | None:
    """The event at a position."""
    query = select(ledger).where(ledger.c.position == position)
    return next(rows.events(connection, query, rows.refuse), None)


def events_after(connection: Connection, position: int, most: int) -> list[Event]:
    """The events that follow a position, at most so many."""
    query = select(ledger).where(ledger.c.position > position)
    return list(rows.events(connection, query.order_by(ledger.c.position).limit(most)))


def every_event(connection: Connection) -> Iterator[Event]:
    """The whole ledger, in order of position."""
    query = select(ledger).order_by(ledger.c.position)
    return rows.events(connection, query.execution_options(yield_per=A_BATCH))


def several(
    connection: Connection, slugs: Iterable[str], snapshot: Snapshot, actor: Actor
) -> dict[str, Commitment]:
    """These entries as they stand from there, by slug, as far as the actor may see them."""
    wanted = table.c.slug.in_(sorted(set(slugs)))
    query = select(*RECORD).where(wanted, searching.holds(snapshot), searching.visible(actor))
    return {entry.slug: entry for entry in rows.records(connection, query)}


def around(
    connection: Connection, found: Sequence[Event], day: date | None = None
) -> dict[int, tuple[Commitment | None, Commitment | None]]:
    """By position, the entry before and after each recording: on a day, or on that it was made."""
    days = {event.position: day or paris_day(event.recorded_at) for event in found}
    told: dict[int, tuple[Commitment | None, Commitment | None]] = {}
    begun = _on_their_days(connection, found, table.c.version, days)
    ended = _on_their_days(connection, found, table.c.recorded_to, days)
    for position in days:
        told[position] = ended.get(position), begun.get(position)
    return told


def _on_their_days(
    connection: Connection,
    found: Sequence[Event],
    turn: Column[int],
    days: Mapping[int, date],
) -> dict[int, Commitment]:
    """The rows that begin, or end, at these positions, each on the day of its own."""
    wanted = and_(
        table.c.slug.in_(sorted({event.commitment for event in found})),
        turn.in_(sorted(days)),
        table.c.valid_from <= max(days.values(), default=NO_END),
        table.c.valid_to > min(days.values(), default=NO_END),
    )
    query = select(*RECORD, turn.label("turn")).where(wanted)
    spans = rows.decoded(connection, query, lambda row: (row.turn, rows.record(row)))
    return {
        position: entry
        for position, entry in spans
        if entry.valid_from <= days[position] < (entry.valid_to or NO_END)
    }


def openings_from(connection: Connection, day: date, actor: Actor) -> Iterator[Commitment]:
    """The spans of every opening that the actor may see, from the one of that day on, together.

    Raises Unavailable for one that cannot be decoded.
    """
    query = select(*RECORD).where(
        *(
            table.c.type != "action",
            table.c.valid_to > day,
            searching.held(None),
            searching.visible(actor),
        )
    )
    query = query.order_by(table.c.slug, table.c.valid_from).execution_options(yield_per=A_BATCH)
    return rows.records(connection, query, rows.refuse)


def histories(connection: Connection, slugs: Iterable[str]) -> dict[str, list[Event]]:
    """The events of several commitments, each in order of position."""
    found: dict[str, list[Event]] = {}
    for some in _batches(slugs):
        query = select(ledger).where(ledger.c.commitment.in_(some)).order_by(ledger.c.position)
        for event in rows.events(connection, query):
            found.setdefault(event.commitment, []).append(event)
    return found


def taken(connection: Connection, slugs: Iterable[str]) -> set[str]:
    """The names among these that some commitment has, or had."""
    found: set[str] = set()
    for some in _batches(slugs):
        query = select(ledger.c.commitment).where(ledger.c.commitment.in_(some))
        found |= set(connection.scalars(query.distinct()))
    return found


def _batches(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Some at a time: neither engine takes any number of parameters."""
    left = iter(dict.fromkeys(names))
    while some := tuple(islice(left, A_BATCH)):
        yield some


def outlines(
    connection: Connection, snapshot: Snapshot, actor: Actor, first: int, most: int
) -> list[Outline]:
    """A stretch of all entries, actions too, by permanent name."""
    query = select(*(table.c[column.name] for column in fields(Outline)))
    query = query.where(*searching.seen(snapshot, actor)).order_by(table.c.slug)
    query = query.offset(first).limit(most)
    return list(rows.decoded(connection, query, lambda row: Outline(*row)))


def unknown_actions(
    connection: Connection, codes: Iterable[str], actor: Actor
) -> list[tuple[str, Unfit]]:
    """A refusal for each code that no action has which the actor may see."""
    seen = table.c.type == "action", searching.held(None), searching.visible(actor)
    actions = select(table.c.slug).where(*seen).distinct()
    if not (wanted := set(codes)):
        return []
    found = set(connection.scalars(actions.where(table.c.slug.in_(sorted(wanted)))))
    absent = sorted(wanted - found)
    every = tuple(connection.scalars(actions.order_by(table.c.slug))) if absent else ()
    return [("action", unknown("action", code, every, near(code, every))) for code in absent]


def unlike_their_content(connection: Connection) -> Iterator[int]:
    """Positions of events whose columns are not what their content says."""
    query = select(ledger).where(ledger.c.content.is_not(None)).order_by(ledger.c.position)
    query = query.execution_options(yield_per=A_BATCH)
    pairs = rows.decoded(
        connection, query, lambda row: (row, rows.event(row)), keys=(ledger.c.position,)
    )
    for row, event in pairs:
        expected = _ledger_row(event, row.recorded_key)
        told = json.loads(row.content)
        at, by = told.get("recorded_at"), told.get("recorded_by")
        recorded = timestamp(row.recorded_at), row.recorded_by
        if expected != dict(row._mapping) or (at, by) != recorded:  # noqa: SLF001
            yield row.position


def slugs(connection: Connection) -> list[str]:
    """Every commitment that has an event."""
    return list(connection.scalars(select(ledger.c.commitment).distinct().order_by("commitment")))


def spans(connection: Connection, slug: str, at: int | None = None) -> tuple[Commitment, ...]:
    """The stored spans of one commitment, now or at a position, in order of day.

    Raises Unavailable if one cannot be decoded.
    """
    query = select(*RECORD).where(table.c.slug == slug, searching.held(at))
    return tuple(rows.records(connection, query.order_by(table.c.valid_from), rows.refuse))


def undecodable(connection: Connection) -> list[tuple[str, str]]:
    """Where each row is that cannot be decoded, and why: of entries by slug, then of the ledger."""
    found: list[tuple[str, str]] = []

    def of_entry(slug: str, fault: Exception) -> None:
        found.append((slug, str(fault)))

    def of_ledger(position: str, fault: Exception) -> None:
        found.append((f"position {position}", str(fault)))

    batches = {"yield_per": A_BATCH}
    deque(rows.records(connection, select(*RECORD).execution_options(**batches), of_entry), 0)
    deque(rows.events(connection, select(ledger).execution_options(**batches), of_ledger), 0)
    return found


def turns(connection: Connection, slug: str) -> dict[int, int | None]:
    """Where the rows of one commitment begin to hold, and what superseded them; None if nothing.

    A position whose rows were superseded by several is told with the first of them.
    """
    query = select(table.c.version, table.c.recorded_to).where(table.c.slug == slug).distinct()
    found = connection.execute(query.order_by(table.c.version, table.c.recorded_to.desc()))
    return {row.version: None if row.recorded_to == HELD else row.recorded_to for row in found}


# Writing


def append(connection: Connection, claims: Iterable[Claim], by: Recording) -> list[Event]:
    """Add claims to the ledger, chained, and derive the spans that hold from each of them on."""
    last = head(connection)
    added: list[Event] = []
    for claim in claims:
        event = _chained(claim, last, by)
        last = Head(event.position, event.hash)
        added.append(event)
    if added:
        connection.execute(insert(ledger), [_ledger_row(event, by.key) for event in added])
    erasing = {event.commitment for event in added if event.kind == ERASED}
    for event in added:
        if event.kind == ERASED:
            _erase(connection, event)
    new: dict[str, list[int]] = {}
    for event in added:
        new.setdefault(event.commitment, []).append(event.position)
    for slug, positions in new.items():
        if slug in erasing:
            rebuild(connection, slug)
        else:
            _supersede(connection, slug, positions)
    if erasing:
        purge(connection)
    if len(added) >= MANY:
        measure(connection)
    return added


def measure(connection: Connection) -> None:
    """Tell SQLite how rows are spread, or it reads all that was for what holds today.

    PostgreSQL finds out by itself.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit=400")
        connection.exec_driver_sql("ANALYZE commitments")


def rebuild(connection: Connection, slug: str) -> None:
    """Derive all rows of one commitment anew, at every position of its events."""
    connection.execute(delete(table).where(table.c.slug == slug))
    found = events(connection, slug)
    _derive(connection, found, range(1, len(found) + 1))
    forget(connection, slug)


def _supersede(connection: Connection, slug: str, positions: Sequence[int]) -> None:
    """The rows that hold end at the first of these new positions; others begin at each."""
    held = and_(table.c.slug == slug, searching.held(None))
    connection.execute(update(table).where(held).values(recorded_to=positions[0]))
    found = events(connection, slug)
    _derive(connection, found, range(len(found) - len(positions) + 1, len(found) + 1))


def _derive(connection: Connection, found: Sequence[Event], lengths: Iterable[int]) -> None:
    """Store what the first so many events amount to, for each length."""
    spans: list[Commitment] = []
    ends: list[int] = []
    for length in lengths:
        until = found[length].position if length < len(found) else HELD
        held = resolve(found[:length])
        spans += held
        ends += [until] * len(held)
    if spans:
        wordings = keep(connection, spans)
        beside = zip(spans, ends, wordings, strict=True)
        added = [{**_row(one), "recorded_to": end, "by_wording": said} for one, end, said in beside]
        connection.execute(insert(table), added)


def _chained(claim: Claim, last: Head, by: Recording) -> Event:
    salt = next(by.salts)
    told = digest(salt, content(claim, by.at, by.by))
    return Event(
        position=last.position + 1,
        commitment=claim.commitment,
        kind=claim.kind,
        claim=claim,
        recorded_at=by.at,
        recorded_by=by.by,
        salt=salt,
        digest=told,
        previous_hash=last.hash,
        hash=link(last.hash, last.position + 1, told),
    )


def _erase(connection: Connection, event: Event) -> None:
    """Drop the content that an erasure is about; position, digest and chain remain."""
    target = event.claim.target if event.claim else None
    connection.execute(
        update(ledger).where(ledger.c.position == target).values(content=None, salt=None)
    )


# Rows


def _row(commitment: Commitment) -> dict[str, Any]:
    """The record, and what it is sought by."""
    timing = commitment.timing
    return {
        **{name: getattr(commitment, name) for name in FIELDS},
        "publisher": commitment.described.publisher,
        "action": commitment.described.action,
        "by_access": commitment.described.access_rights,
        "by_title_fr": sort_key(commitment.described.title.within("fr")),
        "by_title_en": sort_key(commitment.described.title.within("en")),
        "by_rank": NO_RANK if commitment.rank is None else commitment.rank,
        "by_deadline": commitment.deadline and commitment.deadline.period.end,
        "by_settled": timing.settled,
        "by_overdue_after": timing.overdue_after,
        "by_unconfirmed_after": timing.unconfirmed_after,
        "by_due": timing.due,
    }


def _ledger_row(event: Event, key: str | None) -> dict[str, Any]:
    claim = event.claim
    assert claim is not None  # noqa: S101 what is appended has its content
    return {
        "position": event.position,
        "commitment": event.commitment,
        "kind": event.kind,
        "target": claim.target,
        "visibility": claim.visibility,
        "text": claim.text,
        "counts_from": event.counts_from,
        "content": canonical(content(claim, event.recorded_at, event.recorded_by)),
        "salt": event.salt,
        "digest": event.digest,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
        "recorded_at": event.recorded_at,
        "recorded_by": event.recorded_by,
        "recorded_key": key,
    }
