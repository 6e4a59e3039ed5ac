"""Teams over HTTP: who has to accept what, keys that are followed, and what was done and tried."""

import random
from datetime import timedelta
from email.utils import parsedate_to_datetime
from itertools import cycle

import httpx
import pytest
from sqlalchemy import text

from app.domain.access import LETTERS, Actor, spell_key
from app.register import Clock
from app.register.teams import NewKey, Teams
from app.register.writing import CLERK
from app.store.database import Database
from tests.api import test_openapi as described
from tests.seeded import ENTRY
from tests.serving import Site, change, make_key, serving

COUR, CONSEIL, STEWARD = "cour-de-cassation", "conseil-d-etat", "ministere-de-la-justice"
OPENINGS, PROPOSALS = "/api/v1/openings", "/api/v1/proposals"


def numbers(team: httpx.Client) -> list[int]:
    """What an organisation sees that waits."""
    return [row["number"] for row in team.get(PROPOSALS).json()["data"]]


def accepted(team: httpx.Client, number: int, **headers: str) -> httpx.Response:
    return team.post(f"{PROPOSALS}/{number}/acceptance", json={}, headers=headers)


def test_to_name_another_organisation_waits_for_it_and_only_the_two_see_it(site: Site):
    team, other, stranger = (
        site.as_team(COUR, "editor"),
        site.as_team(STEWARD),
        site.as_team(CONSEIL),
    )
    body = {"title": {"fr": "Décisions des juges de paix"}, "publisher": COUR, "steward": STEWARD}
    waits = team.post(OPENINGS, json={**body, "reason": "Nouvelle feuille de route."})
    assert waits.status_code == 202
    number, entry = waits.json()["number"], f"{OPENINGS}/{waits.json()['entry']}"
    assert waits.headers["Location"].endswith(f"{PROPOSALS}/{number}")
    assert (waits.json()["awaits"], waits.json()["state"]) == (STEWARD, "waiting")
    assert team.get(entry).status_code == 404
    assert (numbers(team), numbers(other), numbers(stranger)) == ([number], [number], [])
    assert stranger.get(f"{PROPOSALS}/{number}").status_code == 404
    assert accepted(stranger, number).status_code == 404
    assert accepted(team, number).status_code == 403
    done = accepted(other, number)
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert team.get(entry).json()["steward"]["id"] == STEWARD
    assert accepted(other, number).status_code == 409
    assert numbers(team) == []


def test_an_entry_is_handed_over_once_who_takes_it_accepts_or_is_declined(site: Site):
    team, other = site.as_team(COUR), site.as_team(CONSEIL)
    first = change(team, ENTRY, publisher=CONSEIL, reason="Transfert.").json()["number"]
    second = change(team, ENTRY, publisher=CONSEIL, reason="Transfert.").json()["number"]
    declined = other.post(f"{PROPOSALS}/{first}/refusal", json={"reason": "Pas encore."}).json()
    assert (declined["state"], declined["reason"]) == ("declined", "Pas encore.")
    assert change(team, ENTRY, keywords=["paie"]).status_code == 200
    stale = accepted(other, second)
    assert stale.status_code == 412
    version = stale.json()["current_version"]
    assert accepted(other, second, **{"If-Match": f'"v{version}"'}).status_code == 200
    assert team.get(ENTRY).json()["publisher"]["id"] == CONSEIL
    assert change(team, ENTRY, publisher=COUR).status_code == 403


def test_nobody_promises_in_the_plan_of_others(site: Site):
    body = {"id": "plan-b", "title": {"fr": "Plan B"}, "ministry": CONSEIL}
    assert site.as_team(CONSEIL).post("/api/v1/programmes", json=body).status_code == 201
    entry = {"title": {"fr": "Une ouverture"}, "programme": "plan-b", "reason": "X"}
    waits = site.as_team(COUR).post(OPENINGS, json={**entry, "publisher": COUR})
    assert (waits.status_code, waits.json()["awaits"]) == (202, CONSEIL)
    both = {**entry, "publisher": COUR, "steward": STEWARD}
    assert site.as_team(COUR).post(OPENINGS, json=both).status_code == 403
    assert accepted(site.as_team(CONSEIL), waits.json()["number"]).status_code == 200
    again = {**entry, "title": {"fr": "Une autre"}, "publisher": COUR}
    assert site.as_team(COUR).post(OPENINGS, json=again).status_code == 201


