"""Openings and their catalogue as DCAT-AP. Rules have the numbers that the design gives them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS
from rdflib.term import BNode
from slugify import slugify

from app.domain.claims import Contact, Resource
from app.domain.commitments import Commitment
from app.domain.context import OPEN_LICENCE
from app.domain.periods import on_day
from app.domain.values import HVD_CATEGORIES, Words
from app.formats import dcat, rdf
from app.formats.dcat import terms
from app.formats.document import category_label
from tests.entries import covering, redescribed
from tests.formats import records
from tests.formats.graphs import (
    CATALOG,
    EU,
    HYDRA,
    IANA,
    SCHEMA,
    VCARD,
    feed,
    graph_of,
    it,
    value,
    values,
    words,
)
from tests.formats.records import BASE, CONTEXT, every, page

CC_BY = "https://creativecommons.org/licenses/by/4.0/"


def resource(url: str = "https://data.example/x", **fields: Any) -> Resource:
    return Resource.model_construct(url=url, **fields)


def with_resources(entry: Commitment, *resources: Resource, **fields: Any) -> Commitment:
    return redescribed(entry, resources=resources, **fields)


def place(entry: Commitment, what: str, number: int = 1) -> URIRef:
    return URIRef(records.place(entry, what, number))


def described(entry: Commitment, language: str = "fr") -> str:
    return words(graph_of(entry), it(entry.slug), DCTERMS.description, language)


def of_class(graph: Graph, kind: URIRef) -> list[Any]:
    return list(graph.subjects(RDF.type, kind))


# One fact a row: what an opening says, or what it points at.


API = place(records.with_api(), "service")
COUR, KEEPER = URIRef(f"{BASE}/catalog#publisher-cour"), URIRef(f"{BASE}/catalog#contact")


# Words: harvesters drop what DCAT says of a promise, and keep its description.


@pytest.mark.parametrize(
    ("rights", "conditions", "end"),
    [
        ("public", Words(), ""),
        ("restricted", Words(), " Accès restreint."),
        ("non_public", Words(), " Accès non public."),
        ("restricted", Words.of(fr="Aux avocats."), " Accès restreint : Aux avocats."),
        ("public", Words.of(fr="Après inscription"), " Accès : Après inscription."),
    ],
)
def test_the_description_ends_with_who_may_have_it(rights: str, conditions, end: str) -> None:
    entry = redescribed(records.planned(), access_rights=rights, access_conditions=conditions)
    assert described(entry) == described(records.planned()) + end
    keywords = values(graph_of(entry), it("planned"), DCAT.keyword)
    assert ("acces-restreint" in keywords) == (rights == "restricted")
    assert ("acces-non-public" in keywords) == (rights == "non_public")


def test_what_looks_like_a_tag_in_a_description_is_none() -> None:
    """Udata would take the description for HTML, and drop what seems to be a tag."""
    entry = redescribed(records.planned(), description=Words.of(fr="Si a <b et 1 < 2 </i> <!-- x"))
    assert "Si a < b et 1 < 2 < /i> < !-- x" in described(entry)


def history(entry: Commitment, name: Any = RDFS.label, language: str = "fr") -> str:
    graph = graph_of(entry)
    statement = value(graph, it(entry.slug), DCTERMS.provenance)
    assert values(graph, statement, RDF.type) == {str(DCTERMS.ProvenanceStatement)}
    log = f"{BASE}/api/v1/openings/{entry.slug}/events"
    assert values(graph, statement, RDFS.seeAlso) == {log}
    return words(graph, statement, name, language)


# What can be had.


@pytest.mark.parametrize(
    ("code", "media_type", "formats", "labels", "media"),
    [
        ("RDF_TURTLE", None, ["RDF_TURTLE"], ["ttl"], ["text/turtle"]),
        (None, "application/json", ["JSON"], ["json"], ["application/json"]),
        ("WMS_SRVC", None, ["WMS_SRVC"], ["wms"], []),
        (None, "application/vnd.apache.parquet", [], [], ["application/vnd.apache.parquet"]),
        ("CSV", "application/gzip", ["CSV"], ["csv"], ["application/gzip"]),
        (None, None, [], [], []),
    ],
)
def test_a_format_and_a_media_type_stand_for_each_other(
    code: str | None, media_type: str | None, formats: Any, labels: Any, media: Any
) -> None:
    """CKAN shows a format by its media type, udata by its label alone."""
    graph = graph_of(
        with_resources(records.with_file(), resource(format=code, media_type=media_type))
    )
    types = list(graph.objects(None, DCTERMS.format))
    assert types == [EU[f"file-type/{each}"] for each in formats]
    assert [str(graph.value(each, RDFS.label)) for each in types] == labels
    assert list(graph.objects(None, DCAT.mediaType)) == [IANA[each] for each in media]


@pytest.mark.parametrize(
    "iri", [*("https://a.xn--p1ai/", "https://a.example:8/", "https://a.example#b")]
)
def test_an_address_that_a_harvester_refuses_costs_itself_alone(iri: str) -> None:
    """Udata drops a whole dataset, or service, for one of its addresses."""
    (api,) = records.with_api().described.resources
    entry = with_resources(
        records.with_api(),
        api.model_copy(update={"documentation": iri, "licence": iri}),
        resource(iri),
        resource(iri, kind="api"),
        landing_page=iri,
        licence=iri,
        contact=Contact.model_construct(name="Bureau", url=iri),
    )
    graph = graph_of(entry)
    assert URIRef(iri) not in {*graph.objects(), *graph.subjects()}
    assert len(of_class(graph, DCAT.Distribution)) == len(of_class(graph, DCAT.DataService)) == 1
    assert value(graph, it("with-api"), DCAT.landingPage) == it("with-api", ".html")


@pytest.mark.parametrize("state", ["planned", "in_progress", "not_available", "suspended"])
@pytest.mark.parametrize("make", [records.with_file, records.with_api])
def test_what_is_not_open_is_not_to_be_had_even_if_its_address_is_known(make, state: str) -> None:
    entry = replace(make(), state=state, opened_on=None, opened_in_part_on=None)
    graph = feed(page(entry))
    assert [*of_class(graph, DCAT.DataService), *of_class(graph, DCAT.Distribution)] == []
    assert values(graph, CATALOG, DCAT.service) == set()
    assert entry.described.resources[0].url not in values(graph, None, None)
    if state == "suspended":  # it stays where it was, once it had been open
        again = graph_of(replace(entry, opened_on=on_day(date(2022, 7, 1))))
        assert len(of_class(again, DCAT.Distribution)) == 1


@pytest.mark.parametrize(
    ("named", "recognised"),
    [
        ("https://spdx.org/licenses/etalab-2.0", OPEN_LICENCE),
        ("https://www.data.gouv.fr/pages/legal/licences/etalab-2.0", OPEN_LICENCE),
        ("https://spdx.org/licenses/CC-BY-4.0", CC_BY),
        ("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", CC_BY),
        ("https://spdx.org/licenses/MIT", "https://spdx.org/licenses/MIT"),
    ],
)
def test_the_licence_of_an_opening_holds_for_its_files_as_it_is_recognised(
    named: str, recognised: str
) -> None:
    entry = with_resources(records.with_file(), resource(), licence=named)
    graph = graph_of(entry)
    for subject in (it("with-file"), place(entry, "distribution")):
        assert values(graph, subject, DCTERMS.license) == {recognised}


def test_no_licence_is_made_up_for_code() -> None:
    bare = with_resources(
        records.with_code(), resource("https://code.example", kind="repository"), licence=None
    )
    graph = graph_of(bare)
    assert values(graph, None, DCTERMS.license) | values(graph, None, SCHEMA.license) == set()
    eupl = "https://spdx.org/licenses/EUPL-1.2"
    named = redescribed(bare, licence=eupl)
    for entry in (named, replace(with_resources(named), state="planned")):
        assert values(graph_of(entry), it("with-code"), SCHEMA.license) == {eupl}


# Of high value, themes, access, who.


def test_udata_and_ckan_know_a_high_value_dataset_by_keywords() -> None:
    """Udata makes tags of them, slugged; by `hvd` it gives its badge, by the other the category."""
    assert values(graph_of(records.of_high_value()), it("of-high-value"), DCAT.keyword) == {
        *("ouverture-realisee", "nouvelle-ouverture", "entreprises"),
        *("hvd", "entreprises-et-propriete-dentreprises"),
    }
    for code in {category.top for category in HVD_CATEGORIES.values()}:
        tag = slugify((category_label(code).fr or "").replace("’", ""))
        assert terms.HVD_KEYWORDS[code] == ("hvd", tag)


@pytest.mark.parametrize(
    ("themes", "expected"), [((), {"JUST"}), (("GOVE", "REGI"), {"GOVE", "REGI"})]
)
def test_themes_are_those_of_the_eu_and_justice_where_none_is_known(themes, expected) -> None:
    graph = graph_of(redescribed(records.with_api(), themes=themes))
    for thing in (it("with-api"), API):
        assert values(graph, thing, DCAT.theme) == {
            str(EU[f"data-theme/{code}"]) for code in expected
        }
    for theme in graph.objects(None, DCAT.theme):
        assert words(graph, theme, SKOS.prefLabel) != words(graph, theme, SKOS.prefLabel, "en")


def test_what_restricts_access_is_said_in_words_of_the_dataset_and_of_what_can_be_had() -> None:
    conditions = Words.of(fr="Aux avocats", en="For lawyers")
    graph = graph_of(redescribed(records.with_api(), access_conditions=conditions))
    statement = value(graph, it("with-api"), DCTERMS.rights)
    assert values(graph, statement, RDF.type) == {str(DCTERMS.RightsStatement)}
    assert values(graph, statement, RDFS.label) == {"Aux avocats"}
    assert values(graph, statement, DCTERMS.description) == {"For lawyers"}
    for thing in (*graph.objects(None, DCAT.distribution), *graph.subjects(DCAT.servesDataset)):
        assert value(graph, thing, DCTERMS.rights) == statement


def test_a_contact_always_has_an_address() -> None:
    bare = Contact.model_construct(name="Service", email="no mail", url="javascript:x")
    graph = graph_of(redescribed(records.planned(), contact=bare))
    contact = it("planned", "#contact")
    assert set(graph.predicates(contact)) == {RDF.type, VCARD.fn, VCARD.hasURL}
    assert value(graph, contact, VCARD.hasURL) == it("planned", ".html")
    by_page = graph_of(records.planned(), replace(CONTEXT, contact="https://errors.example/"))
    contact = URIRef(f"{BASE}/catalog#contact")
    assert values(by_page, contact, VCARD.hasURL) == {"https://errors.example/"}


@pytest.mark.parametrize(
    ("covers", "start", "end"),
    [
        (covering("1947", "2021-09-30"), {"1947-01-01"}, {"2021-09-30"}),
        (covering("2020", None), {"2020-01-01"}, set()),
        (covering(None, "2020-02"), set(), {"2020-02-29"}),
        (covering("../2020", "../2021"), set(), {"2021-12-31"}),
    ],
)
def test_a_period_is_given_as_far_as_it_is_known(covers, start, end) -> None:
    """Without an address of its own, which udata would fetch."""
    graph = graph_of(redescribed(records.planned(), covers=covers))
    periods = list(graph.objects(it("planned"), DCTERMS.temporal))
    assert len(periods) == (start is not None)
    for period in periods:
        assert isinstance(period, BNode)
        assert values(graph, period, DCAT.startDate) == start
        assert values(graph, period, DCAT.endDate) == end


# Days.


def test_as_of_a_day_everything_is_of_that_day() -> None:
    day = date(2025, 9, 2)
    entry = records.entry(records.history("moved", *records.MOVED), day)
    graph = graph_of(entry, records.as_of(day))
    assert values(graph, it("moved"), DCTERMS.available) == {"2025-09-30"}
    opening = "[Planifié, échéance 30 septembre 2025]"
    assert words(graph, it("moved"), DCTERMS.description).startswith(opening)
    assert values(graph, it("moved"), DCTERMS.modified) == {"2025-09-01T22:00:00+00:00"}


@pytest.mark.parametrize("day", ["2021-10-15", "2022-06-30", "2026-11-19"])
def test_rule_16_nothing_is_issued_or_modified_in_the_future(day: str) -> None:
    asked = date.fromisoformat(day)
    ahead = replace(records.with_file(), slug="x", opened_on=on_day(date(2027, 1, 1)))
    ahead = replace(ahead, state_since=on_day(date(2027, 1, 1)))
    graph = feed(page(*every().entries, ahead), records.as_of(asked))
    end = datetime(asked.year, asked.month, asked.day, 23, 59, tzinfo=UTC)
    for name in (DCTERMS.issued, DCTERMS.modified, DCTERMS.created):
        for moment in graph.objects(None, name):
            assert isinstance(moment, Literal)
            written = moment.toPython()
            assert written <= (end if isinstance(written, datetime) else asked)
    assert values(graph, it("x"), DCTERMS.available) == {day}


# The catalogue, and the rules of its pages.


def test_an_empty_register_has_no_day_of_change() -> None:
    graph = feed(page(), replace(CONTEXT, head=replace(CONTEXT.head, recorded_at=None)))
    assert values(graph, CATALOG, DCTERMS.modified) == set()
    assert value(graph, CATALOG, HYDRA.totalItems) == Literal(0)


def test_rule_3_addresses_do_not_change_with_what_is_said_or_put_before() -> None:
    entry = records.with_api()
    changed = with_resources(
        replace(entry, rank=99), resource(), *entry.described.resources, title=Words.of(fr="Autre")
    )
    graph = graph_of(changed)
    assert (it("with-api"), RDF.type, DCAT.Dataset) in graph
    assert (API, RDF.type, DCAT.DataService) in graph
    distributions = values(graph, it("with-api"), DCAT.distribution)
    assert len(distributions) == 2
    assert records.place(entry, "distribution") in distributions


def test_rule_9_every_address_of_ours_begins_with_the_public_base() -> None:
    base = "https://other.example/under/a/path"
    body = rdf.N_TRIPLES.write(dcat.opening(records.moved(), replace(CONTEXT, base=base))).decode()
    assert BASE not in body
    assert f"<{base}/openings/moved>" in body


def test_rule_10_one_view_a_page_with_its_neighbours_and_no_next_on_the_last() -> None:
    first, second, third = (f"{BASE}/catalog?page={number}" for number in (1, 2, 3))
    around = {"address": second, "last": third, "previous": first, "next": third}
    graph = feed(page(records.planned(), total=201, **around))
    (view,) = of_class(graph, HYDRA.PartialCollectionView)
    assert values(graph, CATALOG, HYDRA.view) == {str(view)} == {second}
    for name, address in (("first", first), ("last", third), ("previous", first), ("next", third)):
        assert values(graph, view, HYDRA[name]) == {address}
    assert value(graph, CATALOG, HYDRA.totalItems) == Literal(201)
    last = feed()
    assert values(last, None, HYDRA.next) == values(last, None, HYDRA.previous) == set()


def test_rule_11_the_bytes_are_the_same_whatever_the_order() -> None:
    entries = every().entries
    there, back = page(*entries), page(*reversed(entries))
    for row in (rdf.TURTLE, rdf.JSON_LD, rdf.RDF_XML, rdf.N_TRIPLES):
        write = row.write
        assert write(dcat.catalogue(there, CONTEXT)) == write(dcat.catalogue(back, CONTEXT))


ELSEWHERE = {
    *(DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription),
    *(SCHEMA.codeRepository, RDFS.seeAlso, VCARD.hasEmail, VCARD.hasURL, RDF.type),
    *(HYDRA.first, HYDRA.last, HYDRA.next, HYDRA.previous),
}


def test_rule_18_each_page_types_everything_it_points_at() -> None:
    graph = feed()
    for subject, name, pointed in graph:
        if name not in ELSEWHERE and not isinstance(pointed, Literal):
            assert list(graph.objects(pointed, RDF.type)), (subject, name, pointed)
        assert not isinstance(pointed, BNode) or name == DCTERMS.temporal, subject
    for concept in of_class(graph, SKOS.Concept):
        assert values(graph, concept, SKOS.prefLabel), concept
