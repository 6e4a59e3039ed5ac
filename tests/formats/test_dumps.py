"""The whole catalogue in one file says what its pages say together, and is the same each time."""

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from rdflib import RDF
from rdflib import Graph as Triples
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT

from app.domain.commitments import Commitment
from app.domain.values import Words
from app.formats import FORMATS, dcat, dumps
from app.formats.rdf import Graph
from tests.entries import redescribed
from tests.formats import records
from tests.formats.graphs import CATALOG, HYDRA, feed
from tests.formats.records import BASE, CONTEXT, page, read
from tests.formats.test_syntaxes import SYNTAXES, by_pyld

DUMPED: list[Any] = [row for row in FORMATS if row.dump]
ROWS = pytest.mark.parametrize("row", DUMPED, ids=lambda row: row.suffix)


def packed(row: Any, entries: Iterable[Commitment]) -> bytes:
    return b"".join(row.dump(iter(entries), CONTEXT))


def dumped(row: Any, entries: Iterable[Commitment]) -> Triples:
    return read(gzip.decompress(packed(row, entries)), SYNTAXES[row.suffix])


def many(count: int) -> list[Commitment]:
    """So many openings, of every kind."""
    kinds = [make() for make in records.EVERY]
    return [replace(kinds[n % len(kinds)], slug=f"opening-{n:04}") for n in range(count)]


def pages(entries: list[Commitment], size: int) -> Triples:
    """All pages together, without the way from one to the next."""
    union = Triples()
    for number, first in enumerate(range(0, max(1, len(entries)), size), start=1):
        address = f"{BASE}/catalog.ttl?page={number}"
        union += feed(
            page(*entries[first : first + size], total=len(entries), address=address, next=address)
        )
    for view in list(union.subjects(RDF.type, HYDRA.PartialCollectionView)):
        union.remove((view, None, None))
    union.remove((CATALOG, HYDRA.view, None))
    return union


def test_every_syntax_of_the_catalogue_has_a_dump():
    assert [row.name for row in DUMPED] == [row.name for row in FORMATS if row.many]


@ROWS
@pytest.mark.parametrize("count", [0, 1, 14, 230])
def test_a_dump_says_what_all_pages_say(row: Any, count: int):
    entries = many(count)
    assert isomorphic(dumped(row, entries), pages(entries, 100))


def test_a_third_implementation_reads_the_same_json_ld():
    (row,) = (row for row in DUMPED if row.suffix == "jsonld")
    body = gzip.decompress(packed(row, many(120)))
    assert isomorphic(by_pyld(body), pages(many(120), 50))


@ROWS
def test_the_bytes_are_the_same_each_time_and_name_no_file_and_no_time(row: Any):
    body = packed(row, many(120))
    assert body == packed(row, many(120))
    assert body[:4] == b"\x1f\x8b\x08\x00"  # no flag: neither a name nor a comment
    assert body[4:8] == bytes(4)


@ROWS
def test_what_entries_share_is_told_once(row: Any):
    text = gzip.decompress(packed(row, many(350))).decode()
    assert text.count("Court of Cassation") == 1


@ROWS
def test_prefixes_and_context_are_told_once(row: Any):
    text = gzip.decompress(packed(row, many(350))).decode()
    openings = {"ttl": "@prefix dcat:", "jsonld": '"@context":', "rdf": "<rdf:RDF", "nt": ""}
    if opening := openings[row.suffix]:
        assert text.count(opening) == 1


@ROWS
def test_a_record_that_cannot_be_told_is_set_apart(row: Any):
    yesterday: Any = "yesterday"
    broken = replace(records.planned(), slug="broken", created=yesterday)
    entries = [*many(3), broken, redescribed(records.moved(), title=Words.of("\x00"))]
    graph = dumped(row, entries)
    assert len(list(graph.objects(CATALOG, DCAT.dataset))) == 5
    assert [str(total) for total in graph.objects(CATALOG, HYDRA.totalItems)] == ["5"]


def test_what_is_remembered_is_bounded_and_nothing_is_lost_by_it():
    node: Any = {"a": (("foaf:Document", "@type"),)}
    shared = Graph({f"https://a.example/{n}": node for n in range(3)})
    batches = list(dumps.once([shared, shared], CONTEXT, most=2))
    assert batches == [shared.nodes, {"https://a.example/2": node}]


@ROWS
def test_bytes_leave_before_the_last_opening_is_read(row: Any):
    read_so_far = 0

    def entries() -> Iterator[Commitment]:
        nonlocal read_so_far
        for entry in many(500):
            read_so_far += 1
            yield entry

    next(row.dump(entries(), CONTEXT))
    assert read_so_far == dumps.A_BATCH


def test_a_batch_and_a_page_tell_an_opening_alike():
    batch = read(dcat.turtle(dcat.batch([records.moved()], CONTEXT)))
    assert len(batch) > 50
    assert set(batch) <= set(feed(page(records.moved())))
