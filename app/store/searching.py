"""A search as clauses and order: what holds from a snapshot, what an actor sees, what comes behind.

Knows columns, and no row.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    literal,
    not_,
    or_,
    true,
    tuple_,
)

from app.domain.access import Actor
from app.domain.claims import OPENING_TYPES
from app.domain.commitments import DUE_SOON
from app.domain.context import Snapshot
from app.domain.search import Search
from app.store.tables import HELD, NO_END, NO_RANK, open_ends
from app.store.tables import commitments as table
from app.store.tables import events as ledger
from app.store.wordings import holding


def held(at: int | None) -> ColumnElement[bool]:
    """What the register holds, or held at a position."""
    if at is None:
        return table.c.recorded_to == literal(HELD, BigInteger, literal_execute=True)
    return and_(table.c.version <= at, table.c.recorded_to > at)


def holds(snapshot: Snapshot) -> ColumnElement[bool]:
    """What holds on a day, and at a position."""
    if snapshot.newest:
        return open_ends()
    day = snapshot.day
    return and_(held(snapshot.position), table.c.valid_from <= day, table.c.valid_to > day)


def visible(actor: Actor) -> ColumnElement[bool]:
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


def seen(snapshot: Snapshot, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """What an actor sees from there."""
    return holds(snapshot), visible(actor)


def of_type(search: Search) -> ColumnElement[bool]:
    """Openings are not counted among actions, nor actions among openings."""
    return table.c.type == "action" if search.type == ("action",) else table.c.type != "action"


def of_whole_kind(facet: str, search: Search) -> bool:
    """Whether a filter on type leaves out nothing of what its own facet counts."""
    return facet == "type" and set(search.type) in ({"action"}, set(OPENING_TYPES))


def conditions(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> dict[str, ColumnElement[bool]]:
    """Each filter’s clause by the filter’s name, the snapshot and the rights among them."""
    found = dict(zip(("snapshot", "rights"), seen(snapshot, actor), strict=True))
    if of_whole_kind("type", search):
        found["type"] = of_type(search)
    for name in ("type", "announcement", "state", "publisher", "action"):
        if (values := getattr(search, name)) and name not in found:
            found[name] = table.c[name].in_(values)
    if search.timeliness:
        found["timeliness"] = _timeliness(snapshot.day).in_(search.timeliness)
    if search.text:
        found["text"] = _rests_on(search.text, snapshot)
    if search.due_after:
        since = table.c.by_deadline >= search.due_after.start
        found["due_after"] = and_(since, table.c.by_deadline < NO_END)
    if search.due_before:
        found["due_before"] = table.c.by_deadline <= search.due_before.end
    if search.modified_since:
        found["modified_since"] = table.c.modified >= search.modified_since
    if search.q:
        found["q"] = holding(connection, search.q)
    return found


def _rests_on(texts: Sequence[str], snapshot: Snapshot) -> ColumnElement[bool]:
    return exists().where(
        ledger.c.commitment == table.c.slug,
        ledger.c.text.in_(texts),
        ledger.c.visibility == "public",
        ledger.c.counts_from <= snapshot.day,
        ledger.c.position <= snapshot.position,
    )


def faceted(name: str, snapshot: Snapshot) -> ColumnElement[str]:
    """What a facet counts by."""
    return _timeliness(snapshot.day) if name == "timeliness" else table.c[name]


def _timeliness(day: date) -> ColumnElement[str]:
    """`Timing.on`, in SQL."""
    return case(
        (table.c.by_overdue_after < day, "overdue"),
        (table.c.by_unconfirmed_after < day, "unconfirmed"),
        (table.c.by_due <= day + DUE_SOON, "due_soon"),
        (table.c.by_due.is_not(None), "on_track"),
        else_=table.c.by_settled,
    )


# Order

_LAST = {"by_rank": NO_RANK, "by_deadline": NO_END}
"""The columns in which what is unknown is sorted by a value of its own: the last there is."""


def sort_column(search: Search) -> Column[Any]:
    """What a search is sorted by."""
    name = search.order[0]
    sorted_by = {
        "rank": "by_rank",
        "deadline": "by_deadline",
        "title": f"by_title_{search.lang}",
        "slip": "slip_days",
    }
    return table.c[sorted_by.get(name, name)]


def told(value: Any, search: Search) -> Any:
    """A value of the column that a search is sorted by; None for what is unknown."""
    return None if value == _LAST.get(sort_column(search).name) else value


def _absent(column: Column[Any]) -> ColumnElement[bool]:
    return column == _LAST[column.name] if column.name in _LAST else column.is_(None)


def order(search: Search) -> tuple[ColumnElement[Any], ...]:
    """Unknown values come last, and the slug breaks ties."""
    column, backwards = sort_column(search), search.order[1]
    if column is table.c.slug:
        return (column.desc() if backwards else column,)
    if backwards:
        return _absent(column), column.desc(), table.c.slug
    if column.nullable:
        return _absent(column), column, table.c.slug
    return column, table.c.slug


def behind(search: Search) -> ColumnElement[bool]:
    """Past a cursor, in that order; where an index gives it, in a form that finds it there."""
    assert search.after is not None  # noqa: S101 asked of a cursor only
    value, slug = search.after
    column, backwards = sort_column(search), search.order[1]
    if column is table.c.slug:
        return column < slug if backwards else column > slug
    if not backwards and not column.nullable:
        last = _LAST.get(column.name) if value is None else value
        return tuple_(column, table.c.slug) > tuple_(
            literal(last, column.type), literal(slug, table.c.slug.type)
        )
    absent = _absent(column)
    if value is None:
        return and_(absent, table.c.slug > slug)
    further = column < value if backwards else column > value
    return or_(and_(further, not_(absent)), and_(column == value, table.c.slug > slug), absent)
