"""Events and the spans derived from them: find, count, get, append, rebuild.

Knows SQL; knows neither the clock, nor who asks, nor what a claim may say.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from app.domain.access import Actor
from app.domain.commitments import DUE_SOON, Commitment
from app.domain.errors import UnknownName
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
    read_claim,
    timestamp,
)
from app.domain.references import Head
from app.domain.search import FACETS, Search, near, sort_key
from app.store.tables import commitments as table
from app.store.tables import events as ledger

FIELDS = tuple(column.name for column in fields(Commitment))
_RECORD = [table.c[name] for name in FIELDS]
A_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Who records, and when; `salts` gives each event its own."""

    at: datetime
    by: str
    key: str | None
    salts: Iterator[str]


# Reading


def head(connection: Connection) -> Head:
    """The last event's position and hash; 0 and no hash in an empty register."""
    last = connection.execute(
        select(ledger.c.position, ledger.c.hash, ledger.c.recorded_at)
        .order_by(ledger.c.position.desc())
        .limit(1)
    ).first()
    return Head(*last) if last else Head(0, NO_HASH)


def get(connection: Connection, slug: str, day: date, actor: Actor) -> Commitment | None:
    """One entry as it stands on that day, if the actor may see it."""
    found = connection.execute(
        select(*_RECORD).where(table.c.slug == slug, _holds_on(day), _visible(actor))
    ).first()
    return _record(found) if found else None


def find(connection: Connection, search: Search, day: date, actor: Actor) -> list[Commitment]:
    """One page of what is sought, plus one entry more when there is a page after it."""
    key, backwards = _sort_column(search)
    query = select(*_RECORD).where(*_conditions(search, day, actor).values())
    if search.after is not None:
        query = query.where(_behind(key, search.after, backwards=backwards))
    else:
        query = query.offset((search.page - 1) * search.page_size)
    order = key.desc() if backwards else key.asc()
    query = query.order_by(key.is_(None), order, table.c.slug).limit(search.page_size + 1)
    return [_record(row) for row in connection.execute(query)]


def sort_value(commitment: Commitment, search: Search) -> Any:
    """The value by which a search sorts an entry, as a cursor carries it."""
    value = _row(commitment)[_sort_column(search)[0].name]
    return value.isoformat() if isinstance(value, date) else value


def count(connection: Connection, search: Search, day: date, actor: Actor) -> int:
    """How many entries the filters leave."""
    query = select(func.count()).select_from(table)
    return connection.scalar(query.where(*_conditions(search, day, actor).values())) or 0


def facets(
    connection: Connection, search: Search, day: date, actor: Actor
) -> dict[str, dict[str, int]]:
    """For each facet, how many entries each value has under all filters but the facet’s own."""
    conditions = _conditions(search, day, actor)
    found: dict[str, dict[str, int]] = {}
    for name in FACETS:
        column = _timeliness(day) if name == "timeliness" else table.c[name]
        others = [condition for other, condition in conditions.items() if other != name]
        if name == "type":
            others.append(_of_type(search))
        value = column.label("value")
        rows = connection.execute(
            select(value, func.count().label("entries")).where(*others).group_by(value)
        )
        counts = {row.value: row.entries for row in rows if row.value is not None}
        found[name] = dict(sorted(counts.items()))
    return found


def events(connection: Connection, slug: str) -> list[Event]:
    """All events of one commitment, in order of position."""
    query = select(ledger).where(ledger.c.commitment == slug).order_by(ledger.c.position)
    return [_event(row) for row in connection.execute(query)]


def event_at(connection: Connection, position: int) -> Event | None:
    """The event at a position."""
    row = connection.execute(select(ledger).where(ledger.c.position == position)).first()
    return _event(row) if row else None


def events_after(connection: Connection, position: int, most: int) -> list[Event]:
    """The events that follow a position, at most so many."""
    query = select(ledger).where(ledger.c.position > position)
    return [
        _event(row) for row in connection.execute(query.order_by(ledger.c.position).limit(most))
    ]


def histories(connection: Connection, slugs: Iterable[str], until: int) -> dict[str, list[Event]]:
    """The events of several commitments up to a position, each in order of position."""
    wanted = and_(ledger.c.commitment.in_(sorted(set(slugs))), ledger.c.position <= until)
    found: dict[str, list[Event]] = {}
    for row in connection.execute(select(ledger).where(wanted).order_by(ledger.c.position)):
        found.setdefault(row.commitment, []).append(_event(row))
    return found


def resting_on(
    connection: Connection, texts: Iterable[str], day: date, actor: Actor
) -> list[Commitment]:
    """The entries with a claim that rests on one of these texts, actions among them."""
    query = select(*_RECORD).where(
        _holds_on(day), _visible(actor), _rests_on(sorted(set(texts)), day)
    )
    return [_record(row) for row in connection.execute(query.order_by(table.c.slug))]


def unknown_actions(
    connection: Connection, codes: Iterable[str], actor: Actor
) -> list[UnknownName]:
    """A refusal for each code that no action has which the actor may see."""
    actions = select(table.c.slug).where(table.c.type == "action", _visible(actor)).distinct()
    if not (wanted := set(codes)):
        return []
    found = set(connection.scalars(actions.where(table.c.slug.in_(sorted(wanted)))))
    absent = sorted(wanted - found)
    every = tuple(connection.scalars(actions.order_by(table.c.slug))) if absent else ()
    return [UnknownName("action", code, every, near(code, every)) for code in absent]


