"""What every page owes its readers: one title, headings in order, links that lead somewhere."""

import json
import re
from collections.abc import Callable
from datetime import date
from functools import cache, partial
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.api.problems import EVERY
from app.domain import search as searches
from app.domain.search import OF_DIFF, OF_EXPORTS, OF_LISTS, OF_STATISTICS, Search
from app.web import pages, prose
from app.web.rendering import PROSE
from tests.web import register
from tests.web.markup import Element, Markup
from tests.web.test_figures import counted
from tests.web.test_reference import OPENAPI

PAST = date(2025, 9, 2)
PARTS = "decisions-penal-premiere-instance"
KNOWN = re.compile(
    r"/|/(texts|organizations)/[a-z0-9-]+|/figures|/chiffres|/equipe|/desk|/api/v1/statistics\.csv|/docs(/[A-Za-z]+)?|/openapi\.json|/static/(style\.css|icon\.svg)|/problems|/problems/[a-z-]+"
    rf"|{'|'.join(path for paths in PROSE.values() for path in paths.values())}"
    r"|/oembed|/calendar\.svg|/catalog\.(html|ttl|jsonld|rdf|nt)|/catalog\.ttl\.gz"
    r"|/(openings|actions)\.(atom|csv|ics|json|jsonl|ods|xlsx)"
    r"|/openings/[a-z0-9-]+(\.(json|ttl|jsonld|rdf|nt|atom|ics))?"
    r"|/programmes(/[a-z0-9-]+)?|(/api/v1)?/programmes"
    r"|/actions|/actions/[a-z0-9-]+/[A-Z0-9]+(\.(json|atom|ics))?"
    r"|/api/v1/(openings|actions)((/[A-Za-z0-9-]+){1,2}(/events)?)?"
    r"|/(diff|comparer|changes|changements)|/api/v1/diff(\.csv)?"
)
"""The public contract’s addresses, as far as pages link to them."""


SHORT = {
    **OPENAPI,
    "paths": {"/docs": OPENAPI["paths"]["/docs"]},
    "components": {**OPENAPI["components"], "schemas": {}},
}
"""The document that the reference is made of, as long as a page may be."""


def about(name: str, language: str) -> bytes:
    """A page of prose."""
    return prose.about(name, language, register.context())


PAGES: dict[str, Callable[[str], bytes]] = {
    "list": lambda language: register.listing(register.page(), language),
    "list of the past, narrowed, sorted, chosen": lambda language: register.listing(
        register.page(
            Search(as_of=PAST, state=("planned",), sort="-slip", page=2, page_size=4), frozen=True
        ),
        language,
        chosen=True,
    ),
    "empty list": lambda language: register.listing(
        register.page(Search(text=("arrete-2023",)), ()), language
    ),
    "actions": lambda language: register.listing(
        register.page(Search(type=("action",)), register.entries(actions=True)), language
    ),
    "opening": lambda language: pages.opening(*register.entry(register.PRUD_HOMMES), language),
    "opening of the past": lambda language: pages.opening(
        *register.entry(register.PRUD_HOMMES, PAST), language, chosen=True
    ),
    "opening with parts": lambda language: pages.opening(*register.entry(PARTS), language),
    "open": lambda language: pages.opening(
        *register.entry("decisions-cour-de-cassation"), language
    ),
    "action": lambda language: pages.opening(
        *register.entry("justice-2021/A16"), language, openings=register.page()
    ),
    "figures": lambda language: pages.figures(counted(), language),
    "two days": lambda language: pages.diff(
        register.compared(date(2025, 9, 2), date(2025, 9, 3)), language
    ),
    "problem": lambda language: prose.problem_kind(EVERY["stale"], language),
    "problems": lambda language: prose.problem_list(EVERY.values(), language),
    "documentation": lambda language: prose.documentation(SHORT, language),
    **{name: partial(about, name) for name in PROSE},
    "catalogue": lambda language: prose.catalogue(
        register.page(), [("turtle", b"<> a <#Sample> ;")], language
    ),
}


@pytest.fixture(params=[(name, language) for name in PAGES for language in ("fr", "en")], ids=str)
def asked(request: pytest.FixtureRequest) -> tuple[str, str]:
    name, language = request.param
    return name, language


@cache
def written(name: str, language: str) -> Markup:
    """A page, read back once for all."""
    return Markup(PAGES[name](language))


@pytest.fixture
def read(asked: tuple[str, str]) -> Markup:
    return written(*asked)


