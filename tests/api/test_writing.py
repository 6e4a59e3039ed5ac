"""Writing over HTTP: announce, change, judge, and who sees what."""

import pytest

from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests.conftest import engine_name  # noqa: F401 each runs on both engines
from tests.serving import Site, change

PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"
CRIMINAL = "/api/v1/openings/decisions-penal-premiere-instance"
TEXT = {"title": "Arrêté du 2 novembre 2026", "nor": "JUST2699999A", "signed_on": "2026-11-02"}


def test_a_team_moves_a_deadline_with_a_new_text(site: Site) -> None:
    team = site.as_team()
    answer = change(team, PRUDHOMMES, deadline="T4 2027", text=TEXT, source={"title": "JORF"})
    told = answer.json()
    assert answer.status_code == 200
    assert told["deadline"] == {
        "label": "T4 2027",
        "start": "2027-10-01",
        "end": "2027-12-31",
        "precision": "quarter",
        "text": "arrete-du-2-novembre-2026",
    }
    assert told["moves"][-1]["days"] == 457
    assert told["postponements"] == 3
    last = site.get(f"{PRUDHOMMES}/events").json()["data"][-1]
    assert last["recorded_by"] == "cour-de-cassation"
    assert last["position"] == told["version"]
    assert last["source"] == {"title": "JORF", "site": None, "url": None}
    texts = {text["id"]: text for text in site.get("/api/v1/texts").json()["data"]}
    assert texts["arrete-du-2-novembre-2026"]["nor"] == "JUST2699999A"
    assert len(texts["arrete-du-2-novembre-2026"]["moved"]) == 1
    assert site.get("/api/v1/openings?text=arrete-du-2-novembre-2026").json()["total"] == 1


def test_a_merge_patch_leaves_alone_what_it_does_not_name(site: Site) -> None:
    team = site.as_team()
    change(team, PRUDHOMMES, title={"en": "Decisions of the labour courts"})
    told = change(team, PRUDHOMMES, covers={"from": "2026"}).json()
    assert told["title"] == {
        "fr": "Décisions de justice des Conseils de prud’hommes",
        "en": "Decisions of the labour courts",
    }
    assert told["covers"] == {"from": "2026", "to": None}
    told = change(team, PRUDHOMMES, title={"en": None}, covers=None).json()
    assert told["title"]["en"] is None
    assert told["covers"] == {"from": None, "to": None}


def test_an_opening_is_recorded_with_what_is_open(site: Site) -> None:
    resource = {"url": "https://example.org/data.csv", "format": "CSV", "media_type": "text/csv"}
    told = change(
        site.as_team(),
        PRUDHOMMES,
        state="available",
        decided_on="2026-11",
        landing_page="https://example.org/",
        resources=[resource],
        keywords=["Prud’hommes", "Justice : décisions"],
    ).json()
    assert told["state"] == "available"
    assert told["timeliness"] == "delivered_late"
    assert told["days_late"] == 32
    assert told["resources"][0]["url"] == "https://example.org/data.csv"
    assert told["keywords"] == ["prud-hommes", "justice-decisions"]
    turtle = site.get("/openings/decisions-conseils-de-prud-hommes.ttl").text
    assert "https://example.org/data.csv" in turtle


def test_an_opening_is_announced_and_carried_by_every_voice(site: Site) -> None:
    team = site.as_team("conseil-d-etat")
    body = {
        "title": {"fr": "Code source de l’anonymisation"},
        "type": "source_code",
        "publisher": "conseil-d-etat",
        "announcement": "new",
        "deadline": "T2 2027",
        "text": TEXT,
    }
    answer = team.post("/api/v1/openings", json=body)
    assert answer.status_code == 201, answer.text
    address = f"{site.base}/openings/code-source-de-l-anonymisation"
    assert answer.headers["Location"] == address
    assert answer.json()["iri"] == address
    assert answer.json()["timeliness"] == "on_track"
    assert address in site.get("/catalog.nt").text
    again = team.post("/api/v1/openings", json=body)
    assert again.status_code == 409
    other = site.as_team("cour-de-cassation").post(
        "/api/v1/openings", json={**body, "id": "another"}
    )
    assert other.status_code == 403
    assert site.get("/api/v1/openings/another").status_code == 404


