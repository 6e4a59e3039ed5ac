"""A copy kept by polling: whatever is written meanwhile, it ends equal to the register."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.values import Title
from app.register import Clock
from app.register.writing import Writing
from app.store.database import ROOT, Database
from tests.conftest import fill
from tests.seeded import HEAD
from tests.serving import NO_TLS, Site, change, serving

SCRIPT = ROOT / "docs" / "follow.py"
TODAY = date(2026, 11, 23)
SLUGS = (
    "decisions-conseils-de-prud-hommes",
    "decisions-cours-d-appel-penal",
    "decisions-conseil-d-etat",
)
STEWARD = "ministere-de-la-justice"
Document = dict[str, Any]


def command(site: Site, copy: Path, *seconds: str) -> list[str]:
    """The script, which knows nothing of this project."""
    return [sys.executable, "-I", str(SCRIPT), site.base, str(copy), *seconds]


def plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}


def follow(site: Site, copy: Path) -> subprocess.CompletedProcess[str]:
    """Bring the copy up to date, once."""
    return subprocess.run(
        command(site, copy), check=False, env=plain(), capture_output=True, text=True, timeout=60
    )


def held(copy: Path) -> dict[str, Document]:
    """The documents of the copy, by id."""
    with closing(sqlite3.connect(copy)) as read:
        rows = read.execute("SELECT id, document FROM entries").fetchall()
    return {name: lasting(json.loads(document)) for name, document in rows}


def lasting(document: Document) -> Document:
    """A document without what names a position: the address to cite, and the register."""
    links = {name: link for name, link in document["links"].items() if name != "cite"}
    return {name: document[name] for name in document if name != "register"} | {"links": links}


def whole(site: Site) -> dict[str, Document]:
    """All documents of the register, as it gives them away whole."""
    lines = [
        json.loads(line)
        for kind in ("openings", "actions")
        for line in site.get(f"/{kind}.jsonl").text.splitlines()
    ]
    return {line["id"]: lasting(line) for line in lines}


def check_equal(site: Site, copy: Path) -> None:
    told = follow(site, copy)
    head = site.get("/health/ready").json()
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"At {head['position']}:{head['hash']}\n"
    assert held(copy) == whole(site)


def test_a_copy_begins_whole_and_takes_what_changed(
    seeded_database_url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    with serving(seeded_database_url) as site:
        check_equal(site, copy)
        assert len(held(copy)) == 45
        team = site.as_team(STEWARD)
        assert change(team, f"/api/v1/openings/{SLUGS[0]}", state="partially_available").is_success
        assert change(team, "/api/v1/actions/justice-2021/A16", keywords=["justice"]).is_success
        made = {"title": {"fr": "Nouvelle"}, "publisher": STEWARD, "deadline": "T4 2027"}
        announced = team.post("/api/v1/openings", json={**made, "text": "arrete-2025-08-29"})
        assert announced.status_code == 201
        check_equal(site, copy)
        assert held(copy)["nouvelle"]["deadline"]["label"] == "T4 2027"
        gone = {"standing": "retracted", "reason": "an example"}
        address = f"/api/v1/events/{announced.json()['version']}/judgement"
        assert team.post(address, json=gone).is_success
        check_equal(site, copy)
        assert "nouvelle" not in held(copy)


def test_what_is_not_in_the_log_is_taken_all_the_same(
    seeded_database_url: str, tmp_path: Path
) -> None:
    """An internal change shows in the version alone, another name of an organisation nowhere."""
    copy, address = tmp_path / "copy.db", f"/api/v1/openings/{SLUGS[0]}"
    with serving(seeded_database_url) as site:
        check_equal(site, copy)
        assert change(site.as_team(STEWARD), address, budget_status="unknown").is_success
        check_equal(site, copy)
        database = Database(seeded_database_url)
        Writing(database, Clock()).rename_organization("cour-de-cassation", Title.of(fr="La Cour"))
        database.close()
        check_equal(site, copy)
        assert held(copy)[SLUGS[0]]["publisher"]["name"]["fr"] == "La Cour"


def test_lateness_in_the_copy_turns_with_the_day(seeded_database_url: str, tmp_path: Path) -> None:
    copy, base = tmp_path / "copy.db", "https://register.example"
    late = []
    for day in (TODAY, TODAY + timedelta(1)):
        with serving(seeded_database_url, today=day, public_url=base) as site:
            told = follow(site, copy)
            assert (told.returncode, told.stderr) == (0, "")
        late.append(held(copy)[SLUGS[0]]["days_late"])
    assert late == [54, 55]


@pytest.mark.long
def test_with_many_writers_and_a_killed_follower_the_copy_ends_equal(
    seeded_database_url: str, tmp_path: Path
) -> None:
    copy, writers, changes = tmp_path / "copy.db", 4, 8
    with serving(seeded_database_url) as site:
        headers = {"Authorization": f"Bearer {site.key(STEWARD)}"}

        def write(number: int) -> None:
            address = f"/api/v1/openings/{SLUGS[number % len(SLUGS)]}"
            with httpx.Client(
                base_url=site.base, headers=headers, timeout=60, verify=NO_TLS
            ) as client:
                for turn in range(changes):
                    words = {"fr": f"écrivain {number}, tour {turn}"}
                    while change(client, address, description=words).status_code == 412:
                        pass

        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            follower = subprocess.Popen(
                command(site, copy, "0.01"), env=plain(), stdout=subprocess.DEVNULL
            )
            threads[0].join(0.7)
            follower.kill()
            follower.wait()
        check_equal(site, copy)
        assert site.get("/health/ready").json()["position"] == HEAD + writers * changes


def test_another_register_is_not_taken_for_the_one_that_was_copied(
    sqlite: Any, tmp_path: Path
) -> None:
    """Salts are random, so no two seeds have one chain."""
    copy = tmp_path / "copy.db"
    for url in sqlite.copy("seeded"):
        with serving(url) as site:
            check_equal(site, copy)
    before = held(copy)
    for url in sqlite.copy("migrated"):
        with serving(url) as site:
            empty = follow(site, copy)
        fill(url)
        with serving(url) as site:
            other = follow(site, copy)
            assert change(
                site.as_team(), f"/api/v1/openings/{SLUGS[0]}", state="partially_available"
            )
            longer = follow(site, copy)
    assert [one.returncode for one in (empty, other, longer)] == [1, 1, 1]
    assert empty.stderr == "The register holds less than the copy.\n"
    assert other.stderr == f"The chain is another one at position {HEAD}.\n"
    assert longer.stderr == f"The chain breaks at position {HEAD + 1}.\n"
    assert held(copy) == before
