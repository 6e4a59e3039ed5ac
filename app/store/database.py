"""The engine, what differs between SQLite and PostgreSQL, and the two kinds of transaction.

Knows hardly a table. What a process keeps of a database, beside its connections, is found here.
"""

import fcntl
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import UndefinedTable
from sqlalchemy import Connection as Connection  # noqa: PLC0414 named by the register
from sqlalchemy import Table, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.errors import Unavailable

ROOT = Path(__file__).resolve().parent.parent.parent
CHAIN_LOCK = 7_105_837_401_726_318
"""The advisory lock of PostgreSQL that the one writer holds."""
BUSY_SECONDS = 30
PROPOSED = "proposed"
"""What a transaction of one writer is about to record, among what a connection knows."""
NOT_MIGRATED = "The database has no tables yet: python -m app migrate."
DERIVED = "SELECT NOT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM spans)"
"""Not so where a rebuild was cut short."""
T = TypeVar("T")


class Database:
    """One database, read and written in transactions that end before anything is answered."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.turns = Lock()
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            self.engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS})
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                pool_size=10,
                max_overflow=30,
                pool_pre_ping=True,
            )
        kept: dict[Any, Any] = {}
        event.listen(self.engine, "connect", lambda _, record: record.info.update(kept=kept))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent state of the register. Raises Unavailable."""
        options: dict[str, Any] = (
            {}
            if self.sqlite
            else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with (
            _answering(),
            self.engine.connect() as connection,
            connection.execution_options(**options).begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only writer: nobody else appends until this ends. Raises Unavailable."""
        with (
            _answering(),
            self._turn(),
            self.engine.connect() as connection,
            connection.execution_options(writes=True).begin(),
        ):
            if not self.sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})"))
            info, done = connection.info, list[Callable[[], None]]()
            info["done"] = done
            try:
                yield connection
                connection.commit()
            finally:
                for name in ("done", PROPOSED):
                    info.pop(name, None)
            for act in done:
                act()

    def _turn(self) -> Any:
        """A writer’s turn, waited for without a connection: readers would lack those.

        Among processes, SQLite's own waiting is unfair; a file lock is not.
        """
        if self.sqlite and self.url.database not in (None, "", ":memory:"):
            return _file_lock(Path(f"{self.url.database}.lock"))
        return self.turns

    def version(self) -> str:
        """The engine and its version, such as `SQLite 3.40.1`."""
        with self.reading() as connection:
            if self.sqlite:
                return f"SQLite {connection.scalar(text('SELECT sqlite_version()'))}"
            version = str(connection.scalar(text("SHOW server_version")))
            return f"PostgreSQL {version.split(maxsplit=1)[0]}"

    def migrated(self) -> bool:
        """Whether the tables are those that this code expects, and the rows have been derived."""
        with self.reading() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            return revision == _newest() and connection.scalar(text(DERIVED)) in (True, 1)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@cache
def _newest() -> str | None:
    """The revision that this code expects."""
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()


@contextmanager
def _answering() -> Iterator[None]:
    """A database that cannot answer is a refusal, not an accident."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as fault:
        raise Unavailable from fault
    except DBAPIError as fault:
        if isinstance(fault.orig, UndefinedTable):
            raise Unavailable(NOT_MIGRATED) from fault
        if fault.connection_invalidated:
            raise Unavailable from fault
        raise


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    try:
        file = path.open("a")
    except OSError as fault:
        raise Unavailable from fault
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """The stock driver opens transactions on its own terms: here they are opened by `begin`."""
    connection.isolation_level = None
    connection.text_factory = _letters
    for pragma in (
        "page_size=8192",  # rows of a kilobyte leave less of a page empty; of a new file only
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _letters(kept: bytes) -> str:
    """A text of SQLite, which keeps any bytes as one: those that are no letters come to light."""
    return kept.decode(errors="surrogateescape")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# What a process keeps of a database, and many rows at once


def kept(connection: Connection, kind: type[T]) -> T:
    """The one object of that kind that this process has for the database."""
    objects: dict[type[T], T] = connection.info["kept"]
    return objects.get(kind) or objects.setdefault(kind, kind())


def when_done(connection: Connection, act: Callable[[], None]) -> None:
    """Do something after the transaction was committed; not, if it is undone."""
    connection.info["done"].append(act)


def add(
    connection: Connection,
    table: Table,
    columns: Collection[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Add rows as the driver takes them: values of columns are not converted."""
    if added := list(map(tuple, rows)):
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        marks = ", ".join(mark for _ in columns)
        statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"
        connection.exec_driver_sql(statement, added)
