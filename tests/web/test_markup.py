"""What every page owes its readers: one title, headings in order, links that lead somewhere."""

import json
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlencode, urlsplit

import pytest

from app.web import pages
from tests.serving import Site
from tests.web import register
from tests.web.markup import PAGES, Element, Markup, addressed

READ: dict[tuple[str, str], Markup] = {}
"""Every page in each language, read back once for all tests."""


@pytest.fixture
def read(site: Site) -> dict[tuple[str, str], Markup]:
    browser = {"Accept": "text/html"}
    for name, path in PAGES.items() if not READ else ():
        for language in ("fr", "en"):
            body = site.get(addressed(path, language), headers=browser).content
            READ[name, language] = Markup(body.replace(site.base.encode(), b"http://here"))
    return READ


Read = dict[tuple[str, str], Markup]


def test_a_page_has_a_language_a_title_headings_in_order_and_landmarks(read: Read):
    for (name, language), page in read.items():
        assert page.source.startswith("<!DOCTYPE html>\n<html "), name
        assert page.only("html").get("lang") == language
        assert len(page.all("title")[0].text) > len(" – Ouvertures")
        levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
        assert (levels[0], levels.count(1)) == (1, 1), name
        assert all(after - before <= 1 for before, after in pairwise(levels)), name
        assert [len(page.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1], name
        assert page.all("a")[0].get("href") == f"#{page.only('main').get('id')}", name


def test_names_are_given_once_and_what_refers_to_one_finds_it(read: Read):
    for asked, page in read.items():
        names = [element.get("id") for element in page.elements if element.get("id")]
        assert len(names) == len(set(names)), asked
        wanted = {
            *(element.get("aria-labelledby") for element in page.elements),
            *(element.get("for") for element in page.elements),
            *(address[1:] for address in links(page) if address.startswith("#")),
        }
        assert wanted - {""} <= set(names), asked


def test_tables_and_controls_say_what_they_are(read: Read):
    for asked, page in read.items():
        assert len(page.all("caption")) == len(page.all("table")), asked
        assert {element.get("scope") for element in page.all("th")} <= {"col", "row"}
        labelled = {element.get("for") for element in page.all("label")}
        for control in page.all("input", "select"):
            shown = control.get("type") != "hidden"
            assert not shown or control.get("id") in labelled or control.inside("label"), asked


def test_nothing_runs_and_nothing_is_styled_in_line(read: Read):
    for asked, page in read.items():
        assert page.all("style", "iframe", "object", "img") == [], asked
        assert {block.get("type") for block in page.all("script")} <= {"application/ld+json"}
        names = {name for element in page.elements for name in element.attributes}
        assert not {name for name in names if name == "style" or name.startswith("on")}, asked
        sheets = [node for node in page.all("link") if node.get("rel") == "stylesheet"]
        assert [sheet.get("href") for sheet in sheets] == ["/static/style.css"]


def test_search_engines_read_what_openings_are_and_nothing_of_the_past(read: Read):
    catalogue, opening = ["WebSite", "DataCatalog"], ["Dataset"]
    wanted = dict.fromkeys(("home", "filtered", "empty"), catalogue)
    wanted |= dict.fromkeys(("late", "parts", "open"), opening)
    for (name, _), page in read.items():
        blocks = [json.loads(block.text) for block in page.all("script")]
        types = [node["@type"] for block in blocks for node in block.get("@graph", [block])]
        assert types == wanted.get(name, []), name


def test_every_link_of_a_page_leads_to_an_answer(read: Read, site: Site):
    addresses = {address for page in read.values() for address in links(page)}
    here = {address.removeprefix("http://here").partition("#")[0] for address in addresses}
    assert {urlsplit(address).scheme for address in here} <= {
        "",
        "http",
        "https",
        "mailto",
        "webcal",
    }
    local = [address for address in here if address.startswith("/")]
    broken = [address for address in local if site.get(address).status_code >= 400]
    assert set(broken) <= {"/equipe", "/desk"}, "who is not signed in"


def test_a_form_is_answered_as_it_stands(read: Read, site: Site):
    for asked, page in read.items():
        for form in page.all("form"):
            assert form.get("method") == "get", asked
            query = urlencode([pair for pair in sent(page, form) if pair[1]])
            path = form.get("action").partition("#")[0]
            assert site.get(f"{path}?{query}").status_code == 200, (asked, query)


def test_a_page_is_linked_with_its_other_language(read: Read):
    for (name, language), page in read.items():
        other = {"fr": "en", "en": "fr"}[language]
        (link,) = [node for node in page.all("a") if node.get("hreflang") == other]
        assert f"lang={other}" in link.get("href"), name
        assert link.get("lang") == other


def test_each_language_has_an_address_of_its_own_and_the_permanent_one_has_both():
    entry = register.entry(register.PRUD_HOMMES)
    path = f"/openings/{register.PRUD_HOMMES}"
    for chosen, wanted in ((False, path), (True, f"{path}?lang=en")):
        page = Markup(pages.opening(*entry, "en", chosen=chosen))
        (canonical,) = [node for node in page.all("link") if node.get("rel") == "canonical"]
        assert canonical.get("href") == f"{register.BASE}{wanted}"
        others = {node.get("hreflang"): node.get("href") for node in page.all("link")}
        assert (others["fr"], others["en"]) == (f"{path}?lang=fr", f"{path}?lang=en")


def links(page: Markup) -> list[str]:
    return [element.get("href") for element in page.all("a", "link")]


def sent(page: Markup, form: Element) -> Iterator[tuple[str, str]]:
    """What a form sends as it stands."""
    for control in (node for node in page.elements if under(node, form)):
        if control.tag == "option" and "selected" in control.attributes and control.within:
            yield control.within.get("name"), control.get("value")
        if control.tag == "input":
            yield control.get("name"), control.get("value")


def under(element: Element, other: Element) -> bool:
    return element.within is not None and (element.within is other or under(element.within, other))
