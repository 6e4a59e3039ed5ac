"""Rules for crawlers, whom to warn and the sitemap, read as their standards say."""

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from app.formats import discovery
from app.formats.discovery import A_PART, Place

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
BASE = "https://ouvertures.example"
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
        ("/actions/A16?lang=fr", True),
        ("/catalog.ttl?publisher=cour-de-cassation&page=2", True),
        ("/api/v1/openings", True),
        ("/sitemap.xml", True),
    ],
)
def test_crawlers_meet_every_page_once(root: str, path: str, allowed: bool) -> None:
    rules = discovery.robots(BASE + root)
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
def test_whom_to_warn_is_an_address_that_the_standard_takes(
    contact: str, address: str | None
) -> None:
    expected = (
        f"Contact: {address}\n"
        "Expires: 2027-05-22T22:00:00Z\n"
        "Preferred-Languages: fr, en\n"
        "Canonical: https://ouvertures.example/.well-known/security.txt\n"
    )
    assert discovery.security(BASE, contact, UNTIL) == (expected.encode() if address else None)


# The sitemap, as a second implementation reads it.


def pages(*places: Place) -> dict[str, tuple[str | None, dict[str, str]]]:
    """By address: when it changed, and its alternates by language."""
    root = ET.fromstring(b"".join(discovery.sitemap_part(places)))
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


def test_a_page_is_named_in_each_language_and_each_names_the_others() -> None:
    address = f"{BASE}/a'b&c/openings/x"
    others = {"x-default": address, "fr": f"{address}?lang=fr", "en": f"{address}?lang=en"}
    expected = ("2026-11-20T09:00:00Z", others)
    assert pages(Place(address, THEN)) == dict.fromkeys(others.values(), expected)
    assert {changed for changed, _ in pages(Place(f"{BASE}/docs")).values()} == {None}
    assert pages() == {}


def test_a_full_part_is_within_the_bounds_of_the_protocol() -> None:
    longest = Place(f"https://{'x' * 180}.example/openings/{'y' * 100}", THEN)
    sizes = [len(piece) for piece in discovery.sitemap_part(longest for _ in range(A_PART))]
    assert 3 * A_PART <= 50_000
    assert sum(sizes) < 50 * 1024 * 1024
    assert max(sizes) < 8192


def test_the_index_names_the_parts() -> None:
    addresses = [f"{BASE}/a'b&c/sitemap-{number}.xml" for number in (1, 2)]
    root = ET.fromstring(discovery.sitemap(Place(address, THEN) for address in addresses))
    assert root.tag == f"{{{NAMES['s']}}}sitemapindex"
    assert [part.findtext("s:loc", None, NAMES) for part in root] == addresses
    assert {part.findtext("s:lastmod", None, NAMES) for part in root} == {"2026-11-20T09:00:00Z"}