def unlike_their_content(connection: Connection) -> Iterator[int]:
    """Positions of events whose columns are not what their content says."""
    query = select(ledger).where(ledger.c.content.is_not(None)).order_by(ledger.c.position)
    for row in connection.execution_options(yield_per=A_BATCH).execute(query):
        expected = _ledger_row(_event(row), row.recorded_key)
        told = json.loads(row.content)
        at, by = told.get("recorded_at"), told.get("recorded_by")
        recorded = timestamp(row.recorded_at), row.recorded_by
        if expected != dict(row._mapping) or (at, by) != recorded:  # noqa: SLF001
            yield row.position


def slugs(connection: Connection) -> list[str]:
    """Every commitment that has an event."""
    return list(connection.scalars(select(ledger.c.commitment).distinct().order_by("commitment")))


def spans(connection: Connection, slug: str) -> tuple[Commitment, ...]:
    """The stored spans of one commitment, in order of day."""
    query = select(*_RECORD).where(table.c.slug == slug).order_by(table.c.valid_from)
    return tuple(_record(row) for row in connection.execute(query))


# Writing


def append(connection: Connection, claims: Iterable[Claim], by: Recording) -> list[Event]:
    """Add claims to the ledger, chained, and derive anew the spans of what they touch."""
    last = head(connection)
    added: list[Event] = []
    for claim in claims:
        event = _chained(claim, last, by)
        last = Head(event.position, event.hash)
        added.append(event)
    if added:
        connection.execute(insert(ledger), [_ledger_row(event, by.key) for event in added])
    for event in added:
        if event.kind == ERASED:
            _erase(connection, event)
    for slug in dict.fromkeys(event.commitment for event in added):
        refold(connection, slug)
    return added


def refold(connection: Connection, slug: str) -> None:
    """Derive the spans of one commitment from its events."""
    connection.execute(delete(table).where(table.c.slug == slug))
    if rows := [_row(span) for span in resolve(events(connection, slug))]:
        connection.execute(insert(table), rows)


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


# Rows and records


def _record(row: Row[Any]) -> Commitment:
    return Commitment(**row._mapping)  # noqa: SLF001 the documented way to a row’s mapping


def _row(commitment: Commitment) -> dict[str, Any]:
    """The record, and what it is sought by."""
    timing = commitment.timing
    return {
        **{name: getattr(commitment, name) for name in FIELDS},
        "by_title_fr": sort_key(commitment.title.within("fr")),
        "by_title_en": sort_key(commitment.title.within("en")),
        "by_deadline": commitment.deadline and commitment.deadline.period.end,
        "by_settled": timing.settled,
        "by_overdue_after": timing.overdue_after,
        "by_unconfirmed_after": timing.unconfirmed_after,
        "by_due": timing.due,
    }


def _event(row: Row[Any]) -> Event:
    return Event(
        position=row.position,
        commitment=row.commitment,
        kind=row.kind,
        claim=None if row.content is None else read_claim(json.loads(row.content)),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        salt=row.salt,
        digest=row.digest,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


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


# Conditions


def _holds_on(day: date) -> ColumnElement[bool]:
    return and_(table.c.valid_from <= day, table.c.valid_to > day)


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Rights in the query: what the actor may not see is not there."""
    if actor.operates:
        return true()
    public = table.c.visibility == "public"
    if actor.organization is None:
        return public
    return or_(
        public,
        table.c.publisher == actor.organization,
        table.c.steward == actor.organization,
    )


def _of_type(search: Search) -> ColumnElement[bool]:
    """Openings are not counted among actions, nor actions among openings."""
    return table.c.type == "action" if search.type == ("action",) else table.c.type != "action"


def _conditions(search: Search, day: date, actor: Actor) -> dict[str, ColumnElement[bool]]:
    """Each filter’s clause by the filter’s name, the day and the rights among them."""
    found = {"day": _holds_on(day), "rights": _visible(actor)}
    for name in ("type", "announcement", "state", "publisher", "action"):
        if values := getattr(search, name):
            found[name] = table.c[name].in_(values)
    if search.timeliness:
        found["timeliness"] = _timeliness(day).in_(search.timeliness)
    if search.text:
        found["text"] = _rests_on(search.text, day)
    if search.due_after:
        found["due_after"] = table.c.by_deadline >= search.due_after.start
    if search.due_before:
        found["due_before"] = table.c.by_deadline <= search.due_before.end
    if search.modified_since:
        found["modified_since"] = table.c.modified >= search.modified_since
    return found


def _rests_on(texts: Sequence[str], day: date) -> ColumnElement[bool]:
    return exists().where(
        ledger.c.commitment == table.c.slug,
        ledger.c.text.in_(texts),
        ledger.c.visibility == "public",
        ledger.c.counts_from <= day,
    )


def _timeliness(day: date) -> ColumnElement[str]:
    """`Timing.on`, in SQL."""
    return case(
        (table.c.by_overdue_after < day, "overdue"),
        (table.c.by_unconfirmed_after < day, "unconfirmed"),
        (table.c.by_due <= day + DUE_SOON, "due_soon"),
        (table.c.by_due.is_not(None), "on_track"),
        else_=table.c.by_settled,
    )


def _sort_column(search: Search) -> tuple[ColumnElement[Any], bool]:
    name, backwards = search.order
    column = {
        "deadline": table.c.by_deadline,
        "title": table.c[f"by_title_{search.lang}"],
        "slip": table.c.slip_days,
    }.get(name)
    return (table.c[name] if column is None else column), backwards


def _behind(
    key: ColumnElement[Any], after: tuple[Any, str], *, backwards: bool
) -> ColumnElement[bool]:
    """Past a cursor: unknown values come last, and the slug breaks ties."""
    value, slug = after
    if value is None:
        return and_(key.is_(None), table.c.slug > slug)
    further = key < value if backwards else key > value
    return or_(further, and_(key == value, table.c.slug > slug), key.is_(None))
