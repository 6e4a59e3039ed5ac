"""What is killed in the midst of writing has lost nothing acknowledged, and left nothing half done.

KILLS is how often each is killed: a server, an import, a migration.
"""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import pytest

from app.domain.references import Head
from tests.cli.terminal import kill, run, serving
from tests.cli.test_import import CHANGED, WHEN
from tests.conftest import Models
from tests.formats.files import as_csv
from tests.seeded import ENTRY, HEAD
from tests.serving import change, client, new_key, writing
from tests.store.conftest import engine_name  # noqa: F401 on both engines
from tests.store.test_upgrade import BEFORE, old_url  # noqa: F401 a register of an old version

pytestmark = pytest.mark.long
KILLS = int(os.environ.get("KILLS", "2"))
MOMENTS = random.Random(os.environ.get("SEED", "0"))


def keep_writing(base: str, key: str, acknowledged: list[tuple[int, str]]) -> None:
    """Change the entry over and over, and note what was acknowledged, until the server is gone."""
    with contextlib.suppress(httpx.TransportError), client(base, key) as team:
        for turn in count():
            answer = change(team, ENTRY, description={"fr": f"{threading.get_ident()} {turn}"})
            if answer.status_code == 200:
                document = answer.json()
                acknowledged.append((document["version"], document["description"]["fr"]))


def kill_while_writing(url: str, key: str, acknowledged: list[tuple[int, str]]) -> None:
    """Start a server, have three teams write to it, and kill it in their midst."""
    before = len(acknowledged)
    with serving(url) as server, ThreadPoolExecutor() as threads:
        server.await_status(200)
        teams = [threads.submit(keep_writing, server.base, key, acknowledged) for _ in range(3)]
        while len(acknowledged) < before + 15 and not all(team.done() for team in teams):
            time.sleep(0.01)
        server.stop(signal.SIGKILL)


def recorded_after(base: str, position: int) -> dict[int, str]:
    """The descriptions that the log holds after a position."""
    recorded: dict[int, str] = {}
    address: str | None = f"/api/v1/changes?after={position}"
    with client(base) as reader:
        while address:
            page = reader.get(address).json()
            recorded |= {e["position"]: e["values"]["description"]["fr"] for e in page["data"]}
            address = page["next"]
    return recorded


def test_what_was_acknowledged_outlives_kill_9(seeded_database_url: str):
    key, acknowledged = new_key(seeded_database_url), list[tuple[int, str]]()
    for _ in range(KILLS):
        kill_while_writing(seeded_database_url, key, acknowledged)
        checked(seeded_database_url)
    with serving(seeded_database_url) as server:
        server.await_status(200)
        recorded = recorded_after(server.base, HEAD)
        assert server.stop() == 0
    assert len(acknowledged) >= 15 * KILLS
    assert set(acknowledged) <= set(recorded.items())


def checked(url: str) -> Head:
    """The head of a register without a fault."""
    with writing(url) as register:
        register.database.check()
        assert [each for each in register.verify() if each.fault] == []
        return register.head()


def timed(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_an_import_that_is_killed_is_there_whole_or_not_at_all(models: Models, tmp_path: Path):
    file = tmp_path / "table.csv"
    rows = [(f"Une API {n}", "API", "Nouvelle ouverture", "T4 2027", "Planifié") for n in range(99)]
    file.write_bytes(as_csv([*CHANGED, *rows]))
    own = ("import", file, *WHEN, "--organization", "ministere-de-la-justice")
    for url in models.copy("seeded"):
        whole = timed(lambda: run(*own, url=url))  # noqa: B023 at once
        ends = {HEAD, checked(url).position}
    assert len(ends) == 2
    for _ in range(KILLS):
        for url in models.copy("seeded"):
            kill(MOMENTS.uniform(0, whole), *own, url=url)
            assert checked(url).position in ends


def test_a_migration_that_is_killed_goes_on_where_it_was(old_url: str) -> None:  # noqa: F811
    whole = timed(lambda: run("migrate", url=old_url))
    before = checked(old_url)
    for _ in range(KILLS):
        run("migrate", "--to", BEFORE, url=old_url)
        kill(MOMENTS.uniform(0, whole), "migrate", url=old_url)
        assert run("migrate", url=old_url).code == 0
        assert checked(old_url).position == before.position
