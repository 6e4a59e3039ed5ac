"""What needs another's consent, by whatever door; and what a proposal keeps meanwhile."""

from typing import Any

import httpx
import pytest

from tests.api.test_imports import ROWS, codes, hand_in
from tests.api.test_teams import CONSEIL, COUR, OPENINGS, PROPOSALS, STEWARD, accepted
from tests.formats.files import HEADINGS, as_csv
from tests.seeded import ENTRY
from tests.serving import Site, change, client

NO = {"standing": "retracted", "reason": "Une erreur."}


def judged(team: httpx.Client, position: int, standing: str = "retracted") -> httpx.Response:
    body = {"standing": standing, "reason": "Une erreur."}
    return team.post(f"/api/v1/events/{position}/judgement", json=body)


def handed_over(site: Site, **values: Any) -> int:
    """The position of the event by which COUR hands its entry over to CONSEIL, who accepts it."""
    waits = change(site.as_team(COUR), ENTRY, publisher=CONSEIL, reason="Transfert.", **values)
    assert accepted(site.as_team(CONSEIL), waits.json()["number"]).status_code == 200
    return int(site.get(f"{ENTRY}/events").json()["data"][-1]["position"])


@pytest.mark.parametrize("doing", ["judgement", "correction"])
def test_an_entry_is_not_given_back_to_who_does_not_take_it(site: Site, doing: str):
    position = handed_over(site)
    body = NO if doing == "judgement" else {"publisher": COUR, "reason": "Une erreur."}
    waits = site.as_team(CONSEIL).post(f"/api/v1/events/{position}/{doing}", json=body)
    assert (waits.status_code, waits.json()["awaits"]) == (202, COUR)
    assert site.get(ENTRY).json()["publisher"]["id"] == CONSEIL
    assert accepted(site.as_team(COUR), waits.json()["number"]).status_code == 200
    assert site.get(ENTRY).json()["publisher"]["id"] == COUR


def test_an_entry_that_was_taken_away_comes_back_to_who_takes_it(site: Site):
    body = {"title": {"fr": "Décisions des juges de paix"}, "publisher": CONSEIL, "steward": COUR}
    team, steward = site.as_team(CONSEIL), site.as_team(COUR)
    waits = team.post(OPENINGS, json={**body, "reason": "Feuille de route."})
    entry = f"{OPENINGS}/{waits.json()['entry']}"
    assert accepted(steward, waits.json()["number"]).status_code == 200
    position = site.get(entry).json()["version"]
    assert judged(team, position).status_code == 200
    back = judged(steward, position, "accepted")
    assert (back.status_code, back.json()["awaits"]) == (202, CONSEIL)
    assert site.get(entry).status_code == 410


def test_what_others_opened_on_a_past_day_is_not_taken_over(site: Site):
    handed_over(site, published_on="2026-11-02")
    team, other = site.as_team(CONSEIL), site.as_team(COUR)
    past = {"publisher": CONSEIL, "published_on": "2026-10-01", "reason": "Plus tôt."}
    waits = change(team, ENTRY, **past)
    assert (waits.status_code, waits.json()["awaits"]) == (202, COUR)
    assert accepted(other, waits.json()["number"]).status_code == 200
    then = site.get(f"{ENTRY}?as_of=2026-10-02").json()
    assert then["publisher"]["id"] == CONSEIL


def test_a_proposal_is_between_two(site: Site):
    steward = site.as_team(STEWARD)
    assert change(steward, ENTRY, publisher=CONSEIL, reason="X").status_code == 403


@pytest.mark.parametrize("doing", ["judgement", "correction"])
def test_who_judges_or_corrects_does_so_on_what_was_proposed_on(site: Site, doing: str):
    editor, validator = site.as_team(COUR, "editor"), site.as_team(COUR)
    position = change(editor, ENTRY, keywords=["un"]).json()["version"]
    body = NO if doing == "judgement" else {"keywords": ["deux"], "reason": "Une erreur."}
    number = editor.post(f"/api/v1/events/{position}/{doing}", json=body).json()["number"]
    version = change(validator, ENTRY, licence="etalab-2.0").json()["version"]
    stale = accepted(validator, number)
    assert (stale.status_code, stale.json()["current_version"]) == (412, version)
    for tag, status in (('"garbage"', 412), ("*", 428), (f'"v{version}"', 200)):
        assert accepted(validator, number, **{"If-Match": tag}).status_code == status