def test_a_page_has_a_language_a_title_headings_in_order_and_landmarks(
    asked: tuple[str, str], read: Markup
):
    assert read.source.startswith("<!DOCTYPE html>\n<html ")
    assert read.only("html").get("lang") == asked[1]
    assert len(read.all("title")[0].text) > len(" – Ouvertures")
    levels = [int(element.tag[1]) for element in read.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [len(read.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert read.all("a")[0].get("href") == "#content"
    assert read.only("main").get("id") == "content"


def test_names_on_a_page_are_unique_and_found(read: Markup):
    names = [element.get("id") for element in read.elements if element.get("id")]
    assert len(names) == len(set(names))
    wanted = {
        *(element.get("aria-labelledby") for element in read.elements),
        *(element.get("for") for element in read.elements),
        *(address[1:] for address in addresses(read) if address.startswith("#")),
    }
    assert wanted - {""} <= set(names)


def test_tables_and_controls_say_what_they_are(read: Markup):
    assert len(read.all("caption")) == len(read.all("table"))
    assert {element.get("scope") for element in read.all("th")} <= {"col", "row"}
    labelled = {element.get("for") for element in read.all("label")}
    for control in read.all("input", "select"):
        shown = control.get("type") != "hidden"
        assert not shown or control.get("id") in labelled or control.inside("label")


def test_nothing_runs_and_nothing_is_styled_in_line(read: Markup):
    assert read.all("style", "iframe", "object", "img") == []
    assert {block.get("type") for block in read.all("script")} <= {"application/ld+json"}
    names = {name for element in read.elements for name in element.attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    sheets = [element for element in read.all("link") if element.get("rel") == "stylesheet"]
    assert [sheet.get("href") for sheet in sheets] == ["/static/style.css"]


def test_search_engines_read_what_openings_are_and_nothing_of_the_past(
    asked: tuple[str, str], read: Markup
):
    blocks = [json.loads(block.text) for block in read.all("script")]
    types = [node["@type"] for block in blocks for node in block.get("@graph", [block])]
    catalogue = ["WebSite", "DataCatalog"]
    wanted = {"list": catalogue, "empty list": catalogue, "opening": ["Dataset"]}
    wanted |= {"opening with parts": ["Dataset"], "open": ["Dataset"]}
    assert types == wanted.get(asked[0], [])


def test_every_link_leads_to_a_known_address(read: Markup):
    for address in addresses(read):
        parts = urlsplit(address.removeprefix(register.BASE) or "/")
        if parts.scheme:
            assert parts.scheme in ("https", "mailto", "http", "webcal"), address
        elif not address.startswith("#"):
            assert KNOWN.fullmatch(parts.path), address


def test_every_link_to_a_list_is_one_that_the_search_takes(read: Markup):
    for address in addresses(read):
        parts = urlsplit(address)
        if re.fullmatch(r"/|/catalog\.[^h].*|(/api/v1)?/(openings|actions)(\..*)?", parts.path):
            names = (*OF_LISTS, *OF_EXPORTS) if "labels=" in parts.query else OF_LISTS
            searches.read_export(parse_qsl(parts.query, keep_blank_values=True), names=names)
        elif parts.path == "/api/v1/statistics.csv":
            names = (*OF_STATISTICS, "spreadsheet")
            searches.read_statistics(parse_qsl(parts.query), names)
        elif parts.query and not parts.scheme:
            compares = re.search("diff|comparer", parts.path)
            names = (*OF_DIFF, "lang") if compares else ("as_of", "lang")
            searches.read_values(parse_qsl(parts.query, keep_blank_values=True), names)


def test_each_language_has_an_address_of_its_own_and_the_permanent_one_has_both():
    entry = register.entry(register.PRUD_HOMMES)
    path = f"/openings/{register.PRUD_HOMMES}"
    for chosen, wanted in ((False, path), (True, f"{path}?lang=en")):
        read = Markup(pages.opening(*entry, "en", chosen=chosen))
        (canonical,) = [node for node in read.all("link") if node.get("rel") == "canonical"]
        assert canonical.get("href") == f"{register.BASE}{wanted}"
        others = {node.get("hreflang"): node.get("href") for node in read.all("link")}
        assert (others["fr"], others["en"]) == (f"{path}?lang=fr", f"{path}?lang=en")


def test_every_form_sends_what_the_search_takes(read: Markup):
    for form in read.all("form"):
        assert (form.get("method"), form.get("action")) in (
            ("get", "/#list"),
            ("get", "/actions#list"),
            ("get", "/comparer"),
            ("get", "/diff"),
        )
        names = OF_DIFF if form.get("action") in ("/comparer", "/diff") else OF_LISTS
        sent = [pair for control in read.elements for pair in sends(control, form)]
        searches.read_values([pair for pair in sent if pair[1]], names)
        assert sent


def test_a_page_is_linked_with_its_other_language(asked: tuple[str, str], read: Markup):
    other = {"fr": "en", "en": "fr"}[asked[1]]
    links = [node for node in read.all("a") if node.get("hreflang") == other]
    assert len(links) == 1
    assert ("lang", other) in parse_qsl(urlsplit(links[0].get("href")).query)
    assert links[0].get("lang") == other


def addresses(read: Markup) -> list[str]:
    return [element.get("href") for element in read.all("a", "link")]


def sends(control: Element, form: Element) -> list[tuple[str, str]]:
    """What a control adds to a form that is sent as it stands."""
    if not under(control, form):
        return []
    if control.tag == "option" and "selected" in control.attributes:
        assert control.within
        return [(control.within.get("name"), control.get("value"))]
    checked = control.get("type") != "checkbox" or "checked" in control.attributes
    if control.tag == "input" and checked:
        return [(control.get("name"), control.get("value"))]
    return []


def under(element: Element, other: Element) -> bool:
    return element.within is not None and (element.within is other or under(element.within, other))
