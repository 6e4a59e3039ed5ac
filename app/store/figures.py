"""What statistics count: only the columns that they need, and no record read whole."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, or_, select

from app.domain.access import Actor
from app.domain.commitments import Deadline, Move, Part, Timing
from app.domain.context import Snapshot
from app.domain.search import Search
from app.domain.statistics import Figure, Moved, figure_of, moves_of
from app.store import commitments
from app.store.commitments import A_BATCH
from app.store.rows import UNREADABLE
from app.store.searching import conditions
from app.store.tables import commitments as table


def figures(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Iterable[Figure]:
    """What is counted of the entries that the filters leave, those that are alike together.

    Where a row cannot be read, the entries are read whole, one by one.
    """
    try:
        return list(_alike(connection, search, snapshot, actor))
    except UNREADABLE:
        return map(figure_of, commitments.every(connection, search, snapshot, actor))


def _alike(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Iterator[Figure]:
    moves = _length(table.c.moves, connection.dialect.name)
    counted = (
        *(table.c.publisher, table.c.type, table.c.access_rights),
        *(_text(table.c.first_deadline), _text(table.c.timing), _text(table.c.timing_first)),
        *(table.c.uncertain, table.c.postponements, moves, table.c.slip_days),
    )
    query = (
        select(func.count(), func.min(table.c.slug), *counted)
        .where(*conditions(connection, search, snapshot, actor).values())
        .group_by(*counted)
    )
    rows = connection.execute(query.execution_options(yield_per=A_BATCH))
    read_deadline, read_timing = _reader(Deadline), _reader(Timing)
    for many, slug, publisher, kind, access, first, timing, timing_first, *counts in rows:
        if [type(count) for count in counts[:3]] != [bool, int, int]:
            raise ValueError(slug)
        due = read_deadline(first).period.end if first is not None else None
        timings = read_timing(timing), read_timing(timing_first)
        yield Figure(many, slug, publisher, kind, access, due, *timings, *counts)


def moved(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Iterator[Moved]:
    """Every move of the deadlines of the entries that the filters leave, by slug.

    One whose row cannot be read is read whole.
    """
    read_moves, read_parts = _reader(tuple[Move, ...]), _reader(tuple[Part, ...])
    told = or_(_text(table.c.moves) != "[]", _text(table.c.parts) != "[]")
    query = (
        select(table.c.slug, table.c.type, _text(table.c.moves), _text(table.c.parts))
        .where(*conditions(connection, search, snapshot, actor).values(), told)
        .order_by(table.c.slug)
    )
    for slug, kind, moves, parts in connection.execute(query.execution_options(yield_per=A_BATCH)):
        try:
            yield from moves_of(slug, kind, read_moves(moves), read_parts(parts))
        except UNREADABLE:
            for entry in commitments.several(connection, [slug], snapshot, actor).values():
                yield from moves_of(slug, entry.type, entry.moves, entry.parts)


def _text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A column of JSON as it is kept."""
    return cast(column, Text)


def _length(column: ColumnElement[Any], engine: str) -> ColumnElement[int | None]:
    """How many things an array of JSON has; NULL of anything else, which would stop the query."""
    length = func.json_array_length(column)
    if engine == "sqlite":
        broken = func.json_valid(column) == 0
        return case((broken, None), (func.json_type(column) == "array", length))
    return case((func.json_typeof(column) == "array", length))


def _reader(shape: Any) -> Callable[[str], Any]:
    """JSON as the record of that shape. Many rows have the same, which is read once."""
    return cache(TypeAdapter(shape).validate_json)
