"""One graph in four syntaxes, read back by other implementations; and what may be written."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld
from rdflib import DCTERMS, BNode, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT

from app.domain.claims import Contact, Resource
from app.domain.search import Export
from app.domain.values import Words
from app.formats import FORMATS, dcat, rdf
from app.formats.concepts import CONCEPTS
from tests.entries import altered, covering, redescribed
from tests.formats import records
from tests.formats.records import BASE, CONTEXT, every, golden, page, read

SYNTAXES = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nt": "nt"}
OF_GRAPHS: list[Any] = [row for row in FORMATS if row.many]
OF_ONE: list[Any] = [row for row in FORMATS if row.one]
OF_LISTS: list[Any] = [row for row in FORMATS if row.whole]


def refused(address: str, _: Any) -> Any:
    raise AssertionError(f"JSON-LD wants to load {address}")


def by_pyld(body: bytes) -> Graph:
    """JSON-LD as a third implementation expands it, without a network."""
    told = jsonld.to_rdf(
        json.loads(body), {"format": "application/n-quads", "documentLoader": refused}
    )
    return read(told.encode(), "nt")


@pytest.mark.parametrize("row", OF_ONE, ids=lambda row: row.suffix)
def test_one_opening_has_a_golden_file_in_each_format(row) -> None:
    made: bytes = row.one(records.with_file(), CONTEXT)
    assert made == golden(f"opening.{row.suffix}", made)


@pytest.mark.parametrize("row", OF_GRAPHS, ids=lambda row: row.suffix)
def test_the_catalogue_has_a_golden_file_in_each_format(row) -> None:
    made = row.many(every(), CONTEXT)
    assert made == golden(f"catalogue.{row.suffix}", made)


@pytest.mark.parametrize("row", OF_LISTS, ids=lambda row: row.suffix)
def test_a_whole_list_has_a_golden_file_in_each_format(row) -> None:
    entries = [make() for make in records.EVERY]
    made = b"".join(row.whole(entries, Export(), CONTEXT))
    expected = golden(f"openings.{row.suffix}", made)
    assert files(made) == files(expected)


def files(body: bytes) -> dict[str, bytes]:
    """What is in an archive, however it is packed; else what is there."""
    if not zipfile.is_zipfile(io.BytesIO(body)):
        return {"": body}
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_every_format_has_a_golden_file() -> None:
    told = ("opening", "openings", "catalogue")
    found = {file.name for file in records.GOLDEN.iterdir() if file.stem in told}
    wanted = {f"opening.{row.suffix}" for row in OF_ONE}
    wanted |= {f"catalogue.{row.suffix}" for row in OF_GRAPHS}
    wanted |= {f"openings.{row.suffix}" for row in OF_LISTS}
    assert found == wanted | {"opening.ics", "openings.atom"}
    assert {row.suffix for row in FORMATS} == {
        row.suffix for row in (*OF_ONE, *OF_GRAPHS, *OF_LISTS)
    } | {"html", "atom"}


def test_all_syntaxes_say_the_same_of_a_catalogue() -> None:
    graph = dcat.catalogue(every(), CONTEXT)
    turtle = read(dcat.turtle(graph))
    for row in OF_GRAPHS:
        body = row.many(every(), CONTEXT)
        assert isomorphic(read(body, SYNTAXES[row.suffix]), turtle), row.name
    assert isomorphic(by_pyld(dcat.jsonld(graph)), turtle)
    assert len(turtle) == sum(len(t) for told in graph.nodes.values() for t in told.values())


@pytest.mark.parametrize("make", records.EVERY)
def test_all_syntaxes_say_the_same_of_one_opening(make) -> None:
    entry = make()
    turtle = records.told(entry)
    for row in OF_GRAPHS:
        body = row.one(entry, CONTEXT)
        assert isomorphic(read(body, SYNTAXES[row.suffix]), turtle)
    assert isomorphic(by_pyld(dcat.jsonld(dcat.opening(entry, CONTEXT))), turtle)


def test_json_ld_is_compact_and_holds_without_its_context_s_types() -> None:
    told = json.loads(dcat.jsonld(dcat.opening(records.with_file(), CONTEXT)))
    nodes = {node["@id"]: node for node in told["@graph"]}
    this = nodes[f"{BASE}/openings/with-file"]
    assert this["@type"] == ["dcat:Dataset", "dcat:Resource"]
    assert this["dct:issued"] == "2022-06-30"
    assert this["dcat:keyword"][:2] == ["décisions", "justice"]
    assert this["dct:title"] == {"@language": "fr", "@value": "Décisions n° with-file"}
    record = nodes[f"{BASE}/openings/with-file#record"]
    assert record["dct:issued"] == {"@type": "xsd:dateTime", "@value": "2026-11-20T09:00:00Z"}


def test_a_property_without_a_usual_kind_is_written_out() -> None:
    graph = rdf.graph(
        {"http://a.example/": {"dct:relation": (("http://b.example/", rdf.ADDRESS),)}}
    )
    assert isomorphic(read(rdf.jsonld(graph), "json-ld"), read(rdf.turtle(graph)))
    assert isomorphic(by_pyld(rdf.jsonld(graph)), read(rdf.turtle(graph)))


def test_what_is_said_twice_of_a_subject_is_said_together() -> None:
    nodes: rdf.Nodes = {}
    rdf.add(nodes, "a", rdf.node("foaf:Document"))
    rdf.add(nodes, "a", rdf.node("foaf:Document", {"dct:title": rdf.string("x")}))
    rdf.add(nodes, "a", rdf.node("dcat:Dataset"))
    told = rdf.graph(nodes).nodes["a"]
    assert told["a"] == (("dcat:Dataset", rdf.CLASS), ("foaf:Document", rdf.CLASS))
    assert told["dct:title"] == (("x", "xsd:string"),)


def test_concepts_are_whole() -> None:
    assert all(len(told) == 2 for told in CONCEPTS.values())


# What may be written.


@pytest.mark.parametrize(
    "address",
    [
        "https://data.example/a?b=c&d=%20#e",
        "http://données.example/é",
        "HTTPS://DATA.EXAMPLE:8443/",
        "http://[2001:db8::1]/x",
    ],
)
def test_an_absolute_address_of_the_web_is_safe(address: str) -> None:
    assert rdf.safe_iri(address) == address


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "data.example",
        "/openings/x",
        "//data.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "http://",
        "http:///path",
        "http://a b.example/",
        "http://a.example/\n",
        "http://a.example/\x00",
        "http://a.example/\u202egpj.exe",
        "http://a.example/\ud800",
        "http://a.example/<x>",
        'http://a.example/"x"',
        "http://a.example/{x}",
        "http://a.example/a|b",
        "http://a.example/a\\b",
        "http://a.example/a^b",
        "http://a.example/a`b",
        "http://a.example/%zz",
        "http://a.example/a#b#c",
        "http://[::1/",
        "http://a.example:99999/",
        "http://a.example:0/",
        " http://a.example/",
    ],
)
def test_any_other_address_is_not(address: str | None) -> None:
    assert rdf.safe_iri(address) is None


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (None, ""),
        ("", ""),
        (" \t x \n", "x"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("a\x00b\x0bc\x1fd\x7fe\x85f\ufffeg\ud800h", "abcdefgh"),
        ("\u200fעברית\u202e", "\u200fעברית\u202e"),
        ("👩🏽‍⚖️", "👩🏽‍⚖️"),
    ],
)
def test_a_text_keeps_what_every_syntax_can_write(text: str | None, cleaned: str) -> None:
    assert rdf.clean(text) == cleaned


TEXT = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "\ud800",
            "x" * 3_000,
            "\u202eesrever\u2066",
            "a\r\nb\\\"'<&>]]>",
            "javascript:alert(1)",
            "https://a b.example/",
            "https://data.example/ok",
            "-- ; DROP TABLE",
            "@prefix : <x> .",
            "\ufeff\ufffe\uffff",
        ]
    ),
)
MAYBE = st.none() | TEXT
WORDS = st.builds(Words.of, MAYBE, MAYBE)
RESOURCES = st.builds(
    Resource.model_construct,
    url=TEXT,
    kind=st.sampled_from(["file", "api", "repository", "odd"]),
    title=WORDS,
    download_url=MAYBE,
    format=MAYBE | st.sampled_from(["CSV", "JSON"]),
    media_type=MAYBE | st.just("text/csv"),
    bytes=st.none() | st.integers(0, 2**53),
    licence=MAYBE,
    documentation=MAYBE,
)
HOSTILE = st.fixed_dictionaries(
    {
        "slug": TEXT,
        "title": WORDS,
        "description": WORDS,
        "type": st.sampled_from(["dataset", "api", "source_code", "odd"]),
        "state": st.sampled_from([*dcat.STATES, "odd"]) | TEXT,
        "publisher": TEXT,
        "steward": MAYBE,
        "announcement": MAYBE,
        "action": MAYBE,
        "landing_page": MAYBE,
        "resources": st.lists(RESOURCES, max_size=2).map(tuple),
        "covers": st.builds(covering, MAYBE, MAYBE),
        "access_rights": TEXT,
        "licence": MAYBE,
        "contact": st.none()
        | st.builds(Contact.model_construct, name=TEXT, email=MAYBE, url=MAYBE),
        "keywords": st.lists(TEXT, max_size=3).map(tuple),
    }
)


def named(graph: Graph) -> tuple[int, set[Any]]:
    """How many triples, and those without a blank node: enough where there is one at most."""
    return len(graph), {one for one in graph if not any(isinstance(t, BNode) for t in one)}


def test_a_title_of_a_hundred_thousand_characters_is_told_whole() -> None:
    long = redescribed(records.planned(), title=Words.of(fr="é" * 100_000))
    for row in OF_GRAPHS:
        body = row.many(page(long), CONTEXT)
        titles = read(body, SYNTAXES[row.suffix]).objects(None, DCTERMS.title)
        assert 100_000 in {len(str(title)) for title in titles}


@given(values=HOSTILE)
def test_no_record_however_hostile_costs_a_harvester_the_others(values) -> None:
    hostile = altered(records.moved(), **values)
    told = page(records.planned(), hostile, records.with_api())
    graph = dcat.catalogue(told, CONTEXT)
    turtle = read(dcat.turtle(graph))
    for suffix, write in (("jsonld", dcat.jsonld), ("rdf", dcat.rdfxml), ("nt", dcat.ntriples)):
        assert named(read(write(graph), SYNTAXES[suffix])) == named(turtle)
    listed = set(turtle.objects(URIRef(f"{BASE}/catalog"), DCAT.dataset))
    kept = {URIRef(f"{BASE}/openings/{slug}") for slug in ("planned", "with-api")}
    assert kept <= listed
    assert 3 - len(graph.set_apart) <= len(listed) <= 3
    assert all(turtle.value(one, DCTERMS.title) for one in listed)


@given(values=HOSTILE)
def test_json_tells_any_record(values) -> None:
    hostile = altered(records.moved(), **values)
    slug = hostile.slug.encode("utf-8", "replace").decode()
    row = next(row for row in FORMATS if row.name == "json")
    assert row.one is not None
    told = json.loads(row.one(replace(hostile, slug=slug), CONTEXT))
    assert told["id"] == slug
    assert told["title"] == {"fr": hostile.described.title.fr, "en": hostile.described.title.en}


@given(slug=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_any_slug_makes_an_address(slug: str) -> None:
    entry = replace(records.with_file(), slug=slug)
    assert dcat.catalogue(page(entry), CONTEXT).set_apart == ()
