"""Whole lists, taken away over HTTP in every format, and read back by other implementations."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import frictionless
import pytest
import python_calamine

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
    """The id, the state, the last day of the deadline and the slip of each row, in any format."""
    answer = site.get(f"/{address}.{suffix}", params=asked)
    assert answer.status_code == 200, answer.text
    if suffix == "jsonl":
        return [summary(json.loads(line)) for line in answer.text.splitlines()]
    if suffix == "csv":
        rows: list[dict[str, Any]] = list(lines(answer.text))
    else:
        header, *cells = next(iter(sheets(answer.content).values()))
        rows = [dict(zip(header, row, strict=True)) for row in cells]
    slips = (row["slip_days"] for row in rows)
    return [
        (
            row["id"],
            row["state"],
            str(row["deadline_end"]) or None,
            None if slip == "" else int(slip),
        )
        for row, slip in zip(rows, slips, strict=True)
    ]


def summary(document: dict[str, Any]) -> tuple[Any, ...]:
    """The same of a document."""
    end = document["deadline"] and document["deadline"]["end"]
    return document["id"], document["state"], end, document["slip_days"]


def listed(site: Site, address: str, **asked: str) -> list[tuple[Any, ...]]:
    """The same of the pages of the JSON list."""
    rows = []
    following: str | None = f"/api/v1/{address}?{urlencode({'page_size': '7', **asked})}"
    while following:
        page = site.get(following).json()
        rows += page["data"]
        following = page["next_page"]
    return [summary(row) for row in rows]


ASKED: list[dict[str, str]] = [
    {},
    {"as_of": "2025-09-02", "sort": "-slip"},
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


def test_a_whole_list_has_its_type_its_name_and_its_validators(seeded_database_url: str) -> None:
    with serving(seeded_database_url, today=date(2026, 11, 25)) as site:
        for suffix, media_type in TYPES.items():
            answer = site.get(f"/openings.{suffix}", headers={"Accept-Encoding": "gzip"})
            assert answer.headers["Content-Type"] == media_type
            # What is compressed already is not compressed again.
            packed = answer.headers.get("Content-Encoding")
            assert packed == (None if suffix in BOOKS else "gzip")
            for address, file in (
                (f"/openings.{suffix}", f"openings-2026-11-25-p84.{suffix}"),
                (f"/actions.{suffix}?as_of=2022-01-01", f"actions-2022-01-01-p84.{suffix}"),
            ):
                head = site.http.head(address)
                assert (head.status_code, head.content) == (200, b"")
                name = head.headers["Content-Disposition"]
                assert name == f'attachment; filename="{file}"'
                again = site.get(address, headers={"If-None-Match": head.headers["ETag"]})
                assert (again.status_code, again.content) == (304, b"")


def test_a_line_of_json_is_the_document_and_what_it_holds_for(site: Site) -> None:
    rows = [json.loads(line) for line in site.get("/openings.jsonl").text.splitlines()]
    documents = site.get("/api/v1/openings").json()
    assert [row.pop("register") for row in rows] == [documents["register"]] * 11
    assert rows == documents["data"]


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("query", ["", "?as_of=2021-01-01"])
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


def test_what_is_not_as_the_schema_says_does_not_lead_to_it(site: Site) -> None:
    for address in ("openings.csv?labels=fr", "openings.csv?spreadsheet=1", "openings.ods"):
        assert "/schemas/" not in site.get(f"/{address}").headers["Link"]


def test_nothing_internal_is_in_a_whole_list_even_with_a_key(site: Site) -> None:
    team = site.as_team()
    answer = change(team, f"/api/v1/openings/{PRUDHOMMES}", budget_status="tenu secret")
    assert answer.json()["budget_status"] == "tenu secret"
    hidden = {"title": {"fr": "Cachée"}, "publisher": "cour-de-cassation", "reason": "X"}
    hidden["visibility"] = "internal"
    assert team.post("/api/v1/openings", json=hidden).status_code == 201
    for suffix in TYPES:
        assert len(taken(site, "openings", suffix)) == 11
        body = team.get(f"/openings.{suffix}").content
        text = str(sheets(body)) if suffix in BOOKS else body.decode()
        assert PRUDHOMMES in text
        assert "tenu secret" not in text
        assert "Cachée" not in text


REFUSED = (
    ("openings.csv?label=fr", "labels"),
    ("openings.csv?page=2", "page"),
    ("openings.xlsx?spreadsheet=1", "spreadsheet"),
    ("openings.jsonl?labels=fr", "labels"),
    ("actions.csv?type=dataset", "type"),
    ("schemas/openings.json?labels=fr", "labels"),
)


def test_what_a_format_does_not_take_is_refused_by_name(site: Site) -> None:
    for address, named in REFUSED:
        answer = site.get(f"/{address}")
        assert answer.status_code == 400, address
        assert answer.headers["Content-Type"] == "application/problem+json"
        [fault] = answer.json()["errors"]
        assert named in json.dumps(fault), address


def test_what_is_no_format_is_not_here(site: Site) -> None:
    for address in ("openings.doc", "openings.CSV", "actions.ttl", "schemas/texts.json"):
        assert site.get(f"/{address}").status_code == 404, address


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
