"""One graph in four syntaxes, read back by other implementations; and what may be written."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld
from rdflib import RDF, BNode, Graph
from rdflib.compare import isomorphic

from app.domain.commitments import Commitment
from app.domain.rows import row_of
from app.domain.search import Export
from app.domain.values import Words
from app.formats import CSV, FORMATS, dcat, official, rdf, table
from tests.conftest import examples
from tests.entries import redescribed
from tests.formats import records
from tests.formats.graphs import CATALOG, HYDRA, feed, it
from tests.formats.records import BASE, CONTEXT, every, golden, page, read, texts

SYNTAXES = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nt": "nt"}
OF_GRAPHS: list[Any] = [row for row in FORMATS if row.page]
OF_ONE: list[Any] = [row for row in FORMATS if row.entry]
OF_LISTS: list[Any] = [row for row in FORMATS if row.whole]
EACH_SYNTAX = pytest.mark.parametrize("row", OF_GRAPHS, ids=lambda row: row.suffix)
FILES = {
    **{
        f"opening.{row.suffix}": lambda row=row: row.entry(records.with_file(), CONTEXT)
        for row in OF_ONE
    },
    **{f"catalogue.{row.suffix}": lambda row=row: row.page(every(), CONTEXT) for row in OF_GRAPHS},
    **{
        f"openings.{row.suffix}": lambda row=row: b"".join(
            row.whole([row_of(make()) for make in records.EVERY], Export(), CONTEXT)
        )
        for row in OF_LISTS
    },
}
"""What makes each golden file."""


def refused(address: str, _: Any) -> Any:
    raise AssertionError(f"JSON-LD wants to load {address}")


def by_pyld(body: bytes) -> Graph:
    """JSON-LD as a third implementation expands it, without a network."""
    options = {"format": "application/n-quads", "documentLoader": refused}
    return read(jsonld.to_rdf(json.loads(body), options).encode(), "nt")


@pytest.mark.parametrize("name", FILES)
def test_every_format_has_a_golden_file(name: str) -> None:
    made = FILES[name]()
    assert unpacked(made) == unpacked(golden(name, made))


def unpacked(body: bytes) -> dict[str, bytes]:
    """What is in an archive, however it is packed; else what is there."""
    if not zipfile.is_zipfile(io.BytesIO(body)):
        return {"": body}
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_csv_has_the_layout_that_is_asked_for() -> None:
    asked = Export(layout="official")
    made = b"".join(CSV.whole([row_of(records.planned())], asked, CONTEXT))  # type: ignore[misc]
    assert made == b"".join(table.csv(official.sheet([records.planned()])))


def test_all_syntaxes_say_the_same_of_a_catalogue() -> None:
    nodes = dcat.catalogue(every(), CONTEXT)
    turtle = read(rdf.TURTLE.write(nodes))
    for row in OF_GRAPHS:
        body = row.page(every(), CONTEXT)
        assert isomorphic(read(body, SYNTAXES[row.suffix]), turtle), row.name
    assert isomorphic(by_pyld(rdf.JSON_LD.write(nodes)), turtle)
    assert len(turtle) == sum(len(values) for node in nodes.values() for values in node.values())


def test_a_property_without_a_usual_kind_is_written_out() -> None:
    nodes: rdf.Nodes = {
        "http://a.example/": {"dct:relation": (("http://b.example/", rdf.ADDRESS),)}
    }
    for reading in (read(rdf.JSON_LD.write(nodes), "json-ld"), by_pyld(rdf.JSON_LD.write(nodes))):
        assert isomorphic(reading, read(rdf.TURTLE.write(nodes)))


def test_what_is_added_twice_of_a_subject_stands_together() -> None:
    nodes: rdf.Nodes = {}
    for node in (
        rdf.node("foaf:Document"),
        rdf.node("foaf:Document", {"dct:title": rdf.string("x")}),
        rdf.node("dcat:Dataset"),
    ):
        rdf.add(nodes, "a", node)
    assert rdf.ordered(nodes)["a"] == {
        "a": (("dcat:Dataset", rdf.CLASS), ("foaf:Document", rdf.CLASS)),
        "dct:title": (("x", "xsd:string"),),
    }


# The whole catalogue in one file.


def many(count: int) -> list[Commitment]:
    """So many openings, of every kind."""
    kinds = [make() for make in records.EVERY]
    return [replace(kinds[n % len(kinds)], slug=f"opening-{n:04}") for n in range(count)]


def dumped(row: Any, count: int) -> bytes:
    return gzip.decompress(b"".join(row.dump(iter(many(count)), CONTEXT)))


def pages(entries: list[Commitment], size: int) -> Graph:
    """All pages together, without the way from one to the next."""
    union = Graph()
    for number, first in enumerate(range(0, max(1, len(entries)), size), start=1):
        address = f"{BASE}/catalog.ttl?page={number}"
        around = {"total": len(entries), "address": address, "next": address}
        union += feed(page(*entries[first : first + size], **around))
    for view in list(union.subjects(RDF.type, HYDRA.PartialCollectionView)):
        union.remove((view, None, None))
    union.remove((CATALOG, HYDRA.view, None))
    return union


@EACH_SYNTAX
def test_a_dump_says_what_all_pages_say(row: Any) -> None:
    for count in (0, 110):
        body = dumped(row, count)
        assert isomorphic(read(body, SYNTAXES[row.suffix]), pages(many(count), 60))


@EACH_SYNTAX
def test_a_dump_has_the_same_bytes_each_time_and_says_once_what_is_shared(row: Any) -> None:
    packed = b"".join(row.dump(iter(many(120)), CONTEXT))
    assert packed == b"".join(row.dump(iter(many(120)), CONTEXT))
    assert packed[:4] == b"\x1f\x8b\x08\x00"  # no flag: neither a name nor a comment
    assert packed[4:8] == bytes(4)  # no time
    text = dumped(row, 120).decode()
    heads = {"ttl": "@prefix dcat:", "jsonld": '"@context":', "rdf": "<rdf:RDF"}
    for shared in ("Court of Cassation", heads.get(row.suffix, "Court of Cassation")):
        assert text.count(shared) == 1


def test_what_is_remembered_is_bounded_and_nothing_is_lost_by_it() -> None:
    shared: rdf.Nodes = {f"https://a.example/{n}": rdf.node("foaf:Document") for n in range(3)}
    graphs = list(rdf.once([shared, shared], lambda _: True, most=2))
    assert graphs == [shared, {"https://a.example/2": rdf.node("foaf:Document")}]


@EACH_SYNTAX
def test_bytes_leave_before_the_last_opening_is_read(row: Any) -> None:
    read_so_far = 0

    def entries() -> Iterator[Commitment]:
        nonlocal read_so_far
        for entry in many(500):
            read_so_far += 1
            yield entry

    next(row.dump(entries(), CONTEXT))
    assert read_so_far == dcat.A_BATCH


WORDS = st.builds(Words.of, texts(), st.none() | texts())


def named(graph: Graph) -> tuple[int, set[Any]]:
    """How many triples, and those without a blank node: enough where there is one at most."""
    return len(graph), {t for t in graph if not any(isinstance(each, BNode) for each in t)}


@examples(25, 60)
@given(title=WORDS, description=WORDS)
def test_no_text_however_hostile_costs_a_harvester_the_others(title: Any, description: Any) -> None:
    hostile = redescribed(records.moved(), title=title, description=description)
    nodes = dcat.catalogue(page(records.planned(), hostile, records.with_api()), CONTEXT)
    turtle = read(rdf.TURTLE.write(nodes))
    for suffix, syntax in (("jsonld", rdf.JSON_LD), ("rdf", rdf.RDF_XML), ("nt", rdf.N_TRIPLES)):
        assert named(read(syntax.write(nodes), SYNTAXES[suffix])) == named(turtle)
    assert len({it("planned"), it("with-api"), it("moved")} & set(turtle.subjects())) == 3


def test_a_planned_dataset_costs_little() -> None:
    """Most of a catalogue is planned and no more: what such an entry adds to a page."""
    lone, both = (
        len(OF_GRAPHS[0].page(page(*map(records.opening, slugs)), CONTEXT)) for slugs in ("a", "ab")
    )
    assert both - lone < 2_500
