"""Hostile requests by the thousand: no 500, no memory that stays, and life is answered at once.

Those of our own, and those that schemathesis makes of the description of the API, with all checks
and links. HOSTILE says how many on each engine, SEED which; the seed is printed. Few are sent
beside other tests, which make the machine stall: the bound is then wider, and schemathesis is
SQLite’s. It then leaves out actions, which are openings registered again, and tries the limits of
each parameter, 17,000 of them, with a key alone.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from tests.cli.terminal import Served, serving
from tests.journeys.hostile import Hostile, requests
from tests.serving import client, new_key
from tests.store.conftest import ENGINES, engine_name  # noqa: F401 on both engines

HOSTILE, ALL = int(os.environ.get("HOSTILE", "1000")), 100_000
SEED = int(os.environ.get("SEED", "20261127"))
MORE_MEMORY = 64 * 1024
"""KiB that a server may hold when it is over, above what it held when it was warm."""
ALIVE = 0.5 if HOSTILE >= ALL else 5
"""Seconds within which it says that it lives, throughout, beyond what one that is idle takes."""
CLIENTS = 4
CHECKED = Path(__file__).with_name("schemathesis.toml")


def memory(server: Served) -> int:
    """The KiB that a server holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def answered(server: Served, hostile: Hostile) -> int:
    """The status of its answer; 0 where the server ended without one."""
    host, port = server.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 30) as connection:
        answer = b""
        try:
            connection.sendall(hostile.raw(host))
            while piece := connection.recv(65536):
                answer = (answer + piece)[:99]
        except ConnectionError:
            pass
    return int(answer.split()[1]) if answer else 0


@contextmanager
def alive(server: Served) -> Iterator[list[float]]:
    """Ask whether it lives, all the while; how long the answers took."""
    waits, over = list[float](), threading.Event()

    def ask() -> None:
        with client(server.base) as reader:
            while not over.wait(0.02):
                began = time.monotonic()
                assert reader.get("/health/live").status_code == 200
                waits.append(time.monotonic() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield waits
    finally:
        over.set()
        asking.join()


@pytest.mark.long
@pytest.mark.parametrize("engine_name", ENGINES[: 2 if HOSTILE >= ALL else 1], indirect=True)
def test_the_api_is_as_it_is_described(seeded_database_url: str, tmp_path: Path) -> None:
    print(f"HOSTILE={HOSTILE} SEED={SEED}")  # noqa: T201 to have the same again
    key = new_key(seeded_database_url)
    with serving(seeded_database_url) as server:
        server.await_status(200)
        for headers in ((), ("--header", f"X-API-KEY: {key}")):
            command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CHECKED)]
            command += ["run", f"{server.base}/openapi.json", "--seed", str(SEED)]
            command += ["--max-examples", str(max(HOSTILE // 2000, 1)), "--continue-on-failure"]
            command += ["--no-shrink", "--warnings", "off", "--no-color", *headers]
            if HOSTILE < ALL:
                command += ["--exclude-path-regex", "/actions"]
                command += [] if headers else ["--phases", "examples,fuzzing,stateful"]
            ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stdout[-20_000:]
        assert server.await_status(200).json()["position"] >= 96
        assert server.stop() == 0
        assert not [line for line in server.lines if "accident" in line]


@pytest.mark.long
def test_no_hostile_request_is_an_accident(seeded_database_url: str) -> None:
    print(f"HOSTILE={HOSTILE} SEED={SEED}")  # noqa: T201 to have the same again
    with serving(seeded_database_url) as server, serving(seeded_database_url) as idle:
        server.await_status(200)
        idle.await_status(200)
        paths = server.get("/openapi.json").json()["paths"]
        names = [*server.get("/openapi.json").json()["components"]["parameters"]]
        drawn = requests([*paths], names, new_key(seeded_database_url), SEED)
        accidents, counts = list[Hostile](), Counter[int]()

        def ask(hostile: Hostile) -> None:
            status = answered(server, hostile)
            counts[status] += 1
            if status in (0, 500, 503):
                accidents.append(hostile)

        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(ask, islice(drawn, HOSTILE // 10)))
            warm = memory(server)
            with alive(server) as waits, alive(idle) as usual:
                list(clients.map(ask, islice(drawn, HOSTILE)))
        time.sleep(1)
        assert not accidents, (SEED, counts, accidents[:5])
        assert memory(server) - warm < MORE_MEMORY, SEED
        assert max(waits) - max(usual) < ALIVE, SEED
        assert server.await_status(200).json()["position"] >= 96
        assert server.stop() == 0
