"""What each answer leads to: its other voices, its list, what tells of it. One row, every link."""

import json
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest

from app.domain.context import OPEN_LICENCE
from app.formats import FORMATS, OF_ENTRY, links
from docs import generate
from tests.documented import resolved
from tests.formats import records
from tests.formats.graphs import HYDRA
from tests.formats.test_links import read
from tests.serving import Site, change

OPENING = "decisions-conseils-de-prud-hommes"
DOCUMENT: dict[str, Any] = resolved(json.loads(generate.openapi()))
LARGEST = 4096


def leads(site: Site, address: str, **headers: str) -> list[tuple[str, dict[str, str]]]:
    answer = site.get(address, headers=headers)
    assert answer.status_code == 200, address
    return read(answer.headers["Link"])


def by_rel(found: list[tuple[str, dict[str, str]]], rel: str) -> list[str]:
    return [address for address, told in found if told["rel"] == rel]


def test_every_reading_leads_to_what_tells_of_it_and_fits_in_a_header(site: Site) -> None:
    around = {
        "describedby": [f"{site.base}/api/v1/vocabularies"],
        "license": [OPEN_LICENCE],
        "service-desc": [f"{site.base}/openapi.json"],
        "service-doc": [f"{site.base}/docs"],
    }
    for path, item in DOCUMENT["paths"].items():
        told = item.get("get")
        if told and "Link" in told["responses"]["200"].get("headers", {}):
            places = {
                row["name"]: row["example"]
                for row in told.get("parameters", [])[:2]
                if row["in"] == "path"
            }
            answer = site.get(path.format(**places))
            found = read(answer.headers["Link"])
            told = {rel: by_rel(found, rel)[-1:] for rel in around}  # a CSV has its columns besides
            assert told == around, path
            assert len(answer.headers["Link"]) < LARGEST


@pytest.mark.parametrize("query", ["", "?as_of=2025-09-02", "?at=80&as_of=2025-09-02"])
def test_an_entry_leads_to_each_of_its_other_voices_of_the_same_day(site: Site, query: str) -> None:
    for path, rows in (
        (f"/openings/{OPENING}", OF_ENTRY),
        ("/actions/A16", tuple(row for row in OF_ENTRY if row.of_actions)),
    ):
        it = f"{site.base}{path}"
        for spoken in rows:
            found = leads(site, f"{it}.{spoken.suffix}{query}")
            others = [f"{it}.{row.suffix}{query_of(query)}" for row in rows if row != spoken]
            assert by_rel(found, "alternate") == others
            assert by_rel(found, "canonical") == [f"{it}{query_of(query)}"]
            listed = f"{site.base}/{path.split('/')[1]}{query_of(query)}"
            assert by_rel(found, "collection") == by_rel(found, "up") == [listed]


def query_of(query: str) -> str:
    """The day before the position, as addresses have them."""
    return "?as_of=2025-09-02&at=80" if "at=80" in query else query


def test_every_alternate_answers_in_the_type_that_is_told(site: Site) -> None:
    starts = (
        "/",
        "/actions",
        f"/openings/{OPENING}",
        "/actions/A16.html",
        "/catalog.ttl?publisher=conseil-d-etat&page_size=2&page=2",
        "/openings.jsonl?state=available&sort=-slip",
        "/actions.jsonl?sort=title&lang=en",
        "/api/v1/openings?sort=title&lang=en&page=2&page_size=5&as_of=2025-09-02",
        "/api/v1/actions?page=2",
        "/catalog.ttl.gz?publisher=conseil-d-etat",
        "/api/v1/statistics?by=type&publisher=conseil-d-etat",
        "/api/v1/statistics.csv?by=text&spreadsheet=1",
        "/openings.csv?labels=fr&state=available",
        "/openings.atom?publisher=conseil-d-etat&before=60",
        "/openings.ics?alarm=7&q=cour",
        f"/openings/{OPENING}.atom?lang=en",
        "/actions/A16.ics?alarm=7",
    )
    for start in starts:
        found = leads(site, start, Accept="text/html, */*;q=0.1")
        for address, told in found:
            if urlsplit(address).netloc != urlsplit(site.base).netloc:
                continue
            answer = site.get(address, headers={"Accept": told.get("type", "*/*")})
            assert answer.status_code == 200, (start, address, answer.text)
            assert answer.headers["Content-Type"].startswith(told.get("type", "")), address
        assert by_rel(found, "alternate"), start


