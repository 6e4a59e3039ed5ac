"""Texts are stated and corrected by those who promise; what a text binds follows it."""

from tests.seeded import ENTRY, HEAD
from tests.serving import Site, writing

STEWARD = "ministere-de-la-justice"
ORDER = "arrete-2025-08-29"
NEW = {"title": "Loi d’exemple", "kind": "law", "binding": True}


def test_a_text_is_stated_once_and_by_who_promises(site: Site):
    stranger = site.as_team("conseil-d-etat").post("/api/v1/texts", json=NEW)
    assert (stranger.status_code, stranger.json()["type"][-9:]) == (403, "forbidden")
    assert stranger.json()["detail"] == "This key may not add “loi-d-exemple”."
    team = site.as_team(STEWARD)
    made = team.post("/api/v1/texts", json=NEW)
    assert made.status_code == 201
    assert site.get(made.headers["Location"]).json() == made.json()
    assert (made.json()["id"], made.json()["binding"]) == ("loi-d-exemple", True)
    assert team.post("/api/v1/texts", json=NEW).status_code == 409
    (fact,) = site.get(f"/api/v1/changes?after={HEAD}").json()["data"]
    assert (fact["kind"], fact["subject"], fact["commitment"]) == ("text", "loi-d-exemple", None)
    assert fact["values"] == {**NEW, "binding": True}


def test_what_a_text_no_longer_binds_is_so_from_then_on(site: Site):
    before = site.get(ENTRY)
    assert before.json()["deadline"]["binding"]
    team = site.as_team(STEWARD, "operator")
    assert team.patch(f"/api/v1/texts/{ORDER}", json={}).status_code == 422
    assert team.patch("/api/v1/texts/nowhere", json={"binding": True}).status_code == 404
    changed = team.patch(f"/api/v1/texts/{ORDER}", json={"binding": False})
    assert (changed.status_code, changed.json()["binding"]) == (200, False)
    after = site.get(ENTRY, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.json()["deadline"]) != (200, before.json()["deadline"])
    assert site.get(f"{ENTRY}?at={HEAD}").json()["deadline"] == before.json()["deadline"]
    assert site.get(f"/api/v1/texts/{ORDER}?at={HEAD}").json()["binding"]
    with writing(site.url) as register:
        assert [finding for finding in register.verify() if finding.fault] == []
        register.rebuild()
        assert [finding for finding in register.verify() if finding.fault] == []


def test_a_text_is_corrected_by_who_stated_it_and_binds_others_by_an_operator_alone(site: Site):
    team, other = site.as_team(STEWARD), site.as_team("conseil-d-etat")
    own = {"title": {"fr": "Décisions"}, "publisher": "conseil-d-etat", "text": "loi-d-exemple"}
    own |= {"steward": "conseil-d-etat", "deadline": "2027"}
    address = team.post("/api/v1/texts", json=NEW).headers["Location"]
    assert team.patch(address, json={"binding": False}).status_code == 200
    assert other.post("/api/v1/openings", json=own).status_code == 201
    assert team.patch(address, json={"title": "Loi"}).status_code == 200
    for who, where, body in (
        (team, address, {"binding": True}),
        (other, address, {"title": "Loi d’un autre"}),
        (other, f"/api/v1/texts/{ORDER}", {"binding": False}),
        (team, f"/api/v1/texts/{ORDER}", {"title": "Arrêté"}),
    ):
        refused = who.patch(where, json=body)
        assert (refused.status_code, refused.json()["type"][-9:]) == (403, "forbidden")
        assert "the organisation that stated it" in refused.json()["detail"]
    assert site.as_team(STEWARD, "operator").patch(address, json={"binding": True}).is_success


def test_a_text_is_signed_then_published_and_not_in_days_to_come(site: Site):
    team = site.as_team(STEWARD)
    dated = {**NEW, "signed_on": "2021-03", "published_on": "2021"}
    address = team.post("/api/v1/texts", json=dated).headers["Location"]
    to_come = {**NEW, "title": "Loi 2", "signed_on": "2099-01-01"}
    own = {"title": {"fr": "Décisions"}, "publisher": STEWARD, "text": to_come}
    for refused, field in (
        (team.post("/api/v1/texts", json=to_come), "signed_on"),
        (team.post("/api/v1/openings", json=own), "text.signed_on"),
        (team.patch(address, json={"published_on": "2099"}), "published_on"),
        (team.patch(address, json={"published_on": "2021-02"}), "published_on"),
        (team.patch(address, json={"signed_on": "2022-01-01"}), "published_on"),
    ):
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
