"""The engine, what differs between SQLite and PostgreSQL, and the two kinds of transaction.

Knows no table; only that rows are derived, and are derived anew after a migration.
"""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import UndefinedTable
from pydantic import ValidationError
from pydantic_core import from_json
from sqlalchemy import Connection as Connection  # noqa: PLC0414 named by the register
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.errors import Unavailable
from app.store import commitments

ROOT = Path(__file__).resolve().parent.parent.parent
CHAIN_LOCK = 7_105_837_401_726_318
"""The advisory lock of PostgreSQL that the one writer holds."""
BUSY_SECONDS = 30
log = logging.getLogger("ouvertures")

NOT_MIGRATED = "The database has no tables yet: python -m app migrate."


class Database:
    """One database, read and written in transactions that end before anything is answered."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.turns = Lock()
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            self.engine = create_engine(
                self.url, connect_args={"timeout": BUSY_SECONDS}, json_deserializer=from_json
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                pool_size=10,
                max_overflow=30,
                pool_pre_ping=True,
                json_deserializer=from_json,
            )

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
            yield connection

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
            told = str(connection.scalar(text("SHOW server_version")))
            return f"PostgreSQL {told.split(maxsplit=1)[0]}"

    def migrated(self) -> bool:
        """Whether the tables are those that this code expects."""
        expected = _newest()
        with self.reading() as connection:
            return MigrationContext.configure(connection).get_current_revision() == expected

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


@cache
def _newest() -> str | None:
    """The revision that this code expects."""
    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def migrate(url: str, revision: str = "head") -> None:
    """Bring the tables to a revision, forward or back: `head`, `base`, `0001`…"""
    config = _alembic(url)
    script = ScriptDirectory.from_config(config)
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        database.close()
    wanted = script.get_current_head() if revision == "head" else revision
    known = [row.revision for row in reversed(list(script.walk_revisions()))]
    forward = current is None or (wanted in known and known.index(wanted) >= known.index(current))
    move = command.upgrade if forward and revision != "base" else command.downgrade
    move(config, revision)
    if current not in (None, wanted) and wanted == script.get_current_head():
        rebuild(url)


def rebuild(url: str) -> None:
    """Derive every row anew from the ledger, as the newest tables and rules have them."""
    database = Database(url)
    try:
        with database.writing() as connection:
            for slug in commitments.slugs(connection):
                commitments.rebuild(connection, slug)
            commitments.measure(connection)
    finally:
        database.close()


def _alembic(url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config


@contextmanager
def _answering() -> Iterator[None]:
    """A database that cannot answer is a refusal, not an accident."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as fault:
        raise Unavailable from fault
    except (DataError, ValidationError) as fault:
        log.exception("what is kept cannot be decoded: see `verify`")
        raise Unavailable("Something that is kept cannot be read.") from fault
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
    # Else bytes that are no text stop the driver with an error like that of a busy database.
    connection.text_factory = bytes.decode
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
