"""A new version takes the place of the old one, and nobody who asks meanwhile is refused."""

import os
import socket
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count

import httpx
import pytest

from tests.cli.terminal import Served, environment, run_apart, started
from tests.seeded import PRUD_HOMMES
from tests.serving import change, client, new_key, writing
from tests.store.conftest import engine_name  # noqa: F401 on both engines

WRITTEN = PRUD_HOMMES, "decisions-cour-de-cassation"
RESTARTS = int(os.environ.get("RESTARTS", "1"))
ADDRESSES = ("/", "/api/v1/openings?q=conseil", "/openings.csv", "/health/live")


class Reader:
    """Somebody who asks without a pause, over one connection or a new one each time."""

    def __init__(self, base: str, key: str, number: int) -> None:
        headers = {"Connection": "close"} if number % 2 else {}
        self.number, self.client, self.tag = number, client(base, key, **headers), ""

    def ask_until(self, done: threading.Event) -> Counter[int | str]:
        """How often it was answered what."""
        answers = Counter[int | str]()
        with self.client:
            for turn in count():
                if done.is_set():
                    break
                try:
                    answers[self.ask(turn)] += 1
                except httpx.TransportError as fault:
                    answers[repr(fault)] += 1
        return answers

    def ask(self, turn: int) -> int:
        if self.number < 2:  # each has an entry of its own
            address = f"/api/v1/openings/{WRITTEN[self.number]}"
            words = {"fr": f"{self.number} {turn}"}
            answer = change(self.client, address, self.tag, description=words)
            self.tag = answer.headers["ETag"]
            return answer.status_code
        return self.client.get(ADDRESSES[turn % len(ADDRESSES)]).status_code


def test_migrations_at_once_take_turns(empty_database_url: str) -> None:
    with ThreadPoolExecutor() as pool:
        ran = pool.map(lambda _: run_apart("migrate", url=empty_database_url), range(3))
        assert {each.code for each in ran} == {0}
    with writing(empty_database_url) as register:
        register.database.check()


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
        threads, done = servers.enter_context(ThreadPoolExecutor()), threading.Event()
        servers.callback(done.set)
        readers = [Reader(base, new_key(seeded_database_url), number) for number in range(4)]
        asking = [threads.submit(reader.ask_until, done) for reader in readers]
        for _ in range(RESTARTS):
            new = start()
            new.await_line('"event": "request"')  # it answers too
            assert old.stop() == 0
            old = new
        done.set()
        answers = sum((answered.result() for answered in asking), Counter[int | str]())
        assert old.stop() == 0
    assert set(answers) == {200}, answers
    with writing(seeded_database_url) as register:
        assert register.verify() == []
