"""Reading DCAT back: the namespaces, and the values of a graph."""

from typing import Any

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from app.domain.commitments import Commitment
from app.domain.context import Context
from app.formats import dcat, rdf
from tests.formats.records import BASE, CONTEXT, every, plain, read

DCATAP = Namespace("http://data.europa.eu/r5r/")
EU = Namespace("http://publications.europa.eu/resource/authority/")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SCHEMA = Namespace("http://schema.org/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CATALOG = URIRef(f"{BASE}/catalog")
IANA = Namespace("https://www.iana.org/assignments/media-types/")


def it(slug: str, after: str = "") -> URIRef:
    return URIRef(f"{BASE}/openings/{slug}{after}")


def graph_of(entry: Commitment, context: Context = CONTEXT) -> Graph:
    """The DCAT of one opening, read back."""
    return read(rdf.TURTLE.write(dcat.opening(entry, context)))


def feed(page: dcat.Page | None = None, context: Context = CONTEXT) -> Graph:
    """The DCAT of a page of the catalogue, read back."""
    return read(rdf.TURTLE.write(dcat.catalogue(page or every(), context)))


def values(graph: Graph, subject: Any, name: Any) -> set[str]:
    """The values of a property, as plain texts."""
    return {plain(str(value)) for value in graph.objects(subject, name)}


def value(graph: Graph, subject: Any, name: Any) -> Node:
    """The only value."""
    (only,) = graph.objects(subject, name)
    return only


def words(graph: Graph, subject: Any, name: Any, language: str = "fr") -> str:
    """The value in a language."""
    texts = [v for v in graph.objects(subject, name) if isinstance(v, Literal)]
    return plain(next(str(v) for v in texts if v.language == language))
