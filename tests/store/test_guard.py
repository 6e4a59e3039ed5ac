"""The application has no way to alter the ledger: what it may not, either engine refuses."""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import product

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from app.domain.errors import NotOwner
from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from app.store.spans import migrate
from app.store.tables import events, grants
from tests import openings
from tests.conftest import Models
from tests.postgres import stranger
from tests.seeded import HEAD
from tests.serving import make_key, writing

COLUMNS = events.c.keys()
SOME = ("position = 1", f"position = {HEAD}", "kind = 'announced'")
COPY = ", ".join(COLUMNS)


@pytest.fixture
def served(engine_name: str, models: Models) -> Iterator[Database]:
    """The register as it is served: by a role that appends, where there are roles."""
    for url in models.copy("seeded"):
        with nullcontext(url) if engine_name == "sqlite" else stranger(url) as address:
            if engine_name == "postgresql":
                appended_by(url, role_of(address))
            database = Database(address)
            yield database
            database.close()


def role_of(url: str) -> str:
    return make_url(url).username or ""


def appended_by(url: str, role: str) -> None:
    with psycopg.connect(url) as owner:
        for statement in grants(role):
            owner.execute(statement.encode())


def rows() -> Iterator[str]:
    """What would alter, replace, drop or misplace rows."""
    for name, where in product(COLUMNS, SOME):
        yield f"UPDATE events SET {name} = {name} WHERE {where}"
        yield f"UPDATE events SET {name} = NULL WHERE {where}"
        yield f"DELETE FROM events WHERE {name} IS NOT NULL AND {where}"
    yield "UPDATE events SET content = 'x', salt = 'x'"
    yield "DELETE FROM events"
    for place, previous in product(("0", "1", "position + 2", "NULL"), ("hash", "previous_hash")):
        own = {"position": place, "previous_hash": previous}
        columns = ", ".join(own.get(name, name) for name in COLUMNS)
        query = f"SELECT {columns} FROM events WHERE position = {HEAD - 1}"
        yield f"INSERT INTO events ({COPY}) {query}"


def tables() -> Iterator[str]:
    """What would alter or hide the table, and what guards it."""
    for name in COLUMNS:
        yield f"ALTER TABLE events RENAME COLUMN {name} TO other"
        yield f"ALTER TABLE events DROP COLUMN {name}"
    yield "ALTER TABLE events RENAME TO others"
    yield "ALTER TABLE events ADD COLUMN other TEXT"
    yield "DROP TABLE events"
    yield "CREATE TEMP TABLE events AS SELECT 1 AS position"
    yield "CREATE TEMP VIEW events AS SELECT 1 AS position"
    yield "CREATE INDEX other ON events (kind)"
    yield "UPDATE alembic_version SET version_num = '0001'"
    yield from (f"DROP INDEX {index.name}" for index in events.indexes)


def of_sqlite() -> Iterator[str]:
    for event in ("INSERT", "UPDATE", "DELETE"):
        for scope in ("", "TEMP"):
            yield (
                f"CREATE {scope} TRIGGER other BEFORE {event} ON events"
                " BEGIN SELECT RAISE(IGNORE); END"
            )
    for name in ("events_are_appended", "events_are_not_updated", "events_are_not_deleted"):
        yield f"DROP TRIGGER {name}"
    for way in ("REPLACE", "IGNORE", "FAIL", "ABORT", "ROLLBACK"):
        yield f"INSERT OR {way} INTO events SELECT * FROM events WHERE position = 3"
        yield from (f"UPDATE OR {way} events SET {name} = {name}" for name in COLUMNS)
    yield "PRAGMA writable_schema = ON"
    yield "PRAGMA recursive_triggers = OFF"
    yield "PRAGMA main.journal_mode = OFF"
    yield "ATTACH ':memory:' AS other"
    yield "VACUUM"


def of_postgresql(role: str) -> Iterator[str]:
    for name in COLUMNS:
        yield f"ALTER TABLE events ALTER COLUMN {name} DROP NOT NULL"
        yield f"ALTER TABLE events ALTER COLUMN {name} SET DEFAULT NULL"
        yield f"ALTER TABLE events ALTER COLUMN {name} TYPE text"
        yield f"ALTER TABLE events ALTER COLUMN {name} SET STATISTICS 0"
    for way, name in product(
        ("DISABLE TRIGGER", "ENABLE TRIGGER", "ENABLE REPLICA TRIGGER"),
        ("ALL", "USER", "events_are_kept", "events_are_not_truncated"),
    ):
        yield f"ALTER TABLE events {way} {name}"
    for name in ("events_are_kept", "events_are_not_truncated"):
        yield f"DROP TRIGGER {name} ON events"
    for event in ("INSERT", "UPDATE", "DELETE"):
        yield f"CREATE RULE other AS ON {event} TO events DO INSTEAD NOTHING"
        yield (
            f"CREATE TRIGGER other BEFORE {event} ON events"
            " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        )
    for way in ("TRUNCATE events", "TRUNCATE events CASCADE", "TRUNCATE spans, events"):
        yield way
    for act in ("OWNER TO {}", "SET SCHEMA pg_temp", "SET UNLOGGED", "ENABLE ROW LEVEL SECURITY"):
        yield f"ALTER TABLE events {act.format(role)}"
    yield "DROP FUNCTION events_guard CASCADE"
    yield "ALTER FUNCTION events_guard RENAME TO other"
    yield ("CREATE OR REPLACE FUNCTION events_guard() RETURNS trigger LANGUAGE sql AS 'SELECT NEW'")
    yield "SET session_replication_role = replica"
    yield "CREATE TABLE public.other (id int)"
    yield "LOCK TABLE events IN ACCESS EXCLUSIVE MODE"


def test_no_statement_of_the_application_alters_the_ledger(served: Database) -> None:
    own = of_sqlite() if served.sqlite else of_postgresql(str(served.url.username))
    statements = [*rows(), *tables(), *own]
    done: list[str] = []
    for statement in statements:
        try:
            with served.engine.connect() as connection:
                connection.exec_driver_sql(statement)
                connection.commit()
        except DBAPIError:
            continue
        done.append(statement)
    assert done == []
    assert len(statements) > 300


def test_a_role_that_appends_records_erases_and_derives(served: Database) -> None:
    register = Writing(served, Clock())
    make_key(served)
    register.absorb(openings.claims(2))
    register.erase(register.head().position, "Décision de justice")
    assert register.verify() == []
    assert not served.is_owner()


def test_what_a_role_may_outlives_a_migration(postgresql: Models) -> None:
    for url in postgresql.copy("seeded"):
        with stranger(url) as address:
            appended_by(url, role_of(address))
            migrate(url, "0013")
            migrate(url)
            migrate(address)  # nothing is left to do for who may not do it
            with writing(address) as register:
                assert register.absorb(openings.claims(1)) > 0
                with pytest.raises(NotOwner):
                    register.rebuild()
        with writing(url) as owner:
            assert owner.database.is_owner()
