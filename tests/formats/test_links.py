"""Links: what an answer leads to, and how headers and sets carry it."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from app.domain.claims import Resource
from app.formats import FORMATS, HTML, JSON, OF_ENTRY, TURTLE, Format, links
from app.formats.links import A_PART, Link, Place, header, linkset
from tests.entries import redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT

LINKS = [
    Link("alternate", "https://a.example/x.ttl", "text/turtle; charset=utf-8"),
    Link("item", "https://a.example/dossier/é,;\"<>'?q=à#fin"),
    Link("up", "https://a.example/%C3%A9"),
]


def read(value: str) -> list[tuple[str, dict[str, str]]]:
    """RFC 8288, 3: what each link leads to, and its parameters."""
    links = list(re.finditer(r'<([^<>]*)>((?:; [a-z]+="[^"]*")*)(?:, |$)', value))
    assert "".join(link[0] for link in links) == value
    return [(link[1], dict(re.findall(r'; ([a-z]+)="([^"]*)"', link[2]))) for link in links]


def test_a_header_is_read_back_whole():
    value = header(LINKS)
    value.encode("ascii")
    assert read(value) == [
        ("https://a.example/x.ttl", {"rel": "alternate", "type": "text/turtle"}),
        ("https://a.example/dossier/%C3%A9,;%22%3C%3E'?q=%C3%A0#fin", {"rel": "item"}),
        ("https://a.example/%C3%A9", {"rel": "up"}),
    ]


def test_no_address_can_add_a_link_or_a_header():
    hostile = Link("item", 'https://a.example/>; rel="canonical", <x\r\nSet-Cookie: a=b')
    value = header([hostile])
    assert not set("\r\n") & set(value)
    ((address, parameters),) = read(value)
    assert address.startswith("https://a.example/%3E;%20rel=%22canonical%22,%20%3Cx%0D%0ASet")
    assert parameters == {"rel": "item"}


def test_many_long_resources_do_not_make_a_header_too_large():
    resources = tuple(
        Resource.model_construct(url=f"https://data.example/{'x' * 500}/{number}")
        for number in range(50)
    )
    entry = redescribed(records.with_file(), resources=resources)
    way_on = Link("next", f"{BASE}/openings?page=2")
    value = header([*links.of_entry(entry, CONTEXT, JSON), way_on])
    assert len(value) < 4096
    rels = [parameters["rel"] for _, parameters in read(value)]
    assert (rels[0], rels[-1]) == ("canonical", "next")
    assert 0 < rels.count("item") < 10


def test_a_set_has_links_by_what_they_lead_from():
    up = [{"href": "https://a.example/%C3%A9"}] * 2
    turtle = {"href": "https://a.example/x.ttl", "type": "text/turtle"}
    assert linkset({"https://a.example/": [*LINKS[::2], LINKS[2]], "https://b.example/": []}) == {
        "linkset": [
            {"anchor": "https://a.example/", "alternate": [turtle], "up": up},
            {"anchor": "https://b.example/"},
        ]
    }


# What an answer leads to.


def by_rel(leads: Iterable[Link], rel: str) -> list[str]:
    return [link.address for link in leads if link.rel == rel]


@pytest.mark.parametrize(
    ("context", "language", "query", "version"),
    [
        (CONTEXT, None, "", ""),
        (CONTEXT, "en", "", "?lang=en"),
        (records.as_of(records.TODAY), "en", "?as_of=2026-11-23", "?as_of=2026-11-23&lang=en"),
    ],
)
def test_an_entry_leads_to_its_other_formats_of_the_same_day(
    context: Any, language: str | None, query: str, version: str
):
    for entry, kind in ((records.with_file(), "openings"), (records.action(), "actions")):
        it, of_actions = f"{BASE}/{kind}/{entry.slug}", kind == "actions"
        leads = list(links.of_entry(entry, context, JSON, language))
        rows = [row for row in OF_ENTRY if row is not JSON and (row.of_actions or not of_actions)]
        assert by_rel(leads, "alternate") == [f"{it}.{row.suffix}{query}" for row in rows]
        assert by_rel(leads, "canonical") == [it + version]
        assert by_rel(leads, "cite-as") == [f"{it}?as_of=2026-11-23&at=57"]
        assert by_rel(leads, "up") == by_rel(leads, "collection") == [f"{BASE}/{kind}{query}"]
        items = [] if of_actions else ["https://data.example/decisions.csv"]
        assert by_rel(leads, "item") == items


def test_what_is_only_promised_is_not_linked():
    resources = records.with_file().described.resources
    promised = redescribed(records.planned(), resources=resources)
    assert by_rel(links.of_entry(promised, CONTEXT, JSON), "item") == []


def test_a_list_leads_to_each_format_with_the_parameters_that_it_takes():
    query = [("state", "planned"), ("page", "2"), ("sort", "slip"), ("labels", "fr")]
    row = Format("csv", "text/csv", "csv", whole=lambda *_: iter(()), takes=("labels",))
    takes = {name: links.takes(row, name) for name in ("labels", "alarm", "page", "sort")}
    assert takes == {"labels": True, "alarm": False, "page": False, "sort": True}
    leads = by_rel(links.of_list(BASE, query, row, of_actions=False), "alternate")
    assert {
        f"{BASE}/openings?state=planned&page=2&sort=slip",
        f"{BASE}/openings.json?state=planned&page=2&sort=slip",
        f"{BASE}/openings.jsonl?state=planned&sort=slip",
        f"{BASE}/openings.xlsx?state=planned&sort=slip&labels=fr",
        f"{BASE}/openings.atom?state=planned",
        f"{BASE}/catalog.ttl?state=planned",
    } <= set(leads)
    whole = by_rel(links.of_list(BASE, query, row, of_actions=False), "related")
    assert whole == [f"{BASE}/catalog.ttl.gz?state=planned"]
    of_actions = by_rel(links.of_list(BASE, [], JSON, of_actions=True), "alternate")
    assert f"{BASE}/actions" in of_actions
    assert not any("/catalog" in address for address in of_actions)


def test_home_does_not_lead_up_to_itself():
    assert by_rel(links.of_list(BASE, [], HTML, of_actions=False), "up") == []
    assert by_rel(links.of_list(BASE, [], HTML, of_actions=True), "up") == [f"{BASE}/"]


def test_a_catalogue_leads_to_its_other_syntaxes_and_to_the_whole():
    query = [("page", "2"), ("state", "planned")]
    leads = list(links.of_catalogue(BASE, query, TURTLE))
    others = [row for row in FORMATS if row.page and row is not TURTLE]
    addresses = [f"{BASE}/catalog.{row.suffix}?page=2&state=planned" for row in others]
    assert by_rel(leads, "alternate") == addresses
    assert by_rel(leads, "related") == [f"{BASE}/catalog.ttl.gz?state=planned"]
    assert by_rel(leads, "up") == [f"{BASE}/"]


@pytest.mark.parametrize(("in_csv", "suffix"), [(False, ".csv"), (True, "")])
def test_figures_lead_to_their_other_format(in_csv: bool, suffix: str):
    query = [("by", "year"), ("labels", "fr")]
    leads = by_rel(links.of_statistics(BASE, query, in_csv=in_csv), "alternate")
    assert leads == [f"{BASE}/api/v1/statistics{suffix}?by=year"]


def test_each_api_leads_to_what_describes_it():
    first, *apis = links.apis(BASE)["linkset"]
    assert [item["href"] for item in first["item"]] == [api["anchor"] for api in apis]
    rels = {"anchor", "describedby", "license", "service-desc", "service-doc", "status"}
    assert all(set(api) == rels for api in apis)


# Rules for crawlers, whom to warn and the sitemap, read as their standards say.

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
THEN, UNTIL = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2027, 5, 22, 22, tzinfo=UTC)


def may_fetch(rules: bytes, path: str) -> bool:
    """RFC 9309: the longest rule that matches decides, and among equals the one that allows."""
    matching = [(0, True)]
    for line in rules.decode().splitlines():
        kind, _, rule = line.partition(": ")
        if kind in ("Allow", "Disallow"):
            pattern = re.escape(rule).replace(r"\*", ".*").replace(r"\$", "$")
            if re.match(pattern, path):
                matching.append((len(rule), kind == "Allow"))
    return max(matching)[1]


@pytest.mark.parametrize("root", ["", "/under/a/path"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/?lang=en", True),
        ("/?page=2", True),
        ("/?page=2&lang=en", True),
        ("/?as_of=2021-10-15", False),
        ("/?lang=en&as_of=2021-10-15", False),
        ("/?state=planned&sort=-slip", False),
        ("/openings/decisions-conseil-d-etat", True),
        ("/openings/decisions-conseil-d-etat.ttl?at=3", False),
        ("/actions/justice-2021/A16?lang=fr", True),
        ("/catalog.ttl?publisher=cour-de-cassation&page=2", True),
        ("/api/v1/openings", True),
        ("/sitemap.xml", True),
    ],
)
def test_crawlers_meet_every_page_once(root: str, path: str, allowed: bool):
    rules = links.robots(BASE + root)
    assert may_fetch(rules, root + path) is allowed
    assert rules.startswith(b"User-agent: *\n")
    assert rules.endswith(f"\nSitemap: {BASE}{root}/sitemap.xml\n".encode())


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("mailto:registre@ouvertures.example", "mailto:registre@ouvertures.example"),
        ("registre@ouvertures.example", "mailto:registre@ouvertures.example"),
        ("mailto:été+a@b.example", "mailto:%C3%A9t%C3%A9+a@b.example"),
        ("https://ouvertures.example/erreur?à=b", "https://ouvertures.example/erreur?%C3%A0=b"),
        *[(contact, None) for contact in ("", "le greffe", "http://ouvertures.example/")],
        *[(contact, None) for contact in ("mailto:", "a@b\nExpires: x", "x@y?subject=z")],
    ],
)
def test_whom_to_warn_is_an_address_that_the_standard_takes(contact: str, address: str | None):
    expected = (
        f"Contact: {address}\n"
        "Expires: 2027-05-22T22:00:00Z\n"
        "Preferred-Languages: fr, en\n"
        "Canonical: https://ouvertures.example/.well-known/security.txt\n"
    )
    assert links.security(BASE, contact, UNTIL) == (expected.encode() if address else None)


# The sitemap, as a second implementation reads it.


def pages(*places: Place) -> dict[str, tuple[str | None, dict[str, str]]]:
    """By address: when it changed, and its alternates by language."""
    root = ET.fromstring(b"".join(links.sitemap_part(places)))
    assert root.tag == f"{{{NAMES['s']}}}urlset"
    return {
        str(url.findtext("s:loc", None, NAMES)): (
            url.findtext("s:lastmod", None, NAMES),
            {
                str(link.get("hreflang")): str(link.get("href"))
                for link in url.findall("x:link[@rel='alternate']", NAMES)
            },
        )
        for url in root.findall("s:url", NAMES)
    }


def test_a_page_is_named_in_each_language_and_each_names_the_others():
    address = f"{BASE}/a'b&c/openings/x"
    others = {"x-default": address, "fr": f"{address}?lang=fr", "en": f"{address}?lang=en"}
    expected = ("2026-11-20T09:00:00Z", others)
    assert pages(Place(address, THEN)) == dict.fromkeys(others.values(), expected)
    assert {changed for changed, _ in pages(Place(f"{BASE}/docs")).values()} == {None}
    assert pages() == {}


def test_a_full_part_is_within_the_bounds_of_the_protocol():
    longest = Place(f"https://{'x' * 180}.example/openings/{'y' * 100}", THEN)
    sizes = [len(piece) for piece in links.sitemap_part(longest for _ in range(A_PART))]
    assert 3 * A_PART <= 50_000
    assert sum(sizes) < 50 * 1024 * 1024
    assert max(sizes) < 8192


def test_the_index_names_the_parts():
    addresses = [f"{BASE}/a'b&c/sitemap-{number}.xml" for number in (1, 2)]
    root = ET.fromstring(links.sitemap(Place(address, THEN) for address in addresses))
    assert root.tag == f"{{{NAMES['s']}}}sitemapindex"
    assert [part.findtext("s:loc", None, NAMES) for part in root] == addresses
    assert {part.findtext("s:lastmod", None, NAMES) for part in root} == {"2026-11-20T09:00:00Z"}


def test_the_days_of_an_address_are_links_with_their_dates():
    address = f"{BASE}/openings/a"
    days = [date(2021, 4, 29), date(2025, 9, 3), date(2026, 10, 1)]
    body = links.timemap(address, days, BASE)
    rows = [f"<{address}?as_of={day}>" for day in days]
    itself = f'<{BASE}/timemap/openings/a>; rel="self"; type="application/link-format"'
    assert body.split(",\n")[2:] == [
        f'{itself}; from="{links.http_day(days[0])}"; until="Thu, 01 Oct 2026 00:00:00 GMT"',
        f'{rows[0]}; rel="first memento"; datetime="Thu, 29 Apr 2021 00:00:00 GMT"',
        f'{rows[1]}; rel="memento"; datetime="Wed, 03 Sep 2025 00:00:00 GMT"',
        f'{rows[2]}; rel="last memento"; datetime="Thu, 01 Oct 2026 00:00:00 GMT"\n',
    ]
    assert "memento" not in links.timemap(address, [], BASE)
    assert 'rel="first last memento"' in links.timemap(address, days[:1], BASE)
