"""A server that is killed in the midst of writing has lost nothing that it acknowledged."""

import contextlib
import signal
import threading
import time

import httpx
import pytest

from app.register import Clock
from app.register.teams import Teams
from app.register.writing import Writing
from app.store.database import Database
from tests.cli.terminal import serving
from tests.conftest import engine_name  # noqa: F401 on both engines
from tests.seeded import HEAD
from tests.serving import NO_TLS

pytestmark = pytest.mark.long
PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"


def keep_writing(base: str, key: str, acknowledged: list[tuple[int, str]]) -> None:
    """Change the entry over and over, and note what was acknowledged, until the server is gone."""
    headers = {"Authorization": f"Bearer {key}"}
    with (
        contextlib.suppress(httpx.TransportError),
        httpx.Client(base_url=base, headers=headers, timeout=10, verify=NO_TLS) as client,
    ):
        tag = client.get(PRUDHOMMES).headers["ETag"]
        for turn in range(10_000):
            body = {"description": {"fr": f"{threading.get_ident()} {turn}"}}
            answer = client.patch(PRUDHOMMES, json=body, headers={"If-Match": tag})
            told = answer.json()
            if answer.status_code == 200:
                acknowledged.append((told["version"], told["description"]["fr"]))
                tag = answer.headers["ETag"]
            else:
                tag = f'"v{told["current_version"]}"'


def kill_while_writing(url: str, key: str, acknowledged: list[tuple[int, str]]) -> None:
    """Start a server, have three teams write to it, and kill it in their midst."""
    with serving(url) as server:
        server.await_status(200)
        arguments = (server.base, key, acknowledged)
        threads = [threading.Thread(target=keep_writing, args=arguments) for _ in range(3)]
        before = len(acknowledged)
        for thread in threads:
            thread.start()
        while len(acknowledged) < before + 15:
            time.sleep(0.01)
        server.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()


def recorded_after(base: str, position: int) -> dict[int, str]:
    """The descriptions that the log holds after a position."""
    found: dict[int, str] = {}
    address: str | None = f"{base}/api/v1/changes?after={position}"
    while address:
        told = httpx.get(address, verify=NO_TLS).json()
        found |= {e["position"]: e["values"]["description"]["fr"] for e in told["data"]}
        address = told["next"]
    return found


def test_what_was_acknowledged_outlives_kill_9(seeded_database_url: str) -> None:
    database = Database(seeded_database_url)
    register = Writing(database, Clock())
    key, _ = Teams(database, Clock()).create_key("cour-de-cassation", "editor")
    acknowledged: list[tuple[int, str]] = []
    for _ in range(2):
        kill_while_writing(seeded_database_url, key, acknowledged)
        assert register.verify() == []
    database.close()
    with serving(seeded_database_url) as server:
        server.await_status(200)
        recorded = recorded_after(server.base, HEAD)
        assert server.stop() == 0
    assert len(acknowledged) >= 30
    assert set(acknowledged) <= set(recorded.items())