def test_where_four_eyes_are_wanted_what_an_editor_does_waits_for_a_validator(site: Site):
    editor, manager = site.as_team(COUR, "editor"), site.as_team(COUR, "manager")
    assert change(editor, ENTRY, keywords=["un"]).status_code == 200
    assert manager.patch("/api/v1/team", json={"four_eyes": True}).json()["four_eyes"]
    assert editor.get("/api/v1/team").json()["four_eyes"]
    waits = change(editor, ENTRY, keywords=["deux"])
    assert (waits.status_code, waits.json()["awaits"]) == (202, COUR)
    assert editor.get(ENTRY).json()["keywords"] == ["un"]
    assert accepted(site.as_team(COUR), waits.json()["number"]).headers["Recorded-Events"] == "1"
    assert editor.get(ENTRY).json()["keywords"] == ["deux"]
    refused = change(editor, ENTRY, state="withdrawn")
    assert refused.status_code == 409  # what could not be recorded is not proposed either
    own = change(editor, ENTRY, keywords=["trois"]).json()["number"]
    withdrawn = editor.post(f"{PROPOSALS}/{own}/refusal", json={})
    assert withdrawn.json()["state"] == "withdrawn"
    handed = change(editor, ENTRY, publisher=CONSEIL)
    chained = accepted(manager, handed.json()["number"])
    assert (chained.status_code, chained.json()["awaits"]) == (202, CONSEIL)


def test_a_manager_manages_the_own_organisation_and_no_other(site: Site):
    manager, other = site.as_team(COUR, "manager"), site.as_team(CONSEIL, "manager")
    made = manager.post("/api/v1/keys", json={"role": "validator", "label": "nuit"}).json()
    key, public = made["key"], made["public"]
    assert {row["public"] for row in other.get("/api/v1/keys").json()["data"]}.isdisjoint({public})
    assert not any(key in team.get("/api/v1/keys").text for team in (manager, other))
    for doing in ("rotation", "revocation"):
        hidden = other.post(f"/api/v1/keys/{public}/{doing}", json={})
        absent = other.post(f"/api/v1/keys/nobody00/{doing}", json={})
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert hidden.json()["detail"].replace(public, "nobody00") == absent.json()["detail"]
    for body in ({"role": "operator"}, {"organization": COUR, "role": "editor"}):
        assert other.post("/api/v1/keys", json=body).status_code == 403
    assert site.as_team(COUR).get("/api/v1/keys").status_code == 403
    followed = manager.post(f"/api/v1/keys/{public}/rotation", json={"overlap_days": 3}).json()
    for own in (key, followed["key"]):
        assert site.get("/api/v1/team", headers={"X-API-KEY": own}).json()["role"] == "validator"
    warned = site.get(ENTRY, headers={"X-API-KEY": key})
    ends = parsedate_to_datetime(warned.headers["Key-Expires"])
    assert timedelta(days=2) < ends - Clock().now() <= timedelta(days=3)
    assert "Key-Expires" not in manager.get(ENTRY).headers
    ended = manager.post(f"/api/v1/keys/{public}/revocation", json={})
    assert ended.json()["revoked_at"]
    assert site.get(ENTRY, headers={"X-API-KEY": key}).status_code == 401
    late = manager.post(f"/api/v1/keys/{public}/rotation", json={})
    assert (late.status_code, late.json()["errors"][0]["field"]) == (422, "key")


# Keys that are none.


