"""The whole catalogue in one compressed file: written while the openings are read, batch by batch.

Knows no syntax, and nothing of one opening: what a page says of it, a dump says too.
"""

from collections.abc import Iterable, Iterator
from gzip import GzipFile
from itertools import chain, islice
from typing import IO, cast

from app.domain.commitments import Commitment
from app.domain.context import Context
from app.formats import dcat
from app.formats.rdf import Graph, Node, Stream, Writer

A_BATCH = 100
MOST_REMEMBERED = 5_000
MEDIA_TYPE = "application/gzip"


def write(
    writer: Writer, entries: Iterable[Commitment], context: Context, file: IO[bytes]
) -> tuple[str, ...]:
    """One dump, of the same bytes whenever the same is told. Gives the slugs set apart."""
    set_apart: list[str] = []
    with GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed:
        nodes = once(_nodes(_graphs(entries, context), set_apart), context)
        writer(nodes, cast("IO[bytes]", packed))
    return tuple(set_apart)


def _graphs(entries: Iterable[Commitment], context: Context) -> Iterator[Graph]:
    """The openings, and in the end the catalogue, which says how many they are."""
    entries, total = iter(entries), 0
    while batch := tuple(islice(entries, A_BATCH)):
        total += len(batch)
        yield dcat.batch(batch, context)
    yield dcat.whole(total, context)


def _nodes(graphs: Iterable[Graph], set_apart: list[str]) -> Iterator[Iterable[tuple[str, Node]]]:
    for graph in graphs:
        set_apart += graph.set_apart
        yield graph.nodes.items()


def once(batches: Iterable[Stream], context: Context, most: int = MOST_REMEMBERED) -> Stream:
    """Each node once, of those that entries share. So many are remembered, and no more."""
    known: dict[str, Node] = {}
    own, catalogue = (f"{context.base}/openings/", "_:"), f"{context.base}/catalog"
    for subject, told in chain.from_iterable(batches):
        if known.get(subject) == told:
            continue
        shared = subject != catalogue and not subject.startswith(own)
        if shared and len(known) < most:
            known[subject] = told
        yield subject, told
