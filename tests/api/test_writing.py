"""Writing over HTTP: announce, change, judge, and who sees what."""

from typing import Any

from app.register import Clock
from app.register.teams import Teams
from app.register.writing import CLERK
from app.store.database import Database
from tests.seeded import ENTRY, HEAD
from tests.serving import Site, change, writing
from tests.store.conftest import engine_name  # noqa: F401 each runs on both engines

CRIMINAL = "/api/v1/openings/decisions-penal-premiere-instance"
TEXT = {
    "title": "Arrêté du 2 novembre 2026",
    "nor": "JUST2699999A",
    "signed_on": "2026-11-02",
    "kind": "order",
    "binding": True,
}


def test_a_team_moves_a_deadline_with_a_new_text(site: Site):
    team = site.as_team()
    answer = change(team, ENTRY, deadline="T4 2027", text=TEXT, source={"title": "JORF"})
    entry = answer.json()
    assert answer.status_code == 200
    assert (entry["deadline"]["label"], entry["moves"][-1]["days"]) == ("T4 2027", 457)
    last = site.get(f"{ENTRY}/events").json()["data"][-1]
    assert last["recorded_by"] == "cour-de-cassation"
    assert last["position"] == entry["version"]
    assert last["source"] == {"title": "JORF", "site": None, "url": None}
    text = site.get(f"/api/v1/texts/{entry['deadline']['text']}").json()
    assert (text["id"], text["nor"]) == ("arrete-du-2-novembre-2026", TEXT["nor"])
    assert len(text["moved"]) == 1
    assert site.get("/api/v1/openings?text=arrete-du-2-novembre-2026").json()["total"] == 1


def test_what_is_recorded_elsewhere_is_not_seen_in_an_entry(site: Site):
    """One tag, the same bytes: the address to cite too names what the entry itself rests on."""
    before = site.get(ENTRY)
    change(site.as_team(), CRIMINAL, keywords=["pénal"])
    after = site.get(ENTRY)
    assert (after.headers["etag"], after.content) == (before.headers["etag"], before.content)
    cited = site.get(after.json()["links"]["cite"].removeprefix(site.base)).json()
    assert cited["deadline"] == after.json()["deadline"]


def test_an_opening_is_announced_and_is_in_the_catalogue(site: Site):
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
    assert "timegate" not in answer.headers["Link"], "the list has one, the entry another"
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


def test_a_title_that_makes_no_address_is_refused(site: Site):
    team = site.as_team()
    body = {"title": {"fr": "!!!"}, "publisher": "cour-de-cassation", "state": "available"}
    named = {**body, "id": "named"}
    refused = team.post("/api/v1/openings", json={**body, "text": "feuille-de-route-2021"})
    assert [error["field"] for error in refused.json()["errors"]] == ["title"]
    refused = team.post("/api/v1/openings", json={**named, "text": {**TEXT, "title": "?"}})
    assert [error["field"] for error in refused.json()["errors"]] == ["text.title"]


def test_a_wrong_opening_day_is_corrected_at_once_and_the_landing_page_is_kept(site: Site):
    team, page = site.as_team(), "https://www.courdecassation.fr/prudhommes"
    opened = {"decided_on": "20/11/2026", "published_on": "2026-11-20"}
    entry = change(team, ENTRY, state="available", landing_page=page, **opened).json()
    assert entry["opened_on"]["label"] == "2026-11-20"
    again = change(team, ENTRY, state="available", decided_on="2026-11-19")
    assert (again.status_code, again.json()["position"]) == (409, entry["version"])
    assert again.json()["type"].endswith("/problems/restates")
    address = again.json()["correction"].removeprefix(site.base)
    assert address == f"/api/v1/events/{entry['version']}/correction"
    refused = team.post(address, json={"opened_on": "2026-11-19"})
    assert "decided_on" in refused.json()["errors"][0]["message"]
    answer = team.post(address, json={"decided_on": "2026-11-19", "reason": "Mal lu."})
    assert (answer.status_code, answer.headers["recorded-events"]) == (200, "2"), answer.text
    nothing = change(team, ENTRY, state="available")
    assert (nothing.status_code, nothing.headers["recorded-events"]) == (200, "0")
    assert (answer.json()["opened_on"]["label"], answer.json()["landing_page"]) == (
        "2026-11-19",
        page,
    )
    retraction, right = site.get(f"{ENTRY}/events").json()["data"][-2:]
    assert (retraction["target"], right["values"]["landing_page"]) == (entry["version"], page)
    assert team.post(address, json={"reason": "Encore."}).status_code == 409
    assert team.post("/api/v1/events/999999/correction", json={"reason": "?"}).status_code == 404


