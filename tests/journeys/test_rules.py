"""The rules of a feed that every harvester takes, over HTTP, at a thousand openings.

What one page shows of them is in `tests/formats/test_dcat.py`.

The pages are real: a server on a socket, a register with the seed and 989 openings of every kind,
walked by `hydra:next` in each of the four syntaxes, and read by other implementations than ours.
Every page says the same in every syntax: what it says is asked of Turtle alone.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS
from rdflib.term import Node

from app.domain.states import STATES
from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests import openings
from tests.formats.graphs import DCATAP, HYDRA, SCHEMA
from tests.formats.records import read
from tests.formats.test_shapes import (
    DECISIVE,
    HVD,
    OF_VOCABULARIES,
    RECOMMENDED,
    VOCABULARIES,
    of_high_value,
    results,
    with_vocabularies,
)
from tests.formats.test_syntaxes import by_pyld
from tests.serving import Site, change, serving

MEDIA = {
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("xml", "application/rdf+xml"),
    "nt": ("nt", "application/n-triples"),
}
TOTAL = 1_000
A_PAGE = 100
PRUDHOMMES = "/api/v1/openings/decisions-conseils-de-prud-hommes"

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("a thousand openings")]  # made once
each_syntax = pytest.mark.parametrize("suffix", MEDIA)


class Read(NamedTuple):
    """A page of the feed, as a harvester has it."""

    address: str
    answer: httpx.Response
    graph: Graph


class Feed:
    """The pages of a register in each syntax, walked once."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.walked: dict[str, list[Read]] = {}

    def __getitem__(self, suffix: str) -> list[Read]:
        if suffix not in self.walked:
            self.walked[suffix] = list(walk(self.site, f"{self.site.base}/catalog.{suffix}"))
        return self.walked[suffix]


def walk(site: Site, first: str) -> Iterator[Read]:
    """Every page, from the first, by `hydra:next`: as udata and CKAN walk."""
    following: str | None = first
    seen: set[str] = set()
    form = MEDIA[httpx.URL(first).path.rpartition(".")[2]][0]
    while following:
        assert following not in seen, "a loop"
        seen.add(following)
        answer = site.http.get(following, follow_redirects=False)
        assert answer.status_code == 200, answer.text
        graph = read(answer.content, form)
        yield Read(following, answer, graph)
        (view,) = graph.subjects(RDF.type, HYDRA.PartialCollectionView)
        following = next((str(each) for each in graph.objects(view, HYDRA.next)), None)


@pytest.fixture(scope="module")
def url(sqlite) -> Iterator[str]:
    """A register of a thousand openings. On one engine: what is told does not depend on it."""
    for address in sqlite.copy("seeded"):
        database = Database(address)
        Writing(database, Clock()).absorb(openings.claims(TOTAL - 11))
        database.close()
        yield address


@pytest.fixture
def own(url: str, tmp_path: Path) -> str:
    """A copy of that register, to write in."""
    there = sqlite3.connect(tmp_path / "register.db")
    here = sqlite3.connect(url.removeprefix("sqlite:///"))
    here.backup(there)
    here.close()
    there.close()
    return f"sqlite:///{tmp_path / 'register.db'}"


@pytest.fixture(scope="module")
def feed(url: str) -> Iterator[Feed]:
    with serving(url) as site:
        yield Feed(site)


def things(graph: Graph) -> set[Node]:
    """The datasets and the services."""
    return {*graph.subjects(RDF.type, DCAT.Dataset), *graph.subjects(RDF.type, DCAT.DataService)}


def whole(pages: list[Read]) -> Graph:
    """All pages in one graph."""
    union = Graph()
    for page in pages:
        union += page.graph
    return union


# Every syntax, every page.


