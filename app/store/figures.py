"""What statistics count: only the columns that they need, and no record read whole."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Text, cast, func, or_, select

from app.domain.access import Actor
from app.domain.commitments import Deadline, Move, Part, Timing
from app.domain.search import Search, Vantage
from app.domain.statistics import Figure, Moved, moves_of
from app.store.commitments import A_BATCH
from app.store.searching import conditions
from app.store.tables import commitments as table


def figures(
    connection: Connection, search: Search, vantage: Vantage, actor: Actor
) -> Iterator[Figure]:
    """What is counted of the entries that the filters leave, those that are alike together."""
    counted = (
        *(table.c.publisher, table.c.type, table.c.access_rights),
        *(_text(table.c.first_deadline), _text(table.c.timing), _text(table.c.timing_first)),
        *(table.c.uncertain, table.c.postponements, _length(table.c.moves), table.c.slip_days),
    )
    query = (
        select(func.count(), func.min(table.c.slug), *counted)
        .where(*conditions(connection, search, vantage, actor).values())
        .group_by(*counted)
    )
    rows = connection.execute(query.execution_options(yield_per=A_BATCH))
    read_deadline, read_timing = _reader(Deadline), _reader(Timing)
    for many, slug, publisher, kind, access, first, timing, timing_first, *counts in rows:
        due = read_deadline(first).period.end if first else None
        timings = read_timing(timing), read_timing(timing_first)
        yield Figure(many, slug, publisher, kind, access, due, *timings, *counts)


def moved(
    connection: Connection, search: Search, vantage: Vantage, actor: Actor
) -> Iterator[Moved]:
    """Every move of the deadlines of the entries that the filters leave, by slug."""
    read_moves, read_parts = _reader(tuple[Move, ...]), _reader(tuple[Part, ...])
    told = or_(_length(table.c.moves) > 0, _length(table.c.parts) > 0)
    query = (
        select(table.c.slug, table.c.type, _text(table.c.moves), _text(table.c.parts))
        .where(*conditions(connection, search, vantage, actor).values(), told)
        .order_by(table.c.slug)
    )
    for slug, kind, moves, parts in connection.execute(query.execution_options(yield_per=A_BATCH)):
        yield from moves_of(slug, kind, read_moves(moves), read_parts(parts))


def _text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A column of JSON as it is kept."""
    return cast(column, Text)


def _length(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.json_array_length(column)


def _reader(shape: Any) -> Callable[[str], Any]:
    """JSON as the record of that shape. Many rows have the same, which is read once."""
    return cache(TypeAdapter(shape).validate_json)