def test_what_was_recorded_together_is_retracted_together(site: Site):
    team = site.as_team()
    body: dict[str, Any] = {
        "state": "available",
        "keywords": ["essai"],
        "contact": {"name": "Greffe"},
    }
    entry = change(team, ENTRY, **body).json()
    judgement = {"standing": "retracted", "reason": "Une autre ouverture.", "together": True}
    answer = team.post(f"/api/v1/events/{entry['version']}/judgement", json=judgement)
    assert answer.status_code == 200, answer.text
    after = site.get(ENTRY).json()
    assert (after["state"], after["keywords"], after["contact"]) == ("in_progress", [], None)
    assert after["version"] == entry["version"] + 2


def test_what_is_retracted_whole_is_gone_and_its_ledger_remains(site: Site):
    team = site.as_team("ministere-de-la-justice")
    body = {"standing": "retracted", "reason": "Annoncé par erreur."}
    (announced,) = site.get("/api/v1/actions/justice-2021/A07/events").json()["data"]
    address = f"/api/v1/events/{announced['position']}/judgement"
    answer = team.post(address, json=body)
    assert answer.status_code == 200, answer.text
    for gone in (
        "/api/v1/actions/justice-2021/A07",
        "/actions/justice-2021/A07",
        "/actions/justice-2021/A07.html",
    ):
        answer = site.get(gone)
        assert answer.status_code == 410
        assert answer.json()["type"].endswith("/problems/gone")
    ledger = site.get("/api/v1/actions/justice-2021/A07/events").json()["data"]
    assert [e["kind"] for e in ledger] == ["announced", "judged"]
    assert (ledger[0]["standing"], ledger[1]["reason"]) == ("retracted", "Annoncé par erreur.")
    undo = {"standing": "accepted", "reason": "Vérification faite."}
    assert team.post(address, json=undo).status_code == 200
    assert site.get("/api/v1/actions/justice-2021/A07").status_code == 200


def test_the_log_says_what_each_change_changed(site: Site):
    change(site.as_team(), ENTRY, state="partially_available")
    (last,) = site.get(f"/api/v1/changes?after={HEAD}").json()["data"]
    assert last["before"]["state"] == "in_progress"
    assert last["after"]["state"] == "partially_available"
    assert last["after"]["state_label"]["fr"] == "Partiellement disponible"
    assert set(last["before"]) >= {"state", "state_label", "state_since"}
    assert site.get(f"/api/v1/changes?after={HEAD + 1}").json() == {
        "data": [],
        "next": None,
        "head": {"position": HEAD + 1, "hash": last["hash"]},
    }
    assert site.get(f"/api/v1/changes?after={HEAD + 2}").status_code == 400


def test_a_key_remembers_the_last_day_on_which_it_wrote(site: Site):
    team = site.as_team()
    database = Database(site.url)
    register = Teams(database, Clock())
    assert [key.last_used_on for key in register.every_key(CLERK)] == [None]
    change(team, ENTRY, state="partially_available")
    assert [key.last_used_on for key in register.every_key(CLERK)] == [Clock().today()]
    database.close()


def test_an_action_is_told_by_its_openings(site: Site):
    address = "/api/v1/actions/justice-2021/A16"
    first = site.get(address)
    openings = site.get("/api/v1/openings?action=justice-2021/A16&page_size=100").json()["data"]
    states = [entry["state"] for entry in openings]
    assert first.json()["openings"] == {
        "total": 11,
        "open": states.count("available"),
        "open_in_part": states.count("partially_available"),
    }
    assert site.get("/api/v1/actions/justice-2021/A01").json()["openings"]["total"] == 0
    listed = {row["id"]: row["openings"] for row in site.get("/actions.json").json()["data"]}
    assert listed["justice-2021/A16"] == first.json()["openings"]
    assert site.get(f"{address}?as_of=2021-10-15").json()["openings"]["open"] == 2
    waiting = (entry for entry in openings if entry["state"] == "planned" and not entry["parts"])
    slug = next(waiting)["id"]
    opened = change(site.as_team(), f"/api/v1/openings/{slug}", state="partially_available")
    assert opened.is_success, opened.text
    again = site.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.json()["openings"]["open_in_part"] == first.json()["openings"]["open_in_part"] + 1
    assert again.json()["version"] == first.json()["version"]


def test_the_ledger_of_an_action_answers_when_its_announcement_was_erased(site: Site):
    address = "/api/v1/actions/justice-2021/A07"
    (announced,) = site.get(f"{address}/events").json()["data"]
    with writing(site.url) as register:
        register.erase(announced["position"], "by law")
    ledger = site.get(f"{address}/events").json()["data"]
    assert [event["kind"] for event in ledger] == [None, "erased"]
    assert site.get(address).status_code == 410
