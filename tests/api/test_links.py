"""What each answer leads to: its other formats, its list, what describes it."""

import json
from typing import Any
from urllib.parse import urlsplit

from app.domain.context import OPEN_LICENCE
from docs import generate
from tests.documented import resolved
from tests.formats.test_links import read
from tests.seeded import PRUD_HOMMES
from tests.serving import Site

DOCUMENT: dict[str, Any] = resolved(json.loads(generate.openapi()))
LARGEST = 4096


def leads(site: Site, address: str, **headers: str) -> list[tuple[str, dict[str, str]]]:
    answer = site.get(address, headers=headers)
    assert answer.status_code == 200, address
    return read(answer.headers["Link"])


def by_rel(linked: list[tuple[str, dict[str, str]]], rel: str) -> list[str]:
    return [address for address, row in linked if row["rel"] == rel]


def test_every_reading_leads_to_what_describes_it_and_fits_in_a_header(site: Site):
    around = {
        "describedby": [f"{site.base}/api/v1/vocabularies"],
        "license": [OPEN_LICENCE],
        "service-desc": [f"{site.base}/openapi.json"],
        "service-doc": [f"{site.base}/docs"],
    }
    for path, item in DOCUMENT["paths"].items():
        operation = item.get("get")
        if operation and "Link" in operation["responses"]["200"].get("headers", {}):
            rows = operation.get("parameters", [])
            places = {row["name"]: row["example"] for row in rows if row["in"] == "path"}
            header = site.get(path.format(**places)).headers["Link"]
            # The last of each: a CSV has its columns besides.
            assert {rel: by_rel(read(header), rel)[-1:] for rel in around} == around, path
            assert len(header) < LARGEST


def test_every_alternate_answers_in_the_type_that_its_link_says(site: Site):
    starts = (
        "/",
        "/actions",
        f"/openings/{PRUD_HOMMES}",
        "/actions/justice-2021/A16.html",
        "/catalog.ttl?publisher=conseil-d-etat&page_size=2&page=2",
        "/openings.jsonl?state=available&sort=-slip",
        "/api/v1/openings?sort=title&lang=en&page=2&page_size=5&as_of=2025-09-02",
        "/catalog.ttl.gz?publisher=conseil-d-etat",
        "/api/v1/statistics?by=type&publisher=conseil-d-etat",
        "/openings.atom?publisher=conseil-d-etat&before=60",
        "/openings.ics?alarm=7&q=cour",
        "/moves.csv?publisher=cour-de-cassation&columns=days",
        "/api/v1/moves?page_size=2&page=2",
        f"/openings/{PRUD_HOMMES}.atom?lang=en",
    )
    followed = set[tuple[str, str]]()
    for start in starts:
        linked = leads(site, start, Accept="text/html, */*;q=0.1")
        for address, link in linked:
            known = (address, link.get("type", "")) in followed
            if known or urlsplit(address).netloc != urlsplit(site.base).netloc:
                continue
            followed.add((address, link.get("type", "")))
            answer = site.get(address, headers={"Accept": link.get("type", "*/*")})
            if link["rel"] == "timegate":
                assert answer.status_code == 302, (start, address, answer.text)
                answer = site.get(answer.headers["Location"])
            assert answer.status_code == 200, (start, address, answer.text)
            assert answer.headers["Content-Type"].startswith(link.get("type", "")), address
        assert by_rel(linked, "alternate"), start
