"""The ledger as rows: the head, the events of an entry and of the log, and what is appended.

Knows SQL; knows neither the clock, nor who asks, nor what a claim may say.
"""

import logging
from collections import namedtuple
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, cast

from pydantic_core import from_json

from app.domain.claims import ACCEPTED, FIRST
from app.domain.context import Snapshot
from app.domain.errors import Damaged
from app.domain.ledger import (
    A_TILE,
    ERASED,
    JUDGED,
    NO_HASH,
    Claim,
    Event,
    Tree,
    broken,
    canonical,
    content,
    leaf,
    link,
    read_claim,
    root_of,
    sealed,
)
from app.domain.references import Fact, Head
from app.store.database import (
    A_BATCH,
    LAST,
    UNDECODABLE,
    Connection,
    add,
    among,
    kept,
    moment,
    run,
    scalar,
    scalars,
    stream,
)
from app.store.tables import HELD
from app.store.tables import events as table

log = logging.getLogger("ouvertures")
EVENT = (*(each.name for each in fields(Event) if each.name != "claim"), "content")
_EVENTS = f"SELECT {', '.join(EVENT)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Who records, and when; `salts` gives each event its own."""

    at: datetime
    by: str
    key: str | None
    salts: Iterator[str]


def event(row: Sequence[Any]) -> Event:
    """The event of a row that begins with EVENT. Raises one of UNDECODABLE."""
    values = dict(zip(EVENT, row, strict=False))
    known, values["commitment"] = values.pop("content"), values["commitment"] or ""
    values["recorded_at"] = moment(values["recorded_at"])
    claim = None if known is None else read_claim(from_json(known))
    if claim and claim.kind != values["kind"]:
        raise ValueError("its kind is not that of its content")
    return Event(claim=claim, **values)


def decoded(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Event, Any]]:
    """The events of rows, each with its row; but for those that cannot be decoded."""
    for row in rows:
        try:
            yield event(row), row
        except UNDECODABLE as fault:
            left_out(f"position {row[0]}", fault)


@cache  # each row is logged once in the life of a process, however often it is read
def _logged(name: str, fault: str) -> None:
    log.error("%s cannot be decoded and is left out (%s): see `verify`", name, fault)


def left_out(name: str, fault: Exception) -> None:
    """Log a row that answers do without."""
    _logged(name, f"{type(fault).__name__}: {fault}")


# Reading

_HEAD = """SELECT position, hash, recorded_at FROM events WHERE position =
 coalesce((SELECT recording FROM events WHERE position <= :at ORDER BY position DESC LIMIT 1), 0)"""


def head(connection: Connection, at: int = HELD) -> Head:
    """The last event, or the last of the recording that a position is in; 0 when there is none."""
    if at == HELD and (known := connection.info.get(LAST)):
        return cast(Head, known)  # nobody else records anything meanwhile
    return head_of(*run(connection, _HEAD, {"at": at}))


def head_of(row: Sequence[Any] = (None, None, None)) -> Head:
    """A head by its row; none is that of an empty ledger."""
    position, hashed, recorded_at = row
    if not position:
        return Head(0, NO_HASH)
    try:
        return Head(position, hashed, moment(recorded_at))
    except UNDECODABLE as fault:
        left_out(f"position {position}", fault)
        return Head(position, hashed)


def _where(connection: Connection, where: str, **values: Any) -> list[Event]:
    """The events of which a condition holds, in order of position."""
    query = f"{_EVENTS} FROM events WHERE {where} ORDER BY position"
    return [event for event, _ in decoded(run(connection, query, values))]


def events(connection: Connection, slug: str, until: int = HELD) -> list[Event]:
    """The events of one commitment up to a position, in order of position."""
    return _where(connection, "commitment = :slug AND position <= :until", slug=slug, until=until)


def events_at(connection: Connection, places: Iterable[int]) -> dict[int, Event]:
    """The events at these positions, by position."""
    at = sorted(set(places))
    some = _where(connection, among(connection, "position", "at"), at=at) if at else []
    return {event.position: event for event in some}


def events_after(connection: Connection, position: int, most: int) -> list[Event]:
    """The events that follow a position, at most so many."""
    until = position + most
    return _where(connection, "position > :at AND position <= :until", at=position, until=until)


