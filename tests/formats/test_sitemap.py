"""The sitemap, as a second implementation reads it."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from app.formats import sitemap
from app.formats.sitemap import A_PART, Place

NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}
BASE = "https://ouvertures.example/a'b&c"
THEN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def pages(*places: Place) -> dict[str, tuple[str | None, dict[str, str]]]:
    """By address: when it changed, and its alternates by language."""
    root = ET.fromstring(b"".join(sitemap.part(places)))
    assert root.tag == f"{{{NAMES['s']}}}urlset"
    found = {}
    for url in root.findall("s:url", NAMES):
        links = url.findall("x:link", NAMES)
        assert {link.get("rel") for link in links} <= {"alternate"}
        others = {str(link.get("hreflang")): str(link.get("href")) for link in links}
        found[str(url.findtext("s:loc", None, NAMES))] = (
            url.findtext("s:lastmod", None, NAMES),
            others,
        )
    return found


def test_a_page_is_told_in_each_language_and_each_names_the_others():
    address = f"{BASE}/openings/x"
    others = {
        "x-default": address,
        "fr": f"{address}?lang=fr",
        "en": f"{address}?lang=en",
    }
    told = ("2026-11-20T09:00:00Z", others)
    assert pages(Place(address, THEN)) == dict.fromkeys(others.values(), told)


def test_a_page_whose_change_is_not_known_tells_none():
    assert {changed for changed, _ in pages(Place(f"{BASE}/docs")).values()} == {None}


def test_a_part_may_be_empty():
    assert pages() == {}


def test_a_full_part_is_within_the_bounds_of_the_protocol():
    longest = f"https://{'x' * 180}.example/openings/{'y' * 100}"
    sizes = [len(piece) for piece in sitemap.part(Place(longest, THEN) for _ in range(A_PART))]
    assert 3 * A_PART <= 50_000
    assert sum(sizes) < 50 * 1024 * 1024
    assert max(sizes) < 8192


def test_the_index_names_the_parts():
    places = [Place(f"{BASE}/sitemap-{number}.xml", THEN) for number in (1, 2)]
    root = ET.fromstring(sitemap.index(places))
    assert root.tag == f"{{{NAMES['s']}}}sitemapindex"
    assert [part.findtext("s:loc", None, NAMES) for part in root] == [
        f"{BASE}/sitemap-1.xml",
        f"{BASE}/sitemap-2.xml",
    ]
    assert {part.findtext("s:lastmod", None, NAMES) for part in root} == {"2026-11-20T09:00:00Z"}