def proposed(team: httpx.Client, **values: Any) -> dict[str, Any]:
    """A new entry that waits for its steward."""
    body = {"title": {"fr": "Une ouverture"}, "publisher": COUR, "steward": STEWARD, "reason": "X"}
    waits = team.post(OPENINGS, json={**body, **values})
    assert waits.status_code == 202
    return dict(waits.json())


def test_a_plan_that_is_new_since_changes_no_proposal(site: Site):
    number = proposed(site.as_team(COUR))["number"]
    plan = {"id": "plan-b", "title": {"fr": "Plan B"}, "ministry": CONSEIL}
    assert site.as_team(CONSEIL).post("/api/v1/programmes", json=plan).status_code == 201
    steward = site.as_team(STEWARD)
    assert accepted(steward, number, **{"If-Match": '"garbage"'}).status_code == 412
    assert accepted(steward, number).status_code == 200


@pytest.mark.parametrize("hidden", [False, True])
def test_a_name_that_is_taken_since_gets_a_number(site: Site, hidden: bool):
    team, steward = site.as_team(COUR), site.as_team(STEWARD)
    waits = proposed(team)
    own = {"title": {"fr": "Une ouverture"}, "publisher": STEWARD, "reason": "X"}
    own |= {"visibility": "internal"} if hidden else {}
    assert steward.post(OPENINGS, json=own).status_code == 201
    done = accepted(steward, waits["number"])
    assert (done.status_code, waits["entry"]) == (200, "une-ouverture")
    assert done.json()["entry"] == "une-ouverture-2"
    assert site.get(f"{OPENINGS}/une-ouverture-2").json()["publisher"]["id"] == COUR


def test_a_name_that_was_promised_is_kept(site: Site):
    steward = site.as_team(STEWARD)
    own = {"title": {"fr": "Une ouverture"}, "publisher": STEWARD, "reason": "X"}
    assert steward.post(OPENINGS, json={**own, "visibility": "internal"}).status_code == 201
    waits = proposed(site.as_team(COUR))
    assert waits["entry"] == "une-ouverture-2"
    assert accepted(steward, waits["number"]).json()["entry"] == "une-ouverture-2"


def test_a_member_withdraws_with_any_key_what_was_proposed(site: Site):
    manager, colleague = site.as_team(COUR, "manager"), site.as_team(COUR, "editor")
    member = manager.post("/api/v1/members", json={"name": "Ada"}).json()["id"]
    made = manager.post("/api/v1/keys", json={"member": member}).json()
    with client(site.base, made["key"]) as editor:
        number = proposed(editor)["number"]
        address = f"/api/v1/keys/{made['public']}/rotation"
        followed = editor.post(address, json={"overlap_days": 0}).json()
    refusal = f"{PROPOSALS}/{number}/refusal"
    assert colleague.post(refusal, json={}).status_code == 403
    with client(site.base, followed["key"]) as editor:
        assert editor.post(refusal, json={}).json()["state"] == "withdrawn"


def test_what_a_revoked_key_proposed_is_not_accepted(site: Site):
    manager, steward = site.as_team(COUR, "manager"), site.as_team(STEWARD)
    made = manager.post("/api/v1/keys", json={}).json()
    with client(site.base, made["key"]) as editor:
        number = proposed(editor)["number"]
    assert manager.post(f"/api/v1/keys/{made['public']}/revocation", json={}).status_code == 200
    refused = accepted(steward, number)
    assert (refused.status_code, "was revoked" in refused.json()["detail"]) == (409, True)
    declined = steward.post(f"{PROPOSALS}/{number}/refusal", json={})
    assert declined.json()["state"] == "declined"


def test_a_table_gives_no_entry_back_by_correcting_its_claims(site: Site):
    handed_over(site, published_on="2026-11-02")
    table, team = as_csv([HEADINGS, ROWS[5]]), site.as_team(CONSEIL)
    refused = hand_in(team, table, "2026-11-20", correct=True)
    assert (refused.status_code, ("not-yours", 2) in codes(refused)) == (422, True)
    assert site.get(ENTRY).json()["publisher"]["id"] == CONSEIL
