"""The register from the command line: its tables, its seed, its ledger and what is made of it."""

from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.formats.notes import Signer
from app.store.database import Database
from tests.cli.terminal import run
from tests.seeded import FACTS, HEAD, PRUD_HOMMES, place


def spoil(url: str, statement: str) -> None:
    """Change a row behind the register’s back, as whoever owns the database can."""
    with closing(Database(url, owner=True)) as database, database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS events_are_not_updated")
        assert connection.execute(text(statement)).rowcount == 1


def test_an_empty_database_becomes_a_register_and_nothing_again(empty_database_url: str) -> None:
    url = empty_database_url
    assert run("migrate", url=url).out == "The tables are at head.\n"
    assert run("migrate", "--json", url=url).document == {"revision": "head"}
    assert run("seed", url=url).out == f"{HEAD - FACTS} claims were new.\n"
    assert run("seed", "--json", url=url).document == {"new": 0}
    assert run("verify", "--json", url=url).document["head"]["position"] == HEAD
    assert run("seed", "api-gouv-fr", "--json", url=url).document == {"new": 185}
    assert "one of justice-2021, api-gouv-fr" in run("seed", "elsewhere", url=url).err
    assert run("migrate", "--to", "base", url=url).out == "The tables are at base.\n"
    assert "are not those of this version" in run("seed", url=url).refusal
    assert run("migrate", "--to", "0001", "--json", url=url).document == {"revision": "0001"}
    assert "are not those of this version" in run("verify", url=url).refusal
    assert run("migrate", url=url).out == "The tables are at head.\n"
    assert run("verify", "--json", url=url).document["head"]["position"] == 0


def test_a_sound_register_says_so_and_a_head_that_was_kept_is_looked_for(command: Any) -> None:
    words, document = command("verify"), command("verify", "--json").document
    head = f"{HEAD}:{document['head']['hash']}"
    assert document == {"faults": [], "flags": [], "head": document["head"]}
    assert words.code == 0
    assert words.out.splitlines() == [
        f"{HEAD} events, head {head}",
        "The chain holds, and rows agree with it.",
    ]
    assert command("verify", "--head", head).code == 0
    for gone in (f"{HEAD + 1}:{document['head']['hash']}", f"{HEAD}:{'0' * 64}"):
        cut = command("verify", "--head", head, "--head", gone)
        assert (cut.code, cut.out.count("its hash is not the one that was kept")) == (1, 1)
    assert command("verify", "--head", "84:c1e3").code == 2


def test_a_backup_is_one_file_for_its_owner_that_fills_an_empty_register(
    seeded_database_url: str, command: Any, tmp_path: Path
) -> None:
    file, there = tmp_path / "register.backup", f"sqlite:///{tmp_path}/there.db"
    assert command("backup", file).out == f"{file} is written.\n"
    own = seeded_database_url.removeprefix("sqlite:///")
    refused = command("backup", own, "--force").refusal
    assert refused == f"{own} is a file of the register itself: name another."
    assert file.stat().st_mode & 0o077 == 0
    again = command("backup", file).refusal
    assert again == f"{file} is there already: name another, or give --force."
    assert command("backup", file, "--force").code == 0
    head = run("restore", "--json", file, url=there).document
    assert run("verify", "--json", url=there).document == {"faults": [], "flags": [], "head": head}
    assert command("verify", "--json").document["head"] == head
    assert "recorded here already" in run("restore", file, url=there).refusal


def test_a_key_signs_under_the_name_of_the_register() -> None:
    address = "https://register.example/ouvertures"
    made = run("checkpoint-key", "--json", public_url=address).document
    signer = Signer.read(made["secret"])
    assert (signer.name, signer.verifier) == ("register.example/ouvertures", made["verifier"])


def test_rows_that_were_altered_are_named_and_rebuilding_mends_all_but_the_ledger(
    seeded_database_url: str, command: Any
) -> None:
    """Which alterations `verify` finds is in `tests/store/test_altered.py`."""
    flags = command("verify", "--json").document["flags"]
    spoil(seeded_database_url, "UPDATE spans SET rank = 99 WHERE slug = 'justice-2021/A16'")
    words, document = command("verify"), command("verify", "--json")
    assert (words.code, words.err) == (document.code, document.err) == (1, "")
    faults = [fault["where"] for fault in document.document["faults"]]
    assert faults == ["justice-2021/A16", "the ledger"]
    assert all(f"FAULT  {where}: " in words.out for where in faults)
    assert words.out.endswith("\n2 faults.\n")
    assert command("rebuild").out == "45 commitments were derived anew.\n"
    after = command("verify", "--json").document
    assert [fault["where"] for fault in after["faults"]] == ["the ledger"]  # its guard is gone
    assert command("verify").out.endswith("\n1 fault.\n")
    assert (after["flags"], after["head"]) == (flags, document.document["head"])
    assert command("rebuild", "--json").document == {"commitments": 45}


def test_erasing_takes_the_content_and_leaves_the_chain(command: Any) -> None:
    """What then remains of it is in `tests/store/test_ledger.py`."""
    position = place(PRUD_HOMMES, "arrete-2025-08-29")
    done = command("erase", position, "--reason", "Décision du 3 mars 2027")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"The content of position {position}, about {PRUD_HOMMES}, is erased. "
        "It cannot be undone.\n"
    )
    assert command("verify", "--json").document["faults"] == []
    announced = place(PRUD_HOMMES, "feuille-de-route-2021")
    for other, why in (
        (position, f"There is no claim “{position}” here."),
        (999, "There is no claim “999” here."),
        (announced, "Other claims stand on this announcement: judge them first."),
    ):
        assert command("erase", other, "--reason", "x").refusal == why
