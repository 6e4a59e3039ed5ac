"""What is refused before it is parsed: too long, too slow, malformed; others are served."""

import hashlib
import inspect
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from structlog.testing import capture_logs
from uvicorn.protocols.http import httptools_impl

from app.api import middleware, protocol
from tests.serving import Site, serving

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/v1/openings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
RELIED_ON = {"HttpToolsProtocol": "18fd", "RequestResponseCycle": "e67d"}
"""The first letters of the digest of each class of uvicorn’s that ours is made of."""


def test_what_the_protocol_rests_on_is_as_it_was():
    sources = {name: inspect.getsource(getattr(httptools_impl, name)) for name in RELIED_ON}
    digests = {
        name: hashlib.sha256(text.encode()).hexdigest()[:4] for name, text in sources.items()
    }
    assert digests == RELIED_ON, "read app/api/protocol.py beside what has changed in uvicorn"


@contextmanager
def connected(site: Site) -> Iterator[socket.socket]:
    host, port = site.base.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), 20)) as client:
        yield client


def all_of(client: socket.socket) -> bytes:
    """What comes until the server ends."""
    pieces = []
    while piece := client.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def refused(answer: bytes) -> int:
    """The status of a problem document, after which the connection ends."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower(), answer
    assert b"application/problem+json" in head
    assert b"x-request-id" in head.lower()
    problem: dict[str, int] = json.loads(body)
    assert head.split()[1] == str(problem["status"]).encode()
    return problem["status"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000, 431),
        (b"GET /" + b"a" * 40_000, 431),
        (b"\r\n" * 20_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET / nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02", 400),
        (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET ?x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (LIVE[:-2] + b"Host: y\r\n\r\n", 400),
        (b"GET /health/live HTTP/1.1\r\n\r\n", 400),
        (b"GET /health/live HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", 400),
        (POST + b"Content-Type: text/csv\r\nContent-Length: 2\r\n\r\n{}", 400),
        (POST + b"Content-Length: 70000\r\n\r\n", 401),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n12000\r\n" + b" " * 0x12000, 401),
    ],
    ids=range(15),
)
def test_what_is_not_taken_is_refused_by_a_problem(site: Site, sent: bytes, status: int):
    with connected(site) as client:
        client.sendall(sent)
        assert refused(all_of(client)) == status
    assert site.get("/health/live").status_code == 200


def test_a_client_that_sends_much_more_hears_why_it_is_refused(site: Site):
    with connected(site) as client:
        client.sendall(POST + b"Content-Length: 900000\r\n\r\n" + b" " * 900_000)
        assert refused(all_of(client)) == 401


def test_what_follows_a_content_is_bounded_too(site: Site):
    chunked = POST + f"X-API-KEY: {site.key()}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with connected(site) as client:
        client.sendall(chunked + b"2\r\n{}\r\n0\r\nX: " + b"a" * 9_000_000)
        assert refused(all_of(client)) == 413


def test_a_refusal_is_a_page_to_a_browser_in_its_language(site: Site):
    with connected(site) as client:
        headers = b"Accept: text/html\r\nAccept-Language: fr\r\nX: "
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + headers + b"a" * 40_000)
        answer = all_of(client).decode()
    assert "text/html" in answer
    assert "Les en-têtes sont trop volumineux" in answer


@pytest.mark.parametrize("sent", [b"", b"G", b"\r\n", LIVE[:-2]])
def test_headers_have_so_many_seconds(site: Site, monkeypatch, sent: bytes):
    monkeypatch.setattr(protocol, "HEADERS_SECONDS", 0.3)
    with connected(site) as client:
        began = time.monotonic()
        client.sendall(sent)
        answer = all_of(client)
    assert time.monotonic() - began < 20  # long before the usual limit
    if sent:
        assert refused(answer) == 408
    else:
        assert answer == b""


def test_a_content_has_so_many_seconds_and_a_least_speed(site: Site, monkeypatch):
    for name, seconds in (("SECONDS", 0.3), ("GRACE", 0.3)):
        with monkeypatch.context() as patched, connected(site) as client:
            patched.setattr(middleware, name, seconds)
            began = time.monotonic()
            client.sendall(POST + b"Content-Length: 700\r\n\r\n{")
            assert refused(all_of(client)) == 408
            assert time.monotonic() - began < 20  # long before the usual limit


def test_a_content_that_nobody_reads_ends_the_connection(site: Site):
    with connected(site) as client:
        client.sendall(LIVE[:-2] + b"Content-Length: 700\r\n\r\n{")
        assert all_of(client).startswith(b"HTTP/1.1 200")


def left(client: socket.socket) -> bool:
    """Whether the server ends the connection within a minute."""
    for _ in range(600):
        try:
            client.sendall(b"\r\n")
        except ConnectionError:
            return True
        time.sleep(0.1)
    return False


def test_a_reader_that_does_not_read_is_left(
    site: Site, monkeypatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(protocol, "READER_SECONDS", 0.3)
    with connected(site) as client, capture_logs() as lines:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        assert left(client)
    assert {line["event"] for line in lines} == {"request"}  # which is no accident
    assert not caplog.messages


def test_all_unfinished_contents_together_are_bounded(site: Site, monkeypatch):
    monkeypatch.setattr(middleware, "MOST_UNFINISHED", 100_000)
    head = POST + f"X-API-KEY: {site.key()}\r\n".encode() + b"Content-Length: 90000\r\n\r\n"
    with connected(site) as first, connected(site) as second:
        first.sendall(head + b" " * 60_000)
        site.get("/health/live")
        second.sendall(head + b" " * 60_000)
        answer = all_of(second)
        assert refused(answer) == 503
        assert b"retry-after: 5" in answer.lower()
        first.sendall(b" " * 30_000)
        assert b"HTTP/1.1 400" in first.recv(65536)
    monkeypatch.undo()
    assert site.get("/health/live").status_code == 200


def test_requests_may_follow_each_other_without_waiting(site: Site):
    with connected(site) as client:
        client.sendall(LIVE * 3 + LIVE[:-2] + b"Connection: close\r\n\r\n")
        assert all_of(client).count(b"HTTP/1.1 200") == 4


def test_a_register_is_asked_under_its_own_names(seeded_database_url: str):
    with serving(seeded_database_url, hosts="x.example, [::1]") as site:
        for host, status in (
            *(("x.example", 200), ("X.Example:8000", 200), ("[::1]:80", 200)),
            *(("y.example", 400), ("x.example.y", 400)),
        ):
            assert site.get("/robots.txt", headers={"Host": host}).status_code == status, host
        assert site.get("/health/live", headers={"Host": "10.0.0.1"}).status_code == 200
