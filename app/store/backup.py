"""Backups: all that is not derived, in one file that either engine restores.

A file is compressed lines of JSON: the revision of the tables; for each table its name and columns,
then its rows; in the end how many rows there are, and the head of the ledger.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Date, DateTime, MetaData, Table, insert, select
from sqlalchemy.exc import DBAPIError

from app.domain.errors import Unavailable
from app.domain.references import Head
from app.store import events as ledger
from app.store.database import A_BATCH, Database, revision_of
from app.store.spans import Watch, migrate

DERIVED = "spans", "moves", "wordings", "editions"
END = "rows", "position", "hash"
UNREADABLE = (OSError, EOFError, zlib.error, ArithmeticError, LookupError, TypeError, ValueError)
"""What reading a file raises that is no backup, is cut or is damaged."""


def write(database: Database) -> Iterator[bytes]:
    """The file of a register as it is at one moment, while others write to it."""
    packer = zlib.compressobj(wbits=31)  # as gzip does, without a time
    with database.reading() as connection:
        for line in _lines(connection):
            written = json.dumps(line, default=_spelt, separators=(",", ":"))
            yield packer.compress(written.encode() + b"\n")
    yield packer.flush()


def _lines(connection: Connection) -> Iterator[Any]:
    yield {"revision": revision_of(connection)}
    rows = 0
    for table in _tables(connection):
        columns = sorted(table.c, key=lambda column: column.name)  # engines differ in their order
        yield {"table": table.name, "columns": [column.name for column in columns]}
        query = select(*columns).order_by(*table.primary_key.columns)
        for row in connection.execute(query.execution_options(yield_per=A_BATCH)):
            rows += 1
            yield [*row]
    head = ledger.head(connection)
    yield dict(zip(END, (rows, head.position, head.hash), strict=True))


def _tables(connection: Connection) -> list[Table]:
    """The tables that are not derived, at the revision that they have: what is named comes first.

    Those that keep the words of SQLite begin as the table of words does.
    """
    tables = MetaData()
    tables.reflect(connection, only=lambda name, _: not name.startswith(("alembic", *DERIVED)))
    return tables.sorted_tables


def _spelt(value: date) -> str:
    """A day, or a moment in UTC: SQLite keeps no offset."""
    if not isinstance(value, datetime):
        return value.isoformat()
    return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=UTC).isoformat()


def restore(url: str, file: Path, watch: Watch | None = None) -> Head:
    """Fill a database where nothing is recorded; rows are derived anew. Returns the head.

    Raises Unavailable, and leaves the database without a row, if it is not empty or the file not a
    whole backup.
    """
    try:
        with gzip.open(file) as opened:
            lines = map(json.loads, opened)
            migrate(url, next(lines)["revision"])
            head = _refill(url, lines)
    except UNREADABLE as fault:
        raise Unavailable(f"{file} is not a whole backup: {fault!r}.") from None
    migrate(url, watch=watch)
    return head


def _refill(url: str, lines: Iterator[Any]) -> Head:
    """All rows of a file, or none: what a constraint or a trigger refuses was altered."""
    database = Database(url, owner=True)
    try:
        with database.writing() as connection:
            return _fill(connection, lines)
    except DBAPIError as fault:
        raise ValueError(fault.orig) from None
    finally:
        database.close()


def _fill(connection: Connection, lines: Iterator[Any]) -> Head:
    """Add the rows of a file. Raises Unavailable where there are some already."""
    tables = {table.name: table for table in _tables(connection)}
    for name, table in tables.items():
        if connection.execute(select(table).limit(1)).first():
            raise Unavailable(f"Something is recorded here already, in {name}: nothing was done.")
    rows, description = 0, {}
    for is_row, group in groupby(lines, key=lambda line: isinstance(line, list)):
        if not is_row:
            *_, description = group  # of a table without a row, nothing but this
            continue
        table = tables[description["table"]]
        columns = [table.c[name] for name in description["columns"]]
        while batch := [*islice(group, A_BATCH)]:
            rows += len(batch)
            connection.execute(insert(table), [_values(connection, columns, row) for row in batch])
    head = ledger.head(connection)
    if (rows, head.position, head.hash) != tuple(description[name] for name in END):
        raise ValueError("its end tells of other rows")
    return head


def _values(
    connection: Connection, columns: Iterable[Column[Any]], row: Iterable[Any]
) -> dict[str, Any]:
    """A row as the columns take it."""
    values: dict[str, Any] = {}
    for column, value in zip(columns, row, strict=True):
        if value is None:
            values[column.name] = None
        elif isinstance(column.type, DateTime):
            moment = datetime.fromisoformat(value)
            sqlite = connection.dialect.name == "sqlite"
            values[column.name] = moment.replace(tzinfo=None) if sqlite else moment
        elif isinstance(column.type, Date):
            values[column.name] = date.fromisoformat(value)
        else:
            values[column.name] = value
    return values
