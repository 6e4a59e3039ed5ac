"""The official table from the command line: rehearsed, carried out, refused, and seen."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.register import seed
from tests.cli.terminal import PATIENCE, ROOT, environment
from tests.formats.files import HEADINGS, as_csv, as_xlsx
from tests.seeded import ANNEXED as ROWS
from tests.seeded import HEAD, PRUD_HOMMES

ANNEX = seed.FOLDER / "annexe-4-openings.csv"
ROADMAP = "feuille-de-route-2021"
CHANGED = [HEADINGS, *ROWS[:5], (*ROWS[5][:3], "T4 2023", "En cours"), *ROWS[6:]]
NEW = ("Une API", "API", "Nouvelle ouverture", "T4 2027", "Planifié")
MOVED = "state planned → in_progress, announced deadline T2 2023 → T4 2023"
WHEN = ("--published-on", "2021-11-02", "--text", ROADMAP)
OWN = ("--organization", "ministere-de-la-justice", "--source", "https://example.org/t")


def place(command: Any) -> int:
    """How many events there are in a register that is sound."""
    sound = command("verify", "--json").document
    assert sound["faults"] == []
    return int(sound["head"]["position"])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The annex with one row changed, and a new one."""
    file = tmp_path / "table.csv"
    file.write_bytes(as_csv([*CHANGED, NEW]))
    return file


def test_a_table_is_rehearsed_then_carried_out(command: Any, table: Path) -> None:
    rehearsed = command("import", table, *WHEN, *OWN, "--dry-run")
    assert rehearsed.code == 0
    changed, new = rehearsed.out.splitlines()[:2]
    assert changed.split("  ") == ["changed", "7", PRUD_HOMMES, MOVED]
    assert new.split("  ")[:3] == ["new", "13", "une-api"]
    assert rehearsed.out.endswith("3 claims would be appended.\n")
    assert place(command) == HEAD
    report = command("import", table, *WHEN, *OWN, "--json").document
    assert (report["dry_run"], report["counts"]["claims"]) == (False, 3)
    assert report["source"]["url"] == "https://example.org/t"
    again = command("import", table, *WHEN, *OWN)
    assert again.out.endswith("0 claims were appended.\n")
    assert place(command) == HEAD + 3


def test_what_is_found_is_listed_and_nothing_is_done(
    command: Any, tmp_path: Path, table: Path
) -> None:
    refused = command("import", table, *WHEN)
    assert refused.code == 1
    assert refused.err == "Refused: 14 things were found in the table, and nothing was imported.\n"
    assert refused.out.splitlines()[-1].startswith("error  no-organization  13  Données, API")
    refused = command("import", table, *WHEN, "--json")
    assert refused.code == 1
    assert refused.document["findings"][-1]["code"] == "no-organization"
    file = tmp_path / "broken.xlsx"
    file.write_bytes(as_xlsx(CHANGED)[:-40])
    broken = command("import", file, *WHEN)
    assert (broken.code, broken.out.split("  ")[:2]) == (1, ["error", "damaged"])
    file.write_bytes(as_csv([HEADINGS, *ROWS[:10]]))
    missing = command("import", file, "--published-on", "2021-09-27", "--text", ROADMAP)
    assert missing.out.startswith("missing  decisions-cours-d-appel-penal  Décisions")
    assert place(command) == HEAD


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--published-on", "demain", "--text", ROADMAP), "--published-on"),
        (("--published-on", "2021", "--text", "pas un nom"), "--text"),
        (("--published-on", "2021", "--text", ROADMAP, "--source", "http://"), "--source-url"),
        (("--published-on", "2021"), "--text"),
        ((), "--published-on"),
    ],
)
def test_a_command_line_that_is_wrong_is_told(command, arguments, option) -> None:
    wrong = command("import", ANNEX, *arguments)
    assert (wrong.code, wrong.out) == (2, "")
    assert option in wrong.err


def test_a_file_or_an_organisation_that_is_not_there_is_told(command: Any, tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        assert command("import", path, *WHEN).code == 2
    refused = command("import", ANNEX, *WHEN, "--organization", "nobody").refusal
    assert refused.startswith("organization: There is no organization “nobody”. Known: ")
    future = command("import", ANNEX, "--published-on", "2099", "--text", ROADMAP)
    assert future.code == 1


def seen(url: str, *arguments: object, code: int = 0) -> str:
    """What a person sees at a terminal of 200 columns."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    shown = {**environment(url, {}), "COLUMNS": "200", "TERM": "xterm"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=shown, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            some = os.read(ours, 65_536)
        except OSError:  # so a terminal ends on Linux
            break
        if not some:
            break
        written += some
    os.close(ours)
    assert process.wait(PATIENCE) == code, written
    return written.decode()


def test_at_a_terminal_a_person_sees_a_bar(seeded_database_url: str, table: Path) -> None:
    written = seen(seeded_database_url, "import", table, *WHEN, *OWN)
    for words in ("Importing", "100%", "3 claims were appended."):
        assert words in written
