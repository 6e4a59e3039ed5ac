"""Reading what was told as DCAT: the namespaces, and the values of a graph."""

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from app.formats import dcat
from tests.formats.records import BASE, CONTEXT, every, plain, read

ADMS = Namespace("http://www.w3.org/ns/adms#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
HVD = Namespace("http://data.europa.eu/bna/")
EU = Namespace("http://publications.europa.eu/resource/authority/")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SCHEMA = Namespace("http://schema.org/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CATALOG = URIRef(f"{BASE}/catalog")


def it(slug: str) -> URIRef:
    return URIRef(f"{BASE}/openings/{slug}")


def feed(told: dcat.Page | None = None) -> Graph:
    return read(dcat.turtle(dcat.catalogue(told or every(), CONTEXT)))


def value(graph: Graph, subject: Node, name: URIRef) -> Node:
    """The only value."""
    found = list(graph.objects(subject, name))
    assert len(found) == 1, found
    return found[0]


def words(graph: Graph, subject: Node, name: URIRef, language: str = "fr") -> str:
    told = [v for v in graph.objects(subject, name) if isinstance(v, Literal)]
    return plain(next(str(v) for v in told if v.language == language))
