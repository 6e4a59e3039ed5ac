"""Several editors at once, over HTTP: none overwrites another, and nothing is lost."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.seeded import ENTRY, HEAD
from tests.serving import change, serving
from tests.store.conftest import engine_name  # noqa: F401 on both engines


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