def histories(
    connection: Connection, slugs: Iterable[str] | None = None
) -> Iterator[tuple[str, list[Event], dict[int, int]]]:
    """Commitments with their events in order of position, and the recording of each position.

    All of them, or those named that have an event; read as they are taken, in order of slug.
    """
    where = "commitment IS NOT NULL" if slugs is None else among(connection, "commitment", "slugs")
    query = f"{_EVENTS}, recording FROM events WHERE {where} ORDER BY commitment, position"
    for some in [None] if slugs is None else batches(slugs):
        rows = stream(connection, query, {"slugs": [*some] if some else None})
        for slug, group in groupby(rows, key=itemgetter(1)):
            about = list(decoded(group))
            if about:
                recordings = {row[0]: row[-1] for _, row in about}
                yield slug, [event for event, _ in about], recordings


def recordings(connection: Connection, some: Sequence[Event]) -> dict[int, tuple[int, int]]:
    """By position, the recording of each of these events, and how many of its entry it has."""
    own = f"SELECT recording FROM events WHERE {among(connection, 'position', 'places')}"
    query = f"""SELECT commitment, recording, position FROM events
        WHERE {among(connection, "commitment", "slugs")} AND recording IN ({own})"""
    slugs = sorted({event.commitment for event in some})
    bound = {"slugs": slugs, "places": [event.position for event in some]}
    together: dict[tuple[str, int], list[int]] = {}
    for slug, recording, position in run(connection, query, bound) if some else ():
        together.setdefault((slug, recording), []).append(position)
    return {
        position: (recording, len(places))
        for (_, recording), places in together.items()
        for position in places
    }


def began(connection: Connection, position: int, most: int) -> int:
    """The first position of the recording that has this one, at most so many before it."""
    query = """SELECT min(position) FROM events WHERE position > :first AND position <= :last
        AND recording = (SELECT recording FROM events WHERE position = :last)"""
    first = scalar(connection, query, {"first": position - most, "last": position})
    return first or position


def facts(connection: Connection) -> list[Fact]:
    """The events about texts, organisations and programmes, in order of position."""
    query = f"{_EVENTS}, recording FROM events WHERE commitment IS NULL ORDER BY position"
    return [Fact(event, row[-1]) for event, row in decoded(run(connection, query))]


class Tiles:
    """The roots of the full tiles of the ledger, and the hash of the event that ends the last."""

    known: tuple[tuple[bytes, ...], str | None] = ((), None)


def tree(connection: Connection) -> Tree:
    """The tree over all events. Only the digests since the last one was made are read."""
    size, tiles = head(connection).position, kept(connection, Tiles)
    (roots, ends), full = tiles.known, size // A_TILE
    if len(roots) > full or ends != _hash(connection, len(roots) * A_TILE):
        roots = ()
    if len(roots) < full:
        hashes = map(leaf, _digests(connection, len(roots) * A_TILE, full * A_TILE))
        roots += tuple(root_of([*islice(hashes, A_TILE)]) for _ in range(len(roots), full))
        tiles.known = roots, _hash(connection, full * A_TILE)

    @cache
    def digests(number: int) -> list[bytes]:
        return [*_digests(connection, number * A_TILE, min(size, (number + 1) * A_TILE))]

    return Tree(size, roots, digests)


def _digests(connection: Connection, after: int, until: int) -> Iterator[bytes]:
    query = """SELECT digest FROM events WHERE position > :after AND position <= :until
        ORDER BY position"""
    for (digest,) in stream(connection, query, {"after": after, "until": until}):
        try:
            yield bytes.fromhex(digest)
        except ValueError as fault:
            raise Damaged from fault


def _hash(connection: Connection, position: int) -> str | None:
    query = "SELECT hash FROM events WHERE position = :at"
    return cast(str | None, scalar(connection, query, {"at": position}))


def citing(connection: Connection, texts: Iterable[str]) -> set[str]:
    """The commitments of which some event names one of these texts."""
    query = "SELECT DISTINCT commitment FROM events WHERE commitment IS NOT NULL AND"
    return met(connection, query, "text", texts)


