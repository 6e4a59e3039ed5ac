"""What several workers keep ready is never of before a change that was acknowledged elsewhere.

READS says how many reads race against two writers, each in a process of its own.
"""

import http.client
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from app.domain.claims import DESCRIBED
from app.domain.errors import Busy
from tests import openings
from tests.cli.terminal import PROGRAMS, serving
from tests.serving import writing
from tests.store.conftest import engine_name  # noqa: F401 on both engines

READS = int(os.environ.get("READS", "2000"))
READERS, PAUSE = 4, 0.03
ADDRESSES = (
    "/api/v1/openings?page_size=1",
    "/openings.json?q=prud&page_size=1",
    "/catalog.nt?page=1",
)


def write(url: str, number: int, acknowledged: Any, done: Any) -> None:
    """Change an entry over and over, and say up to where, as soon as it is done."""
    with writing(url) as register:
        for turn in count():
            if done.is_set():
                break
            values = {"description": {"fr": f"écrivain {number}, tour {turn}"}}
            claim = openings._claim(turn % 7, DESCRIBED, "2022-02-01", **values)
            with suppress(Busy):  # on a machine that does much else
                register.absorb([claim])
            position = register.head().position
            with acknowledged.get_lock():
                acknowledged.value = max(acknowledged.value, position)
            time.sleep(PAUSE)


def read(base: str, acknowledged: Any, stale: list[str], positions: set[int]) -> None:
    """Read over one connection, now and then what is known already."""
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=60)
    tag = ""
    for turn in range(READS // READERS):
        address = ADDRESSES[turn // 50 % len(ADDRESSES)]
        known = acknowledged.value
        connection.request("GET", address, headers={"If-None-Match": tag} if turn % 3 else {})
        answer = connection.getresponse()
        answer.read()
        tag = answer.headers["ETag"]
        match = re.match(r'"v(\d+)\.', tag)
        assert match, (answer.status, tag)
        positions.add(int(match[1]))
        if int(match[1]) < known or answer.status not in (200, 304):
            stale.append(f"{address}: {answer.status} at {match[1]}, {known} was acknowledged")
    connection.close()


@pytest.mark.long
def test_no_answer_is_of_before_what_was_acknowledged(seeded_database_url: str) -> None:
    with writing(seeded_database_url) as register:
        register.absorb(list(openings.claims(7)))
        begun = register.head().position
    acknowledged, done = PROGRAMS.Value("q", begun), PROGRAMS.Event()
    stale: list[str] = []
    positions: set[int] = set()
    with serving(seeded_database_url, "--workers", 2, log_format="json") as server:
        server.await_status(200)
        given = (acknowledged, done)
        writers = [
            PROGRAMS.Process(target=write, args=(seeded_database_url, number, *given))
            for number in range(2)
        ]
        seen = (server.base, acknowledged, stale, positions)
        for writer in writers:
            writer.start()
        while acknowledged.value == begun and all(writer.is_alive() for writer in writers):
            time.sleep(PAUSE)  # a writer takes longer to start than some readers to end
        with ThreadPoolExecutor() as threads:
            readers = [threads.submit(read, *seen) for _ in range(READERS)]
        done.set()
        assert [reader.result() for reader in readers] == [None] * READERS
        for writer in writers:
            writer.join()
            assert writer.exitcode == 0
        assert server.stop() == 0
    assert stale == []
    assert len(positions) > 3
    assert any('"cached": true' in line for line in server.lines)
