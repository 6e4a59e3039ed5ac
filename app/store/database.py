"""The engine, what differs between SQLite and PostgreSQL, and the two kinds of transaction.

Knows hardly a table. What a process keeps of a database, beside its connections, is found here.
"""

import fcntl
import gc
import json
import os
import re
import sqlite3
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial
from itertools import chain, count
from pathlib import Path
from threading import Lock
from time import perf_counter, sleep
from typing import Any, TypeVar

from sqlalchemy import Connection as Connection  # noqa: PLC0414 named by the register
from sqlalchemy import Table, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.errors import Busy, Cut, Damaged, Displaced, NotMigrated, NotOwner, Unavailable
from app.store.tables import ERASABLE, fits, grants

ROOT = Path(__file__).resolve().parent.parent.parent
A_BATCH = 500
"""So many rows are read, or named, at a time."""
CHAIN_LOCK = 7_105_837_401_726_318
"""The advisory lock of PostgreSQL that the one writer holds."""
WAIT = 5
"""Seconds that anybody waits: a writer for its turn, a reader for a lock."""
MIGRATION = 600
"""Seconds that a migration waits for another."""
CONNECT, WRITE, SILENCE = 2, 60, 1
"""Seconds that PostgreSQL has to take a connection, for a statement of a writer, and to say that
a statement took too long: then nobody is there.
"""
POOL: dict[str, Any] = {"pool_size": 10, "max_overflow": 40, "pool_timeout": WAIT}
"""A connection for every thread that reads, and one for the writer whose turn it is."""
FACTS = "facts"
"""The facts as a transaction that writes has them, with what it is about to record."""
LAST = "last"
"""The last event, as a transaction that writes has it."""
ILLEGIBLE = "illegible"  # whether a transaction has met bytes that are no text
UNDECODABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What decoding a row raises that somebody altered by hand."""
DERIVED = "SELECT NOT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM spans)"
"""Not so where a rebuild was cut short."""
SNAPSHOT = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot()::text END"
"""What is committed, by the numbers of transactions; a standby does not know all of them."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_REFUSED = {"42P01": NotMigrated, "42703": NotMigrated, "42501": NotOwner}
"""What PostgreSQL says of a table and a column that are not there, and of a right that is not."""
T = TypeVar("T")


