"""Texts are stated and corrected by those who promise; what a text binds follows it."""

from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests.seeded import HEAD
from tests.serving import Site

STEWARD = "ministere-de-la-justice"
ORDER = "arrete-2025-08-29"
ENTRY = "/api/v1/openings/decisions-conseils-de-prud-hommes"
NEW = {"title": "Loi d’exemple", "kind": "law", "binding": True}


def test_a_text_is_stated_once_and_by_who_promises(site: Site) -> None:
    assert site.as_team("conseil-d-etat").post("/api/v1/texts", json=NEW).status_code == 403
    team = site.as_team(STEWARD)
    made = team.post("/api/v1/texts", json=NEW)
    assert made.status_code == 201
    assert site.get(made.headers["Location"]).json() == made.json()
    assert (made.json()["id"], made.json()["binding"]) == ("loi-d-exemple", True)
    assert team.post("/api/v1/texts", json=NEW).status_code == 409
    (fact,) = site.get(f"/api/v1/changes?after={HEAD}").json()["data"]
    assert (fact["kind"], fact["subject"], fact["commitment"]) == ("text", "loi-d-exemple", None)
    assert fact["values"] == {**NEW, "binding": True}


def test_what_a_text_no_longer_binds_is_so_from_then_on(site: Site) -> None:
    before = site.get(ENTRY)
    assert before.json()["deadline"]["binding"]
    team = site.as_team(STEWARD)
    assert team.patch(f"/api/v1/texts/{ORDER}", json={}).status_code == 422
    assert team.patch("/api/v1/texts/nowhere", json={"binding": True}).status_code == 404
    changed = team.patch(f"/api/v1/texts/{ORDER}", json={"binding": False})
    assert (changed.status_code, changed.json()["binding"]) == (200, False)
    after = site.get(ENTRY, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.json()["deadline"]) != (200, before.json()["deadline"])
    assert site.get(f"{ENTRY}?at={HEAD}").json()["deadline"] == before.json()["deadline"]
    assert site.get(f"/api/v1/texts/{ORDER}?at={HEAD}").json()["binding"]
    database = Database(site.url)
    register = Writing(database, Clock())
    assert [finding for finding in register.verify() if finding.fault] == []
    register.rebuild()
    assert [finding for finding in register.verify() if finding.fault] == []
    database.close()
