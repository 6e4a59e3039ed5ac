"""Two programmes in one register: each by its name, in every list, and both together."""

import pytest

from app.register import Clock, seed
from app.register.writing import Writing
from app.store.database import Database
from tests.conftest import engine_name  # noqa: F401 each runs on both engines
from tests.serving import Site

STEWARD = "ministere-de-la-justice"
OTHER = seed.NAMES[1]
ACTION = {"code": "A01", "title": {"fr": "Publier"}, "publisher": "dinum", "reason": "Sans date."}


@pytest.fixture
def both(site: Site) -> Site:
    """The register with the second seed too."""
    database, rows = Database(site.url), seed.read(seed.FOLDERS / OTHER)
    facts = (rows.organizations, rows.texts, rows.programmes)
    Writing(database, Clock()).absorb(rows.claims, *facts)
    database.close()
    return site


def test_a_programme_is_asked_for_in_every_list(both: Site) -> None:
    page = both.get(f"/api/v1/openings?programme={OTHER}").json()
    assert (page["total"], {row["programme"] for row in page["data"]}) == (52, {OTHER})
    assert page["facets"]["programme"] == {OTHER: 52, "justice-2021": 11}
    assert both.get(f"/api/v1/actions?programme={OTHER}").json()["total"] == 0
    assert both.get("/openings.csv?programme=justice-2021").text.count("\r\n") == 12
    assert both.get(f"/openings.ics?programme={OTHER}").text.count("BEGIN:VEVENT") >= 52
    assert "prud-hommes" not in both.get(f"/openings.atom?programme={OTHER}").text
    assert both.get(f"/catalog.ttl?programme={OTHER}").text.count("a dcat:Dataset") == 52
    groups = both.get("/api/v1/statistics?by=programme").json()
    assert [(row["group"], row["entries"]) for row in groups["data"]] == [
        (OTHER, 52),
        ("justice-2021", 11),
    ]
    assert (groups["overall"]["entries"], groups["data"][0]["timeliness"]["overdue"]) == (63, 0)
    refused = both.get("/api/v1/openings?programme=justice-2022")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "programme")
    assert "Did you mean “justice-2021”?" in refused.json()["detail"]


def test_both_may_have_an_action_of_one_number(both: Site) -> None:
    team = both.as_team("dinum")
    assert team.post("/api/v1/actions", json=ACTION).json()["errors"][0]["field"] == "programme"
    made = team.post("/api/v1/actions", json={**ACTION, "programme": OTHER})
    assert (made.status_code, made.json()["id"]) == (201, f"{OTHER}/A01")
    assert made.headers["Location"] == f"{both.base}/actions/{OTHER}/A01"
    assert both.get("/api/v1/actions/justice-2021/A01").json()["title"] != ACTION["title"]
    opening = {
        "title": {"fr": "Base"},
        "publisher": "dinum",
        "reason": "Sans date.",
        "action": "A01",
    }
    made = team.post("/api/v1/openings", json={**opening, "programme": OTHER})
    assert made.json()["action"] == f"{OTHER}/A01"
    headers = {"If-Match": made.headers["ETag"]}
    address = f"/api/v1/openings/{made.json()['id']}"
    refused = team.patch(address, json={"action": "justice-2021/A01"}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "action")
    assert both.get(f"/api/v1/actions/{OTHER}/A01").json()["openings"]["total"] == 1
