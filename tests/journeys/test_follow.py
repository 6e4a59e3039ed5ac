"""A copy kept by polling: whatever is written meanwhile, it ends equal to the register."""

import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.values import Title
from app.store.database import ROOT
from tests.conftest import fill
from tests.seeded import ENTRY, HEAD, PRUD_HOMMES
from tests.serving import Site, change, serving, writing

SCRIPT = ROOT / "docs" / "follow.py"
TODAY = date(2026, 11, 23)
SLUGS = (PRUD_HOMMES, "decisions-cours-d-appel-penal", "decisions-conseil-d-etat")
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


def copied(copy: Path) -> dict[str, Document]:
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
    followed = follow(site, copy)
    head = site.get("/health/ready").json()
    assert (followed.returncode, followed.stderr) == (0, "")
    assert followed.stdout == f"At {head['position']}:{head['hash']}\n"
    assert copied(copy) == whole(site)


def test_a_copy_begins_whole_and_takes_what_changed(seeded_database_url: str, tmp_path: Path):
    copy = tmp_path / "copy.db"
    with serving(seeded_database_url) as site:
        check_equal(site, copy)
        assert len(copied(copy)) == 45
        team = site.as_team(STEWARD)
        assert change(team, ENTRY, state="partially_available").is_success
        assert change(team, "/api/v1/actions/justice-2021/A16", keywords=["justice"]).is_success
        made = {"title": {"fr": "Nouvelle"}, "publisher": STEWARD, "deadline": "T4 2027"}
        announced = team.post("/api/v1/openings", json={**made, "text": "arrete-2025-08-29"})
        assert announced.status_code == 201
        check_equal(site, copy)
        assert copied(copy)["nouvelle"]["deadline"]["label"] == "T4 2027"
        gone = {"standing": "retracted", "reason": "an example"}
        address = f"/api/v1/events/{announced.json()['version']}/judgement"
        assert team.post(address, json=gone).is_success
        check_equal(site, copy)
        assert "nouvelle" not in copied(copy)


def test_what_is_not_in_the_log_is_taken_all_the_same(seeded_database_url: str, tmp_path: Path):
    """An internal change shows in the version alone, another name of an organisation nowhere."""
    copy, address = tmp_path / "copy.db", ENTRY
    with serving(seeded_database_url) as site:
        check_equal(site, copy)
        assert change(site.as_team(STEWARD), address, budget_status="unknown").is_success
        check_equal(site, copy)
        with writing(seeded_database_url) as register:
            register.rename_organization("cour-de-cassation", Title.of(fr="La Cour"))
        check_equal(site, copy)
        assert copied(copy)[PRUD_HOMMES]["publisher"]["name"]["fr"] == "La Cour"


def test_lateness_in_the_copy_turns_with_the_day(seeded_database_url: str, tmp_path: Path):
    copy, base = tmp_path / "copy.db", "https://register.example"
    late = []
    for day in (TODAY, TODAY + timedelta(1)):
        with serving(seeded_database_url, today=day, public_url=base) as site:
            followed = follow(site, copy)
            assert (followed.returncode, followed.stderr) == (0, "")
        late.append(copied(copy)[PRUD_HOMMES]["days_late"])
    assert late == [54, 55]


@pytest.mark.long
def test_with_many_writers_and_a_killed_follower_the_copy_ends_equal(
    seeded_database_url: str, tmp_path: Path
):
    copy, writers, changes = tmp_path / "copy.db", 4, 8
    with serving(seeded_database_url) as site:
        teams = [site.as_team(STEWARD) for _ in range(writers)]

        def write(number: int) -> None:
            address = f"/api/v1/openings/{SLUGS[number % len(SLUGS)]}"
            for turn in range(changes):
                words = {"fr": f"écrivain {number}, tour {turn}"}
                while change(teams[number], address, description=words).status_code == 412:
                    pass

        with ThreadPoolExecutor() as threads:
            writing_on = [threads.submit(write, number) for number in range(writers)]
            while not all(each.done() for each in writing_on):
                follower = subprocess.Popen(
                    command(site, copy, "0.01"), env=plain(), stdout=subprocess.DEVNULL
                )
                wait(writing_on, 0.7)
                follower.kill()
                follower.wait()
        check_equal(site, copy)
        assert site.get("/health/ready").json()["position"] == HEAD + writers * changes


def test_another_register_is_not_taken_for_the_one_that_was_copied(sqlite: Any, tmp_path: Path):
    """Salts are random, so no two seeds have one chain."""
    copy = tmp_path / "copy.db"
    for url in sqlite.copy("seeded"):
        with serving(url) as site:
            check_equal(site, copy)
    before = copied(copy)
    for url in sqlite.copy("migrated"):
        with serving(url) as site:
            empty = follow(site, copy)
        fill(url)
        with serving(url) as site:
            other = follow(site, copy)
            assert change(site.as_team(), ENTRY, state="partially_available").is_success
            longer = follow(site, copy)
    assert [run.returncode for run in (empty, other, longer)] == [1, 1, 1]
    assert empty.stderr == "The register holds less than the copy.\n"
    assert other.stderr == f"The chain is another one at position {HEAD}.\n"
    assert longer.stderr == f"The chain breaks at position {HEAD + 1}.\n"
    assert copied(copy) == before
