"""Keys from the command line: shown once, of use at once, of none as soon as revoked."""

from typing import Any

from tests.seeded import ENTRY
from tests.serving import client, serving

OWN = ("--organization", "cour-de-cassation")


def test_a_key_is_shown_once_and_listed_without_what_opens_until_it_is_revoked(
    command: Any,
) -> None:
    assert command("key", "list").out == "There is no key yet.\n"
    made = command("key", "create", *OWN, "--days", "30", "--label", "tableur", "--json").document
    assert made.keys() == {"key", "organization", "role", "expires_at"}
    assert (made["organization"], made["role"]) == (OWN[1], "editor")
    _, public, secret, check = made["key"].split("_")
    listed, words = command("key", "list", "--json"), command("key", "list")
    (row,) = listed.document["keys"]
    assert row.keys() == {
        *("public", "organization", "role", "created_at", "expires_at", "revoked_at"),
        *("last_used_on", "member", "label"),
    }
    day = row["expires_at"][:10]
    assert words.out == f"{public}  editor     {OWN[1]:30}  until {day}  tableur\n"
    for hidden in (secret, check, "digest"):
        assert hidden not in listed.out + words.out
    ended = command("key", "revoke", public)
    assert (ended.code, ended.out) == (0, f"The key {public} no longer opens anything.\n")
    assert command("key", "revoke", public, "--json").document == {"public": public}
    assert command("key", "list").out.endswith("  revoked  tableur\n")


def test_in_words_a_key_comes_with_how_to_send_it(command: Any) -> None:
    made = command("key", "create", *OWN)
    key = made.out.splitlines()[0]
    assert key.startswith("ouv_")
    assert "It is shown once, and ends on " in made.out
    assert made.out.endswith(f"  Authorization: Bearer {key}\n")


def test_what_a_key_is_asked_for_must_be(command: Any) -> None:
    refused = command("key", "create", "--organization", "nobody", "--json")
    assert refused.refusal.startswith("organization: There is no organization “nobody”. Known: ")
    refused = command("key", "create", *OWN, "--member", "nobody00")
    assert refused.refusal == "member: There is no member “nobody00”."
    for days in ("0", "367"):
        assert command("key", "create", *OWN, "--days", days).code == 2
    assert command("key", "list", "--json").document == {"keys": []}


def test_the_keys_of_a_member_end_with_them(seeded_database_url: str, command: Any) -> None:
    def ran(*arguments: str) -> Any:
        return command(*arguments, "--json").document

    person = ("--name", "Jeanne Martin", "--email=jeanne@court.example")
    member = ran("member", "add", *OWN, *person, "--role", "manager")["id"]
    made = ran("key", "create", *OWN, "--role", "validator", "--member", member)
    with serving(seeded_database_url) as site, client(site.base, made["key"]) as jeanne:
        assert ran("member", "change", member, "--role", "editor")["role"] == "editor"
        assert jeanne.get("/api/v1/team").json()["role"] == "editor"
        assert ran("member", "change", member, "--remove")["removed_at"]
        assert jeanne.get(ENTRY).status_code == 401
    (row,) = ran("member", "list")["members"]
    assert (row["name"], row["email"]) == ("Jeanne Martin", "jeanne@court.example")
    gone = command("member", "change", member, "--role", "editor")
    assert gone.refusal == f"There is no member “{member}” here."
    acts = [act for act in ran("audit")["acts"] if " " in act["action"]]
    assert [act["action"] for act in acts] == [
        *("member change", "member change", "key create", "member add")
    ]
    assert acts[-1]["target"] == f"{' '.join(OWN)} --role manager --json"  # it names nobody