class Database:
    """One database, read and written in transactions that end before anything is answered."""

    def __init__(self, url: str, patience: float | None = None, *, owner: bool = False) -> None:
        """`patience`: how many seconds a statement of PostgreSQL may take to read.

        `owner`: whoever migrates may alter tables. All others only append to the ledger.
        """
        self.url = make_url(url)
        self.turns = Lock()
        self.patience = patience
        self.damage: str | None = None
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.file = str(self.url.database) if self.sqlite else None
        self.identity: tuple[int, int] | None = None
        whole = url.partition("///")[2]
        in_folder = "?" in (folder := str(Path(whole).parent)) and Path(folder).is_dir()
        written = whole if in_folder else whole.partition("?")[0]
        if self.file and Path(written).parent.is_dir():
            # A folder may have %2F or ? in its name, which SQLAlchemy takes for something else.
            self.url, self.file = self.url.set(database=written), written
        if self.sqlite:
            self.engine = create_engine(self.url, connect_args={"timeout": WAIT}, **POOL)
            event.listen(self.engine, "connect", _prepare_sqlite)
            if not owner:
                event.listen(self.engine, "connect", lambda own, _: own.set_authorizer(_authorize))
            # What migrates reads, then writes: it waits for its turn before, or not at all.
            begin = f"BEGIN {'IMMEDIATE' if owner else 'DEFERRED'}"
            event.listen(self.engine, "begin", partial(_begin_sqlite, begin))
        else:
            self.engine = create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                pool_pre_ping=True,
                connect_args={"connect_timeout": CONNECT},
                **POOL,
            )
            event.listen(self.engine, "do_connect", self._connect)
        self.dbapi = self.engine.dialect.loaded_dbapi
        self.watcher: Any = None
        self.probe = "PRAGMA data_version" if self.sqlite else SNAPSHOT
        self.kept: dict[Any, Any] = {}
        event.listen(self.engine, "connect", lambda _, record: record.info.update(kept=self.kept))

    def _connect(self, _dialect: Any, _record: Any, given: Any, named: Any) -> Any:
        from app.store import postgresql  # noqa: PLC0415 a register in a file does without it

        return postgresql.connect(self.patience, *given, **named)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent state of the register. Raises Unavailable."""
        with self._answering(), self._connected() as connection:
            if self.sqlite:
                driver(connection).execute("BEGIN")
            else:
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                connection.execution_options(**options)  # psycopg begins with the first statement
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only writer: nobody else appends until this ends. Raises Unavailable."""
        with (
            self._answering(),
            self._turn() as left,
            self._connected() as connection,
            self._begun(connection, left),
        ):
            info, done = connection.info, list[Callable[[], None]]()
            info["done"] = done
            try:
                yield connection
                driver(connection).commit()
                if self.sqlite:
                    self._check_place(connection)
            finally:
                for name in ("done", FACTS, LAST):
                    info.pop(name, None)
            for act in done:
                act()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection on which statements go to the driver: what is left open is rolled back."""
        with self.engine.connect() as connection:
            own = driver(connection)
            connection.info.pop(ILLEGIBLE, None)
            try:
                yield connection
            except (DBAPIError, self.dbapi.Error) as fault:
                if getattr(own, "closed", False):
                    raise Cut from fault
                raise
            except UNDECODABLE as fault:
                if connection.info.get(ILLEGIBLE):
                    raise Damaged from fault
                raise
            finally:
                try:
                    own.rollback()
                except self.dbapi.Error:  # it was cut: SQLAlchemy would log how it cannot end it
                    connection.invalidate()

    @contextmanager
    def _turn(self) -> Iterator[int]:
        """A writer’s turn, and how many milliseconds are left to wait for what others hold.

        It is waited for without a connection: readers would lack those. Among processes, SQLite's
        own waiting is unfair; a file lock is not.
        """
        end = perf_counter() + WAIT
        if not self.turns.acquire(timeout=WAIT):
            raise Busy(n=WAIT)
        try:
            with _file_lock(Path(f"{self.file}.lock"), end) if self.file else nullcontext():
                yield max(100, int(1000 * (end - perf_counter())))
        finally:
            self.turns.release()

    @contextmanager
    def migrating(self) -> Iterator[None]:
        """The turn to migrate. Others go on meanwhile, as far as the tables let them."""
        if self.file:
            with _file_lock(Path(f"{self.file}.migrating"), perf_counter() + MIGRATION):
                yield
            return
        with self.engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {MIGRATION * 1000}"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({CHAIN_LOCK + 1})"))
            yield

    @contextmanager
    def _begun(self, connection: Connection, left: int) -> Iterator[None]:
        """A transaction of the one writer, of a database that is where it was."""
        own = driver(connection)
        if self.sqlite:
            own.execute(f"PRAGMA busy_timeout={left}")
            own.execute("BEGIN IMMEDIATE")
            own.execute(f"PRAGMA busy_timeout={WAIT * 1000}")
            self._check_place(connection)
            yield
            return
        run(connection, f"SET LOCAL lock_timeout = {left}")
        run(connection, f"SET LOCAL statement_timeout = {WRITE * 1000}")
        patience, own.patience = own.patience, left / 1000 + SILENCE
        try:
            run(connection, f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})")
            own.patience = patience and WRITE + SILENCE
            yield
        finally:
            own.patience = patience

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """A database that cannot answer is a refusal, not an accident."""
        if self.damage:
            raise Damaged
        self._check_file()
        try:
            yield
        except PoolTimeout as fault:
            raise Unavailable from fault
        except (DBAPIError, self.dbapi.Error) as fault:
            if refusal := self._refusal(getattr(fault, "orig", fault)):
                raise refusal from fault
            raise

    def _refusal(self, fault: Any) -> type[Unavailable] | None:
        """What a fault of the driver means: locked, full, read-only, broken, out of reach."""
        sqlstate, dbapi = getattr(fault, "sqlstate", ""), self.dbapi
        if getattr(fault, "sqlite_errorcode", None) in _DAMAGED:
            self.damage = str(fault)
            return Damaged
        if sqlstate in _REFUSED:
            return _REFUSED[sqlstate]
        if isinstance(fault, dbapi.OperationalError) and sqlstate != "":
            cut = (sqlstate or "57P").startswith("57P")  # be its end seen by now or not
            if cut and type(fault).__name__ != "ConnectionTimeout":
                return Cut
        troubles = dbapi.OperationalError, dbapi.InterfaceError, dbapi.InternalError
        return Unavailable if isinstance(fault, troubles) else None

    def _check_file(self) -> None:
        """Raises Unavailable where SQLite would make a new file, or read one that is not ours."""
        if self.file is None:
            return
        identity = _identity(self.file)
        if identity is None or self.identity not in (None, identity):
            raise Displaced
        self.identity = identity

    def _check_place(self, connection: Connection) -> None:
        """Raises Unavailable where what is written would be in files that have no name any more."""
        self._check_file()
        place, journal = connection.info["journal"]
        if journal != _identity(place):
            self.engine.dispose()
            raise Displaced

    def state(self) -> Hashable | None:
        """What stands for all that is committed: another after each change. None if unknown.

        SQLite counts what others commit; of two equal snapshots of PostgreSQL, both see the same.
        It is not for two threads at once.
        """
        try:
            if self.damage:
                return None
            self._check_file()
            self.watcher = self.watcher or self._watcher()
            state: Hashable = self.watcher.execute(self.probe).fetchone()[0]
        except (Displaced, DBAPIError, self.dbapi.Error):
            self._forget_watcher()
            return None
        return state

    def reaches(self, _position: int) -> bool:
        """Whether a position is shown that a reader has seen: there is no other database."""
        return True

    def _forget_watcher(self) -> None:
        watcher, self.watcher = self.watcher, None
        if watcher:
            with suppress(self.dbapi.Error):
                watcher.close()

    def _watcher(self) -> Any:
        """A connection of its own, on which nothing is written."""
        if self.file:
            return sqlite3.connect(self.file, timeout=0, check_same_thread=False)
        connection = self.engine.raw_connection()
        own: Any = connection.driver_connection
        connection.detach()
        own.rollback()
        own.autocommit, own.patience = True, SILENCE
        return own

    def version(self) -> str:
        """The engine and its version, such as `SQLite 3.40.1`."""
        with self.reading() as connection:
            if self.sqlite:
                return f"SQLite {scalar(connection, 'SELECT sqlite_version()')}"
            return f"PostgreSQL {scalar(connection, 'SHOW server_version').split()[0]}"

    def check(self) -> None:
        """Raises Unavailable unless this code can work with the tables, and rows are derived.

        Tables of a later version do, if they have all that this one knows and need nothing more.
        """
        with self.reading() as connection:
            revision, newest = revision_of(connection), versions()[0]
            if revision != newest and (revision in (None, *versions()) or not fits(connection)):
                raise not_of_this_version(revision)
            if not scalar(connection, DERIVED):
                raise Unavailable(
                    "The rows of the register are not all derived: python -m app rebuild."
                )

    def is_owner(self) -> bool:
        """Whether this is PostgreSQL, and the role may alter the tables it serves."""
        with self.reading() as connection:
            return not self.sqlite and bool(scalar(connection, _OWNS))

    def grant(self) -> None:
        """Give the roles that append what they need of tables as they are since a migration."""
        with self.engine.begin() as connection:
            roles = () if self.sqlite else connection.scalars(text(_APPENDING)).all()
            for statement in (statement for role in roles for statement in grants(role)):
                connection.exec_driver_sql(statement)

    def close(self) -> None:
        """Let go of every connection."""
        self._forget_watcher()
        self.engine.dispose()


_OWNS = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'events'::regclass"
_APPENDING = """SELECT DISTINCT r.rolname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid,
 aclexplode(a.attacl) g JOIN pg_roles r ON r.oid = g.grantee WHERE c.oid = to_regclass('events')
 AND g.privilege_type = 'INSERT' AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')"""