def forged(site: Site, public: str, chance: random.Random) -> list[dict[str, str]]:
    """Headers with a key that is broken, ended, unknown, or not alone."""

    def letters(count: int) -> str:
        return "".join(chance.choices(LETTERS, k=count))

    database = Database(site.url)
    teams = Teams(database, Clock())
    revoked, _ = teams.make_key(NewKey(), Actor(COUR, "manager"))
    teams.revoke_key(revoked[4:12], CLERK)
    ended, key = make_key(database)
    with database.writing() as connection:
        query = "UPDATE keys SET expires_at = :at WHERE public = :public"
        past = (key.created_at - timedelta(days=1)).replace(tzinfo=None).isoformat(" ")
        connection.execute(text(query), {"at": past, "public": key.public})
    database.close()
    good = site.key()
    unknown = [spell_key(letters(8), letters(43)) for _ in range(40)]
    stolen = [spell_key(public, letters(43)) for _ in range(40)]
    broken = []
    for _ in range(90):
        place = chance.randrange(len(good))
        letter = chance.choice([each for each in LETTERS if each != good[place]])
        broken.append(good[:place] + letter + good[place + 1 :])
    odd = ["", "ouv_", good[:-1], good + "0", good.upper(), "null", "Bearer", "*", "é" * 9]
    keys = [*unknown, *stolen, *broken, *odd, revoked, ended]
    headers = [{chance.choice(("X-API-KEY", "Authorization")): key} for key in keys]
    for row in headers:
        if "Authorization" in row and row["Authorization"].strip():
            row["Authorization"] = f"Bearer {row['Authorization']}"
    schemes = ("Basic", "Token", "bearer bearer", "ouv")
    others = [{"Authorization": f"{scheme} {good}"} for scheme in schemes]
    twice = {"Authorization": f"Bearer {good}", "X-API-KEY": site.key()}
    return [*headers, *others, {"Authorization": good}, twice]


