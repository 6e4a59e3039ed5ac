"""What statistics count: only the columns that they need, and no record read whole."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Text, cast, func, or_, select

from app.domain.access import Actor
from app.domain.commitments import Deadline, Move, Part, Timing
from app.domain.context import Snapshot
from app.domain.search import Search
from app.domain.statistics import Figure, Moved, moves_of
from app.store.rows import A_BATCH
from app.store.searching import conditions
from app.store.tables import commitments as table


def figures(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Iterator[Figure]:
    """What is counted of the entries that the filters leave, those that are alike together.

    Raises ValidationError or DataError for what cannot be decoded: figures that leave an entry out
    would be wrong.
    """
    moves = func.json_array_length(table.c.moves)
    counted = (
        *(table.c.publisher, table.c.type, table.c.by_access),
        *(_text(table.c.first_deadline), _text(table.c.timing), _text(table.c.timing_first)),
        *(table.c.uncertain, table.c.postponements, moves, table.c.slip_days),
    )
    query = (
        select(func.count(), func.min(table.c.slug), *counted)
        .where(*conditions(connection, search, snapshot, actor).values())
        .group_by(*counted)
    )
    read_deadline, read_timing = _reader(Deadline), _reader(Timing)
    with connection.execute(query.execution_options(yield_per=A_BATCH)) as rows:
        for many, slug, publisher, kind, access, first, timing, timing_first, *counts in rows:
            due = read_deadline(first).period.end if first is not None else None
            timings = read_timing(timing), read_timing(timing_first)
            yield Figure(many, slug, publisher, kind, access, due, *timings, *counts)


def moved(
    connection: Connection, search: Search, snapshot: Snapshot, actor: Actor
) -> Iterator[Moved]:
    """Every move of the deadlines of the entries that the filters leave, by slug."""
    read_moves, read_parts = _reader(tuple[Move, ...]), _reader(tuple[Part, ...])
    told = or_(_text(table.c.moves) != "[]", _text(table.c.parts) != "[]")
    query = (
        select(table.c.slug, table.c.type, _text(table.c.moves), _text(table.c.parts))
        .where(*conditions(connection, search, snapshot, actor).values(), told)
        .order_by(table.c.slug)
    )
    with connection.execute(query.execution_options(yield_per=A_BATCH)) as rows:
        for slug, kind, moves, parts in rows:
            yield from moves_of(slug, kind, read_moves(moves), read_parts(parts))


def _text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A column of JSON as it is kept."""
    return cast(column, Text)


def _reader(shape: Any) -> Callable[[str], Any]:
    """JSON as the record of that shape. Many rows have the same, which is read once."""
    return cache(TypeAdapter(shape).validate_json)
