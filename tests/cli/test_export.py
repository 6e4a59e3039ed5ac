"""Whole lists from the command line: what the public sees, to a file or to a program."""

import json
from pathlib import Path

from app.register import seed
from tests.cli.terminal import run
from tests.cli.test_import import seen
from tests.serving import serving

ANNEX = (seed.FOLDER / "annexe-4-openings.csv").read_text()


def test_the_annex_is_written_as_it_was_published(seeded_database_url: str, tmp_path: Path) -> None:
    url, file = seeded_database_url, tmp_path / "annexe-4.csv"
    asked = ("export", "csv", "--as-of", "2021-09-27", "--with", "layout=official")
    ran = run(*asked, "--output", file, url=url)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert file.read_text() == ANNEX
    assert [path.name for path in tmp_path.iterdir() if "annexe" in path.name] == [file.name]
    assert run(*asked, url=url).out == ANNEX


def test_a_list_is_what_the_site_gives(seeded_database_url: str, tmp_path: Path) -> None:
    url = seeded_database_url
    with serving(url) as site:
        base = {"public_url": site.base}
        query = {"publisher": "conseil-d-etat", "at": "60", "sort": "-deadline"}
        served = site.get("/openings.jsonl", params=query)
        actions = site.get("/actions.csv")
    asked = ("--at", "60", "--with", "publisher=conseil-d-etat", "--with", "sort=-deadline")
    ran = run("export", "jsonl", *asked, url=url, **base)
    assert [json.loads(line) for line in ran.out.splitlines()] == [
        json.loads(line) for line in served.text.splitlines()
    ]
    file = tmp_path / "actions.csv"
    assert run("export", "csv", "--actions", "--output", file, url=url, **base).code == 0
    assert file.read_bytes() == actions.content


def test_what_is_asked_wrongly_is_refused(seeded_database_url: str, tmp_path: Path) -> None:
    url = seeded_database_url
    assert run("export", "docx", url=url).code == 2
    near = run("export", "csv", "--with", "publsher=x", url=url)
    assert "Did you mean “publisher”?" in near.refusal
    assert "after today" in run("export", "csv", "--as-of", "2099-01-01", url=url).refusal
    assert "layout" in run("export", "csv", "--actions", "--with", "layout=official", url=url).err
    nowhere = run("export", "csv", "--output", tmp_path / "no" / "file.csv", url=url)
    assert "cannot be written" in nowhere.refusal
    assert list(tmp_path.glob("no*")) == []
    device = tmp_path / "device"
    device.symlink_to("/dev/full")
    assert "No space left" in run("export", "csv", "--output", device, url=url).refusal
    assert device.is_symlink()  # it is written to, and not replaced


def test_a_person_sees_text_and_no_workbook(seeded_database_url: str, tmp_path: Path) -> None:
    url = seeded_database_url
    printed = seen(url, "export", "csv", "--with", "layout=official", "--as-of", "2021-09-27")
    assert "JuriCA" in printed
    assert "--output" in seen(url, "export", "xlsx", code=2)
    assert "Exporting" in seen(url, "export", "xlsx", "--output", tmp_path / "table.xlsx")
