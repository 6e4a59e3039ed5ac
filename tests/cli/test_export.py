"""Whole lists from the command line: what the public sees, to a file or to a program."""

from pathlib import Path
from typing import Any

from app.register import seed
from tests.cli.test_import import seen
from tests.serving import serving

ANNEX = (seed.FOLDER / "annexe-4-openings.csv").read_text()
AS_PUBLISHED = ("export", "csv", "--as-of", "2021-09-27", "--with", "layout=official")


def test_the_annex_is_written_as_it_was_published(command: Any, tmp_path: Path) -> None:
    file = tmp_path / "annexe-4.csv"
    written = command(*AS_PUBLISHED, "--output", file)
    assert (written.code, written.out, written.err) == (0, "", "")
    assert file.read_text() == ANNEX == command(*AS_PUBLISHED).out
    assert [path.name for path in tmp_path.iterdir() if "annexe" in path.name] == [file.name]


def test_a_list_is_what_the_site_gives(
    seeded_database_url: str, command: Any, tmp_path: Path
) -> None:
    with serving(seeded_database_url) as site:
        query = {"publisher": "conseil-d-etat", "at": "60", "sort": "-deadline"}
        served = site.get("/openings.jsonl", params=query).text
        actions = site.get("/actions.csv").content
    asked = ("--at", "60", "--with", "publisher=conseil-d-etat", "--with", "sort=-deadline")
    assert command("export", "jsonl", *asked, public_url=site.base).out == served
    file = tmp_path / "actions.csv"
    wanted = ("export", "csv", "--actions", "--output", file)
    assert command(*wanted, public_url=site.base).code == 0
    assert file.read_bytes() == actions


def test_what_is_asked_wrongly_is_refused(command: Any, tmp_path: Path) -> None:
    assert command("export", "docx").code == 2
    assert "Did you mean “publisher”?" in command("export", "csv", "--with", "publsher=x").refusal
    assert "after today" in command("export", "csv", "--as-of", "2099-01-01").refusal
    assert "layout" in command("export", "csv", "--actions", "--with", "layout=official").err
    nowhere = command("export", "csv", "--output", tmp_path / "no" / "file.csv")
    assert "cannot be written" in nowhere.refusal
    assert list(tmp_path.glob("no*")) == []
    device = tmp_path / "device"
    device.symlink_to("/dev/full")
    assert "No space left" in command("export", "csv", "--output", device).refusal
    assert device.is_symlink()  # it is written to, and not replaced


def test_a_person_sees_text_and_no_workbook(seeded_database_url: str, tmp_path: Path) -> None:
    assert "JuriCA" in seen(seeded_database_url, *AS_PUBLISHED)
    assert "--output" in seen(seeded_database_url, "export", "xlsx", code=2)
    file = tmp_path / "table.xlsx"
    assert "Exporting" in seen(seeded_database_url, "export", "xlsx", "--output", file)
