"""What `verify` sees of a database that was altered by hand: all but what the manual lists."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, literal, select, update
from sqlalchemy.exc import DBAPIError

from app.domain.access import Actor
from app.domain.errors import Unavailable
from app.register import Clock
from app.register.writing import Writing
from app.store.database import ROOT, Database
from app.store.tables import keys, metadata
from tests import openings
from tests.conftest import Models
from tests.seeded import SEED
from tests.serving import make_key, serving

MANUAL = (ROOT / "docs" / "chain.md").read_text()
LISTED = set(re.findall(r"^\| `([a-z_.]+)` \| ", MANUAL, re.MULTILINE))
"""What the manual says that `verify` does not see: columns, and tables as a whole."""
TABLES = [table for table in metadata.sorted_tables if table.name not in LISTED]
COLUMNS = {name for name in LISTED if "." in name}
ASKED = (
    "/api/v1/changes",
    "/openings.atom",
    "/openings?sort=-modified",
    "/checkpoint",
    "/sitemap.xml",
)
A_MILLION = 10**6
SOME = {"BIGINT": 7, "DATE": date(2020, 1, 1), "DATETIME": datetime(2020, 1, 1, tzinfo=UTC)}


@pytest.fixture
def altered(database_url: str) -> Iterator[Database]:
    """A small register whose every column says something somewhere, without its guard."""
    database = Database(database_url, owner=True)
    register = Writing(database, Clock())
    claims = [*openings.claims(6)]
    register.absorb(claims[:-1], SEED.organizations, SEED.texts, SEED.programmes)
    key = make_key(database)[1]
    team = Actor(key.organization, key.role, key.public)
    Writing(database, Clock(), team).absorb(claims[-1:])
    register.erase(register.head().position - 1, "Décision de justice")
    assert faults(database) == []
    unguard(database)
    yield database
    database.close()


def unguard(database: Database) -> None:
    with database.engine.begin() as connection:
        if database.sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for name in connection.exec_driver_sql(query).scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER ALL")


def faults(database: Database) -> list[str]:
    """What `verify` says of a database, in a process that knows nothing of it yet."""
    fresh = Database(database.url.render_as_string(hide_password=False))
    try:
        fresh.check()
        return [row.where for row in Writing(fresh, Clock()).verify() if row.fault]
    except Unavailable:
        return ["the register"]
    finally:
        fresh.close()


def others(column: Column[Any], value: Any) -> Iterator[Any]:
    """What may be written in the place of a value: another of its type, or nothing."""
    if isinstance(value, int):
        yield value - 1 if value > A_MILLION else value + 1
    elif isinstance(value, date):
        yield value - timedelta(days=400)
    elif isinstance(value, str):
        yield f"{value} x"
    else:
        yield SOME.get(str(column.type), "x")
    if column.nullable and value is not None:
        yield None


def mistyped(value: Any) -> Iterator[Any]:
    """What SQLite, which keeps anything in any column, takes in the place of a value."""
    yield literal(str(value).encode())
    if not isinstance(value, str):
        yield literal("x" if isinstance(value, int) else 7)


def alterations(database: Database, column: Column[Any]) -> Iterator[list[str]]:
    """What is seen of each other value of a column, in the last row that has one."""
    (key,) = column.table.primary_key.columns or [column]
    query = select(key, column).order_by(column.is_(None), key.desc()).limit(1)
    with database.engine.connect() as connection:
        row, value = connection.execute(query).one()
    for other in (*others(column, value), *(mistyped(value) if database.sqlite else ())):
        where = key == (other if key is column else row)
        try:
            write(database, update(column.table).where(key == row).values({column: other}))
        except DBAPIError:
            continue
        yield faults(database)
        write(database, update(column.table).where(where).values({column: value}))


def write(database: Database, statement: Any) -> None:
    with database.engine.begin() as connection:
        assert connection.execute(statement).rowcount == 1


def test_what_was_altered_once_is_seen_but_for_what_the_manual_lists(altered: Database) -> None:
    known, unseen = faults(altered), set[str]()
    with serving(altered.url.render_as_string(hide_password=False)) as site:
        for column in (column for table in TABLES for column in table.c):
            name = f"{column.table.name}.{column.name}"
            for seen in alterations(altered, column):
                unseen |= {name} if seen == known else set()
                answers = {path: site.get(path).status_code for path in ASKED}
                assert {*answers.values()} <= {200, 503}, (name, answers)
    assert faults(altered) == known
    assert unseen == COLUMNS


def test_a_key_that_recorded_is_one_of_its_organisation(altered: Database) -> None:
    known = faults(altered)
    for column in (keys.c.public, keys.c.organization):
        assert all(seen != known for seen in alterations(altered, column))
    assert faults(altered) == known


UNGUARDED = {
    "sqlite": [
        "DROP TRIGGER events_are_not_deleted",
        (
            "CREATE TRIGGER other BEFORE INSERT ON events WHEN NEW.kind = 'erased'"
            " BEGIN SELECT RAISE(IGNORE); END"
        ),
    ],
    "postgresql": [
        "ALTER TABLE events ENABLE TRIGGER events_are_not_truncated",
        (
            "CREATE OR REPLACE FUNCTION events_guard() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'"
        ),
        (
            "CREATE OR REPLACE TRIGGER events_are_kept BEFORE INSERT OR UPDATE OR DELETE ON events"
            " FOR EACH ROW WHEN (pg_trigger_depth() > 9) EXECUTE FUNCTION events_guard()"
        ),
        "CREATE RULE other AS ON INSERT TO events WHERE NEW.kind = 'erased' DO INSTEAD NOTHING",
    ],
}


def test_triggers_are_those_that_guard_the_ledger(engine_name: str, models: Models) -> None:
    for change in UNGUARDED[engine_name]:
        for url in models.copy("migrated"):
            with closing(Database(url, owner=True)) as database:
                with database.engine.begin() as connection:
                    connection.exec_driver_sql(change)
                assert faults(database) == ["the ledger"], change