def taken(connection: Connection, slugs: Iterable[str]) -> set[str]:
    """The names among these that some commitment has, or had."""
    query = "SELECT DISTINCT commitment FROM events WHERE"
    return met(connection, query, "commitment", slugs)


def met(connection: Connection, query: str, column: str, names: Iterable[str]) -> set[str]:
    """What a query finds where a column has one of these names."""
    asked = f"{query} {among(connection, column, 'names')}"
    every = {"names": [*dict.fromkeys(names)]}
    return set(scalars(connection, asked, every)) if every["names"] else set()


def batches(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Some at a time: neither engine takes any number of parameters."""
    left = iter(dict.fromkeys(names))
    while some := tuple(islice(left, A_BATCH)):
        yield some


def judgements(connection: Connection, claims: Sequence[Event], until: int) -> dict[int, Event]:
    """The last judgement of each of these claims up to a position, by the claim’s position."""
    slugs = among(connection, "commitment", "slugs")
    targets = among(connection, "target", "targets")
    query = f"""{_EVENTS}, target FROM events WHERE {slugs} AND kind = '{JUDGED}'
        AND {targets} AND position <= :until ORDER BY position"""
    bound = {
        "slugs": sorted({event.commitment for event in claims}),
        "targets": sorted(event.position for event in claims),
        "until": until,
    }
    rows = run(connection, query, bound) if claims else ()
    return {row[-1]: event for event, row in decoded(rows)}


_ACTS = "(e.kind IN ('judged', 'erased') OR e.counts_from <= {day})"
"""Judgements and erasures act on all days, from their position on."""


def between(
    connection: Connection, slugs: Sequence[str], earlier: Snapshot, later: Snapshot
) -> dict[str, list[Event]]:
    """The public events of entries that act at the later snapshot and not at the earlier one.

    Of claims, those that are accepted then.
    """
    values = {"slugs": [*slugs], "day": earlier.day, "at": earlier.position}
    values |= {"known": later.day, "until": later.position}
    query = f"""SELECT e.position FROM events e WHERE {among(connection, "e.commitment", "slugs")}
        AND e.visibility = 'public' AND e.content IS NOT NULL
        AND e.position <= :until AND {_ACTS.format(day=":known")}
        AND NOT (e.position <= :at AND {_ACTS.format(day=":day")}) ORDER BY e.position"""
    some = events_at(connection, scalars(connection, query, values))
    judged = judgements(connection, [*some.values()], later.position)
    acting: dict[str, list[Event]] = {}
    for event in some.values():
        judgement = judged.get(event.position, event)
        if event.kind == JUDGED or (judgement.claim and judgement.claim.standing == ACCEPTED):
            acting.setdefault(event.commitment, []).append(event)
    return acting


# Writing


def append(connection: Connection, claims: Collection[Claim], by: Recording) -> list[Event]:
    """Add claims to the ledger, chained, as one recording."""
    last = head(connection)
    recording = last.position + len(claims)
    added: list[Event] = []
    rows: list[tuple[Any, ...]] = []
    for position, claim in enumerate(claims, start=last.position + 1):
        salt, written = next(by.salts), canonical(content(claim, by.at, by.by))
        digest = sealed(salt, written)
        event = Event(
            position=position,
            commitment=claim.commitment,
            subject=claim.subject,
            kind=claim.kind,
            claim=claim,
            recorded_at=by.at,
            recorded_by=by.by,
            salt=salt,
            digest=digest,
            previous_hash=last.hash,
            hash=link(last.hash, position, digest),
        )
        last = Head(position, event.hash, by.at)
        added.append(event)
        rows.append(_row(event, recording, written, by.key))
    add(connection, table, table.c.keys(), rows)
    connection.info[LAST] = last
    for event in added:
        if event.kind == ERASED and event.claim:
            # Position, digest and chain remain.
            erasing = "UPDATE events SET content = NULL, salt = NULL WHERE position = :target"
            run(connection, erasing, {"target": event.claim.target})
            run(connection, "UPDATE editions SET erasures = erasures + 1")
    return added


def _row(event: Event, recording: int, written: str, key: str | None) -> tuple[Any, ...]:
    """A row in the order of the columns."""
    claim = event.claim
    assert claim is not None  # noqa: S101 what is appended has its content
    return (
        *(event.position, recording, claim.commitment or None, claim.subject, claim.kind),
        *(claim.target, claim.visibility, claim.text, event.counts_from, written, event.salt),
        *(event.digest, event.previous_hash, event.hash, event.recorded_at, event.recorded_by, key),
    )


# Verifying


_Stored = cast(Any, namedtuple("_Stored", table.c.keys()))  # noqa: PYI024
_STORED = f"SELECT {', '.join(_Stored._fields)} FROM events ORDER BY position"


def checked(connection: Connection) -> Iterator[tuple[int, str]]:
    """What is wrong with the chain and with the columns of its events, each with its position."""
    last: Any = None
    previous: Event | None = None
    for row in map(_Stored._make, stream(connection, _STORED)):
        try:
            own = event([getattr(row, name) for name in EVENT])
            claim, by = own.claim, (own.recorded_at, own.recorded_by)
            written = canonical(content(claim, *by)) if claim else ""
            fault = broken(own, previous, written)
            if not fault and not _is_as_written(row, own, written, last):
                fault = "its columns are not what its content says"
            previous = own
        except UNDECODABLE as undecodable:
            fault = f"it cannot be decoded: {undecodable}"
        if fault:
            yield row.position, fault
        last = row
    if last is not None and last.recording != last.position:
        yield last.position, "its recording does not end"


def _is_as_written(row: Any, own: Event, written: str, last: Any) -> bool:
    """Whether an event is the row that its content would be written as, in a recording of one."""
    if last is not None and last.recording >= row.position:
        names = ("recording", "recorded_at", "recorded_by", "recorded_key")
        if any(getattr(row, name) != getattr(last, name) for name in names):
            return False
    if (claim := own.claim) is None:
        return True
    if own.commitment == f"{FIRST}/{claim.commitment}":  # recorded before there were programmes
        own = replace(own, claim=replace(claim, commitment=own.commitment))
    day, at = row.counts_from, moment(row.recorded_at)
    day = date.fromisoformat(day) if isinstance(day, str) else day
    stored = row._replace(counts_from=day, recorded_at=at)
    return bool(stored == _row(own, row.recording, written, row.recorded_key))


_GUARDS = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": """SELECT
        concat_ws(' ', relname, tgname, tgtype, tgattr, tgqual, tgenabled, prosrc)
        FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid
        WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
        UNION ALL SELECT definition FROM pg_rules WHERE schemaname = current_schema() ORDER BY 1""",
}
"""All triggers and rules that there are, and what they do."""
_AT_WORK = {  # what SHA-256 makes of them: a migration that alters one writes it anew
    "sqlite": "c6bde9b45a6eee4e37eca902c3b8e172229e82e642cbfbd38790e2308d740616",
    "postgresql": "f08b14b1c50e40079b881293aacd2ee64dc5e2620e1ca2c2ea463b3a32224925",
}


def is_guarded(connection: Connection) -> bool:
    """Whether the triggers are there, at work and no others, that let events only be added."""
    engine = connection.dialect.name
    triggers = scalars(connection, _GUARDS[engine])
    return sha256("\n".join(triggers).encode()).hexdigest() == _AT_WORK[engine]


def signers(connection: Connection) -> set[tuple[str, str]]:
    """The keys that recorded something, each with the organisation that it was recorded by."""
    query = "SELECT DISTINCT recorded_key, recorded_by FROM events WHERE recorded_key IS NOT NULL"
    return set(run(connection, query))


ERASURES = f"(SELECT count(*) FROM events WHERE kind = '{ERASED}')"
"""How often claims were erased."""


def count_erasures(connection: Connection) -> None:
    """Derive how often claims were erased, which is counted from then on."""
    run(connection, f"UPDATE editions SET erasures = {ERASURES}")


def is_counted(connection: Connection) -> bool:
    """Whether erasures are as many as the ledger has."""
    return scalars(connection, f"SELECT erasures = {ERASURES} FROM editions") == [True]


def slugs(connection: Connection) -> int:
    """How many commitments have an event."""
    return int(scalar(connection, "SELECT count(DISTINCT commitment) FROM events"))
