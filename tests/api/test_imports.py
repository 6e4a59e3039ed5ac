"""The official table handed in over HTTP: rehearsed, carried out, refused; in every format."""

import asyncio
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.members import MEDIA_TYPES
from app.domain.comparison import CODES, ERROR
from app.register import seed
from tests.formats.files import FORMATS, HEADINGS, as_csv
from tests.seeded import ANNEXED, HEAD, PRUD_HOMMES
from tests.serving import Site

ADDRESS = "/api/v1/imports"
ROADMAP = "feuille-de-route-2021"
ANNEX = (seed.FOLDER / "annexe-4-openings.csv").read_bytes()
ROWS = ANNEXED
STEWARD = "ministere-de-la-justice"


def hand_in(
    client: httpx.Client,
    body: Any,
    published_on: str = "2021-11-02",
    kind: str = "csv",
    headers: Any = None,
    **asked: Any,
) -> httpx.Response:
    params = {"published_on": published_on, "text": ROADMAP, **asked}
    headers = {"Content-Type": MEDIA_TYPES[kind], **(headers or {})}
    params = {name: value for name, value in params.items() if value}
    return client.post(ADDRESS, content=body, params=params, headers=headers)


def altered(place: int, **cells: str) -> list[tuple[str, ...]]:
    """The annex with other cells in one of its rows."""
    names = ("title", "type", "announcement", "deadline", "state")
    row = tuple(cells.get(name, cell) for name, cell in zip(names, ROWS[place], strict=True))
    return [HEADINGS, *ROWS[:place], row, *ROWS[place + 1 :]]


def codes(answer: httpx.Response) -> list[tuple[str, int | None]]:
    return [(row["code"], row["row"]) for row in answer.json()["findings"]]


def head(site: Site) -> int:
    return int(site.get("/health/ready").json()["position"])


def test_a_table_is_rehearsed_then_carried_out_then_held(site: Site):
    """Every format is read in `tests/formats/test_official.py`; this one is no text."""
    team, kind = site.as_team(STEWARD), "xlsx"
    rows = altered(5, deadline="T4 2023", state="En cours d’ouverture")
    rows.append(("Une nouvelle API", "API", "Poursuite d'une ouverture", "NA", "Planifié"))
    body = FORMATS[kind](rows)
    rehearsed = hand_in(team, body, kind=kind, dry_run=True, source_url="https://example.org/")
    assert (rehearsed.status_code, head(site)) == (200, HEAD)
    done = hand_in(team, body, kind=kind, source_url="https://example.org/")
    assert (done.status_code, head(site)) == (201, HEAD + 3)
    for name in ("rows", "counts", "findings", "missing", "file", "source"):
        assert rehearsed.json()[name] == done.json()[name], name
    assert (rehearsed.json()["dry_run"], done.json()["dry_run"]) == (True, False)
    changed, new = (done.json()["rows"][place] for place in (5, 11))
    assert (changed["outcome"], changed["row"]) == ("changed", 7)
    assert (changed["before"]["state"], changed["after"]["state"]) == ("planned", "in_progress")
    assert (new["outcome"], new["id"], new["before"]) == ("new", "une-nouvelle-api", None)
    again = hand_in(team, body, kind=kind, source_url="https://example.org/")
    assert (again.status_code, again.json()["counts"]["claims"], head(site)) == (200, 0, HEAD + 3)
    last = site.get(f"/api/v1/openings/{PRUD_HOMMES}/events").json()["data"][-1]
    assert last["source"]["url"] == "https://example.org/"
    assert (last["decided_on"], last["recorded_by"]) == ("../2021-11-02", STEWARD)


