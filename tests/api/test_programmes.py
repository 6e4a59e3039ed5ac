"""Two programmes in one register: each by its name, in every list, and both together."""

import csv
from collections import Counter
from typing import Any

import pytest

from app.domain import errors
from app.domain.comparison import Report
from app.register import Clock, seed
from app.register.importing import ImportForm, Importing, Submission
from app.register.writing import CLERK
from app.store.spans import migrate
from tests.seeded import HEAD
from tests.serving import Site, serving, writing
from tests.store.conftest import engine_name  # noqa: F401 each runs on both engines

STEWARD = "ministere-de-la-justice"
OTHER = seed.NAMES[1]
ACTION = {"code": "A01", "title": {"fr": "Publier"}, "publisher": "dinum", "reason": "Sans date."}


@pytest.fixture
def both(site: Site) -> Site:
    """The register with the second seed too."""
    rows = seed.read(seed.FOLDERS / OTHER)
    with writing(site.url) as register:
        register.absorb(rows.claims, rows.organizations, rows.texts, rows.programmes)
    return site


def test_a_programme_is_asked_for_in_every_list(both: Site):
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


def test_both_may_have_an_action_of_one_number(both: Site):
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


def test_a_programme_is_stated_and_corrected_by_its_ministry(site: Site):
    (known,) = site.get("/api/v1/programmes").json()["data"]
    assert (known["id"], known["ministry"]["id"], known["annexes"]) == (
        "justice-2021",
        STEWARD,
        ["Annexe 4"],
    )
    assert (known["openings"]["total"], known["actions"]["total"]) == (11, 34)
    for name, address in known["links"].items():
        assert site.get(address).status_code == 200, name
    new = {"title": {"fr": "Plan 2025"}, "ministry": STEWARD, "start": "2025"}
    assert site.as_team("conseil-d-etat").post("/api/v1/programmes", json=new).status_code == 403
    team = site.as_team(STEWARD)
    made = team.post("/api/v1/programmes", json=new)
    assert (made.status_code, made.json()["id"]) == (201, "plan-2025")
    address = made.headers["Location"]
    assert site.get(address).json() == made.json()
    assert team.post("/api/v1/programmes", json=new).status_code == 409
    wrong = {**new, "id": "autre", "ministry": "nowhere", "text": "nowhere"}
    refused = site.as_team(STEWARD, "operator").post("/api/v1/programmes", json=wrong)
    assert [row["field"] for row in refused.json()["errors"]] == ["ministry", "text"]
    changed = team.patch(address, json={"title": {"en": "Plan"}, "start": None})
    assert changed.json()["title"] == {"fr": "Plan 2025", "en": "Plan"}
    assert changed.json()["start"] is None
    assert team.patch(address, json={}).status_code == 422
    bodies: list[tuple[dict[str, Any], str]] = [
        ({"title": None}, "title"),
        ({"title": {"fr": None, "en": None}}, "title"),
        ({"start": "2026", "end": "2025"}, "end"),
    ]
    for body, field in bodies:
        refused = team.patch(address, json=body)
        errors = [row["field"] for row in refused.json()["errors"]]
        assert (refused.status_code, errors) == (422, [field])
    given = team.patch(address, json={"ministry": "conseil-d-etat"})
    assert given.status_code == 403
    assert team.patch(f"{address}-0", json={"end": "2026"}).status_code == 404
    stranger = site.as_team("conseil-d-etat").patch(address, json={"end": "2026"})
    assert stranger.status_code == 403
    past = site.get(f"{address}?at={HEAD + 1}").json()
    assert (past["title"]["en"], past["start"]) == (None, "2025")
    assert site.get(f"{address}?at={HEAD}").status_code == 404


ANNEX = (seed.FOLDER / "annexe-4-openings.csv").read_bytes()
OF_CULTURE = (
    ANNEX.partition(b"\n")[0].decode()
    + """
Décisions de justice de la Cour de cassation,Données,Nouvelle ouverture,T2 2023,En cours
Base Joconde,API,Poursuite d'une ouverture,NA,Disponible
"""
).encode()


def handed_in(url: str, table: bytes, programme: str, ministry: str, **form: str) -> Report:
    """The table of a programme that the register may not hold yet, from the command line."""
    given = {"published_on": "2021-09-27", "text": f"feuille-de-route-{programme}"}
    given |= {"text_title": f"Feuille de route {programme}", "programme": programme, **form}
    submitted = ImportForm.model_validate(given)
    order = Submission(submitted, table, CLERK, ministry, named=ministry).order()
    with writing(url) as register:
        return Importing(register.database, Clock()).carry_out(order)[0]


def test_two_programmes_of_an_empty_register_come_back_byte_for_byte(empty_database_url: str):
    url = empty_database_url
    migrate(url)
    with pytest.raises(errors.BadQuery, match="There is no programme “culture-2021”"):
        handed_in(url, OF_CULTURE, "culture-2021", "culture")
    handed_in(url, ANNEX, "justice-2021", "justice", programme_title="Plan de la Justice")
    handed_in(url, OF_CULTURE, "culture-2021", "culture", programme_title="Plan de la Culture")
    with serving(url) as site:
        for programme, annex in (("justice-2021", ANNEX), ("culture-2021", OF_CULTURE)):
            answer = site.get(f"/openings.csv?layout=official&programme={programme}")
            assert answer.content == annex
        whole = site.get("/openings.csv?layout=union")
        union = list(csv.DictReader(whole.text.splitlines()))
        assert Counter(row["Ministère"] for row in union) == {"justice": 11, "culture": 2}
        total = site.get("/api/v1/openings?q=cassation").json()
        assert {row["programme"] for row in total["data"]} == {"justice-2021", "culture-2021"}
        assert len({row["id"] for row in total["data"]}) == total["total"] == 2
        report = handed_in(url, whole.content, "culture-2021", "culture")
        assert Counter(row.kind for row in report.outcomes) == {"unchanged": 2, "left": 11}
        assert {finding.code for finding in report.findings} == {"left-to-others"}
