"""A new version takes the place of the old one, and nobody who asks meanwhile is refused."""

import os
import socket
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import httpx
import pytest

from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests.cli.terminal import Served, environment, run_apart, started
from tests.conftest import engine_name  # noqa: F401 on both engines
from tests.journeys.test_operations import new_key
from tests.serving import NO_TLS

WRITTEN = "decisions-conseils-de-prud-hommes", "decisions-cour-de-cassation"
RESTARTS = int(os.environ.get("RESTARTS", "1"))
ADDRESSES = ("/", "/api/v1/openings?q=conseil", "/openings.csv", "/health/live")


class Client(threading.Thread):
    """Somebody who asks without a pause, over one connection or a new one each time."""

    def __init__(self, base: str, key: str, number: int) -> None:
        super().__init__()
        self.base, self.key, self.number = base, key, number
        self.done, self.tag = threading.Event(), ""
        self.answers: Counter[int | str] = Counter()

    def run(self) -> None:
        headers = {"X-API-KEY": self.key} | ({"Connection": "close"} if self.number % 2 else {})
        with httpx.Client(base_url=self.base, headers=headers, timeout=60, verify=NO_TLS) as client:
            for turn in range(10**9):
                if self.done.is_set():
                    break
                try:
                    self.answers[self.ask(client, turn)] += 1
                except httpx.TransportError as fault:
                    self.answers[repr(fault)] += 1

    def ask(self, client: httpx.Client, turn: int) -> int:
        if self.number < 2:  # each has an entry of its own
            address = f"/api/v1/openings/{WRITTEN[self.number]}"
            tag = self.tag or client.get(address).headers["ETag"]
            body = {"description": {"fr": f"{self.number} {turn}"}}
            answer = client.patch(address, json=body, headers={"If-Match": tag})
            self.tag = answer.headers["ETag"]
            return answer.status_code
        return client.get(ADDRESSES[turn % len(ADDRESSES)]).status_code


def test_migrations_at_once_take_turns(empty_database_url: str) -> None:
    with ThreadPoolExecutor() as pool:
        ran = pool.map(lambda _: run_apart("migrate", url=empty_database_url), range(3))
        assert {each.code for each in ran} == {0}
    with closing(Database(empty_database_url)) as database:
        database.check()


@pytest.mark.long
@pytest.mark.parametrize(
    ("engine_name", "workers"), [("sqlite", 1), ("postgresql", 2)], indirect=["engine_name"]
)
def test_a_rolling_restart_refuses_nothing(seeded_database_url: str, workers: int) -> None:
    with socket.socket() as listener, ExitStack() as servers:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", "app", "serve", "--migrate", "--workers", str(workers)]

        def start() -> Served:
            number = listener.fileno()
            settings = {"quota_writes": "", "quota_reads": "", "log_format": "json"}
            given = environment(seeded_database_url, settings)
            arguments = [*command, "--fd", str(number)]
            server = started(arguments, base, given, pass_fds=(number,))
            return servers.enter_context(server)

        old = start()
        old.await_status(200)
        clients = [Client(base, new_key(seeded_database_url), number) for number in range(4)]
        for client in clients:
            client.start()
        for _ in range(RESTARTS):
            new = start()
            new.await_line('"event": "request"')  # it answers too
            assert old.stop() == 0
            old = new
        for client in clients:
            client.done.set()
        for client in clients:
            client.join()
        answers = sum((client.answers for client in clients), Counter())
        assert old.stop() == 0
    assert set(answers) == {200}, answers
    with closing(Database(seeded_database_url)) as database:
        assert Writing(database, Clock()).verify() == []