def test_a_table_may_bring_its_own_text(site: Site):
    team = site.as_team(STEWARD)
    body = as_csv(altered(5, deadline="T4 2023"))
    unknown = hand_in(team, body, text="feuille-de-route-2022")
    assert unknown.status_code == 400
    assert "Did you mean “feuille-de-route-2021”?" in unknown.json()["errors"][0]["message"]
    title: Any = {"text": "feuille-de-route-2022", "text_title": "Feuille de route 2022"}
    assert hand_in(team, body, dry_run=True, **title).status_code == 200
    assert "feuille-de-route-2022" not in site.get("/api/v1/texts").text
    assert hand_in(team, body, **title).status_code == 201
    texts = {row["id"]: row for row in site.get("/api/v1/texts").json()["data"]}
    assert texts["feuille-de-route-2022"]["published_on"] == "2021-11-02"
    assert hand_in(team, body, "2022-01-02", **title).status_code == 200
    other = hand_in(team, body, **{**title, "text_title": "Autre"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (400, "text_title")


def test_all_findings_are_answered_at_once_and_nothing_is_written(site: Site):
    rows: list[tuple[str, ...]] = [
        HEADINGS,
        ("", *ROWS[0][1:]),
        (ROWS[1][0], "Donées", *ROWS[1][2:4], "Planfié"),
        (*ROWS[2][:3], "bientôt", ROWS[2][4]),
        (*ROWS[3][:4], "Ouverture demandée"),
        ("Une nouvelle API", "API", "Nouvelle ouverture", "T4 2027", "Planifié"),
    ]
    answer = hand_in(site.as_team(STEWARD), as_csv(rows), "2023-01-01")
    report = answer.json()
    assert (answer.status_code, head(site)) == (422, HEAD)
    assert report["type"].endswith("/problems/import-refused")
    assert codes(answer) == [
        ("empty-cell", 2),
        ("unknown-type", 3),
        ("unknown-state", 3),
        ("unknown-period", 4),
        ("refused", 5),
    ]
    assert report["detail"] == "5 things were found in the table, and nothing was imported."
    assert {row["severity"] for row in report["findings"]} == {"error"}
    rehearsed = hand_in(site.as_team(STEWARD), as_csv(rows), "2023-01-01", dry_run=True)
    assert (rehearsed.status_code, codes(rehearsed)) == (422, codes(answer))


# Rights


def test_a_team_imports_its_own_entries_and_no_others(site: Site):
    court, council = site.as_team("cour-de-cassation"), site.as_team("conseil-d-etat")
    body = as_csv(altered(5, deadline="T4 2023"))
    refused = hand_in(council, body)
    assert (refused.status_code, head(site)) == (422, HEAD)
    assert ("not-yours", 7) in codes(refused)
    assert hand_in(council, ANNEX, "2021-09-27").status_code == 200
    assert hand_in(court, body).status_code == 201
    assert hand_in(site.http, body).status_code == 401
    missing = hand_in(council, as_csv([HEADINGS]), "2021-09-27").json()["missing"]
    assert len(missing) == 3


def test_an_internal_entry_of_others_is_not_seen_through_an_import(site: Site):
    court, council = site.as_team("cour-de-cassation"), site.as_team("conseil-d-etat")
    hidden = {"title": {"fr": "Secret"}, "publisher": "cour-de-cassation", "reason": "x"}
    made = court.post("/api/v1/openings", json={**hidden, "visibility": "internal"})
    assert made.status_code == 201
    body = as_csv([HEADINGS, ("Secret", "Données", "", "T4 2027", "Planifié")])
    report = hand_in(council, body).json()
    assert report["rows"][0]["outcome"] == "new"
    assert report["rows"][0]["id"] == "secret-2"
    own = hand_in(court, body, "2026-11-25", dry_run=True).json()
    assert own["rows"][0]["id"] in ("secret", "secret-2")


def test_two_imports_at_once_are_one(site: Site):
    body = as_csv(altered(5, deadline="T4 2023", state="En cours"))
    clients = [site.as_team(STEWARD) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda client: hand_in(client, body), clients))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert head(site) == HEAD + 2


# The gate and the address


def test_files_are_taken_there_only_and_up_to_five_mebibytes(site: Site):
    team = site.as_team(STEWARD)
    large = ANNEX + b"\n" * (5 * 2**20 - len(ANNEX))
    assert hand_in(team, large, "2021-09-27").status_code in (200, 422)
    assert hand_in(team, large + b"\n", "2021-09-27").status_code == 413

    def parts():
        for _ in range(6):
            yield b"x" * 2**20

    assert hand_in(team, parts(), "2021-09-27").status_code == 413
    refused = team.post(ADDRESS, json={})
    assert (refused.status_code, "text/csv" in refused.json()["detail"]) == (415, True)
    elsewhere = team.post("/api/v1/openings", content=ANNEX, headers={"Content-Type": "text/csv"})
    assert elsewhere.status_code == 415
    assert team.get(ADDRESS).status_code == 405


@pytest.mark.parametrize(
    "sent_as",
    ["application/vnd.ms-excel", "application/octet-stream", 'text/csv; charset="ISO-8859-15"'],
)
def test_a_file_is_taken_for_what_it_is_whatever_windows_calls_it(site: Site, sent_as: str):
    team, types = site.as_team(STEWARD), {"Content-Type": sent_as}
    half = ("Décisions, ½uvre", "API", "Nouvelle ouverture", "T4 2027", "Planifié")
    body = as_csv([HEADINGS, half], encoding="latin-1")
    report = hand_in(team, body, headers=types, dry_run=True).json()
    title = report["rows"][0]["title"]
    declared = "charset" in sent_as
    assert title == ("Décisions, œuvre" if declared else "Décisions, ½uvre")
    assert report["file"]["encoding"] == ("iso-8859-15" if declared else "windows-1252")
    guessed = [code for code, _ in codes(hand_in(team, body, headers=types, dry_run=True))]
    assert ("read-as-windows-1252" in guessed) != declared
    refused = hand_in(team, body, headers={"Content-Type": "text/csv; charset=utf-8"})
    assert codes(refused) == [("wrong-charset", None)]


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({"published_on": "", "text": ""}, {"published_on", "text"}),
        ({"published_on": "demain"}, {"published_on"}),
        ({"published_on": "2099-01-01"}, {"published_on"}),
        ({"dry_run": "perhaps"}, {"dry_run"}),
        ({"text": "../x"}, {"text"}),
        ({"text": ["a", "b"]}, {"text"}),
    ],
)
def test_every_fault_of_the_address_is_named(site: Site, asked: Any, fields: set[str]):
    answer = hand_in(site.as_team(STEWARD), ANNEX, **{"published_on": "2021-09-27", **asked})
    assert answer.status_code == (422 if "2099-01-01" in asked.values() else 400)
    assert {row["field"] for row in answer.json()["errors"]} == fields