"""The roles, other than owners, to which columns of the ledger were granted."""


@cache
def versions() -> tuple[str, ...]:
    """The revisions that this code knows, the newest first."""
    files = (ROOT / "migrations" / "versions").glob("[0-9]*.py")
    return tuple(sorted((file.name[:4] for file in files), reverse=True))


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def not_of_this_version(revision: str | None) -> Unavailable:
    """Why this code cannot work with tables of that revision, and what to do."""
    if revision is None or revision in versions():
        return NotMigrated()
    return Unavailable(
        "The database’s tables are those of revision {revision}, and this version knows those up "
        "to {newest}. Run a version that knows them.",
        revision=revision,
        newest=versions()[0],
    )


@contextmanager
def _file_lock(path: Path, end: float) -> Iterator[None]:
    """The lock of a file, waited for until the stopwatch says so."""
    try:
        file = path.open("a")
    except OSError as fault:
        raise Unavailable from fault
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ours until it is closed
                break
            except BlockingIOError:
                if perf_counter() > end:
                    raise Busy(n=WAIT) from None
                sleep(0.005)
        yield


def _identity(path: str) -> tuple[int, int] | None:
    """Which file has that name; None where there is none."""
    with suppress(OSError):
        entry = os.stat(path)  # noqa: PTH116 it is asked at each answer, and four times as fast
        return entry.st_dev, entry.st_ino
    return None


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """The stock driver opens transactions on its own terms: here they are opened by `begin`."""
    connection.isolation_level = None
    for pragma in (
        "page_size=8192",  # rows of a kilobyte leave less of a page empty; of a new file only
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={WAIT * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("SELECT 1 FROM sqlite_master")  # from here on, it has its journal
    file = connection.execute("PRAGMA database_list").fetchone()[2]  # what a link leads to
    record.info["journal"] = f"{file}-wal", _identity(f"{file}-wal")


_OF_OWNERS = {
    getattr(sqlite3, f"SQLITE_{name}")
    for name in (
        *("ALTER_TABLE", "DROP_TABLE", "DROP_VTABLE", "CREATE_VTABLE", "ATTACH", "DETACH"),
        *("CREATE_TRIGGER", "DROP_TRIGGER", "CREATE_VIEW", "DROP_VIEW", "CREATE_TEMP_TABLE"),
        *("CREATE_TEMP_TRIGGER", "CREATE_TEMP_VIEW", "CREATE_TEMP_INDEX"),
    )
}
"""What only migrations do. A table may be made: ANALYZE makes one."""
_INDEXING = (sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_DROP_INDEX)
_CHANGING = (sqlite3.SQLITE_DELETE, sqlite3.SQLITE_UPDATE)
_PRAGMAS = (
    *("busy_timeout", "analysis_limit", "table_info", "table_xinfo", "foreign_key_list"),
    *("index_list", "index_info", "index_xinfo"),
)


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Whether a statement may be: rows of the ledger are appended and erased, never its table.

    Names are a table and a column, an index and its table, a pragma and its value. That what is
    inserted comes last, and what is erased was to be, triggers see.
    """
    refused = (
        action in _OF_OWNERS
        or (action in _INDEXING and second == "events")
        or (
            action in _CHANGING
            and first in ("events", "alembic_version")
            and second not in ERASABLE
        )
        or (action == sqlite3.SQLITE_PRAGMA and second is not None and first not in _PRAGMAS)
    )
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def _letters(kept: bytes) -> str:
    """Decodes a text of SQLite; bytes that are no UTF-8 are marked, so that no JSON has them."""
    return kept.decode(errors="replace").replace("\ufffd", '"\ufffd')


def _begin_sqlite(begin: str, connection: Connection) -> None:
    """A transaction of SQLAlchemy is the one that the driver is in, if it is in one."""
    if not driver(connection).in_transaction:
        connection.exec_driver_sql(begin)


# What a process keeps of a database, and many rows at once


@contextmanager
def lasting() -> Iterator[None]:
    """What is made meanwhile lasts: to look through it for garbage takes a quarter of a load."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def kept(connection: Connection, kind: type[T]) -> T:
    """The one object of that kind that this process has for the database."""
    objects: dict[type[T], T] = connection.info["kept"]
    return objects.get(kind) or objects.setdefault(kind, kind())


def when_done(connection: Connection, act: Callable[[], None]) -> None:
    """Do something after the transaction was committed; not, if it is undone."""
    connection.info["done"].append(act)


# Statements: by SQLAlchemy they would take five times as long. `:name` is the value of that name;
# times are bound as the ledger keeps them, and lists as `among` reads them.

Values = Mapping[str, Any]
NOTHING: Values = {}


def driver(connection: Connection) -> Any:
    """The connection as the driver has it."""
    return connection.connection.driver_connection


def run(connection: Connection, query: str, values: Values = NOTHING) -> Any:
    """The rows of a statement, if it has any, as the driver gives them."""
    if connection.dialect.name == "sqlite":
        return list(stream(connection, query, values))
    cursor = driver(connection).execute(_for_postgresql(query), values)
    return cursor.fetchall() if cursor.description else ()


def stream(connection: Connection, query: str, values: Values = NOTHING) -> Iterator[Any]:
    """The rows of a query that may have many, read as they are taken."""
    own, taken = driver(connection), 0
    if connection.dialect.name == "sqlite":
        try:
            rows = own.execute(query, values)
            while some := rows.fetchmany(A_BATCH):
                yield from _texts(connection, some)
                taken += len(some)
        except sqlite3.OperationalError as fault:
            with _lenient(connection, fault):
                yield from _texts(connection, own.execute(query, values).fetchall()[taken:])
        return
    with own.cursor(f"stream_{next(_STREAMS)}") as cursor:
        cursor.itersize = A_BATCH
        yield from cursor.execute(_for_postgresql(query), values)


def _texts(connection: Connection, rows: list[Any]) -> list[Any]:
    """Rows of SQLite, which keeps bytes in any column: marked, as what no column here may have."""
    if bytes not in set(map(type, chain.from_iterable(rows))):
        return rows
    connection.info[ILLEGIBLE] = True
    return [tuple(_letters(b"\xff" + v) if type(v) is bytes else v for v in row) for row in rows]


@contextmanager
def _lenient(connection: Connection, fault: sqlite3.OperationalError) -> Iterator[None]:
    """Read texts as `_letters` does, if the fault is that one of them is none for the driver."""
    if hasattr(fault, "sqlite_errorcode"):
        raise fault
    own, connection.info[ILLEGIBLE] = driver(connection), True
    own.text_factory = _letters
    try:
        yield
    finally:
        own.text_factory = str


_STREAMS = count()


def scalar(connection: Connection, query: str, values: Values = NOTHING) -> Any:
    """The first value of the first row; None without any."""
    return next(iter(scalars(connection, query, values)), None)


def scalars(connection: Connection, query: str, values: Values = NOTHING) -> list[Any]:
    """The first value of each row."""
    return [row[0] for row in run(connection, query, values)]


# How SQLite keeps what it has no type for.
sqlite3.register_adapter(datetime, lambda at: f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.000000")
sqlite3.register_adapter(date, date.isoformat)
sqlite3.register_adapter(list, json.dumps)


@lru_cache(4096)
def moment(value: str | datetime) -> datetime:
    """A time as the ledger or a row keeps it, in UTC."""
    known = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
    return known.astimezone(UTC)


@lru_cache(256)
def _for_postgresql(query: str) -> str:
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", query.replace("%", "%%"))


def among(connection: Connection, column: str, name: str) -> str:
    """The clause that a column is in the list that is bound by this name."""
    if connection.dialect.name == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(:{name}))"
    return f"{column} = ANY(:{name})"


def add(
    connection: Connection, table: Table, columns: Collection[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows as the driver takes them."""
    marks = ", ".join("?" for _ in columns)
    run_many(connection, f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})", rows)


def run_many(connection: Connection, query: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a statement with each of these rows, whose values are its `?`."""
    if bound := list(rows):
        if connection.dialect.name != "sqlite":
            query = query.replace("?", "%s")
        driver(connection).cursor().executemany(query, bound)
