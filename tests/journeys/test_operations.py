"""A day of the operator: starting, watching, stopping, and a database that goes and returns."""

import fcntl
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql
from sqlalchemy import make_url

from app.store.database import CHAIN_LOCK
from app.store.spans import migrate
from tests.cli.terminal import PATIENCE, Served, run, serving
from tests.conftest import Models, fill
from tests.seeded import ENTRY, HEAD
from tests.serving import client, new_key


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


@contextmanager
def writers_waiting(url: str) -> Iterator[None]:
    """Hold the turn of the one writer, so that a change stays in flight until the block ends."""
    if is_sqlite(url):
        with Path(f"{url.removeprefix('sqlite:///')}.lock").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield
    else:
        with psycopg.connect(url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
            yield


def test_a_change_in_flight_is_answered_before_it_stops(seeded_database_url: str) -> None:
    url, read = seeded_database_url, threading.Event()

    def trace(event: str, _info: object) -> None:
        if event == "http11.send_request_body.complete":
            read.set()

    with (
        serving(url) as server,
        ThreadPoolExecutor() as threads,
        client(server.base, new_key(url)) as team,
    ):
        server.await_status(200)
        headers = {"If-Match": team.get(ENTRY).headers["ETag"]}
        body = {"state": "partially_available"}
        terms: Any = {"json": body, "headers": headers, "extensions": {"trace": trace}}
        with writers_waiting(url):
            answer = threads.submit(team.patch, ENTRY, **terms)
            assert read.wait(PATIENCE)
            server.get("/health/live")  # what came before this has been read
            server.process.terminate()
            await_refusal(server)
            assert server.process.poll() is None
            assert not answer.done()
        assert answer.result().status_code == 200
        assert server.ended() == 0
    report = run("verify", "--json", url=url).document
    assert (report["faults"], report["head"]["position"]) == ([], HEAD + 1)


def await_refusal(server: Served) -> None:
    """Until no new connection is taken, so that whoever shares the load turns elsewhere."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            server.get("/health/ready")
        except httpx.TransportError:
            return
    raise AssertionError("It still takes new connections.")


def test_readiness_turns_with_the_database_and_comes_back(seeded_database_url: str) -> None:
    with serving(seeded_database_url) as server:
        ready = server.await_status(200)
        assert ready.headers["Cache-Control"] == "no-store"
        assert set(ready.json()) == {"status", "version", "engine", "position", "hash"}
        assert ready.json()["position"] == HEAD
        assert ready.json()["engine"].startswith(("SQLite 3.", "PostgreSQL "))
        migrate(seeded_database_url, "base")
        gone = server.await_status(503)
        assert gone.headers["Content-Type"] == "application/problem+json"
        assert gone.headers["Retry-After"] == "5"
        assert gone.json()["type"] == f"{server.base}/problems/unavailable"
        assert gone.json()["detail"].endswith("are not those of this version: migrate it.")
        assert server.get("/health/live").json()["status"] == "live"
        migrate(seeded_database_url)
        fill(seeded_database_url)
        assert server.await_status(200).json()["position"] == HEAD
        assert server.get(ENTRY).status_code == 200
        assert server.stop() == 0


@contextmanager
def closed(url: str) -> Iterator[None]:
    """Nobody reaches a database of PostgreSQL, and whoever was there is put out."""
    name = make_url(url).database or ""
    other = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(other, autocommit=True) as connection:
        allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(end, [name])
        yield
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def test_a_server_that_goes_is_told_as_503_and_found_again(postgresql: Models) -> None:
    settings = {
        "public_url": "https://ouvertures.example",
        "contact": "mailto:a@ouvertures.example",
    }
    for url in postgresql.copy("seeded"):
        with serving(url, production="true", **settings) as server:
            server.await_status(200)
            with closed(url):
                for address in ("/health/ready", ENTRY, "/metrics", "/catalog.ttl"):
                    gone = server.get(address)
                    assert gone.status_code == 503, address
                    assert gone.headers["Content-Type"] == "application/problem+json"
                    assert gone.json()["detail"] == "The register’s database cannot answer now."
                assert server.get("/health/live").status_code == 200
            assert server.await_status(200).json()["position"] == HEAD
            assert server.get(ENTRY).status_code == 200
            assert server.stop() == 0
        assert "the role that serves owns the ledger" in "".join(server.lines)


def test_metrics_and_log_tell_what_is_late_and_what_was_asked(seeded_database_url: str) -> None:
    settings = {"today": "2026-11-23", "log_format": "json"}
    with serving(seeded_database_url, "--migrate", "--seed-if-empty", **settings) as server:
        server.await_status(200)
        catalogue = server.get("/catalog.ttl?publisher=cour-de-cassation")
        missing = server.get("/nowhere", headers={"Host": "elsewhere.example"})
        port = int(server.base.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as garbage:
            garbage.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
            garbage.recv(1000)
        answer = server.get("/metrics")
        assert server.stop() == 0
    assert "elsewhere.example" not in missing.text
    check_metrics(answer)
    check_log(server, catalogue, missing)


def check_metrics(answer: httpx.Response) -> None:
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }

    def entries(kind: str, timeliness: str) -> float:
        return samples["ouvertures_entries", ("kind", kind), ("timeliness", timeliness)]

    assert entries("opening", "overdue") == 1
    assert sum(v for key, v in samples.items() if ("kind", "opening") in key) == 11
    assert sum(v for key, v in samples.items() if ("kind", "action") in key) == 34
    assert samples["ouvertures_position",] == HEAD
    assert samples["ouvertures_days_since_last_claim",] == 0
    assert samples["ouvertures_requests_total", ("method", "GET"), ("status", "404")] == 1
    assert samples["ouvertures_requests_total", ("method", "GET"), ("status", "200")] >= 1
    counted = sum(v for key, v in samples.items() if key[0] == "ouvertures_requests_total")
    assert samples["ouvertures_request_seconds_count",] == counted


def check_log(server: Served, catalogue: httpx.Response, missing: httpx.Response) -> None:
    """Every line is an object, and names its answer."""
    lines = [json.loads(line) for line in server.lines]
    by_id = {line["request_id"]: line for line in lines if "request_id" in line}
    line = by_id[catalogue.headers["X-Request-Id"]]
    request = {"event": "request", "level": "info", "method": "GET", "path": "/catalog.ttl"}
    assert line == line | request | {"status": 200}
    assert by_id[missing.headers["X-Request-Id"]]["status"] == 404
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    assert "publisher" not in "".join(server.lines)
    assert next(line for line in lines if "address" in line)["address"] == server.base
    assert "Seeded with" not in "".join(server.lines)
    assert "Invalid HTTP request received." in {line["event"] for line in lines}


def test_two_workers_share_a_port_and_speak_of_one_address(seeded_database_url: str) -> None:
    with serving(seeded_database_url, "--workers", 2, log_format="json") as server:
        server.await_status(200)
        counts: set[float] = set()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not worked_by_two(server, counts):
            assert server.get("/api/v1/openings").json()["data"][0]["iri"].startswith(server.base)
        assert worked_by_two(server, counts)
        assert server.stop() == 0
    assert [json.loads(line)["event"] for line in server.lines].count("serving") == 1


def worked_by_two(server: Served, began: set[float]) -> bool:
    """Each worker counts for itself: its gauges say when it began to."""
    name = "ouvertures_request_seconds_created"
    for family in text_string_to_metric_families(server.get("/metrics").text):
        began |= {sample.value for sample in family.samples if sample.name == name}
    return len(began) == 2