def test_every_code_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "imports.md").read_text()
    errors, _, warnings = page.partition("### Errors")[2].partition("### Warnings")
    for code, (severity, _) in CODES.items():
        assert f"`{code}`" in (errors if severity == ERROR else warnings), code


# Saying again


def test_what_was_entered_with_a_wrong_day_is_named_and_corrected_by_an_import(site: Site):
    team = site.as_team(STEWARD)
    body = as_csv([HEADINGS, altered(5, deadline="T4 2023", state="En cours")[6]])
    assert hand_in(team, body, "2021-11-02").json()["counts"]["claims"] == 2
    again = hand_in(team, body, "2021-11-20")
    assert (again.status_code, head(site)) == (200, HEAD + 2)
    assert codes(again) == [("restates", 2)] * 2
    assert f"position {HEAD + 1} " in again.json()["findings"][0]["message"]
    french = hand_in(team, body, "2021-11-20", headers={"Accept-Language": "fr"}).json()
    assert f"n°\u00a0{HEAD + 1} " in french["findings"][0]["message"]
    rehearsed = hand_in(team, body, "2021-11-20", correct=True, dry_run=True)
    assert (rehearsed.json()["counts"]["claims"], head(site)) == (4, HEAD + 2)
    done = hand_in(team, body, "2021-11-20", correct=True, source_url="https://example.org/")
    assert (done.status_code, head(site)) == (201, HEAD + 6)
    ledger = site.get(f"/api/v1/openings/{PRUD_HOMMES}/events?page_size=500").json()["data"]
    standing = {row["position"]: row["standing"] for row in ledger if row["position"] > HEAD}
    assert [standing[HEAD + place] for place in (1, 2)] == ["retracted"] * 2
    last = ledger[-1]
    assert (last["published_on"], last["decided_on"]) == ("2021-11-20", "../2021-11-20")
    before = site.get(f"/api/v1/openings/{PRUD_HOMMES}?as_of=2021-11-19").json()
    after = site.get(f"/api/v1/openings/{PRUD_HOMMES}?as_of=2021-11-20").json()
    assert (before["state"], after["state"]) == ("planned", "in_progress")
    editor = site.as_team(STEWARD, "editor")
    assert hand_in(editor, body, "2021-11-20", correct=True).status_code == 403
    assert hand_in(team, body, "2021-11-20", correct=True).status_code == 200
    others = hand_in(site.as_team("conseil-d-etat"), body, "2021-11-29", correct=True)
    assert (others.status_code, codes(others)) == (200, [])


# Long tables


def test_a_long_table_is_rehearsed_in_a_process_of_its_own_with_the_same_report(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    team = site.as_team(STEWARD)
    same = ("Données", "Nouvelle ouverture", "T4 2027", "Planifié")
    rows = [(f"Barème {number} des décisions", *same) for number in range(40)]
    body = as_csv([HEADINGS, *rows])
    french = {"Accept-Language": "fr"}
    here = hand_in(team, body, dry_run=True, headers=french)
    broken = as_csv([HEADINGS, *rows, ("Autre", *same[:2], "bientôt", "x\u202e")])
    refused = hand_in(team, broken, dry_run=True, headers=french)
    monkeypatch.setattr("app.register.importing.LONG", 0)
    early = hand_in(team, body, "2099-01-01", dry_run=True)
    assert (early.status_code, early.json()["errors"][0]["field"]) == (422, "published_on")

    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    elsewhere = hand_in(team, body, dry_run=True, headers=french)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > before
    assert (elsewhere.status_code, elsewhere.content) == (here.status_code, here.content)
    assert elsewhere.headers["content-language"] == "fr"
    again = hand_in(team, broken, dry_run=True, headers=french)
    assert (again.status_code, again.json()["findings"]) == (422, refused.json()["findings"])
    assert head(site) == HEAD


def test_who_asks_while_the_server_ends_may_ask_again(site: Site, monkeypatch: Any):
    async def ended(*_: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr("app.api.deps.at_the_desk", ended)
    answer = hand_in(site.as_team(STEWARD), ANNEX, dry_run=True)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "ending" in answer.json()["detail"]


def test_a_process_that_rehearses_ends_with_the_one_that_started_it():
    program = "from app.register.importing import _leave_with; _leave_with(-1)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 1
