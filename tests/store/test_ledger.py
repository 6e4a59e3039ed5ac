"""The ledger in the database: only added to, chained, and never altered unseen."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.claims import DEADLINE
from app.domain.ledger import Claim
from app.domain.periods import parse, read_dating, to_json
from app.store import events as ledger
from app.store.database import CHAIN_LOCK, Database
from tests.seeded import HEAD

SOME = "decisions-conseils-de-prud-hommes"
COLUMNS = (
    "commitment, subject, kind, target, visibility, text, counts_from, content, salt, digest, "
    "hash, recorded_at, recorded_by, recorded_key"
)
COPIED = (
    f"INSERT INTO events (position, recording, previous_hash, {COLUMNS}) SELECT {{position}}, "
    f"position + 2, {{previous}}, {COLUMNS} FROM events WHERE position = {HEAD}"
)


def promised(label: str) -> dict[str, str]:
    period = parse(label)
    assert period is not None
    return to_json(period)


def execute(database: Database, *statements: str) -> None:
    with database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET recorded_by = 'x' WHERE position = 1",
        "UPDATE events SET content = NULL, salt = NULL WHERE position = 1",
        f"DELETE FROM events WHERE position = {HEAD}",
        f"UPDATE events SET position = 999 WHERE position = {HEAD}",
        COPIED.format(position="position + 2", previous="hash"),
        COPIED.format(position="position + 1", previous="previous_hash"),
    ],
)
def test_the_database_itself_refuses_to_alter_the_ledger(writing, statement: str) -> None:
    with pytest.raises(DBAPIError, match="events are"):
        execute(writing.database, statement)
    assert writing.verify() == []


def test_rows_are_not_replaced_and_triggers_not_put_aside(writing) -> None:
    replaced = "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 3"
    others = replaced, "PRAGMA recursive_triggers=OFF"
    if not writing.database.sqlite:
        others = "TRUNCATE events", "SET LOCAL session_replication_role = replica"
    for statements in (others[:1], (others[1], f"DELETE FROM events WHERE position = {HEAD}")):
        with pytest.raises(DBAPIError, match="events are"):
            execute(writing.database, *statements)


def test_an_erased_claim_leaves_its_digest_and_the_chain(writing) -> None:
    head = writing.head()
    with writing.database.reading() as connection:
        target = ledger.events(connection, SOME)[2]
    writing.erase(target.position, "Décision de justice")
    with writing.database.reading() as connection:
        erased = ledger.events_at(connection, [target.position])[target.position]
    assert (erased.claim, erased.salt) == (None, None)
    assert (erased.digest, erased.hash) == (target.digest, target.hash)
    assert writing.head().position == head.position + 1
    assert writing.verify() == []


def test_claims_that_only_arrival_separates_are_flagged_and_are_no_fault(writing) -> None:
    when = read_dating("2025-12-01")
    claims = [
        Claim(
            commitment=SOME,
            kind=DEADLINE,
            values={"deadline": promised(day)},
            decided_on=when,
            published_on=when,
            text="arrete-2025-08-29",
        )
        for day in ("2027-06-30", "2027-12-31")
    ]
    writing.absorb(claims)
    (flag,) = writing.verify()
    assert not flag.fault
    assert "only their order of arrival separates them" in flag.what


def test_writers_who_wait_leave_the_connections_to_readers(postgresql) -> None:
    for url in postgresql.copy("seeded"):
        with closing(Database(url)) as database, ThreadPoolExecutor(60) as pool:

            def write(_number: int, database: Database = database) -> None:
                with database.writing() as connection:
                    ledger.head(connection)

            with psycopg.connect(url) as other:
                other.execute(f"SELECT pg_advisory_lock({CHAIN_LOCK})")
                written = pool.map(write, range(60))
                with database.reading() as connection:
                    assert ledger.head(connection).position == HEAD
                    assert database.engine.pool.checkedout() <= 2  # type: ignore[attr-defined]
            assert len(list(written)) == 60
