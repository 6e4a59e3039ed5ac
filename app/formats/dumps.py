"""The whole catalogue in one compressed file, written while its openings are read.

Knows nothing of one opening: what a page says of it, a dump says too.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice

from app.domain.commitments import Commitment
from app.domain.context import Context
from app.formats import dcat
from app.formats.rdf import Graph, Node, Nodes, Writer, written

A_BATCH = 100
MOST_REMEMBERED = 5_000
MEDIA_TYPE = "application/gzip"
GZIP = 16 + zlib.MAX_WBITS
"""What asks zlib for a gzip file, which names no file and no time: the same bytes each time."""

FRAMES = {
    "ttl": re.compile(rb"((?:@prefix [^\n]*\n)*)(.*)()", re.DOTALL),
    "jsonld": re.compile(rb'(.*?"@graph":\[)(.*)(\]\})', re.DOTALL),
    "rdf": re.compile(rb"(.*?<rdf:RDF[^>]*>)(.*)(\n</rdf:RDF>)", re.DOTALL),
    "nt": re.compile(rb"()(.*)()", re.DOTALL),
}
"""By suffix, what stands before, between and behind: a document is made of those of its batches."""


def write(
    suffix: str, writer: Writer, entries: Iterable[Commitment], context: Context
) -> Iterator[bytes]:
    """One dump, batch by batch."""
    packer = zlib.compressobj(wbits=GZIP)
    for piece in _pieces(suffix, writer, _graphs(entries, context), context):
        yield packer.compress(piece)
    yield packer.flush()


def _pieces(
    suffix: str, writer: Writer, graphs: Iterable[Graph], context: Context
) -> Iterator[bytes]:
    """The document of all graphs, one for each and the end."""
    end, between = b"", b"," if suffix == "jsonld" else b""
    for number, nodes in enumerate(once(graphs, context)):
        framed = FRAMES[suffix].fullmatch(written(writer, Graph(nodes)))
        assert framed is not None  # noqa: S101 every document has its frame
        head, body, end = framed.groups()
        yield (between if number else head) + body
    yield end


def _graphs(entries: Iterable[Commitment], context: Context) -> Iterator[Graph]:
    """The openings, and in the end the catalogue, which says how many they are."""
    entries, total = iter(entries), 0
    while batch := tuple(islice(entries, A_BATCH)):
        total += len(batch)
        yield dcat.batch(batch, context)
    yield dcat.whole(total, context)


def once(graphs: Iterable[Graph], context: Context, most: int = MOST_REMEMBERED) -> Iterator[Nodes]:
    """Each node once, of those that entries share. So many are remembered, and no more."""
    known: dict[str, Node] = {}
    own, catalogue = (f"{context.base}/openings/", "_:"), f"{context.base}/catalog"
    for graph in graphs:
        fresh = {
            subject: node for subject, node in graph.nodes.items() if known.get(subject) != node
        }
        for subject, node in fresh.items():
            if subject != catalogue and not subject.startswith(own) and len(known) < most:
                known[subject] = node
        yield fresh
