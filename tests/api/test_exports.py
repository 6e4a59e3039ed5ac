"""Whole lists, taken away over HTTP in every format, and read back by other implementations."""

import csv
import io
import json
from datetime import date
from urllib.parse import urlencode

import pytest

from tests.seeded import HEAD, PRUD_HOMMES
from tests.serving import Site, change, serving

LISTS = ("openings", "actions")
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


ASKED: list[dict[str, str]] = [
    {},
    {"as_of": "2025-09-02", "sort": "-slip"},
    {"publisher": "cour-de-cassation", "timeliness": "overdue", "as_of": "2026-10-01"},
    {"due_before": "2022", "sort": "-title"},
    {"as_of": "2021-01-01"},
    {"at": "30"},
]


@pytest.mark.parametrize("address", LISTS)
def test_a_whole_list_is_what_the_pages_of_the_list_are(site: Site, address: str):
    """That tables hold what lines hold is proven in `tests/journeys/test_one_story.py`."""
    for asked in ASKED:
        expected = []
        following: str | None = f"/api/v1/{address}?{urlencode({'page_size': '7', **asked})}"
        while following:
            page = site.get(following).json()
            # Links of later pages keep the day and the position.
            expected += [
                entry | {"register": page["register"], "links": 0} for entry in page["data"]
            ]
            following = page["next_page"]
        lines = site.get(f"/{address}.jsonl", params=asked).text.splitlines()
        assert [json.loads(line) | {"links": 0} for line in lines] == expected, asked


def test_a_whole_list_has_its_type_and_its_name(seeded_database_url: str):
    with serving(seeded_database_url, today=date(2026, 11, 25)) as site:
        for suffix, media_type in TYPES.items():
            answer = site.get(f"/openings.{suffix}", headers={"Accept-Encoding": "gzip"})
            assert answer.headers["Content-Type"] == media_type
            schema = f'<{site.base}/schemas/openings.json>; rel="describedby"'
            assert (schema in answer.headers["Link"]) == (suffix == "csv")
            # What is compressed already is not compressed again.
            packed = answer.headers.get("Content-Encoding")
            assert packed == (None if suffix in BOOKS else "gzip")
            for address, file in (
                (f"/openings.{suffix}", f"openings-2026-11-25-p{HEAD}.{suffix}"),
                (f"/actions.{suffix}?as_of=2022-01-01", f"actions-2022-01-01-p{HEAD}.{suffix}"),
            ):
                name = site.http.head(address).headers["Content-Disposition"]
                assert name == f'attachment; filename="{file}"'


REFUSED = (
    ("openings.csv?label=fr", "labels"),
    ("openings.csv?page=2", "page"),
    ("openings.xlsx?spreadsheet=1", "spreadsheet"),
    ("openings.jsonl?labels=fr", "labels"),
    ("actions.csv?type=dataset", "type"),
    ("schemas/openings.json?labels=fr", "labels"),
)


def test_what_a_format_does_not_take_is_refused_by_name(site: Site):
    for address, named in REFUSED:
        answer = site.get(f"/{address}")
        assert answer.status_code == 400, address
        assert answer.headers["Content-Type"] == "application/problem+json"
        [fault] = answer.json()["errors"]
        assert named in json.dumps(fault), address


def test_a_list_that_is_taken_while_others_write_is_of_one_position(seeded_database_url: str):
    with serving(seeded_database_url) as site:
        before = site.get("/openings.csv").text
        with site.http.stream("GET", "/openings.csv") as answer:
            team = site.as_team()
            assert change(team, f"/api/v1/openings/{PRUD_HOMMES}", title={"fr": "x"}).is_success
            assert answer.read().decode() == before
        assert {row["position"] for row in lines(site.get("/openings.csv").text)} == {str(HEAD + 1)}
