"""A server that is killed in the midst of writing has lost nothing that it acknowledged."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from app.store.database import ROOT, Database
from app.register import Clock
from app.register.writing import Writing

PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(url: str, port: int) -> subprocess.Popen:
    environment = {**os.environ, "OUVERTURES_DATABASE_URL": url}
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(400):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200:
                return server
        except httpx.TransportError:
            time.sleep(0.05)
    server.kill()
    pytest.fail("The server did not become ready.")


def test_what_was_acknowledged_outlives_kill_9(seeded_database_url: str) -> None:
    database = Database(seeded_database_url)
    register = Writing(database, Clock())
    key, _ = register.create_key("cour-de-cassation", "editor")
    acknowledged: list[tuple[int, str]] = []

    def write(port: int) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        base = f"http://127.0.0.1:{port}"
        try:
            with httpx.Client(base_url=base, headers=headers, timeout=10) as client:
                tag = client.get(PRUDHOMMES).headers["ETag"]
                for turn in range(10_000):
                    body = {"description": {"fr": f"{threading.get_ident()} {turn}"}}
                    answer = client.patch(PRUDHOMMES, json=body, headers={"If-Match": tag})
                    if answer.status_code == 200:
                        told = answer.json()
                        acknowledged.append((told["version"], told["description"]["fr"]))
                        tag = answer.headers["ETag"]
                    else:
                        tag = f'"v{answer.json()["current_version"]}"'
        except httpx.TransportError:
            return

    for _ in range(2):
        port = free_port()
        server = start(seeded_database_url, port)
        threads = [threading.Thread(target=write, args=(port,)) for _ in range(3)]
        before = len(acknowledged)
        for thread in threads:
            thread.start()
        while len(acknowledged) < before + 15:
            time.sleep(0.01)
        server.send_signal(signal.SIGKILL)
        server.wait()
        for thread in threads:
            thread.join()
        assert register.verify() == []
    port = free_port()
    server = start(seeded_database_url, port)
    try:
        base = f"http://127.0.0.1:{port}"
        found: dict[int, str] = {}
        address: str | None = f"{base}/api/v1/changes?after=84"
        while address:
            told = httpx.get(address).json()
            for one in told["data"]:
                found[one["position"]] = one["values"]["description"]["fr"]
            address = told["next"]
        assert len(acknowledged) >= 30
        assert set(acknowledged) <= set(found.items())
    finally:
        server.terminate()
        assert server.wait(20) in (0, -signal.SIGTERM)
        database.close()
