"""The rules of a feed that every harvester takes, by their numbers in the design."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rdflib import RDF, RDFS, SKOS, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS

from app.domain.claims import Resource
from app.domain.context import OPEN_LICENCE
from app.domain.values import Words
from app.formats import FORMATS, dcat
from tests.entries import redescribed
from tests.formats import records
from tests.formats.graphs import CATALOG, HYDRA, SCHEMA, VCARD, feed, it, value, words
from tests.formats.records import BASE, CONTEXT, every, page, read, told


def test_rule_1_every_dataset_has_a_title() -> None:
    untitled = redescribed(records.planned(), title=Words.of(fr="\x00 ", en=None))
    graph = feed(page(untitled, records.moved()))
    datasets = list(graph.subjects(RDF.type, DCAT.Dataset))
    assert len(datasets) == 2
    assert all(str(value(graph, one, DCTERMS.title)).strip() for one in datasets)
    assert words(graph, it("planned"), DCTERMS.title) == "planned"


def test_rule_2_every_dataset_and_service_has_an_identifier_of_its_own() -> None:
    graph = feed()
    things = [
        *graph.subjects(RDF.type, DCAT.Dataset),
        *graph.subjects(RDF.type, DCAT.DataService),
    ]
    identifiers = [value(graph, one, DCTERMS.identifier) for one in things]
    assert len(set(identifiers)) == len(things) == len(records.EVERY) + 2
    assert Literal("planned") in identifiers


def test_rule_3_addresses_do_not_change_with_what_is_said() -> None:
    renamed = replace(
        redescribed(records.planned(), title=Words.of(fr="Autre")), rank=99, state="available"
    )
    for entry in (records.planned(), renamed):
        assert (it("planned"), RDF.type, DCAT.Dataset) in told(entry)


def test_rule_6_turtle_says_its_encoding() -> None:
    media = {row.suffix: row.media_type for row in FORMATS}
    assert media["ttl"] == "text/turtle; charset=utf-8"
    assert "Décisions" in dcat.turtle(dcat.opening(records.planned(), CONTEXT)).decode()


def test_rule_7_json_ld_has_its_media_type_and_its_context_inline() -> None:
    media = {row.suffix: row.media_type for row in FORMATS}
    assert media["jsonld"] == "application/ld+json"
    assert b'{"@context":{"adms":' in dcat.jsonld(dcat.opening(records.planned(), CONTEXT))


def test_rule_9_every_address_of_ours_begins_with_the_public_base() -> None:
    moved = replace(CONTEXT, base="https://other.example/under/a/path")
    graph = told(records.moved(), moved)
    ours = [str(one) for one in graph.subjects() if "/openings/" in str(one)]
    assert ours
    assert all(one.startswith("https://other.example/under/a/path/openings/") for one in ours)
    assert BASE not in dcat.turtle(dcat.opening(records.moved(), moved)).decode()


def test_rule_10_one_view_a_page_with_its_neighbours_and_no_next_on_the_last() -> None:
    second = page(
        records.planned(),
        total=201,
        address=f"{BASE}/catalog?page=2",
        last=f"{BASE}/catalog?page=3",
        previous=f"{BASE}/catalog?page=1",
        next=f"{BASE}/catalog?page=3",
    )
    graph = feed(second)
    view = value(graph, CATALOG, HYDRA.view)
    assert list(graph.subjects(RDF.type, HYDRA.PartialCollectionView)) == [view]
    assert view == URIRef(f"{BASE}/catalog?page=2")
    neighbours = {name: str(value(graph, view, HYDRA[name])) for name in ("first", "last")}
    assert neighbours == {"first": f"{BASE}/catalog?page=1", "last": f"{BASE}/catalog?page=3"}
    assert value(graph, view, HYDRA.next) == URIRef(f"{BASE}/catalog?page=3")
    assert value(graph, view, HYDRA.previous) == URIRef(f"{BASE}/catalog?page=1")
    assert value(graph, CATALOG, HYDRA.totalItems) == Literal(201)
    last = feed()
    assert list(last.objects(None, HYDRA.next)) == list(last.objects(None, HYDRA.previous)) == []


def test_rule_11_the_bytes_are_the_same_whatever_the_order() -> None:
    entries = every().entries
    there, back = page(*entries), page(*reversed(entries))
    for write in (dcat.turtle, dcat.jsonld, dcat.rdfxml, dcat.ntriples):
        assert write(dcat.catalogue(there, CONTEXT)) == write(dcat.catalogue(back, CONTEXT))


def test_rule_12_a_page_holds_every_entry_that_it_was_given() -> None:
    graph = dcat.catalogue(every(), CONTEXT)
    assert graph.set_apart == ()
    listed = set(read(dcat.turtle(graph)).objects(CATALOG, DCAT.dataset))
    assert listed == {it(entry.slug) for entry in every().entries}


def test_rule_13_keywords_have_no_apostrophe_and_no_colon() -> None:
    asked = (
        "prud’hommes",
        "état d'avancement",
        "a:b",
        "x",
        "",
        ":",
        "é" * 200,
        "sous_titre",
        "2.0",
    )
    decomposed = "e\u0301tat"
    entry = redescribed(
        records.planned(), keywords=(*asked, decomposed, "tab\tet\nsaut", "virgule,")
    )
    found = {str(one) for one in told(entry).objects(it("planned"), DCAT.keyword)}
    assert found == {
        "ouverture-planifiee",
        "nouvelle-ouverture",
        "prud-hommes",
        "état d-avancement",
        "a-b",
        "é" * 100,
        "sous-titre",
        "2.0",
        "état",
        "tab-et-saut",
        "virgule",
    }


def test_rule_14_a_service_has_a_title_and_an_identifier_unlike_any_dataset_s() -> None:
    graph = told(records.with_api())
    service = URIRef(records.place(records.with_api(), "service"))
    assert (service, RDF.type, DCAT.DataService) in graph
    assert value(graph, service, DCTERMS.identifier) == Literal(service.rpartition("/")[2])
    assert words(graph, service, DCTERMS.title) == "Décisions n° with-api"


def test_rule_15_a_service_is_linked_by_what_it_serves() -> None:
    graph = feed()
    service = URIRef(records.place(records.with_api(), "service"))
    assert value(graph, service, DCAT.servesDataset) == it("with-api")
    assert (CATALOG, DCAT.service, service) in graph
    assert list(graph.objects(None, DCAT.accessService)) == []


@pytest.mark.parametrize("day", ["2021-10-15", "2022-06-30", "2026-11-19"])
def test_rule_16_nothing_is_issued_or_modified_in_the_future(day: str) -> None:
    asked = date.fromisoformat(day)
    context = records.as_of(asked)
    graph = read(dcat.turtle(dcat.catalogue(every(), context)))
    end = datetime(asked.year, asked.month, asked.day, 23, 59, tzinfo=UTC)
    for name in (DCTERMS.issued, DCTERMS.modified, DCTERMS.created):
        for moment in graph.objects(None, name):
            assert isinstance(moment, Literal)
            told = moment.toPython()
            assert told <= (end if isinstance(told, datetime) else asked)


def test_rule_16_a_day_to_come_is_told_as_of_the_day_asked() -> None:
    entry = replace(records.with_file(), opened_on=date(2027, 1, 1), state_since=date(2027, 1, 1))
    graph = told(entry)
    assert value(graph, it("with-file"), DCTERMS.issued) == Literal(CONTEXT.day)
    assert value(graph, it("with-file"), DCTERMS.available) == Literal(CONTEXT.day)


def test_rule_17_the_licence_is_on_each_distribution_at_the_address_that_is_recognised() -> None:
    graph = feed()
    licences = {
        str(one): str(value(graph, one, DCTERMS.license))
        for one in graph.subjects(RDF.type, DCAT.Distribution)
    }
    assert licences == {
        records.place(records.with_file(), "distribution"): OPEN_LICENCE,
        records.place(records.with_api(), "distribution"): OPEN_LICENCE,
        records.place(records.with_code(), "distribution"): "https://spdx.org/licenses/MIT",
        records.place(records.of_high_value(), "distribution"): OPEN_LICENCE,
        records.place(records.of_high_value(), "distribution", 2): OPEN_LICENCE,
    }
    assert value(graph, CATALOG, DCTERMS.license) == URIRef(OPEN_LICENCE)
    assert list(graph.objects(URIRef(OPEN_LICENCE), RDFS.label)) == []


def test_rule_17_a_licence_of_the_entry_holds_for_what_is_open_and_none_is_made_up_for_code() -> (
    None
):
    other = "https://licence.example/1"
    entry = redescribed(records.with_api(), licence=other)
    distribution = URIRef(records.place(entry, "distribution"))
    assert value(told(entry), distribution, DCTERMS.license) == URIRef(other)
    bare = redescribed(
        records.with_code(),
        resources=(Resource.model_construct(url="https://code.example", kind="repository"),),
    )
    assert list(told(bare).objects(None, DCTERMS.license)) == []


def test_rule_18_each_page_types_everything_it_points_at() -> None:
    graph = feed(replace(every(), address=f"{BASE}/catalog?page=1"))
    elsewhere = {
        DCAT.accessURL,
        DCAT.downloadURL,
        DCAT.endpointURL,
        DCAT.endpointDescription,
        SCHEMA.codeRepository,
        RDFS.seeAlso,
        VCARD.hasEmail,
        VCARD.hasURL,
    }
    pages = {HYDRA.first, HYDRA.last, HYDRA.next, HYDRA.previous}
    for subject, name, pointed in graph:
        if name != RDF.type and name not in elsewhere | pages and not isinstance(pointed, Literal):
            assert list(graph.objects(pointed, RDF.type)), (subject, name, pointed)
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        assert list(graph.objects(concept, SKOS.prefLabel)), concept


def test_rule_19_a_hundred_planned_datasets_are_a_quarter_of_a_megabyte() -> None:
    entries = [replace(records.planned(), slug=f"decisions-{n}") for n in range(100)]
    assert len(dcat.turtle(dcat.catalogue(page(*entries), CONTEXT))) < 250_000


def test_rule_03_what_can_be_had_keeps_its_address_whatever_is_put_before_it() -> None:
    entry = records.with_api()
    before = (
        Resource.model_construct(url="https://data.example/new.csv"),
        *entry.described.resources,
        *entry.described.resources,
    )
    graph = told(redescribed(entry, resources=before))
    this, service = it("with-api"), URIRef(records.place(entry, "service"))
    assert (service, RDF.type, DCAT.DataService) in graph
    found = set(map(str, graph.objects(this, DCAT.distribution)))
    assert records.place(entry, "distribution") in found
    assert len(found) == len(before)