@pytest.mark.parametrize("suffix", ["jsonld", "rdf", "nt"])
def test_every_page_says_the_same_in_every_syntax(feed: Feed, suffix: str) -> None:
    for turtle, other in zip(feed["ttl"], feed[suffix], strict=True):
        there = Graph()
        for triple in turtle.graph:
            there.add(tuple(_elsewhere(term, suffix) for term in triple))
        assert isomorphic(there, other.graph), other.address
        if suffix == "jsonld":  # and to a third implementation
            assert isomorphic(by_pyld(other.answer.content), other.graph), other.address


def _elsewhere(term: Any, suffix: str) -> Any:
    """The address of a page, in another syntax; any other term as it is."""
    if isinstance(term, URIRef) and "/catalog.ttl?" in term:
        return URIRef(term.replace("/catalog.ttl?", f"/catalog.{suffix}?"))
    return term


def test_the_register_has_every_state_type_and_option(feed: Feed) -> None:
    """What the other tests are worth: nothing optional is always there, or never."""
    graph = whole(feed["ttl"])
    datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
    kinds = {
        (str(word), graph.value(dataset, DCTERMS.type))
        for dataset in datasets
        for word in graph.objects(dataset, DCAT.keyword)
        if str(word).startswith("ouverture-")
    }
    assert len(kinds) == len(STATES) * 3
    optional = (
        *(DCAT.distribution, DCTERMS.temporal, DCTERMS.provenance, DCTERMS.available),
        *(DCTERMS.issued, DCTERMS.rights, SCHEMA.codeRepository, SCHEMA.license),
        *(DCATAP.hvdCategory, DCATAP.applicableLegislation),
    )
    for name in optional:
        assert 0 < len(datasets & set(graph.subjects(name))) < len(datasets), name
    assert len(set(graph.subjects(RDF.type, DCAT.DataService))) > 50


# SHACL.


def covering(pages: list[Read]) -> list[Graph]:
    """The fewest pages, from the first, that have all that any page has."""

    def has(graph: Graph) -> set[tuple[Node, ...]]:
        return {
            (kind, name)
            for subject, name in graph.subject_predicates()
            for kind in graph.objects(subject, RDF.type)
        }

    every = has(whole(pages))
    chosen: list[Graph] = []
    for page in pages:
        if set().union(*map(has, chosen)) != every:
            chosen.append(page.graph)
    assert set().union(*map(has, chosen)) == every
    return chosen


def test_no_page_has_a_violation_and_every_warning_is_known(feed: Feed) -> None:
    data = Graph()
    for graph in covering(feed["ttl"])[:3]:
        data += graph
    assert results(data, *DECISIVE) == {}
    assert set(results(data, "shapes_recommended")) == set(RECOMMENDED)
    flagged = of_high_value(data)
    assert len(set(flagged.subjects(RDF.type, DCAT.DataService))) > 3
    assert results(flagged, HVD) == {}
    assert set(results(with_vocabularies(data), VOCABULARIES)) == set(OF_VOCABULARIES)


def test_the_seed_alone_has_no_violation(feed: Feed) -> None:
    answer = feed.site.get(
        "/catalog.ttl?announcement=new&announcement=continued&action=justice-2021/A16"
    )
    data = read(answer.content)
    assert len(set(data.subjects(RDF.type, DCAT.Dataset))) == 11
    assert results(data, *DECISIVE) == {}


# The rules of what a page says.


def test_rule_03_addresses_and_identifiers_never_change(own: str) -> None:
    with serving(own) as site:
        address = "/openings/ouverture-00001"
        iri = URIRef(site.get(f"/api/v1{address}").json()["iri"])
        values: dict[str, Any] = {
            "title": {"fr": "Un autre titre", "en": "Another title"},
            "resources": [{"url": "https://elsewhere.example/", "kind": "api"}],
            "publisher": "ministere-de-la-justice",
        }
        before = read(site.get(f"{address}.ttl").content)
        team = site.as_team("ministere-de-la-justice", "operator")  # nobody else is asked
        assert change(team, f"/api/v1{address}", **values).status_code == 200
        for graph in (before, read(site.get(f"{address}.ttl").content)):
            assert (iri, RDF.type, DCAT.Dataset) in graph
            assert str(graph.value(iri, DCTERMS.identifier)) == "ouverture-00001"


