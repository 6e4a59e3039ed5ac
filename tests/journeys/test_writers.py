"""Several editors at once, over HTTP: none overwrites another, and nothing is lost."""

import threading
from collections import Counter

import httpx

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
