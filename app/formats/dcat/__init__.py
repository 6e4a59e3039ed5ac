"""The catalogue as DCAT-AP 3.0.1: a page of it, or the whole. Knows no syntax and no HTTP.

One mapping: a page has the same triples in Turtle, JSON-LD, RDF/XML and N-Triples.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from app.domain.commitments import Commitment
from app.domain.context import Context
from app.formats import rdf
from app.formats.dcat import mapping, terms
from app.formats.rdf import Nodes, Syntax, add, address, node, words

A_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the catalogue. All addresses are absolute, and `next` is None on the last.

    `catalogue` is the address of the whole, the same on each of its pages.
    """

    entries: tuple[Commitment, ...]
    total: int
    catalogue: str
    address: str
    first: str
    last: str
    previous: str | None = None
    next: str | None = None


def opening(commitment: Commitment, context: Context) -> Nodes:
    """One opening. Actions have no DCAT."""
    nodes: Nodes = {}
    mapping.describe(commitment, context, nodes)
    return _complete(nodes)


def catalogue(page: Page, context: Context) -> Nodes:
    """A page of the catalogue, with the way to the others."""
    nodes = _listed(page.entries, page.catalogue, context)
    _describe(page.catalogue, page.total, context, nodes)
    view = {
        "hydra:first": address(page.first),
        "hydra:last": address(page.last),
        "hydra:previous": address(page.previous),
        "hydra:next": address(page.next),
    }
    add(nodes, page.address, node("hydra:PartialCollectionView", view))
    add(nodes, page.catalogue, {"hydra:view": address(page.address)})
    return _complete(nodes)


def dump(syntax: Syntax, entries: Iterable[Commitment], context: Context) -> Iterator[bytes]:
    """The whole catalogue in one compressed document, written while its openings are read."""
    it, own = f"{context.base}/catalog", (f"{context.base}/openings/", "_:")
    graphs = rdf.once(
        _batches(entries, it, context), lambda iri: iri != it and not iri.startswith(own)
    )
    return rdf.packed(syntax, graphs)


def _batches(entries: Iterable[Commitment], it: str, context: Context) -> Iterator[Nodes]:
    """The openings, and in the end the catalogue, which says how many they are."""
    entries, total = iter(entries), 0
    while batch := tuple(islice(entries, A_BATCH)):
        total += len(batch)
        yield _complete(_listed(batch, it, context))
    nodes: Nodes = {}
    _describe(it, total, context, nodes)
    yield _complete(nodes)


def _listed(entries: Iterable[Commitment], it: str, context: Context) -> Nodes:
    """The entries, and that the catalogue has them."""
    nodes: Nodes = {}
    for commitment in entries:
        mapping.describe(commitment, context, nodes)
    listing = {
        "dcat:dataset": rdf.of_class(nodes, "dcat:Dataset"),
        "dcat:record": rdf.of_class(nodes, "dcat:CatalogRecord"),
        "dcat:service": rdf.of_class(nodes, "dcat:DataService"),
    }
    if nodes:
        add(nodes, it, {name: subjects for name, subjects in listing.items() if subjects})
    return nodes


def _describe(it: str, total: int, context: Context, nodes: Nodes) -> None:
    """Add what the catalogue is, of so many openings."""
    says = {
        "dct:title": words(terms.TITLE),
        "dct:description": words(terms.ABOUT),
        "dct:publisher": mapping.register(context, nodes),
        "dct:license": mapping.licence(context.licence, nodes),
        "dct:language": address(terms.FRENCH),
        "dct:spatial": address(terms.FRANCE),
        "dct:modified": mapping.moment(context.head.recorded_at, context),
        "dcat:themeTaxonomy": address(terms.THEMES),
        "foaf:homepage": mapping.document(f"{context.base}/", nodes),
        "hydra:totalItems": ((str(total), "xsd:integer"),),
    }
    add(nodes, it, node("dcat:Catalog hydra:Collection", says))


def _complete(nodes: Nodes) -> Nodes:
    """The nodes in order, with every concept that they point at, and that those do."""
    pointed = _pointed(nodes)
    for iri in pointed | _pointed({iri: terms.CONCEPTS[iri] for iri in pointed}):
        add(nodes, iri, terms.CONCEPTS[iri])
    return rdf.ordered(nodes)


def _pointed(nodes: Nodes) -> set[str]:
    return {
        value
        for each in nodes.values()
        for values in each.values()
        for value, kind in values
        if kind == rdf.ADDRESS and value in terms.CONCEPTS
    }