def test_rule_10_one_view_a_page_and_no_next_on_the_last(feed: Feed) -> None:
    pages = feed["ttl"]
    for number, page in enumerate(pages):
        (view,) = page.graph.subjects(RDF.type, HYDRA.PartialCollectionView)
        (catalog,) = page.graph.subjects(HYDRA.view, view)
        assert str(catalog) == f"{feed.site.base}/catalog"
        assert str(page.graph.value(catalog, HYDRA.totalItems)) == str(TOTAL)
        near = {"first": 1, "last": 1, "previous": number > 0, "next": number < len(pages) - 1}
        for name, count in near.items():
            assert len(list(page.graph.objects(view, HYDRA[name]))) == count
    assert len(pages) == TOTAL // A_PAGE

    def at(name: str) -> set[Node]:
        address = str(next(pages[1].graph.objects(None, HYDRA[name])))
        return set(read(feed.site.get(address).content).subjects(RDF.type, DCAT.Dataset))

    assert at("first") == at("previous") == set(pages[0].graph.subjects(RDF.type, DCAT.Dataset))
    assert at("last") == set(pages[-1].graph.subjects(RDF.type, DCAT.Dataset))


def test_rule_11_pages_are_in_the_order_of_permanent_names(feed: Feed) -> None:
    last = ""
    for page in feed["ttl"]:
        datasets = page.graph.subjects(RDF.type, DCAT.Dataset)
        names = sorted(str(page.graph.value(each, DCTERMS.identifier)) for each in datasets)
        assert len(names) == A_PAGE
        assert names[0] > last
        last = names[-1]


# The rules of how it answers.


@each_syntax
def test_rules_04_to_06_nothing_redirects_head_is_get_and_the_type_is_said(
    feed: Feed, suffix: str
) -> None:
    form, media_type = MEDIA[suffix]
    for page in feed[suffix]:
        assert page.answer.history == []
        assert page.answer.headers["content-type"] == media_type
    for page in (feed[suffix][0], feed[suffix][-1]):
        head = feed.site.http.head(page.address)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-type", "etag", "last-modified"):
            assert head.headers[name] == page.answer.headers[name]
    for address in (f"/catalog.{suffix}", f"/openings/ouverture-00001.{suffix}"):
        assert feed.site.http.get(address, follow_redirects=False).status_code == 200
    for address in ("/catalog/", f"/catalog.{suffix}/", "/openings/ouverture-00001/"):
        assert feed.site.http.get(address, follow_redirects=False).status_code == 404
    assert "Décisions" in feed["ttl"][0].answer.text
    # By `Accept`, and so are the pages that it leads to (rule 8).
    named = feed.site.get("/catalog", headers={"Accept": media_type.partition(";")[0]})
    assert named.headers["content-type"] == media_type
    following = str(next(read(named.content, form).objects(None, HYDRA.next)))
    assert feed.site.get(following).headers["content-type"] == media_type


@each_syntax
def test_rule_12_an_error_is_an_error_and_never_an_empty_page(feed: Feed, suffix: str) -> None:
    queries = ("page=11", "page=0", "publisher=nobody", "cursor=xyz", "as_of=2999-01-01")
    refused = dict.fromkeys((f"/catalog.{suffix}?{query}" for query in queries), 400)
    for address, status in {**refused, f"/catalog.{suffix}x": 404}.items():
        answer = feed.site.get(address)
        assert answer.status_code == status, address
        assert answer.headers["content-type"] == "application/problem+json"
    with serving("sqlite:////nowhere/at/all.db") as broken:
        assert broken.get(f"/catalog.{suffix}").status_code == 503


@each_syntax
def test_rule_19_the_whole_feed_can_be_kept(feed: Feed, suffix: str) -> None:
    assert sum(len(page.answer.content) for page in feed[suffix]) < 15_000_000
