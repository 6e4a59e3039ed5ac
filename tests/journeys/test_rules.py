"""The rules of a feed that every harvester takes, over HTTP, at a thousand openings.

The pages are real: a server on a socket, a register with the seed and 989 openings of every kind,
walked by `hydra:next` in each of the four syntaxes. What pages say, and that every syntax says the
same, is in `tests/formats`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from rdflib import RDF, Graph
from rdflib.namespace import DCAT, DCTERMS
from rdflib.term import Node

from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests import openings
from tests.formats.graphs import HYDRA
from tests.formats.records import read
from tests.formats.test_shapes import (
    DECISIVE,
    results,
)
from tests.serving import Site, serving

MEDIA = {
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("xml", "application/rdf+xml"),
    "nt": ("nt", "application/n-triples"),
}
TOTAL = 1_000
A_PAGE = 100

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


@pytest.fixture(scope="module")
def feed(url: str) -> Iterator[Feed]:
    with serving(url) as site:
        yield Feed(site)


# What pages say.


def test_the_seed_alone_has_no_violation(feed: Feed) -> None:
    answer = feed.site.get(
        "/catalog.ttl?announcement=new&announcement=continued&action=justice-2021/A16"
    )
    data = read(answer.content)
    assert len(set(data.subjects(RDF.type, DCAT.Dataset))) == 11
    assert results(data, *DECISIVE) == {}


# The rules of what a page says.


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
