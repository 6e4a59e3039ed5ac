"""Doors on bad days: writers that wait, a server of PostgreSQL that is paused, cut, stopped."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests import postgres
from tests.cli.terminal import Served, serving
from tests.conftest import fill, migrate
from tests.journeys.test_operations import writers_waiting
from tests.seeded import ENTRY
from tests.serving import client, new_key
from tests.store.conftest import engine_name  # noqa: F401 on both engines

WRITERS = int(os.environ.get("WRITERS", "45"))
LONGEST = 10
"""Seconds within which all are answered, whatever happens to the database."""


class Crowd:
    """Clients that all ask at once; what each was answered, and after how many seconds."""

    def __init__(self, server: Served, key: str) -> None:
        self.client = client(server.base, key)
        self.tag = self.client.get(ENTRY).headers["ETag"]
        self.threads = ThreadPoolExecutor(WRITERS)
        self.asked: list[Future[tuple[str, int, float]]] = []

    def ask(self, method: str, address: str, times: int = 1) -> None:
        self.asked += [self.threads.submit(self._ask, method, address) for _ in range(times)]

    def _ask(self, method: str, address: str) -> tuple[str, int, float]:
        body = {"description": {"fr": "attendre"}} if method == "PATCH" else None
        began = time.monotonic()
        answer = self.client.request(method, address, json=body, headers={"If-Match": self.tag})
        if answer.status_code == 503:
            assert answer.headers["Retry-After"] == "5"
        return method, answer.status_code, time.monotonic() - began

    def close(self) -> None:
        """Let go of every connection."""
        self.threads.shutdown()
        self.client.close()

    def joined(self) -> Counter[tuple[str, int]]:
        """How many were answered what; none of them waited for long."""
        answers = [answer.result() for answer in self.asked]
        self.asked.clear()
        assert max(seconds for *_, seconds in answers) < LONGEST
        return Counter((method, status) for method, status, _ in answers)


@pytest.mark.long
def test_readers_are_answered_while_writers_wait(seeded_database_url: str) -> None:
    with serving(seeded_database_url) as server, ExitStack() as ends:
        server.await_status(200)
        crowd = ends.enter_context(closing(Crowd(server, new_key(seeded_database_url))))
        with writers_waiting(seeded_database_url):
            crowd.ask("PATCH", ENTRY, WRITERS)
            for _ in range(5):
                assert crowd.client.get(ENTRY).status_code == 200
            assert not any(answer.done() for answer in crowd.asked)
            assert crowd.joined() == {("PATCH", 503): WRITERS}
        crowd.ask("PATCH", ENTRY)
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
                crowd.ask("GET", ENTRY, 20)
                crowd.ask("GET", "/health/ready")
                crowd.ask("PATCH", ENTRY, 10)
                assert crowd.client.get("/health/live").elapsed.total_seconds() < 1
                assert crowd.joined() == {("GET", 503): 21, ("PATCH", 503): 10}
            server.await_status(200)
            with psycopg.connect(url, autocommit=True) as connection:
                for _ in range(3):
                    crowd.ask("GET", ENTRY, 5)
                    connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                    assert crowd.client.get(ENTRY).status_code == 200
                    assert crowd.joined() == {("GET", 200): 5}  # tried once more, cut only once
            own.drop(url)
            crowd.ask("GET", ENTRY, 5)
            crowd.ask("PATCH", ENTRY, 5)
            assert crowd.joined() == {("GET", 503): 5, ("PATCH", 503): 5}
