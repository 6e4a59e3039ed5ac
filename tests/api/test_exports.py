"""Whole lists, taken away over HTTP in every voice, and read back by other implementations."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import frictionless
import pytest
import python_calamine

from app.domain.claims import ANNOUNCED
from app.register import Clock, seed
from app.register.writing import Writing
from app.store.database import Database
from tests.serving import Site, change, serving

LISTS = ("openings", "actions")
PRUDHOMMES = "decisions-conseils-de-prud-hommes"
BOOKS = ("xlsx", "ods")
TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


def lines(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def sheets(body: bytes) -> dict[str, list[list[Any]]]:
    """The cells of a workbook."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def taken(site: Site, address: str, suffix: str, **asked: str) -> list[tuple[Any, ...]]:
    """The id, the state, the last day of the deadline and the slip of each row, in any voice."""
    answer = site.get(f"/{address}.{suffix}", params=asked)
    assert answer.status_code == 200, answer.text
    if suffix == "jsonl":
        told = [json.loads(line) for line in answer.text.splitlines()]
        ends = [one["deadline"] and one["deadline"]["end"] for one in told]
        return [
            (one["id"], one["state"], end, one["slip_days"])
            for one, end in zip(told, ends, strict=True)
        ]
    if suffix == "csv":
        rows: list[dict[str, Any]] = list(lines(answer.text))
    else:
        header, *cells = next(iter(sheets(answer.content).values()))
        rows = [dict(zip(header, row, strict=True)) for row in cells]
    return [
        (
            row["id"],
            row["state"],
            str(row["deadline_end"]) or None,
            None if row["slip_days"] == "" else int(row["slip_days"]),
        )
        for row in rows
    ]


def listed(site: Site, address: str, **asked: str) -> list[tuple[Any, ...]]:
    """The same of the pages of the JSON list."""
    found = []
    query = urlencode({"page_size": "7", **asked})
    following: str | None = f"/api/v1/{address}?{query}"
    while following:
        answer = site.get(following).json()
        found += answer["data"]
        following = answer["next_page"]
    return [
        (one["id"], one["state"], one["deadline"] and one["deadline"]["end"], one["slip_days"])
        for one in found
    ]


ASKED: list[dict[str, str]] = [
    {},
    {"as_of": "2021-10-15"},
    {"as_of": "2025-09-02", "sort": "-slip"},
    {"state": "planned", "sort": "deadline"},
    {"publisher": "ministere-de-la-justice", "sort": "title"},
    {"publisher": "cour-de-cassation", "timeliness": "overdue", "as_of": "2026-10-01"},
    {"due_before": "2022", "sort": "-title"},
    {"as_of": "2021-01-01"},
    {"at": "30"},
]


@pytest.mark.parametrize("address", LISTS)
def test_a_whole_list_is_what_the_pages_of_the_list_are(site: Site, address: str) -> None:
    for asked in ASKED:
        expected = listed(site, address, **asked)
        for suffix in TYPES:
            assert taken(site, address, suffix, **asked) == expected, (suffix, asked)


@pytest.mark.parametrize("suffix", TYPES)
def test_a_whole_list_has_its_type_its_name_and_its_validators(
    seeded_database_url: str, suffix: str
) -> None:
    with serving(seeded_database_url, today=date(2026, 11, 25)) as site:
        answer = site.get(f"/openings.{suffix}")
        assert answer.headers["Content-Type"] == TYPES[suffix]
        name = answer.headers["Content-Disposition"]
        assert name == f'attachment; filename="openings-2026-11-25-p84.{suffix}"'
        past = site.get(f"/actions.{suffix}?as_of=2022-01-01").headers["Content-Disposition"]
        assert past == f'attachment; filename="actions-2022-01-01-p84.{suffix}"'
        held = {"If-None-Match": answer.headers["ETag"]}
        again = site.get(f"/openings.{suffix}", headers=held)
        assert (again.status_code, again.content) == (304, b"")
        head = site.http.head(f"/openings.{suffix}")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["ETag"] == answer.headers["ETag"]


def test_a_line_of_json_is_the_document_and_what_it_holds_for(site: Site) -> None:
    told = [json.loads(line) for line in site.get("/openings.jsonl").text.splitlines()]
    documents = site.get("/api/v1/openings").json()
    assert [one.pop("register") for one in told] == [documents["register"]] * 11
    assert told == documents["data"]


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("query", ["", "?as_of=2021-10-15", "?as_of=2021-01-01"])
def test_a_csv_leads_to_its_schema_and_keeps_to_it(
    site: Site, tmp_path: Path, address: str, query: str
) -> None:
    answer = site.get(f"/{address}.csv{query}")
    link = f'<{site.base}/schemas/{address}.json>; rel="describedby"; type="application/json"'
    assert link in answer.headers["Link"]
    (tmp_path / "list.csv").write_bytes(answer.content)
    schema = frictionless.Schema.from_descriptor(site.get(f"/schemas/{address}.json").json())
    resource = frictionless.Resource(path="list.csv", basepath=str(tmp_path), schema=schema)
    report = resource.validate()
    assert report.flatten(["rowNumber", "fieldName", "type", "note"]) == []
    assert report.errors == []


