"""The register from the command line: its tables, its seed, its ledger and what is made of it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from app.formats.notes import Signer
from app.store.database import Database
from tests.cli.terminal import run
from tests.seeded import FACTS, HEAD, place

PRUDHOMMES = "decisions-conseils-de-prud-hommes"
LAST_MOVE = "arrete-2025-08-29"


def spoil(url: str, statement: str) -> None:
    """Change a row behind the register’s back, as whoever owns the database can."""
    database = Database(url, owner=True)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_are_not_updated")
        assert connection.execute(text(statement)).rowcount == 1
    database.close()


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


def test_a_head_that_was_kept_is_looked_for(seeded_database_url: str) -> None:
    last = run("verify", "--json", url=seeded_database_url).document["head"]
    kept = f"{last['position']}:{last['hash']}"
    assert run("verify", "--head", kept, url=seeded_database_url).code == 0
    for gone in (f"{HEAD + 1}:{last['hash']}", f"{HEAD}:{'0' * 64}"):
        answer = run("verify", "--head", kept, "--head", gone, url=seeded_database_url)
        assert answer.code == 1
        assert "its hash is not the one that was kept" in answer.out
    assert run("verify", "--head", "84:c1e3", url=seeded_database_url).code == 2


def test_a_backup_is_one_file_for_its_owner_that_fills_an_empty_register(
    seeded_database_url: str, tmp_path: Path
) -> None:
    file, there = tmp_path / "register.backup", f"sqlite:///{tmp_path}/there.db"
    assert run("backup", file, url=seeded_database_url).out == f"{file} is written.\n"
    if seeded_database_url.startswith("sqlite"):
        own = seeded_database_url.removeprefix("sqlite:///")
        refused = run("backup", own, "--force", url=seeded_database_url).refusal
        assert refused == f"{own} is a file of the register itself: name another."
    assert file.stat().st_mode & 0o077 == 0
    again = run("backup", file, url=seeded_database_url)
    assert again.refusal == f"{file} is there already: name another, or give --force."
    assert run("backup", file, "--force", url=seeded_database_url).code == 0
    head = run("restore", "--json", file, url=there).document
    assert run("verify", "--json", url=there).document == {"faults": [], "flags": [], "head": head}
    assert run("verify", "--json", url=seeded_database_url).document["head"] == head
    assert "recorded here already" in run("restore", file, url=there).refusal


def test_a_key_signs_under_the_name_of_the_register() -> None:
    made = run(
        "checkpoint-key", "--json", public_url="https://register.example/ouvertures"
    ).document
    signer = Signer.read(made["secret"])
    assert (signer.name, signer.verifier) == ("register.example/ouvertures", made["verifier"])


def test_a_sound_register_says_so(seeded_database_url: str) -> None:
    words = run("verify", url=seeded_database_url)
    report = run("verify", "--json", url=seeded_database_url).document
    assert report == {"faults": [], "flags": [], "head": report["head"]}
    assert words.code == 0
    assert words.out.splitlines() == [
        f"{HEAD} events, head {HEAD}:{report['head']['hash']}",
        "The chain holds, and rows agree with it.",
    ]


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        (
            "UPDATE events SET content = replace(content, '2021', '2022') WHERE position = 5",
            "position 5",
        ),
        (f"UPDATE events SET visibility = 'internal' WHERE position = {HEAD}", f"position {HEAD}"),
        (
            "UPDATE spans SET state = 'available' WHERE slug = 'justice-2021/A16'",
            "justice-2021/A16",
        ),
    ],
    ids=["content", "column", "derived"],
)
def test_a_row_that_was_altered_is_named(seeded_database_url: str, statement, where) -> None:
    spoil(seeded_database_url, statement)
    words = run("verify", url=seeded_database_url)
    verified = run("verify", "--json", url=seeded_database_url)
    assert (words.code, words.err) == (verified.code, verified.err) == (1, "")
    assert where in {fault["where"] for fault in verified.document["faults"]}
    assert f"FAULT  {where}: " in words.out
    count = len(verified.document["faults"])
    assert words.out.endswith("\n1 fault.\n" if count == 1 else f"\n{count} faults.\n")


def test_rebuilding_mends_rows_and_never_the_ledger(seeded_database_url: str) -> None:
    url = seeded_database_url
    before = run("verify", "--json", url=url).document
    spoil(url, "UPDATE spans SET rank = 99 WHERE slug = 'justice-2021/A16'")
    assert run("verify", url=url).code == 1
    assert run("rebuild", url=url).out == "45 commitments were derived anew.\n"
    after = run("verify", "--json", url=url).document
    assert [fault["where"] for fault in after.pop("faults")] == ["the ledger"]  # its guard is gone
    assert after == {"flags": before["flags"], "head": before["head"]}
    assert run("rebuild", "--json", url=url).document == {"commitments": 45}


def test_erasing_takes_the_content_and_leaves_the_chain(seeded_database_url: str) -> None:
    """What then remains of it is in `tests/store/test_ledger.py`."""
    url, position = seeded_database_url, place(PRUDHOMMES, LAST_MOVE)
    done = run("erase", position, "--reason", "Décision du 3 mars 2027", url=url)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"The content of position {position}, about {PRUDHOMMES}, is erased. It cannot be undone.\n"
    )
    assert run("verify", "--json", url=url).document["faults"] == []
    for other, why in (
        (position, f"There is no claim “{position}” here."),
        (999, "There is no claim “999” here."),
        (
            place(PRUDHOMMES, "feuille-de-route-2021"),
            "Other claims stand on this announcement: judge them first.",
        ),
    ):
        assert run("erase", other, "--reason", "x", url=url).refusal == why
