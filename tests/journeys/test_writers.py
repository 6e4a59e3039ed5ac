"""Several editors at once, over HTTP: none overwrites another, and nothing is lost."""

import threading
from collections import Counter

import httpx
import pytest

from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests.conftest import engine_name  # noqa: F401 on both engines
from tests.seeded import HEAD
from tests.serving import NO_TLS, serving

PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"


def test_of_eight_writers_on_one_version_one_wins_and_seven_are_told(seeded_database_url) -> None:
    with serving(seeded_database_url) as site:
        team = site.as_team()
        before = team.get(PRUDHOMMES)
        headers = {**team.headers, "If-Match": before.headers["ETag"]}
        answers: list[httpx.Response] = []
        together = threading.Barrier(8)

        def write(number: int) -> None:
            with httpx.Client(
                base_url=site.base, headers=headers, timeout=60, verify=NO_TLS
            ) as client:
                together.wait()
                body = {"state": "partially_available", "note": f"writer {number}"}
                answers.append(client.patch(PRUDHOMMES, json=body))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 7}
        (won,) = [answer for answer in answers if answer.status_code == 200]
        lost = next(answer for answer in answers if answer.status_code == 412)
        assert lost.json()["current_version"] == won.json()["version"]
        changes = site.get(f"/api/v1/changes?after={before.json()['version']}").json()["data"]
        ours = [one for one in changes if one["position"] > HEAD]
        assert [one["recorded_by"] for one in ours] == ["cour-de-cassation"]
        assert ours[0]["before"]["state"] == "in_progress"
        assert ours[0]["after"]["state"] == "partially_available"


@pytest.mark.long
def test_writers_who_read_again_lose_no_change(seeded_database_url) -> None:
    writers, changes = 12, 5
    with serving(seeded_database_url) as site:
        headers = {"Authorization": f"Bearer {site.key()}"}
        done: list[int] = []

        def write(number: int) -> None:
            with httpx.Client(
                base_url=site.base, headers=headers, timeout=60, verify=NO_TLS
            ) as client:
                tag = client.get(PRUDHOMMES).headers["ETag"]
                for turn in range(changes):
                    body = {"description": {"fr": f"écrivain {number}, tour {turn}"}}
                    while True:
                        answer = client.patch(PRUDHOMMES, json=body, headers={"If-Match": tag})
                        if answer.status_code == 200:
                            break
                        assert answer.status_code == 412
                        tag = f'"v{answer.json()["current_version"]}"'
                    tag = answer.headers["ETag"]
                    done.append(answer.json()["version"])

        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(done) == list(range(HEAD + 1, HEAD + 1 + writers * changes))
    database = Database(seeded_database_url)
    register = Writing(database, Clock())
    assert register.head().position == HEAD + writers * changes
    assert register.verify() == []
    database.close()
