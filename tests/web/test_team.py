"""The pages of a team: what waits for a validator, keys and members, and what was done."""

from typing import Any

import pytest

from tests.seeded import PRUD_HOMMES
from tests.serving import Site, change
from tests.web.browser import Team

COURT = "cour-de-cassation"


def document(site: Site) -> Any:
    return site.get(f"/api/v1/openings/{PRUD_HOMMES}").json()


@pytest.fixture
def manager(site: Site) -> Team:
    """A manager of a court that wants four eyes from now on."""
    team = Team(site, site.key(COURT, "manager"))
    team.get("/equipe/gestion")
    assert team.send(four_eyes="1", do="eyes").status_code == 303
    return team


@pytest.fixture
def editor(site: Site, manager: Team) -> Team:
    """An editor of that court, who has reported an opening."""
    assert manager
    team = Team(site, site.key(COURT, "editor"))
    team.get(f"/equipe/signaler?entry={PRUD_HOMMES}")
    team.send(decided_on="24/11/2026", do="preview")
    assert "Ouverte avec 55 jours de retard" in team.page.text
    team.send(do="publish")
    return team


def test_what_an_editor_reports_waits_for_a_second_pair_of_eyes(site: Site, editor: Team):
    editor.get(editor.answer.headers["location"])
    assert "Une validation est attendue" in editor.page.text
    assert document(site)["state"] == "in_progress"
    editor.get("/equipe/attente")
    assert "Voir avant et après" not in editor.page.text

    validator = Team(site, site.key(COURT, "validator"))
    validator.get("/equipe")
    assert "1 changement attend votre validation" in validator.page.text
    validator.get("/equipe/attente")
    assert "Prud’hommes" in validator.page.text
    validator.send(do="preview")
    assert "Ouverte avec 55 jours de retard" in validator.page.text
    assert document(site)["state"] == "in_progress"
    validator.send(do="publish")
    assert validator.answer.status_code == 303, validator.page.text
    assert document(site)["state"] == "available"
    validator.get("/equipe/attente")
    assert "Rien n’attend." in validator.page.text


@pytest.mark.parametrize(("role", "words"), [("validator", "Pas encore"), ("editor", "")])
def test_a_proposal_is_declined_by_a_validator_and_withdrawn_by_nobody_else(
    site: Site, editor: Team, role: str, words: str
):
    other = Team(site, site.key(COURT, role))
    other.get("/equipe/attente")
    number = other.fields().get("number") or "1"
    other.send(number=number, do="decline", reason=words)
    assert other.answer.status_code == (303 if role == "validator" else 422)
    editor.get("/equipe/attente")
    assert ("Rien n’attend." in editor.page.text) == (role == "validator")
    assert document(site)["state"] == "in_progress"


def test_what_came_after_a_proposal_is_shown_before_it_is_accepted(site: Site, editor: Team):
    assert editor
    validator = Team(site, site.key(COURT, "validator"))
    validator.get("/equipe/attente")
    validator.send(do="preview")
    with site.as_team() as colleague:
        tag = colleague.get(f"/api/v1/openings/{PRUD_HOMMES}").headers["ETag"]
        values = {"keywords": ["entre-temps"]}
        colleague.patch(f"/api/v1/openings/{PRUD_HOMMES}", json=values, headers={"If-Match": tag})
    validator.send(do="publish")
    assert (validator.answer.status_code, document(site)["state"]) == (200, "in_progress")
    validator.send(do="publish")
    assert document(site)["keywords"] == ["entre-temps"]
    assert document(site)["state"] == "available"


def test_a_manager_makes_replaces_and_ends_keys(site: Site, manager: Team):
    manager.get("/equipe/gestion")
    manager.send(role="editor", label="Dépôt", days="30", do="make")
    made = manager.page.named("copy")[0].text
    holder = Team(site, made)
    assert holder.get("/equipe").status_code == 200
    manager.send(public=made[4:12], do="rotate")
    assert Team(site, manager.page.named("copy")[0].text).get("/equipe").status_code == 200
    manager.get("/equipe/gestion")
    manager.send(public=made[4:12], do="revoke")
    assert holder.get("/equipe").status_code == 401
    manager.get("/equipe/gestion")
    manager.send(role="editor", days="9999", do="make")
    assert manager.faults() == {"days": "Au plus 366."}
    manager.send(public="AAAAAAAA", do="revoke")
    assert "AAAAAAAA" in manager.page.named("faults")[0].text


def test_a_member_joins_with_a_key_and_leaves_without_it(site: Site, manager: Team):
    manager.get("/equipe/gestion")
    manager.send(name="", email="nulle part", most="editor", do="join")
    assert set(manager.faults()) == {"name", "email"}
    manager.send(name="Camille Durand", email="camille@justice.gouv.fr", most="editor", do="join")
    manager.get("/equipe/gestion")
    assert "Camille Durand" in manager.page.text
    assert "camille@justice.gouv.fr" in manager.page.text
    options = [node for node in manager.page.all("option") if node.text == "Camille Durand"]
    manager.send(role="editor", member=options[0].get("value"), do="make")
    holder = Team(site, manager.page.named("copy")[0].text)
    manager.get("/equipe/gestion")
    manager.send(member=options[0].get("value"), email="", do="reach")
    assert "camille@justice.gouv.fr" not in manager.get("/equipe/gestion").text
    manager.send(member=options[0].get("value"), do="leave")
    assert holder.get("/equipe").status_code == 401


def test_the_audit_says_who_did_what_and_who_tried(site: Site, manager: Team, editor: Team):
    editor.get("/equipe/gestion")
    assert editor.answer.status_code == 403
    with site.as_team() as program:
        address = f"/api/v1/openings/{PRUD_HOMMES}"
        change(program, address, keywords=["justice"])
        change(program, address, tag='"v1"', keywords=["late"])
    manager.get("/equipe/journal")
    rows = [node.text for node in manager.page.all("tr")]
    assert "refusé L’entrée a changé depuis" in rows[1]
    assert "Modifier une ouverture" in rows[2]
    assert "Signaler une ouverture /equipe/signaler proposé 127.0.0.1" in rows[3]
    assert "Clés et membres" in rows[-1]
    assert Team(site, site.key(COURT, "validator")).get("/equipe/journal").status_code == 403
    manager.get("/equipe/journal?before=1")
    assert manager.page.all("tr") == []