def test_an_action_is_announced_and_changed(site: Site) -> None:
    team = site.as_team("ministere-de-la-justice")
    body = {
        "code": "A35",
        "title": {"fr": "Publier le registre"},
        "publisher": "ministere-de-la-justice",
        "section": "2.2.1",
        "deadline": "27S1",
        "text": TEXT,
    }
    answer = team.post("/api/v1/actions", json=body)
    assert answer.status_code == 201, answer.text
    told = change(team, "/api/v1/actions/A35", state="in_progress").json()
    assert told["state_label"]["fr"] == "En cours"
    assert site.get("/api/v1/actions").json()["total"] == 35


def test_a_judgement_counts_from_its_position_on_all_days(site: Site) -> None:
    team = site.as_team("ministere-de-la-justice", "validator")
    ledger = site.get("/api/v1/openings/decisions-cours-administratives-d-appel/events").json()
    opened = next(e for e in ledger["data"] if e["values"].get("state") == "available")
    disputed = next(e for e in ledger["data"] if e["standing"] == "disputed")
    address = "/api/v1/openings/decisions-cours-administratives-d-appel"
    assert site.get(address).json()["timeliness"] == "delivered_on_time"
    body = {"standing": "disputed", "reason": "Le versement était progressif."}
    answer = team.post(f"/api/v1/events/{opened['position']}/judgement", json=body)
    assert answer.status_code == 200, answer.text
    assert [e["standing"] for e in answer.json()["data"] if e["kind"] == "state"] == [
        "disputed",
        "disputed",
    ]
    accepted = {"standing": "accepted", "reason": "Deux sources concordent."}
    team.post(f"/api/v1/events/{disputed['position']}/judgement", json=accepted)
    told = site.get(address).json()
    assert (told["timeliness"], told["days_late"]) == ("delivered_late", 13)
    past = site.get(address, params={"as_of": "2022-04-12"}).json()
    assert past["state"] == "planned"


def test_what_is_retracted_whole_is_gone_and_its_ledger_remains(site: Site) -> None:
    team = site.as_team("ministere-de-la-justice")
    body = {"standing": "retracted", "reason": "Annoncé par erreur."}
    (announced,) = site.get("/api/v1/actions/A07/events").json()["data"]
    address = f"/api/v1/events/{announced['position']}/judgement"
    answer = team.post(address, json=body)
    assert answer.status_code == 200, answer.text
    for gone in ("/api/v1/actions/A07", "/actions/A07", "/actions/A07.html"):
        told = site.get(gone)
        assert told.status_code == 410
        assert told.json()["type"].endswith("/problems/gone")
    ledger = site.get("/api/v1/actions/A07/events").json()["data"]
    assert [e["kind"] for e in ledger] == ["announced", "judged"]
    assert ledger[0]["standing"] == "retracted"
    assert ledger[1]["reason"] == "Annoncé par erreur."
    assert site.get("/api/v1/actions").json()["total"] == 33
    undo = {"standing": "accepted", "reason": "Vérification faite."}
    assert team.post(address, json=undo).status_code == 200
    assert site.get("/api/v1/actions/A07").status_code == 200


def test_internal_fields_are_seen_with_a_key_of_the_organisation_only(site: Site) -> None:
    team = site.as_team("ministere-de-la-justice")
    told = change(team, "/api/v1/actions/A16", budget_status="Financé", steering_unit="SG").json()
    assert (told["budget_status"], told["steering_unit"]) == ("Financé", "SG")
    stranger = site.as_team("conseil-d-etat")
    for reader in (site.http, stranger):
        assert "budget_status" not in reader.get("/api/v1/actions/A16").json()
        ledger = reader.get("/api/v1/actions/A16/events")
        assert "Financé" not in ledger.text
        last = ledger.json()["data"][-1]
        assert {k for k, v in last.items() if v is not None} == {
            "position",
            "hash",
            "previous_hash",
            "digest",
        }
    assert team.get("/api/v1/actions/A16/events").json()["data"][-1]["values"] == {
        "budget_status": "Financé",
        "steering_unit": "SG",
    }
    for address in ("/actions/A16.html", "/actions/A16.json", "/api/v1/changes?after=80"):
        assert "Financé" not in site.get(address).text
    assert "Financé" not in team.get("/actions/A16.html").text


INTERNAL = {
    "id": "projet-interne",
    "title": {"fr": "Projet interne"},
    "publisher": "cour-de-cassation",
    "steward": "ministere-de-la-justice",
    "deadline": "2027",
    "text": "arrete-2025-08-29",
    "visibility": "internal",
}


