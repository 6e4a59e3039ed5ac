"""Rows as records. The one guard against rows that somebody altered by hand is here.

Knows neither which rows are sought, nor what they amount to.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Connection, Row, Select, Text, cast
from sqlalchemy.exc import DataError

from app.domain.commitments import Commitment
from app.domain.errors import Unavailable
from app.domain.ledger import Event, read_claim
from app.store.tables import Shaped
from app.store.tables import commitments as table
from app.store.tables import events as ledger

T = TypeVar("T")
LeftOut = Callable[[str, Exception], None]
"""Called with the name of a row that cannot be decoded: its slug, or its position."""

FIELDS = tuple(column.name for column in fields(Commitment))
RECORD = [table.c[name] for name in FIELDS]
KEYS = (table.c.slug, table.c.version, cast(table.c.valid_from, Text))
A_BATCH = 500
"""So many rows are fetched at once."""
UNDECODABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

log = logging.getLogger("ouvertures")


@cache  # each row is logged once in the life of a process, however often it is read
def _logged(name: str, fault: str) -> None:
    log.error("%s cannot be decoded and is left out (%s): see `verify`", name, fault)


def leave_out(name: str, fault: Exception) -> None:
    """Log a row that a list does without."""
    _logged(name, f"{type(fault).__name__}: {fault}")


def refuse(name: str, fault: Exception) -> None:
    """Raise Unavailable: what is asked for cannot do without this row."""
    leave_out(name, fault)
    sentence = "What is kept of “{name}” cannot be read; its ledger still answers."
    raise Unavailable(sentence, name=name)


def decoded(
    connection: Connection,
    query: Select[Any],
    make: Callable[[Any], T],
    left_out: LeftOut = leave_out,
    keys: Sequence[ColumnElement[Any]] = KEYS,
) -> Iterator[T]:
    """What is made of each row of a query, but for rows that cannot be decoded.

    Drivers decode dates and JSON while they fetch, and stop at the first that they cannot read.
    Then the rows that are left are fetched one by one, by their keys.
    """
    taken = 0
    result = connection.execute(query)
    try:
        with result:
            for some in result.partitions(A_BATCH):
                for row in some:
                    yield make(row)
                    taken += 1
    except (*UNDECODABLE, DataError):
        pass
    else:
        return
    alone = query.order_by(None).limit(None).offset(None)
    for key in connection.execute(query.with_only_columns(*keys)).all()[taken:]:
        same = (column == value for column, value in zip(keys, key, strict=True))
        try:
            yield from map(make, connection.execute(alone.where(*same)).all())
        except (*UNDECODABLE, DataError) as fault:
            left_out(str(key[0]), fault)


def records(
    connection: Connection, query: Select[Any], left_out: LeftOut = leave_out
) -> Iterator[Commitment]:
    """The records of rows that begin with RECORD."""
    return decoded(connection, query, record, left_out)


def events(
    connection: Connection, query: Select[Any], left_out: LeftOut = leave_out
) -> Iterator[Event]:
    """The events of rows of the ledger."""
    return decoded(connection, query, event, left_out, (ledger.c.position,))


def record(row: Sequence[Any]) -> Commitment:
    """The record of a row that begins with its columns. Raises ValueError for another type."""
    values = dict(zip(FIELDS, row, strict=False))
    # SQLite keeps a text in a column of numbers, if it is told to.
    if wrong := [name for name, kinds in _KINDS if type(values[name]) not in kinds]:
        raise ValueError(f"{', '.join(wrong)} of another type")
    return Commitment(**values)


_HINTS = get_type_hints(Commitment)
_KINDS = tuple(
    (column.name, frozenset(get_args(_HINTS[column.name]) or [_HINTS[column.name]]))
    for column in RECORD
    if not isinstance(column.type, Shaped)
)
"""The columns that hold plain values, with the types of each."""


def event(row: Row[Any]) -> Event:
    """The event of a row. Raises what `read_claim` raises."""
    return Event(
        position=row.position,
        commitment=row.commitment,
        kind=row.kind,
        claim=None if row.content is None else read_claim(from_json(row.content)),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        salt=row.salt,
        digest=row.digest,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
