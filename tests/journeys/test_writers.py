"""Several editors at once: none overwrites another, and nothing is lost.

WRITERS says how many write at the same time, 50 changes each.
"""

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.domain.access import Actor
from app.domain.claims import Change
from app.domain.errors import Stale
from app.store import events as ledger
from tests.seeded import ENTRY, HEAD
from tests.serving import change, serving, writing
from tests.store.conftest import engine_name  # noqa: F401 on both engines

WRITERS, CHANGES = int(os.environ.get("WRITERS", "8")), 50


def test_of_eight_writers_on_one_version_one_wins_and_seven_are_told(seeded_database_url) -> None:
    with serving(seeded_database_url) as site:
        team = site.as_team()
        tag, together = team.get(ENTRY).headers["ETag"], threading.Barrier(8)

        def write(number: int) -> httpx.Response:
            together.wait()
            note = f"writer {number}"
            return change(team, ENTRY, tag, state="partially_available", note=note)

        with ThreadPoolExecutor(8) as threads:
            answers = [*threads.map(write, range(8))]
        assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 7}
        (won,) = [answer for answer in answers if answer.status_code == 200]
        lost = next(answer for answer in answers if answer.status_code == 412)
        assert lost.json()["current_version"] == won.json()["version"]
        (event,) = site.get(f"/api/v1/changes?after={HEAD}").json()["data"]
        assert event["recorded_by"] == "cour-de-cassation"
        assert event["before"]["state"] == "in_progress"
        assert event["after"]["state"] == "partially_available"


@pytest.mark.long
def test_of_many_writers_each_that_tries_again_is_recorded_once(seeded_database_url):
    def write(number: int) -> None:
        version = HEAD
        for text in texts(number):
            body, recorded = Change.model_validate({"description": {"fr": text}}), False
            while not recorded:
                try:
                    register.change(slug, body, frozenset({version}), editor)
                    recorded = True
                except Stale as stale:
                    version = stale.facts["current_version"]

    def texts(number: int) -> list[str]:
        return [f"writer {number}, change {turn}" for turn in range(CHANGES)]

    slug, editor = ENTRY.rpartition("/")[2], Actor("cour-de-cassation", "editor")
    with writing(seeded_database_url) as register:
        with ThreadPoolExecutor(WRITERS) as threads:
            list(threads.map(write, range(WRITERS)))
        with register.database.reading() as connection:
            events = ledger.events_after(connection, HEAD, WRITERS * CHANGES + 1)
        recorded = [event.claim.values["description"]["fr"] for event in events if event.claim]
        assert sorted(recorded) == sorted(
            text for number in range(WRITERS) for text in texts(number)
        )
        assert [finding for finding in register.verify() if finding.fault] == []