def test_an_internal_entry_leaves_by_no_public_door(site: Site) -> None:
    team = site.as_team()
    assert team.post("/api/v1/openings", json=INTERNAL).status_code == 201
    address = "/api/v1/openings/projet-interne"
    assert team.get(address).status_code == 200
    assert change(team, address, state="in_progress").status_code == 200
    assert team.get("/api/v1/openings").json()["total"] == 12
    stranger = site.as_team("conseil-d-etat")
    for reader in (site.http, stranger):
        assert reader.get(address).status_code == 404
        assert reader.get(f"{address}/events").status_code == 404
        assert reader.get("/api/v1/openings").json()["total"] == 11
        patch = reader.patch(address, json={"state": "planned"}, headers={"If-Match": '"v85"'})
        assert patch.status_code == (401 if reader is site.http else 404)
    doors = ["/", "/catalog.ttl?page_size=100", "/catalog.nt", "/api/v1/texts", "/openings.json"]
    doors += ["/api/v1/changes?after=84", "/metrics", "/actions"]
    for door in doors:
        assert "rojet" not in site.get(door).text, door
    for door in ("/", "/catalog.ttl", "/catalog.nt"):
        assert "rojet" not in team.get(door).text, door
    assert team.get("/openings/projet-interne.ttl").status_code == 404


@pytest.mark.parametrize("door", ["/api/v1/changes?after=84", "/api/v1/changes"])
def test_the_log_shows_an_internal_event_by_its_place_in_the_chain_only(site: Site, door) -> None:
    site.as_team().post("/api/v1/openings", json=INTERNAL)
    last = site.get(door).json()["data"][-1]
    assert last["position"] == 85
    assert last["digest"]
    assert [last[name] for name in ("salt", "commitment", "content", "before", "after")] == [
        None
    ] * 5


def test_the_log_tells_what_each_change_changed(site: Site) -> None:
    change(site.as_team(), PRUDHOMMES, state="in_progress")
    (last,) = site.get("/api/v1/changes?after=84").json()["data"]
    assert last["before"]["state"] == "planned"
    assert last["after"]["state"] == "in_progress"
    assert last["after"]["state_label"]["fr"] == "En cours"
    assert set(last["before"]) == {"state", "state_label", "state_since"}
    assert site.get("/api/v1/changes?after=85").json() == {
        "data": [],
        "next": None,
        "head": {"position": 85, "hash": last["hash"]},
    }
    assert site.get("/api/v1/changes?after=86").status_code == 400


def test_the_log_is_walked_by_next(site: Site) -> None:
    positions: list[int] = []
    address: str | None = "/api/v1/changes?page_size=30"
    while address:
        told = site.get(address).json()
        positions += [one["position"] for one in told["data"]]
        address = told["next"]
    assert positions == list(range(1, 85))


def test_an_operator_writes_everywhere(site: Site) -> None:
    operator = site.as_team("ministere-de-la-justice", "operator")
    address = "/api/v1/openings/decisions-conseil-d-etat"
    assert change(operator, address, description={"fr": "Texte."}).status_code == 200


def test_a_steward_writes_what_it_has_promised(site: Site) -> None:
    steward = site.as_team("ministere-de-la-justice")
    assert change(steward, PRUDHOMMES, state="in_progress").status_code == 200


def test_a_key_may_come_in_its_own_header(site: Site) -> None:
    tag = site.get(PRUDHOMMES).headers["ETag"]
    headers = {"X-API-KEY": site.key(), "If-Match": tag}
    answer = site.http.patch(PRUDHOMMES, json={"state": "in_progress"}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["Foo Bar/../x é", "a--b", "-a", "a-", "A", "a.ttl", ""])
def test_a_permanent_name_that_no_address_could_hold_is_refused(site: Site, name: str) -> None:
    answer = site.as_team().post("/api/v1/openings", json={**INTERNAL, "id": name})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "id"


def test_a_key_remembers_the_last_day_on_which_it_wrote(site: Site) -> None:
    team = site.as_team()
    database = Database(site.url)
    register = Writing(database, Clock())
    assert [key.last_used_on for key in register.every_key()] == [None]
    change(team, PRUDHOMMES, state="in_progress")
    assert [key.last_used_on for key in register.every_key()] == [Clock().today()]
    database.close()
