"""Files of SQLite that vanish, change or break while they are used; waits that end."""

import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.domain.errors import Cut, Unavailable
from app.store.database import CHAIN_LOCK, WAIT, Database, scalar
from app.store.postgresql import Patient
from tests.conftest import Models
from tests.seeded import HEAD
from tests.serving import make_key


@pytest.fixture
def file(sqlite: Models) -> Iterator[Path]:
    for url in sqlite.copy("seeded"):
        yield Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}")
    database.check()
    yield database
    database.close()


def write(database: Database) -> str:
    return make_key(database)[0]


def vanish(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


def replace(file: Path) -> None:
    shutil.copyfile(file, file.with_suffix(".copy"))
    file.with_suffix(".copy").replace(file)


def lose_the_journal(file: Path) -> None:
    Path(f"{file}-wal").unlink()


@pytest.mark.parametrize("act", [vanish, replace, lose_the_journal])
def test_nothing_is_written_into_a_file_without_a_name(
    database: Database, file: Path, act: Callable[[Path], None]
) -> None:
    write(database)
    act(file)
    with pytest.raises(Unavailable, match="not where it was"):
        write(database)
    assert file.exists() == (act is not vanish)


def test_a_write_is_not_acknowledged_whose_file_vanishes_meanwhile(
    database: Database, file: Path
) -> None:
    with pytest.raises(Unavailable), database.writing():
        vanish(file)


def test_a_file_may_be_named_by_a_link_and_no_other_is_written_when_that_leads_elsewhere(
    file: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(file)
    with closing(Database(f"sqlite:///{link}")) as database:
        write(database)
        shutil.copyfile(file, other := tmp_path / "other.db")
        link.unlink()
        link.symlink_to(other)
        with pytest.raises(Unavailable, match="not where it was"):
            write(database)


def test_a_file_that_comes_back_is_read_again(database: Database, file: Path) -> None:
    moved = file.rename(file.with_suffix(".moved"))
    with pytest.raises(Unavailable, match="not where it was"):
        database.check()
    moved.rename(file)
    database.check()
    write(database)


def test_damage_is_no_accident_and_is_remembered(database: Database, file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(8192)
        opened.write(os.urandom(size - 8192))
    for _ in range(2):
        with pytest.raises(Unavailable, match="damaged"), database.reading() as connection:
            connection.execute(text("SELECT sum(length(content)) FROM events")).one()
    with pytest.raises(Unavailable, match="damaged"):
        database.check()
    with pytest.raises(Unavailable, match="damaged"):
        write(database)


def hold_the_file(url: str) -> Iterator[None]:
    with Path(f"{url.removeprefix('sqlite:///')}.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def hold_sqlite(url: str) -> Iterator[None]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


def hold_the_chain(url: str) -> Iterator[None]:
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
        yield


@pytest.mark.parametrize(
    ("engine_name", "hold"),
    [("sqlite", hold_the_file), ("sqlite", hold_sqlite), ("postgresql", hold_the_chain)],
)
def test_writers_wait_so_long_and_no_longer(seeded_database_url: str, hold, monkeypatch) -> None:
    monkeypatch.setattr("app.store.database.WAIT", 1)
    with closing(Database(seeded_database_url)) as database, ThreadPoolExecutor(9) as pool:

        def wait(_number: int) -> float:
            began = time.monotonic()
            with pytest.raises(Unavailable):
                write(database)
            return time.monotonic() - began

        for _ in hold(seeded_database_url):
            waits = pool.map(wait, range(9))
            with database.reading() as connection:
                assert connection.scalar(text("SELECT max(position) FROM events")) == HEAD
            assert all(0.5 < seconds < 2 * WAIT for seconds in waits)
        assert write(database)


def test_a_server_that_is_slow_or_silent_is_given_up(postgresql: Models) -> None:
    for url in postgresql.copy("migrated"):
        database = Database(url, patience=0.5)
        with pytest.raises(Unavailable), database.reading() as connection:
            connection.execute(text("SELECT pg_sleep(5)"))
        with pytest.raises(Cut), database.reading() as connection:  # noqa: PT012
            driver = connection.connection.driver_connection
            assert isinstance(driver, Patient)
            driver.patience = 0.1
            connection.execute(text("SELECT pg_sleep(0.4)"))
        with database.writing() as connection:
            connection.execute(text("SELECT pg_sleep(1)"))
        database.close()


@pytest.mark.parametrize("reads_on", [True, False])
def test_a_backend_that_is_ended_is_a_refusal_at_most(
    postgresql: Models, caplog: pytest.LogCaptureFixture, reads_on: bool
) -> None:
    for url in postgresql.copy("migrated"):
        with closing(Database(url)) as database, psycopg.connect(url) as other:
            refused = pytest.raises(Cut) if reads_on else nullcontext()
            with refused, database.reading() as connection:
                own = scalar(connection, "SELECT pg_backend_pid()")
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
                if reads_on:
                    scalar(connection, "SELECT 1")
            database.check()
    assert caplog.messages == []


def test_what_migrates_has_its_turn_before_it_reads(file: Path) -> None:
    with closing(Database(f"sqlite:///{file}", owner=True)) as owner, owner.engine.connect() as own:
        own.execute(text("SELECT 1"))
        with closing(sqlite3.connect(file, timeout=0)) as server:
            server.execute("SELECT 1 FROM events")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                server.execute("BEGIN IMMEDIATE")