def test_a_list_leads_to_its_neighbours_and_to_every_format_of_lists(site: Site) -> None:
    found = leads(site, "/api/v1/openings?state=available&page_size=3&page=2")
    assert [by_rel(found, rel) != [] for rel in links.NEIGHBOURS] == [True] * 4
    alternates = {urlsplit(one).path for one in by_rel(found, "alternate")}
    wanted = {f"/openings.{row.suffix}" for row in FORMATS if row.whole or row.log}
    wanted |= {f"/catalog.{row.suffix}" for row in FORMATS if row.page}
    assert alternates == wanted | {"/openings"}
    for address in by_rel(found, "alternate"):
        assert "state=available" in address


def test_a_catalogue_leads_to_its_neighbours_and_its_dumps(site: Site) -> None:
    found = leads(site, "/catalog.rdf?page_size=4&page=2")
    graph = records.read(site.get("/catalog.rdf?page_size=4&page=2").content, "xml")
    told = {str(one) for name in ("next", "previous") for one in graph.objects(None, HYDRA[name])}
    assert {*by_rel(found, "next"), *by_rel(found, "prev")} == told
    assert by_rel(found, "related") == [f"{site.base}/catalog.rdf.gz"]
    alternates = {urlsplit(one).path for one in by_rel(found, "alternate")}
    assert alternates == {f"/catalog.{s}" for s in ("ttl", "jsonld", "nt")}


def test_a_feed_leads_to_its_pages_as_it_says_itself(site: Site) -> None:
    for start in ("/openings.atom?publisher=cour-de-cassation", f"/openings/{OPENING}.atom"):
        following: list[str] = [f"{site.base}{start}"]
        while following:
            answer = site.get(following[0])
            found = read(answer.headers["Link"])
            told = feedparser.parse(answer.content).feed.links
            for rel, name in (("first", "first"), ("prev", "previous"), ("next", "next")):
                assert by_rel(found, rel) == [one.href for one in told if one.rel == name]
            following = by_rel(found, "next")


def test_a_page_in_a_language_that_was_chosen_is_canonical_in_it(site: Site) -> None:
    it = f"{site.base}/openings/{OPENING}"
    assert by_rel(leads(site, f"{it}.html?lang=en"), "canonical") == [f"{it}?lang=en"]
    assert by_rel(leads(site, f"{it}.json?lang=en"), "canonical") == [it]
    dated = "?as_of=2025-09-02&lang=en"
    assert by_rel(leads(site, f"{it}.html{dated}"), "canonical") == [f"{it}{dated}"]


def test_what_is_open_is_linked_and_what_is_only_promised_is_not(site: Site) -> None:
    team, resource = site.as_team(), {"kind": "file", "title": {"fr": "Été"}}
    resource["url"] = "https://data.example/dossier/%C3%A9t%C3%A9,1;2?a=b"
    for slug, wanted in (
        ("decisions-cour-de-cassation", 1),
        (OPENING, 0),
    ):
        path = f"/api/v1/openings/{slug}"
        answer = change(team, path, resources=[resource])
        assert answer.is_success, answer.text
        found = leads(site, f"/openings/{slug}.ttl")
        items = by_rel(found, "item")
        assert len(items) == wanted
        assert set(items) <= {resource["url"]}


def test_a_ledger_leads_back_to_its_entry(site: Site) -> None:
    for path in (f"/api/v1/openings/{OPENING}", "/api/v1/actions/A16"):
        assert by_rel(leads(site, f"{path}/events"), "up") == [f"{site.base}{path}"]


def test_a_long_query_costs_links_but_never_the_way_on(site: Site) -> None:
    query = "&".join(f"text={'x' * 10}{n}" for n in range(40))
    answer = site.get(f"/api/v1/openings?page_size=2&{query}&text=arrete-2025-08-29")
    assert answer.status_code == 400
    long = "&".join(["state=planned", "state=available"] * 20)
    found = leads(site, f"/api/v1/openings?page_size=2&{long}")
    assert by_rel(found, "next")
    told = site.get(f"/?{long}").headers["Link"]
    assert len(told) < LARGEST
