"""Doors on bad days: writers that wait, a server of PostgreSQL that is paused, cut, stopped."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from tests import postgres
from tests.cli.terminal import Served, serving
from tests.conftest import engine_name, fill, migrate  # noqa: F401 on both engines
from tests.journeys.test_operations import new_key, writers_waiting
from tests.serving import NO_TLS

PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"
WRITERS = int(os.environ.get("WRITERS", "45"))
LONGEST = 10
"""Seconds within which all are answered, whatever happens to the database."""


class Crowd:
    """Clients that all ask at once; what each was answered, and after how many seconds."""

    def __init__(self, server: Served, key: str) -> None:
        self.server = server
        self.client = httpx.Client(
            base_url=server.base,
            headers={"X-API-KEY": key},
            timeout=60,
            verify=NO_TLS,
            limits=httpx.Limits(max_connections=None),
        )
        self.tag = self.client.get(PRUDHOMMES).headers["ETag"]
        self.answers: list[tuple[str, int, float]] = []
        self.threads: list[threading.Thread] = []

    def ask(self, method: str, address: str, times: int = 1) -> None:
        body = {"description": {"fr": "attendre"}} if method == "PATCH" else None

        def act() -> None:
            began = time.monotonic()
            answer = self.client.request(method, address, json=body, headers={"If-Match": self.tag})
            if answer.status_code == 503:
                assert answer.headers["Retry-After"] == "5"
            self.answers.append((method, answer.status_code, time.monotonic() - began))

        new = [threading.Thread(target=act) for _ in range(times)]
        for thread in new:
            thread.start()
        self.threads += new

    def close(self) -> None:
        """Let go of every connection."""
        self.client.close()

    def joined(self) -> Counter[tuple[str, int]]:
        """How many were answered what; none of them waited for long."""
        for thread in self.threads:
            thread.join()
        assert max(row[2] for row in self.answers) < LONGEST
        counts = Counter(row[:2] for row in self.answers)
        self.answers.clear()
        self.threads.clear()
        return counts


@pytest.mark.long
def test_readers_are_answered_while_writers_wait(seeded_database_url: str) -> None:
    with serving(seeded_database_url) as server, ExitStack() as ends:
        server.await_status(200)
        crowd = ends.enter_context(closing(Crowd(server, new_key(seeded_database_url))))
        with writers_waiting(seeded_database_url):
            crowd.ask("PATCH", PRUDHOMMES, WRITERS)
            for _ in range(5):
                assert crowd.client.get(PRUDHOMMES).status_code == 200
            assert crowd.answers == []
            assert crowd.joined() == {("PATCH", 503): WRITERS}
        crowd.ask("PATCH", PRUDHOMMES)
        assert crowd.joined() == {("PATCH", 200): 1}


@contextmanager
def paused(url: str) -> Iterator[None]:
    """Every process of the server stops, as on a machine that is swapped out."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    main = int((Path(row[0]) / "postmaster.pid").read_text().split()[0])
    os.kill(main, signal.SIGSTOP)  # first: it makes no more of them
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    processes = [main, *map(int, children)]
    try:
        _send(signal.SIGSTOP, processes)
        yield
    finally:
        _send(signal.SIGCONT, processes)


def _send(number: int, processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):  # it has ended meanwhile
            os.kill(process, number)


@pytest.mark.long
def test_a_server_that_is_paused_cut_or_stopped_is_said_and_comes_back() -> None:
    with postgres.running() as own:
        url = own.create()
        migrate(url)
        fill(url)
        with serving(url) as server, ExitStack() as ends:
            server.await_status(200)
            crowd = ends.enter_context(closing(Crowd(server, new_key(url))))
            with paused(url):
                crowd.ask("GET", PRUDHOMMES, 20)
                crowd.ask("GET", "/health/ready")
                crowd.ask("PATCH", PRUDHOMMES, 10)
                assert crowd.client.get("/health/live").elapsed.total_seconds() < 1
                assert crowd.joined() == {("GET", 503): 21, ("PATCH", 503): 10}
            server.await_status(200)
            with psycopg.connect(url, autocommit=True) as connection:
                for _ in range(3):
                    crowd.ask("GET", PRUDHOMMES, 5)
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                    assert crowd.client.get(PRUDHOMMES).status_code == 200
                    assert crowd.joined() == {("GET", 200): 5}  # tried once more, cut only once
            own.drop(url)
            crowd.ask("GET", PRUDHOMMES, 5)
            crowd.ask("PATCH", PRUDHOMMES, 5)
            assert crowd.joined() == {("GET", 503): 5, ("PATCH", 503): 5}
