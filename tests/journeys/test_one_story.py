"""One day, one story: whatever format is asked of it, a day tells the same."""

import csv
import io
import json
from collections import Counter
from datetime import date
from typing import Any

import feedparser
import pytest
import vobject
from python_calamine import CalamineWorkbook
from rdflib.namespace import DCAT, DCTERMS, RDF

from app.formats.sentences import Sentences
from tests.formats.records import CONTEXT, read
from tests.seeded import PRUD_HOMMES
from tests.serving import Site

DAYS = ("2021-04-29", "2021-10-15", "2023-07-01", "2025-09-02", "2025-09-03", "2026-10-01")
Document = dict[str, Any]


def documents(site: Site, day: str) -> dict[str, Document]:
    """What JSON says, with which all others are compared."""
    listed = site.get("/api/v1/openings", params={"as_of": day, "page_size": 100}).json()
    assert listed["register"]["as_of"] == day
    return {entry["id"]: entry for entry in listed["data"]}


def known(dated: Document) -> str | None:
    """The day that something happened, unless it is known only vaguely."""
    return str(dated["latest"]) if dated["earliest"] == dated["latest"] else None


def cells(entry: Document) -> Document:
    """What a table says of an entry, as texts."""
    deadline = entry["deadline"] or {"end": "", "text": ""}
    return {
        "id": entry["id"],
        "state": entry["state"],
        "deadline_end": deadline["end"],
        "deadline_text": deadline["text"],
        "postponements": str(entry["postponements"]),
        "slip_days": "" if entry["slip_days"] is None else str(entry["slip_days"]),
        "timeliness": entry["timeliness"],
        "days_late": "" if entry["days_late"] is None else str(entry["days_late"]),
        "uncertain": str(entry["uncertain"]).lower(),
    }


def spelled(cell: Any) -> str:
    """A typed cell as CSV spells it."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    return str(cell)


@pytest.mark.parametrize("day", DAYS)
def test_tables_tell_the_day_as_json_does(site: Site, day: str) -> None:
    expected = [cells(entry) for entry in documents(site, day).values()]
    wanted = {"as_of": day}
    text = site.get("/openings.csv", params=wanted).text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [{name: row[name] for name in expected[0]} for row in rows] == expected
    assert {row["as_of"] for row in rows} == {day}
    for suffix in ("xlsx", "ods"):
        body = site.get(f"/openings.{suffix}", params=wanted).content
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        header, *lines = book.get_sheet_by_index(0).to_python(skip_empty_area=True)
        rows = [dict(zip(header, map(spelled, line), strict=True)) for line in lines]
        assert [{name: row[name] for name in expected[0]} for row in rows] == expected, suffix
    documented = site.get("/openings.jsonl", params=wanted).text.splitlines()
    entries = {entry["id"]: entry for entry in map(json.loads, documented)}
    assert {entry.pop("register")["as_of"] for entry in entries.values()} == {day}
    assert entries == documents(site, day)


@pytest.mark.parametrize("day", DAYS)
def test_the_calendar_tells_the_day_as_json_does(site: Site, day: str) -> None:
    expected: dict[str, str] = {}
    for slug, entry in documents(site, day).items():
        parts = [(f"{slug}.{part['key']}", part["deadline"]) for part in entry["parts"]]
        expected |= {
            name: deadline["end"]
            for name, deadline in parts or [(slug, entry["deadline"])]
            if deadline
        }
        expected |= {
            f"{slug}:{name.replace('_', '-').removesuffix('-on')}": entry[name]["latest"]
            for name in ("opened_on", "opened_in_part_on")
            if entry[name]
        }
    calendar = vobject.readOne(site.get("/openings.ics", params={"as_of": day}).text)
    events = getattr(calendar, "vevent_list", [])
    assert {
        event.uid.value.partition("@")[0]: event.dtstart.value.isoformat() for event in events
    } == expected


@pytest.mark.parametrize("day", DAYS)
def test_harvesters_are_told_the_day_as_json_tells_it(site: Site, day: str) -> None:
    graph = read(site.get("/catalog.ttl", params={"as_of": day}).content, "turtle")
    available = {
        str(graph.value(dataset, DCTERMS.identifier)): str(graph.value(dataset, DCTERMS.available))
        for dataset in graph.subjects(RDF.type, DCAT.Dataset)
    }
    assert available == {
        slug: str(known(entry["opened_on"])) if entry["opened_on"] else entry["deadline"]["end"]
        for slug, entry in documents(site, day).items()
    }


@pytest.mark.parametrize("day", DAYS)
def test_statistics_tell_the_day_as_json_does(site: Site, day: str) -> None:
    entries = documents(site, day).values()
    overall = site.get("/api/v1/statistics", params={"as_of": day}).json()["overall"]
    assert overall["entries"] == len(entries)
    late = Counter(entry["timeliness"] for entry in entries)
    assert {name: n for name, n in overall["timeliness"].items() if n} == late
    assert overall["moves"] == sum(len(entry["moves"]) for entry in entries)
    slips = [entry["slip_days"] for entry in entries if entry["slip_days"] is not None]
    assert overall["slip_days"]["sum"] == sum(slips)
    assert overall["slip_days"]["longest"] == max(slips)


@pytest.mark.parametrize("day", DAYS)
def test_the_feed_tells_what_could_be_known_on_the_day(site: Site, day: str) -> None:
    """The newest word on each entry's deadline is the deadline that JSON tells."""
    entries = documents(site, day)
    for slug in (PRUD_HOMMES, "decisions-cours-d-appel-penal"):
        feed = feedparser.parse(site.get(f"/openings/{slug}.atom", params={"as_of": day}).content)
        assert not feed.bozo
        moved = [event for event in feed.entries if "reportée" in event.title]
        assert len(moved) == entries[slug]["postponements"]
        if moved:
            end = date.fromisoformat(entries[slug]["deadline"]["end"])
            assert f"{end.year}" in moved[0].title
            assert (
                Sentences("fr", CONTEXT).signed_days(entries[slug]["moves"][-1]["days"])
                in moved[0].title
            )
