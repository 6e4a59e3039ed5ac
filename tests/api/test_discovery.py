"""What programs look for first: every page by its address, whom to warn, where the APIs begin."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from app.domain.errors import Missing
from app.register import Clock
from app.register.reading import Reading
from app.store.database import Database
from tests.formats.test_links import NAMES, read
from tests.openings import SITE
from tests.serving import Site, change, serving
from tests.web.markup import Markup

NOWHERE = "sqlite:////nowhere/at/all.db"
PRUDHOMMES = "decisions-conseils-de-prud-hommes"
FIXED = ("/robots.txt", "/.well-known/security.txt", "/.well-known/api-catalog", "/sitemap.xml")


def urls(body: bytes, tag: str = "s:url") -> dict[str, str | None]:
    """The addresses of a sitemap, or of an index, and when each changed."""
    root = ET.fromstring(body)
    return {
        str(url.findtext("s:loc", None, NAMES)): url.findtext("s:lastmod", None, NAMES)
        for url in root.findall(tag, NAMES)
    }


def test_crawlers_find_every_page_of_the_public_in_each_language(site: Site) -> None:
    (line,) = [row for row in site.get("/robots.txt").text.splitlines() if "Sitemap" in row]
    index = urls(site.get(line.removeprefix("Sitemap: ")).content, "s:sitemap")
    assert list(index) == [f"{site.base}/sitemap-1.xml"]
    wanted = [f"{site.base}{path}" for path in ("/", "/actions", "/chiffres", "/docs", "/problems")]
    for kind in ("openings", "actions"):
        entries = site.get(f"/api/v1/{kind}?page_size=100").json()["data"]
        wanted += [entry["iri"] for entry in entries]
    assert len(wanted) == 50
    languages = ("", "?lang=fr", "?lang=en")
    listed = set(urls(site.get(next(iter(index))).content))
    assert listed == {f"{address}{query}" for address in wanted for query in languages}


def test_every_address_of_the_sitemap_is_the_canonical_one_of_a_page(site: Site) -> None:
    browser = {"Accept": "text/html", "Accept-Language": "en"}
    for address in list(urls(site.get("/sitemap-1.xml").content))[::7]:
        answer = site.get(address, headers=browser)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        heads = Markup(answer.content).all("link")
        canonical = [link.get("href") for link in heads if link.get("rel") == "canonical"]
        path = urlsplit(address).path
        assert canonical == [address] or path in ("/docs", "/problems"), address


def test_a_page_changes_in_the_sitemap_with_its_entry(site: Site) -> None:
    address = f"{site.base}/openings/{PRUDHOMMES}"
    before = site.get("/sitemap-1.xml")
    document = site.get(f"/api/v1/openings/{PRUDHOMMES}").json()
    assert urls(before.content)[address] == document["modified"]
    entry = change(site.as_team(), f"/api/v1/openings/{PRUDHOMMES}", description={"fr": "Changé."})
    after = site.get("/sitemap-1.xml", headers={"If-None-Match": before.headers["ETag"]})
    assert urls(after.content)[f"{address}?lang=en"] == entry.json()["modified"]


def test_a_part_that_is_not_there_is_a_404(site: Site) -> None:
    for number in ("2", "0", "01", "-1", "x", "1.5", "9" * 30, "%D9%A1"):
        assert site.get(f"/sitemap-{number}.xml").status_code == 404, number
    assert site.get("/sitemap-1.xml?lang=fr").status_code == 400


def test_stretches_hold_every_name_once_in_order(seeded_database_url: str) -> None:
    database = Database(seeded_database_url)
    register = Reading(database, Clock(), SITE)
    stretches = [register.stretch(number, 20) for number in (1, 2, 3)]
    with pytest.raises(Missing):
        register.stretch(4, 20)
    database.close()
    assert [len(stretch.entries) for stretch in stretches] == [20, 20, 5]
    slugs = [entry.slug for stretch in stretches for entry in stretch.entries]
    assert slugs == sorted(set(slugs))


def test_an_empty_register_has_a_sitemap_of_its_own_pages(sqlite) -> None:
    for url in sqlite.copy("migrated"):
        with serving(url) as site:
            index = site.get("/sitemap.xml")
            assert urls(index.content, "s:sitemap") == {f"{site.base}/sitemap-1.xml": None}
            assert len(urls(site.get("/sitemap-1.xml").content)) == 15


def test_whom_to_warn_holds_for_less_than_a_year_from_the_real_day() -> None:
    with serving(NOWHERE, today=date(2021, 10, 15), contact="mailto:a@b.example") as site:
        answer = site.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    expires = datetime.fromisoformat(fields["Expires"])
    now = datetime.now(UTC)
    assert now + timedelta(days=180) < expires < now + timedelta(days=184)
    assert fields["Contact"] == "mailto:a@b.example"
    assert fields["Canonical"] == f"{site.base}/.well-known/security.txt"


def test_the_catalogue_of_apis_leads_to_what_answers(site: Site) -> None:
    answer = site.get("/.well-known/api-catalog")
    media_type = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
    assert answer.headers["Content-Type"] == media_type
    first, *others = answer.json()["linkset"]
    assert first["anchor"] == f"{site.base}/.well-known/api-catalog"
    assert [item["href"] for item in first["item"]] == [context["anchor"] for context in others]
    for context in others:
        assert site.get(context["anchor"]).status_code == 200
        for rel in ("service-desc", "service-doc", "status", "describedby"):
            (target,) = context[rel]
            answer = site.get(target["href"])
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith(target["type"])


def test_the_catalogue_of_apis_is_named_where_readers_begin(site: Site) -> None:
    for address in ("/", "/catalog", "/catalog.rdf", "/.well-known/api-catalog"):
        links = read(site.http.head(address).headers["Link"])
        named = [target for target, parameters in links if parameters["rel"] == "api-catalog"]
        assert named == [f"{site.base}/.well-known/api-catalog"], address


def test_fixed_addresses_are_there_without_a_redirect_and_take_no_parameter(site: Site) -> None:
    for address in FIXED:
        assert site.http.request("GET", address, follow_redirects=False).status_code == 200
        assert site.get(f"{address}?x=1").status_code == 400


def test_what_is_fixed_needs_no_database_and_is_under_the_public_address() -> None:
    base = "https://ouvertures.example/a/b"
    with serving(NOWHERE, public_url=base, contact="le greffe") as site:
        rules = site.get("/robots.txt").text
        linkset = site.get("/.well-known/api-catalog").json()["linkset"]
        without_address = site.get("/.well-known/security.txt")
    assert "Disallow: /a/b/*?" in rules
    assert f"Sitemap: {base}/sitemap.xml" in rules
    assert all(row["anchor"].startswith(f"{base}/") for row in linkset)
    assert without_address.status_code == 404
