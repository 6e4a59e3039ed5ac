"""The nineteen rules of a feed that every harvester takes, over HTTP, at a thousand openings.

The pages are real: a server on a socket, a register with the seed and 989 openings of every kind,
walked by `hydra:next` in each of the four syntaxes, and read by other implementations than ours.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF
from rdflib.term import Node

from app.domain.context import OPEN_LICENCE
from app.domain.states import STATES
from app.register import Clock
from app.register.writing import Writing
from app.store.database import Database
from tests import openings
from tests.formats.graphs import DCATAP, HYDRA, SCHEMA, VCARD
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
        following = next((str(one) for one in graph.objects(view, HYDRA.next)), None)


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
    found = Graph()
    for page in pages:
        found += page.graph
    return found


# Every syntax, every page.


@pytest.mark.parametrize("suffix", ["jsonld", "rdf", "nt"])
def test_every_page_says_the_same_in_every_syntax(feed: Feed, suffix: str) -> None:
    for turtle, other in zip(feed["ttl"], feed[suffix], strict=True):
        there = Graph()
        for triple in turtle.graph:
            there.add(tuple(_elsewhere(term, suffix) for term in triple))
        assert isomorphic(there, other.graph), other.address


def _elsewhere(term: Any, suffix: str) -> Any:
    """The address of a page, in another syntax; any other term as it is."""
    if isinstance(term, URIRef) and "/catalog.ttl?" in term:
        return URIRef(term.replace("/catalog.ttl?", f"/catalog.{suffix}?"))
    return term


def test_json_ld_says_the_same_to_a_third_implementation(feed: Feed) -> None:
    for page in feed["jsonld"]:
        assert isomorphic(by_pyld(page.answer.content), page.graph), page.address


def test_the_register_has_every_state_type_and_option(feed: Feed) -> None:
    """What the other tests are worth: nothing optional is always there, or never."""
    graph = whole(feed["ttl"])
    kinds = Counter(
        (str(word)[len("ouverture-") :], str(graph.value(one, DCTERMS.type)).rpartition("/")[2])
        for one in graph.subjects(RDF.type, DCAT.Dataset)
        for word in graph.objects(one, DCAT.keyword)
        if str(word).startswith("ouverture-")
    )
    assert len(kinds) == len(STATES) * 3
    every = len(set(graph.subjects(RDF.type, DCAT.Dataset)))
    optional = (
        *(DCAT.distribution, DCTERMS.temporal, DCTERMS.provenance, DCTERMS.available),
        *(DCTERMS.issued, DCTERMS.rights, SCHEMA.codeRepository, SCHEMA.license),
        *(DCATAP.hvdCategory, DCATAP.applicableLegislation),
    )
    for name in optional:
        told = {s for s in graph.subjects(name) if (s, RDF.type, DCAT.Dataset) in graph}
        assert 0 < len(told) < every, name
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
    found = results(with_vocabularies(data), VOCABULARIES)
    assert set(found) == set(OF_VOCABULARIES)


def test_the_seed_alone_has_no_violation(feed: Feed) -> None:
    answer = feed.site.get("/catalog.ttl?announcement=new&announcement=continued&action=A16")
    data = read(answer.content)
    assert len(set(data.subjects(RDF.type, DCAT.Dataset))) == 11
    assert results(data, *DECISIVE) == {}


# The rules.


@each_syntax
def test_rule_01_every_dataset_has_a_title(feed: Feed, suffix: str) -> None:
    found = 0
    for page in feed[suffix]:
        for one in page.graph.subjects(RDF.type, DCAT.Dataset):
            titles = [str(title) for title in page.graph.objects(one, DCTERMS.title)]
            assert titles
            assert all(title.strip() for title in titles)
            found += 1
    assert found == TOTAL


@each_syntax
def test_rule_02_every_dataset_and_service_has_one_literal_identifier(
    feed: Feed, suffix: str
) -> None:
    identifiers: list[str] = []
    for page in feed[suffix]:
        for one in things(page.graph):
            (identifier,) = page.graph.objects(one, DCTERMS.identifier)
            assert isinstance(identifier, Literal)
            assert identifier.datatype in (None, URIRef(f"{RDFS}Literal")) or suffix == "jsonld"
            identifiers.append(str(identifier))
    assert len(set(identifiers)) == len(identifiers) > TOTAL


def test_rule_03_addresses_and_identifiers_never_change(own: str) -> None:
    with serving(own) as site:
        before = read(site.get("/openings/ouverture-00001.ttl").content)
        address = "/api/v1/openings/ouverture-00001"
        told = site.get(address).json()
        values: dict[str, Any] = {
            "title": {"fr": "Un autre titre", "en": "Another title"},
            "resources": [{"url": "https://elsewhere.example/", "kind": "api"}],
            "publisher": "ministere-de-la-justice",
        }
        team = site.as_team("ministere-de-la-justice")
        assert change(team, address, **values).status_code == 200
        after = read(site.get("/openings/ouverture-00001.ttl").content)
        (one,) = before.subjects(RDF.type, DCAT.Dataset)
        assert (one, RDF.type, DCAT.Dataset) in after
        assert str(one) == told["iri"]
        assert str(after.value(one, DCTERMS.identifier)) == "ouverture-00001"


@each_syntax
def test_rule_04_nothing_redirects(feed: Feed, suffix: str) -> None:
    for page in feed[suffix]:
        assert page.answer.history == []
        assert page.answer.status_code == 200
    for address in (f"/catalog.{suffix}", "/catalog", f"/openings/ouverture-00001.{suffix}"):
        answer = feed.site.http.get(address, follow_redirects=False)
        assert answer.status_code == 200
    for address in ("/catalog/", f"/catalog.{suffix}/", "/openings/ouverture-00001/"):
        assert feed.site.http.get(address, follow_redirects=False).status_code == 404


@each_syntax
def test_rule_05_head_answers_as_get(feed: Feed, suffix: str) -> None:
    for page in (feed[suffix][0], feed[suffix][-1]):
        head = feed.site.http.head(page.address)
        assert head.status_code == 200
        assert head.content == b""
        for name in ("content-type", "etag", "last-modified"):
            assert head.headers[name] == page.answer.headers[name]


@each_syntax
def test_rule_06_every_page_says_its_media_type(feed: Feed, suffix: str) -> None:
    form, media_type = MEDIA[suffix]
    for page in feed[suffix]:
        assert page.answer.headers["content-type"] == media_type
    turtle = feed["ttl"][0].answer
    assert turtle.encoding == "utf-8"
    assert "Décisions" in turtle.text
    named = feed.site.get("/catalog", headers={"Accept": media_type.partition(";")[0]})
    assert named.headers["content-type"] == media_type
    assert len(read(named.content, form)) > 1_000


def test_rule_07_json_ld_carries_its_context(feed: Feed) -> None:
    for page in feed["jsonld"]:
        document = page.answer.json()
        assert isinstance(document["@context"], dict)
        contexts = re.findall(r'"@context":(.)', page.answer.text)
        assert contexts == ["{"], "no other context, and none to be fetched"


@each_syntax
def test_rule_08_a_later_page_comes_in_the_type_of_the_first(feed: Feed, suffix: str) -> None:
    types = {page.answer.headers["content-type"] for page in feed[suffix]}
    assert types == {MEDIA[suffix][1]}
    for page in feed[suffix]:
        for name in ("first", "last", "next", "previous"):
            for address in page.graph.objects(None, HYDRA[name]):
                assert f"/catalog.{suffix}?" in str(address)
    negotiated = feed.site.get("/catalog", headers={"Accept": MEDIA[suffix][1]})
    graph = read(negotiated.content, MEDIA[suffix][0])
    following = str(next(graph.objects(None, HYDRA.next)))
    assert feed.site.get(following).headers["content-type"] == MEDIA[suffix][1]


@each_syntax
def test_rule_09_every_address_begins_with_the_public_base(url: str, suffix: str) -> None:
    base = "https://registre.example/sous/un/chemin"
    with serving(url, public_url=base) as site:
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        answer = site.get(f"/catalog.{suffix}", headers=headers)
        assert "evil.example" not in answer.text
        assert site.base not in answer.text
        graph = read(answer.content, MEDIA[suffix][0])
        ours = [*things(graph), *graph.objects(None, HYDRA.next), *graph.subjects(HYDRA.view)]
        assert len(ours) > A_PAGE
        assert all(str(one).startswith(f"{base}/") for one in ours)


@each_syntax
def test_rule_10_one_view_a_page_and_no_next_on_the_last(feed: Feed, suffix: str) -> None:
    pages = feed[suffix]
    views: list[str] = []
    for number, page in enumerate(pages):
        (view,) = page.graph.subjects(RDF.type, HYDRA.PartialCollectionView)
        (catalog,) = page.graph.subjects(HYDRA.view, view)
        assert str(catalog) == f"{feed.site.base}/catalog"
        assert str(page.graph.value(catalog, HYDRA.totalItems)) == str(TOTAL)
        assert len(list(page.graph.objects(view, HYDRA.first))) == 1
        assert len(list(page.graph.objects(view, HYDRA.last))) == 1
        assert len(list(page.graph.objects(view, HYDRA.previous))) == (number > 0)
        assert len(list(page.graph.objects(view, HYDRA.next))) == (number < len(pages) - 1)
        views.append(str(view))
    assert len(set(views)) == len(pages) == TOTAL // A_PAGE


@each_syntax
def test_rule_10_first_last_and_previous_lead_where_they_say(feed: Feed, suffix: str) -> None:
    pages = feed[suffix]
    second = pages[1].graph

    def at(name: str) -> set[Node]:
        address = str(next(second.objects(None, HYDRA[name])))
        graph = read(feed.site.get(address).content, MEDIA[suffix][0])
        return set(graph.subjects(RDF.type, DCAT.Dataset))

    assert at("first") == at("previous") == set(pages[0].graph.subjects(RDF.type, DCAT.Dataset))
    assert at("last") == set(pages[-1].graph.subjects(RDF.type, DCAT.Dataset))


@each_syntax
def test_rule_11_pages_are_in_the_order_of_permanent_names(feed: Feed, suffix: str) -> None:
    last = ""
    for page in feed[suffix]:
        graph = page.graph
        names = sorted(
            str(graph.value(one, DCTERMS.identifier))
            for one in graph.subjects(RDF.type, DCAT.Dataset)
        )
        assert len(names) == A_PAGE
        assert names[0] > last
        last = names[-1]


@each_syntax
def test_rule_11_nothing_moves_between_pages_while_a_writer_works(own: str, suffix: str) -> None:
    """An opening is announced, and another withdrawn whole, between any two pages."""
    with serving(own) as site:
        team = site.as_team("ministere-de-la-justice")
        met: list[str] = []
        told = {"publisher": "ministere-de-la-justice", "reason": "Pour l’essai."}
        of_one = "publisher=ministere-de-la-justice"
        before = site.get(f"/api/v1/openings?{of_one}&page_size=1").json()["total"]
        first = f"{site.base}/catalog.{suffix}?{of_one}"
        for number, page in enumerate(walk(site, first)):
            graph = page.graph
            datasets = [*graph.subjects(RDF.type, DCAT.Dataset)]
            met += [str(graph.value(one, DCTERMS.identifier)) for one in datasets]
            name = f"a-{suffix}-{number:02}"
            body = {"id": name, "title": {"fr": f"Une annonce pendant le parcours {name}"}, **told}
            assert team.post("/api/v1/openings", json=body).status_code == 201
            (event,) = site.get(f"/api/v1/openings/{name}/events").json()["data"]
            if number % 2:
                address = f"/api/v1/events/{event['position']}/judgement"
                gone = {"standing": "retracted", "reason": "Par erreur."}
                assert team.post(address, json=gone).status_code == 200
        assert len(met) == len(set(met)) > 3 * A_PAGE
        assert len(met) == before
        assert not any(name.startswith(f"a-{suffix}") for name in met)


@each_syntax
def test_rule_12_an_error_is_an_error_and_never_an_empty_page(feed: Feed, suffix: str) -> None:
    refused = {
        f"/catalog.{suffix}?page=11": 400,
        f"/catalog.{suffix}?page=0": 400,
        f"/catalog.{suffix}?publisher=nobody": 400,
        f"/catalog.{suffix}?cursor=xyz": 400,
        f"/catalog.{suffix}?as_of=2999-01-01": 400,
        f"/catalog.{suffix}x": 404,
    }
    for address, status in refused.items():
        answer = feed.site.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (
            status,
            "application/problem+json",
        ), address
    with serving("sqlite:////nowhere/at/all.db") as broken:
        assert broken.get(f"/catalog.{suffix}").status_code == 503
    for page in feed[suffix]:
        assert len(set(page.graph.subjects(RDF.type, DCAT.Dataset))) == A_PAGE


@each_syntax
def test_rule_13_keywords_are_words_that_every_harvester_takes(feed: Feed, suffix: str) -> None:
    wanted = re.compile(r"[^\W_]([\w .-]{0,98}[^\W_])")
    for page in feed[suffix]:
        for subject, keyword in page.graph.subject_objects(DCAT.keyword):
            assert isinstance(keyword, Literal), subject
            assert wanted.fullmatch(str(keyword)), keyword
            assert "_" not in keyword


def test_rule_13_keywords_are_slugged_at_the_door(own: str) -> None:
    with serving(own) as site:
        team = site.as_team("cour-de-cassation")
        asked = ["Prud’hommes", "État d'avancement : 2e degré", "justice", "justice"]
        told = change(team, PRUDHOMMES, keywords=asked).json()
        assert told["keywords"] == ["prud-hommes", "etat-d-avancement-2e-degre", "justice"]
        for wrong in ("x", ":", "’"):
            answer = change(team, PRUDHOMMES, keywords=[wrong])
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == "keywords.0"


@each_syntax
def test_rule_14_a_service_has_a_title_and_an_identifier_of_its_own(
    feed: Feed, suffix: str
) -> None:
    graph = whole(feed[suffix])
    datasets = {
        str(graph.value(one, DCTERMS.identifier)) for one in graph.subjects(RDF.type, DCAT.Dataset)
    }
    services = set(graph.subjects(RDF.type, DCAT.DataService))
    assert len(services) > 50
    for one in services:
        assert str(graph.value(one, DCTERMS.title)).strip()
        assert str(graph.value(one, DCTERMS.identifier)) not in datasets


@each_syntax
def test_rule_15_a_service_is_linked_by_what_it_serves(feed: Feed, suffix: str) -> None:
    for page in feed[suffix]:
        graph = page.graph
        for one in graph.subjects(RDF.type, DCAT.DataService):
            served = list(graph.objects(one, DCAT.servesDataset))
            assert len(served) == 1
            assert (served[0], RDF.type, DCAT.Dataset) in graph
        assert list(graph.subject_objects(DCAT.accessService)) == []


@each_syntax
def test_rule_16_nothing_is_issued_or_modified_in_the_future(feed: Feed, suffix: str) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for page in feed[suffix]:
        for name in (DCTERMS.issued, DCTERMS.modified, DCTERMS.created):
            for moment in page.graph.objects(None, name):
                assert isinstance(moment, Literal)
                told = moment.toPython()
                limit: Any = tomorrow if isinstance(told, datetime) else tomorrow.date()
                assert isinstance(told, date)
                assert told <= limit


@each_syntax
def test_rule_16_as_of_a_past_day_nothing_is_of_a_later_one(feed: Feed, suffix: str) -> None:
    answer = feed.site.get(f"/catalog.{suffix}?as_of=2023-05-02")
    graph = read(answer.content, MEDIA[suffix][0])
    days = [
        str(moment)[:10]
        for name in (DCTERMS.issued, DCTERMS.modified, DCTERMS.created)
        for moment in graph.objects(None, name)
        if not isinstance(moment, Literal) or "Catalog" not in str(moment)
    ]
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    own = str(graph.value(catalog, DCTERMS.modified))[:10]
    assert days
    assert all(told <= "2023-05-02" for told in days if told != own)


@each_syntax
def test_rule_17_the_licence_is_on_each_distribution_and_is_recognised(
    feed: Feed, suffix: str
) -> None:
    found: Counter[str] = Counter()
    for page in feed[suffix]:
        graph = page.graph
        for one in graph.subjects(RDF.type, DCAT.Distribution):
            licences = [str(licence) for licence in graph.objects(one, DCTERMS.license)]
            assert len(licences) <= 1
            found[licences[0] if licences else ""] += 1
        for one in graph.subjects(RDF.type, DCAT.DataService):
            assert len(list(graph.objects(one, DCTERMS.license))) == 1
    assert found[OPEN_LICENCE] > found.total() / 3
    others = {"", "https://creativecommons.org/licenses/by/4.0/"}
    assert set(found) == {OPEN_LICENCE, "https://spdx.org/licenses/EUPL-1.2", *others}


@each_syntax
def test_rule_18_each_page_is_complete_alone_and_types_what_it_points_at(
    feed: Feed, suffix: str
) -> None:
    elsewhere = {DCAT.downloadURL, SCHEMA.codeRepository, RDFS.seeAlso}
    pages = {HYDRA.first, HYDRA.last, HYDRA.next, HYDRA.previous}
    for page in feed[suffix]:
        graph = page.graph
        typed = set(graph.subjects(RDF.type))
        for subject, name, pointed in graph:
            if name in elsewhere | pages | {RDF.type} or isinstance(pointed, Literal):
                continue
            assert pointed in typed, (subject, name, pointed)
        for concept in graph.subjects(RDF.type, SKOS.Concept):
            assert list(graph.objects(concept, SKOS.prefLabel)), concept
        for agent in graph.subjects(RDF.type, FOAF.Agent):
            assert list(graph.objects(agent, FOAF.name)), agent
        for contact in graph.subjects(RDF.type, VCARD.Kind):
            assert list(graph.objects(contact, VCARD.fn)), contact


@each_syntax
def test_rule_19_a_hundred_datasets_a_page_and_the_whole_feed_can_be_kept(
    feed: Feed, suffix: str
) -> None:
    sizes = [len(page.answer.content) for page in feed[suffix]]
    assert len(sizes) == TOTAL // A_PAGE
    assert sum(sizes) < 15_000_000


def test_rule_19_a_planned_dataset_costs_little(feed: Feed) -> None:
    """What most of a register of promises is: planned, with nothing said of it yet but that.

    What pages say once, and what concepts they point at, is not counted; the record is.
    """
    told = feed.site.get("/catalog.ttl?state=planned").text
    costs: Counter[str] = Counter()
    for block in re.split(r" \.\n(?=[<_])", told):
        subject = re.match(r"<[^>]*/openings/([^>#.]*)", block)
        costs[subject[1] if subject else ""] += len(block.encode())
    bare = [costs[slug] for slug in costs if slug.startswith("decisions-")]
    assert len(bare) == 4
    assert max(bare) < 3_200, bare
