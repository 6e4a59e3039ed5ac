"""The pages of prose over HTTP, the catalogue for people, what other sites embed, and the brand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from app.main import create_app
from app.settings import Settings
from app.web import rendering
from app.web.rendering import PROSE
from tests.serving import Site, serving
from tests.web.markup import Markup

ENTRY = "/openings/decisions-conseils-de-prud-hommes"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr"}


@pytest.mark.parametrize("name", PROSE)
def test_each_page_has_an_address_in_each_language(site: Site, name: str):
    for language, path in PROSE[name].items():
        answer = site.get(path)
        assert (answer.status_code, answer.headers["content-language"]) == (200, language)
        other = {"fr": "en", "en": "fr"}[language]
        assert site.get(path, params={"lang": other}).headers["content-language"] == other


def test_a_browser_is_told_what_to_give_to_a_harvester_and_a_program_is_given_dcat(site: Site):
    page = site.get("/catalog", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    text = Markup(page.content).text
    assert f"{site.base}/catalog.ttl?publisher=cour-de-cassation" in text
    assert "a dcat:Dataset" in text
    assert site.get("/catalog").headers["content-type"] == "text/turtle; charset=utf-8"
    assert site.get("/catalog.html?lang=en").headers["content-language"] == "en"


def test_the_page_of_an_entry_leads_to_what_another_site_shows_of_it(site: Site):
    page = Markup(site.get(f"{ENTRY}?lang=en", headers=BROWSER).content)
    (link,) = [n for n in page.all("link") if n.get("type") == "application/json+oembed"]
    answer = site.get(link.get("href"))
    body = answer.json()
    assert (answer.status_code, body["type"], body["height"]) == (200, "rich", 30)
    (picture,) = Markup(body["html"].encode()).all("img")
    assert picture.get("src") == f"{site.base}{ENTRY}/badge.svg?lang=en"
    assert site.get(picture.get("src")).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("url=https://another.example/openings/a", 404),
        ("url={base}/openings/nothing", 404),
        ("url={base}/figures", 404),
        ("url={base}/openings/decisions-conseils-de-prud-hommes%3Fas_of=2021-10-15", 404),
        ("", 404),
        ("url={base}/openings/a&format=xml", 406),
    ],
)
def test_what_is_no_page_of_an_entry_is_refused(site: Site, query: str, status: int):
    assert site.get(f"/oembed?{query.format(base=site.base)}").status_code == status


@pytest.fixture
def _our_brand() -> Iterator[None]:
    yield
    rendering.brand(rendering.Brand())


@pytest.mark.usefixtures("_our_brand")
def test_a_ministry_makes_the_pages_its_own(seeded_database_url: str, tmp_path: Path):
    logo, other = tmp_path / "logo.svg", tmp_path / "logo.gif"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    other.touch()
    legal = "Publié par le ministère.\nHébergé par lui."
    with serving(seeded_database_url, name="Promesses", logo=logo, legal=legal) as site:
        page = Markup(site.get("/mentions-legales").content)
        assert page.all("title")[0].text.endswith(" – Promesses")
        assert [node.text for node in page.all("p")[:2]] == legal.split("\n")
        assert page.only("img").get("src") == "/static/logo"
        assert site.get("/static/logo").headers["content-type"] == "image/svg+xml"
    with pytest.raises(Unavailable, match="neither SVG nor PNG"):
        create_app(Settings(logo=other))


def test_without_a_brand_there_is_no_logo(site: Site):
    assert site.get("/static/logo").status_code == 404


def test_the_calendar_of_promises_has_an_address_as_a_picture(site: Site):
    answer = site.get("/calendar.svg?lang=en&as_of=2025-09-02")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "5 openings of 11 are done" in answer.text
