"""SIGTERM while a dump is under way to a reader that does not read: it ends in its grace."""

import socket
import time

import pytest

from app.main import GRACE_SECONDS, LEAVE_SECONDS
from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests import openings
from tests.cli.terminal import serving

MANY = 2000
"""As many as no buffer of the system holds."""


@pytest.mark.long
def test_nothing_under_way_keeps_it_from_leaving(seeded_database_url: str) -> None:
    database = Database(seeded_database_url)
    Writing(database, Clock()).absorb(list(openings.claims(MANY)))
    database.close()
    for address, workers in (("/openings.jsonl", 1), ("/openings.xlsx", 2)):
        with serving(seeded_database_url, "--workers", workers) as server:
            server.await_status(200)
            port = int(server.base.rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as reader:
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                reader.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                time.sleep(1)
                began = time.monotonic()
                assert server.stop() == 0
                assert time.monotonic() - began < GRACE_SECONDS + LEAVE_SECONDS + 2
            assert not [line for line in server.lines if "Traceback" in line]
