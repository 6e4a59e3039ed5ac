"""The official table from the command line: rehearsed, carried out, refused, and seen."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from app.register import seed
from tests.cli.terminal import PATIENCE, ROOT, Ran, environment, run
from tests.formats.files import HEADINGS, as_csv, as_xlsx
from tests.seeded import ANNEXED, HEAD

ANNEX = seed.FOLDER / "annexe-4-openings.csv"
ROWS = ANNEXED
ROADMAP = "feuille-de-route-2021"
CHANGED = [HEADINGS, *ROWS[:5], (*ROWS[5][:3], "T4 2023", "En cours"), *ROWS[6:]]
NEW = ("Une API", "API", "Nouvelle ouverture", "T4 2027", "Planifié")
MOVED = "state planned → in_progress, announced deadline T2 2023 → T4 2023"
WHEN = ("--published-on", "2021-11-02", "--text", ROADMAP)


def take_in(url: str, file: Path, *more: str, when: tuple[str, ...] = WHEN) -> Ran:
    return run("import", file, *when, *more, url=url)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The annex with one row changed, and a new one."""
    file = tmp_path / "table.csv"
    file.write_bytes(as_csv([*CHANGED, NEW]))
    return file


def test_a_table_is_rehearsed_then_carried_out(seeded_database_url: str, table: Path) -> None:
    url = seeded_database_url
    own = ("--organization", "ministere-de-la-justice", "--source", "https://example.org/t")
    rehearsed = take_in(url, table, *own, "--dry-run")
    assert rehearsed.code == 0
    changed, new = rehearsed.out.splitlines()[:2]
    assert changed.split("  ") == ["changed", "7", "decisions-conseils-de-prud-hommes", MOVED]
    assert new.split("  ")[:3] == ["new", "13", "une-api"]
    assert rehearsed.out.endswith("3 claims would be appended.\n")
    assert run("verify", "--json", url=url).document["head"]["position"] == HEAD
    report = take_in(url, table, *own, "--json").document
    assert (report["dry_run"], report["counts"]["claims"]) == (False, 3)
    assert report["source"]["url"] == "https://example.org/t"
    assert take_in(url, table, *own).out.endswith("0 claims were appended.\n")
    sound = run("verify", "--json", url=url).document
    assert (sound["faults"], sound["head"]["position"]) == ([], HEAD + 3)


def test_what_is_found_is_listed_and_nothing_is_done(
    seeded_database_url: str, tmp_path: Path, table: Path
) -> None:
    url = seeded_database_url
    refused = take_in(url, table)
    assert refused.code == 1
    assert refused.err == "Refused: 14 things were found in the table, and nothing was imported.\n"
    assert refused.out.splitlines()[-1].startswith("error  no-organization  13  Données, API")
    ran = take_in(url, table, "--json")
    assert ran.code == 1
    assert [finding["code"] for finding in ran.document["findings"]][-1] == "no-organization"
    file = tmp_path / "broken.xlsx"
    file.write_bytes(as_xlsx(CHANGED)[:-40])
    broken = take_in(url, file)
    assert (broken.code, broken.out.split("  ")[:2]) == (1, ["error", "damaged"])
    assert run("verify", "--json", url=url).document["head"]["position"] == HEAD


def test_what_is_missing_from_the_table_is_listed(seeded_database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(as_csv([HEADINGS, *ROWS[:10]]))
    when = ("--published-on", "2021-09-27", "--text", ROADMAP)
    ran = take_in(seeded_database_url, file, when=when)
    assert ran.out.splitlines()[0].startswith("missing  decisions-cours-d-appel-penal  Décisions")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--published-on", "demain", "--text", ROADMAP), "--published-on"),
        (("--published-on", "2021", "--text", "pas un nom"), "--text"),
        (("--published-on", "2021", "--text", ROADMAP, "--source", "http://"), "--source-url"),
        (("--published-on", "2021"), "--text"),
        ((), "--published-on"),
    ],
)
def test_a_command_line_that_is_wrong_is_told(seeded_database_url, arguments, message) -> None:
    ran = take_in(seeded_database_url, ANNEX, when=arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_file_or_an_organisation_that_is_not_there_is_told(
    seeded_database_url: str, tmp_path: Path
) -> None:
    url = seeded_database_url
    assert take_in(url, tmp_path / "none.csv").code == 2
    assert take_in(url, tmp_path).code == 2
    ran = take_in(url, ANNEX, "--organization", "nobody")
    assert ran.refusal.startswith("organization: There is no organization “nobody”. Known: ")
    future = take_in(url, ANNEX, when=("--published-on", "2099", "--text", ROADMAP))
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
    printed = b""
    while True:
        try:
            some = os.read(ours, 65_536)
        except OSError:
            break
        if not some:
            break
        printed += some
    os.close(ours)
    assert process.wait(PATIENCE) == code, printed
    return printed.decode()


def test_at_a_terminal_a_person_sees_a_bar(seeded_database_url: str, table: Path) -> None:
    own = ("--organization", "ministere-de-la-justice")
    printed = seen(seeded_database_url, "import", table, *WHEN, *own)
    assert "Importing" in printed
    assert "100%" in printed
    assert "3 claims were appended." in printed