def test_two_hundred_keys_that_are_none_are_refused_at_every_address(site: Site):
    chance = random.Random(13)
    headers = forged(site, site.key()[4:12], chance)
    assert len(headers) >= 180
    asked = [(each.method, each.address()) for each in described.OPERATIONS]
    asked.remove(("get", "/health/live"))
    asked += [("get", "/nowhere"), ("post", "/"), ("get", "/static/style.css"), ("get", "/equipe")]
    chance.shuffle(asked)
    for row, (method, address) in zip(headers, cycle(asked), strict=False):
        encoded = [(name.encode(), value.encode()) for name, value in row.items()]
        answer = site.http.request(method, address, headers=encoded)
        assert answer.status_code == 401, (method, address, row, answer.status_code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_manager_has_no_power_over_an_operator_of_the_same_organisation(site: Site):
    manager, operator = site.as_team(CONSEIL, "manager"), site.as_team(CONSEIL, "operator")
    key = operator.headers["Authorization"].split("_")[1]
    body = {"name": "Exploitant", "role": "operator"}
    member = operator.post("/api/v1/members", json=body).json()["id"]
    for answer in (
        manager.post(f"/api/v1/keys/{key}/rotation", json={}),
        manager.post(f"/api/v1/keys/{key}/revocation", json={}),
        manager.patch(f"/api/v1/members/{member}", json={"role": "editor"}),
        manager.patch(f"/api/v1/members/{member}", json={"removed": True}),
    ):
        assert answer.status_code == 403, answer.text
    assert operator.get("/api/v1/keys").status_code == 200


def test_nobody_accepts_what_the_same_person_has_proposed_with_another_key(site: Site):
    manager = site.as_team(COUR, "manager")
    assert manager.patch("/api/v1/team", json={"four_eyes": True}).is_success
    body = {"name": "Une personne", "role": "validator"}
    member = manager.post("/api/v1/members", json=body).json()["id"]
    keys = [
        manager.post("/api/v1/keys", json={"role": role, "member": member}).json()["key"]
        for role in ("editor", "validator")
    ]
    proposes, accepts = ({"X-API-KEY": key} for key in keys)
    tag = site.get(ENTRY).headers["ETag"]
    waits = site.http.patch(ENTRY, json={"keywords": ["un"]}, headers={**proposes, "If-Match": tag})
    address = f"{PROPOSALS}/{waits.json()['number']}/acceptance"
    assert site.http.post(address, json={}, headers=accepts).status_code == 403
    assert accepted(site.as_team(COUR), waits.json()["number"]).status_code == 200


# The audit.


def test_a_forged_key_writes_in_the_audit_of_nobody(site: Site):
    manager = site.as_team(COUR, "manager")
    forged = spell_key(site.key(COUR)[4:12], "A" * 43)
    before = manager.get("/api/v1/audit").json()
    assert site.http.post("/x", json={}, headers={"X-API-KEY": forged}).status_code == 401
    assert manager.get("/api/v1/audit").json() == before
    manager.post(f"/{'x' * 2_000}", json={})
    assert len(manager.get("/api/v1/audit").json()["data"][0]["target"]) == 300


def test_every_change_that_is_taken_or_refused_is_in_the_audit(site: Site):
    operator, stranger = site.as_team(STEWARD, "operator"), site.as_team(CONSEIL, "editor")
    boss = site.as_team(CONSEIL, "manager")
    for each in described.WRITES:
        for team, manager in ((operator, operator), (stranger, boss)):
            address = described.placed(each, manager)
            headers = described.conditions(each, team)
            body = next(iter(each.bodies().values()))
            answer = team.request(each.method, address, **described.carried(each, body, headers))
            acts = operator.get("/api/v1/audit").json()["data"]
            act = acts[0]
            outcome = "done" if answer.is_success else answer.json()["type"].rpartition("/")[2]
            assert answer.is_success or team is stranger, answer.text
            assert (act["action"], act["outcome"]) == (str(each), outcome)
            assert act["target"] == address.partition("?")[0]
            public = team.headers["Authorization"].split("_")[1]
            assert (act["key"], act["address"]) == (public, "127.0.0.1")
    own = boss.get("/api/v1/audit").json()["data"]
    assert {act["organization"] for act in own} == {CONSEIL}
    before = boss.get(f"/api/v1/audit?before={own[0]['number']}").json()["data"]
    assert before == own[1:100] or before[:98] == own[1:99]
    assert stranger.get("/api/v1/audit").status_code == 403


@pytest.mark.parametrize("path", [ENTRY, "/legal", "/nowhere"])
def test_what_is_tried_where_no_operation_is_is_in_the_audit_by_its_method(site: Site, path: str):
    manager = site.as_team(COUR, "manager")
    assert manager.delete(path).status_code in (404, 405)
    assert manager.get("/api/v1/audit").json()["data"][0]["action"] == "DELETE"


def test_what_is_tried_with_a_key_that_was_revoked_is_known_and_from_where_is_forgotten(site: Site):
    manager, key = site.as_team(COUR, "manager"), site.key(COUR)
    assert manager.post(f"/api/v1/keys/{key[4:12]}/revocation", json={}).is_success
    tried = site.http.patch(ENTRY, json={}, headers={"X-API-KEY": key})
    assert tried.status_code == 401
    act = manager.get("/api/v1/audit").json()["data"][0]
    assert (act["key"], act["outcome"], act["role"]) == (key[4:12], "unauthenticated", "validator")
    database = Database(site.url)
    with database.writing() as connection:
        long_ago = (Clock().now() - timedelta(days=31)).replace(tzinfo=None).isoformat(" ")
        connection.execute(text("UPDATE audit SET at = :at"), {"at": long_ago})
    database.close()
    with serving(site.url) as anew:  # as on another day: once a day it is looked for
        change(anew.as_team(COUR), ENTRY, keywords=["trois"])
        newest, *older = manager.get("/api/v1/audit").json()["data"]
    assert newest["address"] == "127.0.0.1"
    assert {each["address"] for each in older} == {None}
