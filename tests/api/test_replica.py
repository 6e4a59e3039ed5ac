"""A primary and a standby of PostgreSQL: readers are never shown less than they have seen."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Timer

import psycopg
import pytest
from sqlalchemy import make_url

from tests import postgres
from tests.conftest import fill, migrate
from tests.journeys.test_bad_days import paused
from tests.postgres import Server, spelt
from tests.seeded import ENTRY
from tests.serving import Site, change, serving
from tests.statements import asked

PATIENCE = 20
REPLICATED = {"wal_level": "replica", "max_wal_senders": "9", "synchronous_commit": "on"}
"""Only what a primary has flushed is sent to a standby."""


class Pair:
    """A register on a primary, whose readers are answered by a standby."""

    def __init__(self, primary: Server, url: str, standby: Server, site: Site) -> None:
        self.primary, self.url, self.standby, self.site = primary, url, standby, site
        self.team, self.turn = site.as_team(), 0

    def version(self, address: str = ENTRY, **headers: str) -> int:
        """The last event that a reader is shown of the entry."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.site.get(address, headers=named)
        assert answer.status_code in (200, 304), answer.text
        return int(answer.headers["ETag"].removeprefix('"v').partition(".")[0])

    def write(self) -> int:
        """Change the entry; the position of the change."""
        self.turn += 1
        answer = change(self.team, ENTRY, description={"fr": f"{self.standby.url} {self.turn}"})
        assert answer.status_code == 200, answer.text
        return int(answer.headers["ETag"].removeprefix('"v').partition(".")[0])

    def await_standby(self) -> None:
        """Until the standby has all of the primary."""
        row = self.primary.connection.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
        assert row
        query, deadline = "SELECT pg_last_wal_replay_lsn() >= %s", time.monotonic() + PATIENCE
        while self.standby.connection.execute(query, row).fetchone() != (True,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture(scope="module")
def primary() -> Iterator[tuple[Server, str]]:
    """A server that may have standbys, with a register."""
    with postgres.running(**REPLICATED) as server:
        url = server.create()
        migrate(url)
        fill(url)
        yield server, url


@pytest.fixture
def end() -> Iterator[ExitStack]:
    """Ends the standby, earlier if a test says so."""
    with ExitStack() as ends:
        yield ends


@pytest.fixture
def pair(primary: tuple[Server, str], end: ExitStack) -> Iterator[Pair]:
    """A register whose readers are answered by a new standby."""
    server, url = primary
    standby = end.enter_context(postgres.running(server.url, **REPLICATED))
    read_url = spelt(standby.url.set(database=make_url(url).database))
    with serving(url, database_read_url=read_url) as site:
        made = Pair(server, url, standby, site)
        made.await_standby()
        yield made


def test_who_has_seen_more_than_a_lagging_replica_shows_is_answered_by_the_primary(pair: Pair):
    before = pair.version()
    pair.standby.connection.execute("SELECT pg_wal_replay_pause()")
    last = pair.write()
    assert [pair.version() for _ in range(2)] == [before, before] != [last, last]
    assert pair.team.get(ENTRY).headers["ETag"].startswith(f'"v{last}.')
    assert pair.version(Ouvertures_Position=str(last)) == last
    assert pair.version(If_None_Match=f'"v{last}.20260101.json"') == last
    assert pair.version(If_None_Match=f'"v{before}.20260101.json"') == before
    assert pair.site.get(f"{ENTRY}?at={last}").status_code == 200  # refused by the replica
    assert pair.site.get(f"{ENTRY}?at={last + 1}").status_code == 400
    assert pair.version() == before

    def resume() -> None:
        with psycopg.connect(spelt(pair.standby.url), autocommit=True) as connection:
            connection.execute("SELECT pg_wal_replay_resume()")

    Timer(0.1, resume).start()
    assert pair.version(Ouvertures_Position=str(last)) == last
    pair.await_standby()
    assert [pair.version() for _ in range(2)] == [last, last]


def test_what_a_replica_answered_is_kept_until_it_shows_more(pair: Pair):
    pair.write()
    pair.await_standby()
    before = pair.version()

    def kept() -> bool:
        with asked() as statements:
            assert pair.version() == before
        return statements == []

    assert any(kept() for _ in range(PATIENCE))  # now and then a primary writes on its own account
    last = pair.write()
    assert pair.version(Ouvertures_Position=str(last)) == last
    pair.await_standby()
    assert pair.version() == last


def test_a_row_that_cannot_be_read_leaves_the_replica_at_work(pair: Pair):
    slug = "decisions-cour-de-cassation"
    for record, status in (("'{' || record", 503), ("substr(record, 2)", 200)):
        with psycopg.connect(pair.url) as connection:
            altered = f"UPDATE spans SET record = {record} WHERE slug = '{slug}'"
            connection.execute(altered.encode())
        pair.await_standby()
        assert pair.site.get(f"/api/v1/openings/{slug}").status_code == status
    before = pair.version()
    pair.standby.connection.execute("SELECT pg_wal_replay_pause()")
    pair.write()
    assert pair.version() == before


def test_where_a_replica_was_cut_or_stopped_the_primary_answers(pair: Pair, end: ExitStack):
    pair.version()
    pair.standby.connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    last = pair.write()
    assert pair.version(Ouvertures_Position=str(last)) == last
    end.close()
    last = pair.write()
    assert [pair.version() for _ in range(2)] == [last, last]


def test_a_replica_that_was_promoted_answers_nobody(pair: Pair):
    pair.version()
    pair.standby.connection.execute("SELECT pg_promote()")
    for _ in range(2):
        last = pair.write()
        assert [pair.version() for _ in range(2)] == [last, last]


@pytest.mark.long
def test_a_replica_that_is_silent_is_given_up_and_answers_again(pair: Pair):
    pair.version()
    with paused(spelt(pair.standby.url)):
        last = pair.write()
        assert [pair.version() for _ in range(2)] == [last, last]
    pair.await_standby()
    pair.standby.connection.execute("SELECT pg_wal_replay_pause()")
    time.sleep(5)
    pair.write()
    assert pair.version() == last


@pytest.mark.long
def test_writers_follow_a_replica_that_takes_the_place_of_its_primary(end: ExitStack):
    with ExitStack() as first:
        server = first.enter_context(postgres.running(**REPLICATED))
        url = server.create()
        migrate(url)
        fill(url)
        standby = end.enter_context(postgres.running(server.url, **REPLICATED))
        hosts = [each.url.query["host"] for each in (server, standby)]
        name = make_url(url).database
        both = f"postgresql://postgres@/{name}?host={hosts[0]}&host={hosts[1]}"
        with serving(
            f"{both}&target_session_attrs=read-write",
            database_read_url=spelt(standby.url.set(database=name)),
        ) as site:
            pair = Pair(server, url, standby, site)
            pair.write()
            pair.await_standby()
            server.made.clear()  # it goes with its databases
            first.close()
            standby.connection.execute("SELECT pg_promote()")
            last = pair.write()
            assert [pair.version() for _ in range(2)] == [last, last]
