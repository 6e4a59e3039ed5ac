"""SIGTERM while a dump is under way to a reader that does not read: it ends in its grace."""

import socket

import pytest

from tests import openings
from tests.cli.terminal import serving
from tests.serving import writing

MANY = 800
"""As many as no buffer of the system holds."""


@pytest.mark.long
def test_nothing_under_way_keeps_it_from_leaving(seeded_database_url: str) -> None:
    with writing(seeded_database_url) as register:
        register.absorb(list(openings.claims(MANY)))
    for address, workers in (("/openings.jsonl", 1), ("/openings.xlsx", 2)):
        with serving(seeded_database_url, "--workers", workers) as server:
            server.await_status(200)
            port = int(server.base.rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as reader:
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                reader.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                reader.recv(1)  # it is under way
                assert server.stop() == 0
            assert not [line for line in server.lines if "Traceback" in line]