@pytest.mark.parametrize("query", ["labels=fr", "spreadsheet=1"])
def test_what_is_not_as_the_schema_says_does_not_lead_to_it(site: Site, query: str) -> None:
    assert "/schemas/" not in site.get(f"/openings.csv?{query}").headers.get("Link", "")
    assert "/schemas/" not in site.get("/openings.ods").headers.get("Link", "")


TITLES = ("=1+1", "+33 1 42", "@SUM(A1)", '=HYPERLINK("https://x.example/";"y")', "<r><t>a</t></r>")


@pytest.mark.parametrize("suffix", TYPES)
def test_nothing_internal_is_in_a_whole_list_even_with_a_key(site: Site, suffix: str) -> None:
    team = site.as_team()
    told = change(team, f"/api/v1/openings/{PRUDHOMMES}", budget_status="tenu secret")
    assert told.json()["budget_status"] == "tenu secret"
    hidden: dict[str, Any] = {
        "title": {"fr": "Cachée"},
        "publisher": "cour-de-cassation",
        "deadline": "S2 2027",
    }
    hidden |= {"text": "feuille-de-route-2021", "visibility": "internal"}
    assert team.post("/api/v1/openings", json=hidden).status_code == 201
    rows = taken(site, "openings", suffix)
    assert len(rows) == 11
    body = team.get(f"/openings.{suffix}").content
    if suffix in BOOKS:
        cells = [str(cell) for rows in sheets(body).values() for row in rows for cell in row]
        assert "tenu secret" not in cells
        assert "Cachée" not in cells
    else:
        assert b"tenu secret" not in body
        assert "Cachée".encode() not in body


REFUSED = (
    ("openings.csv?label=fr", "labels"),
    ("openings.csv?labels=de", "labels"),
    ("openings.csv?spreadsheet=2", "spreadsheet"),
    ("openings.csv?spreadsheet=yes", "spreadsheet"),
    ("openings.csv?labels=fr&labels=en", "labels"),
    ("openings.csv?page=2", "page"),
    ("openings.csv?state=dreamt", "state"),
    ("openings.csv?publisher=nobody", "publisher"),
    ("openings.csv?as_of=2999-01-01", "as_of"),
    ("openings.csv?at=999", "at"),
    ("openings.xlsx?spreadsheet=1", "spreadsheet"),
    ("openings.jsonl?labels=fr", "labels"),
    ("actions.csv?type=dataset", "type"),
    ("schemas/openings.json?labels=fr", "labels"),
)


def test_what_a_voice_does_not_take_is_refused_by_name(site: Site) -> None:
    for address, named in REFUSED:
        answer = site.get(f"/{address}")
        assert answer.status_code == 400, address
        assert answer.headers["Content-Type"] == "application/problem+json"
        [fault] = answer.json()["errors"]
        assert named in json.dumps(fault), address


def test_what_no_voice_speaks_is_not_here(site: Site) -> None:
    for address in ("openings.doc", "openings.CSV", "actions.ttl", "schemas/texts.json"):
        assert site.get(f"/{address}").status_code == 404, address


def test_a_list_of_many_pages_is_whole_in_every_voice(seeded_database_url: str) -> None:
    found = seed.read()
    announced = (one for one in found.claims if one.kind == ANNOUNCED)
    first = next(one for one in announced if one.commitment == PRUDHOMMES)
    copies = [replace(first, commitment=f"{PRUDHOMMES}-{number}") for number in range(700)]
    database = Database(seeded_database_url)
    try:
        Writing(database, Clock()).absorb(copies, [], [])
    finally:
        database.close()
    with serving(seeded_database_url) as site:
        total = site.get("/api/v1/openings").json()["total"]
        slugs = {suffix: [row[0] for row in taken(site, "openings", suffix)] for suffix in TYPES}
    for suffix, told in slugs.items():
        assert (len(told), len(set(told))) == (total, total), suffix
        assert told == slugs["csv"]


@pytest.mark.parametrize(("suffix", "packed"), [("csv", "gzip"), ("xlsx", None), ("ods", None)])
def test_what_is_compressed_already_is_not_compressed_again(
    site: Site, suffix: str, packed: str | None
) -> None:
    answer = site.get(f"/openings.{suffix}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers.get("Content-Encoding") == packed


def test_an_empty_register_has_lists_without_rows(database_url: str) -> None:
    with serving(database_url) as site:
        for address in LISTS:
            assert lines(site.get(f"/{address}.csv").text) == []
            assert "section" in site.get("/actions.csv").text
            assert site.get(f"/{address}.jsonl").content == b""
            for suffix in BOOKS:
                first, second = sheets(site.get(f"/{address}.{suffix}").content).values()
                assert len(first) == 1
                assert {row[0]: row[1] for row in second}["rows"] == 0


def test_a_list_that_is_taken_while_others_write_is_of_one_position(
    seeded_database_url: str,
) -> None:
    with serving(seeded_database_url) as site:
        before = site.get("/openings.csv").text
        with site.http.stream("GET", "/openings.csv") as answer:
            team = site.as_team()
            assert change(team, f"/api/v1/openings/{PRUDHOMMES}", title={"fr": "x"}).is_success
            assert answer.read().decode() == before
        assert {row["position"] for row in lines(site.get("/openings.csv").text)} == {"85"}
