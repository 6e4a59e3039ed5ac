"""Keys from the command line: shown once, of use at once, of none as soon as revoked."""

import json
from typing import Any

from tests.cli.terminal import run
from tests.serving import change, serving

PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"
OWN = ("--organization", "cour-de-cassation")


def test_a_key_writes_until_it_is_revoked(seeded_database_url: str) -> None:
    made = run("key", "create", *OWN, "--role", "editor", "--json", url=seeded_database_url)
    key = made.document["key"]
    assert (made.code, made.err) == (0, "")
    assert made.document == {
        "key": key,
        "organization": "cour-de-cassation",
        "role": "editor",
        "expires_at": made.document["expires_at"],
    }
    public = key.split("_")[1]
    with serving(seeded_database_url) as site:
        site.http.headers["Authorization"] = f"Bearer {key}"
        assert change(site.http, PRUDHOMMES, state="partially_available").status_code == 200
        ended = run("key", "revoke", public, url=seeded_database_url)
        assert (ended.code, ended.out) == (0, f"The key {public} no longer opens anything.\n")
        refused = site.http.patch(PRUDHOMMES, json={}, headers={"If-Match": '"v85"'})
        assert refused.status_code == 401
        assert refused.json()["detail"] == "This key has been revoked."
        del site.http.headers["Authorization"]
        events = site.get(f"{PRUDHOMMES}/events").json()["data"]
    assert events[-1]["recorded_by"] == "cour-de-cassation"
    again = run("key", "revoke", public, "--json", url=seeded_database_url)
    assert (again.code, again.document) == (0, {"public": public})


def test_the_list_tells_everything_of_a_key_but_what_opens(seeded_database_url: str) -> None:
    key = run("key", "create", *OWN, "--days", "30", "--json", url=seeded_database_url).document[
        "key"
    ]
    listed = run("key", "list", "--json", url=seeded_database_url)
    words = run("key", "list", url=seeded_database_url)
    _, public, secret, check = key.split("_")
    (row,) = listed.document["keys"]
    assert set(row) == {
        *("public", "organization", "role"),
        *("created_at", "expires_at", "revoked_at", "last_used_on", "member", "label"),
    }
    assert (row["public"], row["organization"], row["role"]) == (public, OWN[1], "editor")
    assert words.out == f"{public}  editor     {OWN[1]:30}  until {row['expires_at'][:10]}\n"
    for hidden in (secret, check, "digest"):
        assert hidden not in listed.out + words.out
    run("key", "revoke", public, url=seeded_database_url)
    assert run("key", "list", url=seeded_database_url).out.endswith("  revoked\n")


def test_in_words_a_key_comes_with_how_to_send_it(seeded_database_url: str) -> None:
    none = run("key", "list", url=seeded_database_url)
    made = run("key", "create", *OWN, url=seeded_database_url)
    key = made.out.splitlines()[0]
    assert none.out == "There is no key yet.\n"
    assert key.startswith("ouv_")
    assert "It is shown once, and ends on " in made.out
    assert made.out.endswith(f"  Authorization: Bearer {key}\n")


def test_what_a_key_is_asked_for_must_be(seeded_database_url: str) -> None:
    refused = run("key", "create", "--organization", "nobody", "--json", url=seeded_database_url)
    assert refused.refusal.startswith("organization: There is no organization “nobody”. Known: ")
    for days in ("0", "367"):
        assert run("key", "create", *OWN, "--days", days, url=seeded_database_url).code == 2
    assert json.loads(run("key", "list", "--json", url=seeded_database_url).out) == {"keys": []}


def test_the_keys_of_a_member_end_with_them(seeded_database_url: str) -> None:
    def ran(*arguments: str) -> Any:
        return run(*arguments, "--json", url=seeded_database_url).document

    person = ("--name", "Jeanne Martin", "--email=jeanne@court.example")
    member = ran("member", "add", *OWN, *person, "--role", "manager")
    made = ran("key", "create", *OWN, "--role", "validator", "--member", member["id"])
    headers = {"X-API-KEY": made["key"]}
    with serving(seeded_database_url) as site:
        assert ran("member", "change", member["id"], "--role", "editor")["role"] == "editor"
        assert site.get("/api/v1/team", headers=headers).json()["role"] == "editor"
        assert ran("member", "change", member["id"], "--remove")["removed_at"]
        assert site.get(PRUDHOMMES, headers=headers).status_code == 401
    (row,) = ran("member", "list")["members"]
    assert (row["name"], row["email"]) == ("Jeanne Martin", "jeanne@court.example")
    gone = run("member", "change", member["id"], "--role", "editor", url=seeded_database_url)
    assert gone.refusal == f"There is no member “{member['id']}” here."
    acts = [act for act in ran("audit")["acts"] if " " in act["action"]]
    assert [act["action"] for act in acts] == [
        *("member change", "member change", "key create", "member add")
    ]
    assert acts[-1]["target"] == f"{' '.join(OWN)} --role manager --json"  # it names nobody
    refused = run("key", "create", *OWN, "--member", "nobody00", url=seeded_database_url)
    assert refused.refusal == "member: There is no member “nobody00”."
