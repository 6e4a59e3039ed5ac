"""Nodes and the four syntaxes they are written in. Knows RDF, and nothing of openings.

The only door to addresses and texts: what leaves here can be written in every syntax.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from io import BytesIO
from typing import IO, Any
from urllib.parse import urlsplit

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple

from app.domain.values import Words
from app.formats.document import encode

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

ADDRESS, CLASS, STRING = "@id", "@type", "xsd:string"
"""Kinds of term. The others are @ and a language, or a datatype."""

Term = tuple[str, str]
"""A value and its kind."""

Terms = tuple[Term, ...]
Node = dict[str, Terms]
"""What is said of one subject: terms by property, such as `dct:title`; `a` for its classes."""

Nodes = dict[str, Node]
"""Nodes by their address, or by `_:` and a name."""


@dataclass(frozen=True)
class Graph:
    """Nodes in order, and the slugs of the records that could not be told."""

    nodes: Mapping[str, Node]
    set_apart: tuple[str, ...] = ()


def graph(nodes: Nodes, set_apart: Iterable[str] = ()) -> Graph:
    """A graph of these nodes: the same whatever the order in which they come."""
    ordered = {
        subject: {name: _ordered(told[name]) for name in sorted(told)}
        for subject, told in sorted(nodes.items())
    }
    return Graph(ordered, tuple(set_apart))


def _ordered(terms: Terms) -> Terms:
    return terms if len(terms) == 1 else tuple(sorted(set(terms)))


def add(nodes: Nodes, subject: str, told: Node) -> None:
    """Say this of a subject, beside what is said of it already."""
    known = nodes.setdefault(subject, told)
    if known != told:
        nodes[subject] = {
            name: (*known.get(name, ()), *told.get(name, ())) for name in {**known, **told}
        }


# Terms, none where there is nothing to say.


def node(classes: str, told: Mapping[str, Terms] | None = None) -> Node:
    """A node of these classes, with what is said of it."""
    said = {name: terms for name, terms in (told or {}).items() if terms}
    return {"a": tuple((one, CLASS) for one in classes.split()), **said}


def address(value: str | None) -> Terms:
    """An address of ours, or one that was checked."""
    return ((value, ADDRESS),) if value else ()


def string(value: str | None) -> Terms:
    """A text in no language."""
    return ((told, STRING),) if (told := clean(value)) else ()


def words(told: Words) -> Terms:
    """A text in French, in English, or both."""
    french, english = clean(told.fr), clean(told.en)
    return ((french, "@fr"),) * bool(french) + ((english, "@en"),) * bool(english)


# What may be written.

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.IGNORECASE)


def clean(text: str | None) -> str:
    """A text without the characters that XML cannot carry, and with one kind of line break."""
    if not text:
        return ""
    if not text.isprintable():
        text = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip()


def safe_iri(text: str | None) -> str | None:
    """The text if it is an absolute http or https address that every syntax can write."""
    if not text or not text.isprintable() or not _ADDRESS.fullmatch(text):
        return None
    try:
        NamedNode(text)
        parts = urlsplit(text)
        reached = parts.hostname and parts.port != 0
    except ValueError:
        return None
    return text if reached else None


# The syntaxes. Each is written to a file node by node, as the nodes come; a graph is all of them.

Stream = Iterable[tuple[str, Node]]
Writer = Callable[[Stream, IO[bytes]], None]


def written(write: Writer, graph: Graph) -> bytes:
    """The whole graph in one syntax."""
    made = BytesIO()
    write(graph.nodes.items(), made)
    return made.getvalue()


def write_turtle(nodes: Stream, file: IO[bytes]) -> None:
    """Nodes as one Turtle document."""
    pyoxigraph.serialize(_triples(nodes), file, format=RdfFormat.TURTLE, prefixes=PREFIXES)


def write_rdfxml(nodes: Stream, file: IO[bytes]) -> None:
    """Nodes as one RDF/XML document."""
    pyoxigraph.serialize(_triples(nodes), file, format=RdfFormat.RDF_XML, prefixes=PREFIXES)


def write_ntriples(nodes: Stream, file: IO[bytes]) -> None:
    """Nodes as N-Triples."""
    pyoxigraph.serialize(_triples(nodes), file, format=RdfFormat.N_TRIPLES)


def write_jsonld(nodes: Stream, file: IO[bytes]) -> None:
    """Nodes as one JSON-LD document."""
    file.write(b'{"@context":%b,"@graph":[' % encode(CONTEXT))
    for number, (subject, told) in enumerate(nodes):
        said = {_key(name): _values(name, terms) for name, terms in told.items()}
        file.write(b"," * bool(number) + encode({"@id": subject, **said}))
    file.write(b"]}")


turtle, jsonld = partial(written, write_turtle), partial(written, write_jsonld)
rdfxml, ntriples = partial(written, write_rdfxml), partial(written, write_ntriples)


def _triples(nodes: Stream) -> Iterator[Triple]:
    for subject, told in nodes:
        it = _named(subject)
        for name, terms in told.items():
            said = _property(name)
            for value, kind in terms:
                yield Triple(it, said, _object(value, kind))


def expanded(name: str) -> str:
    """The address that a prefixed name stands for."""
    prefix, _, local = ("rdf:type" if name == "a" else name).partition(":")
    return PREFIXES[prefix] + local


@lru_cache(maxsize=4096)
def _named(subject: str) -> NamedNode | BlankNode:
    return BlankNode(subject[2:]) if subject.startswith("_:") else NamedNode(subject)


@lru_cache(maxsize=512)
def _property(name: str) -> NamedNode:
    return NamedNode(expanded(name))


def _object(value: str, kind: str) -> NamedNode | BlankNode | pyoxigraph.Literal:
    if kind == ADDRESS:
        return _named(value)
    if kind == CLASS:
        return _property(value)
    if kind[0] == "@":
        return pyoxigraph.Literal(value, language=kind[1:])
    return pyoxigraph.Literal(value, datatype=_property(kind))


# JSON-LD, compact, with its context inline. The context says how the values of a property are
# written when they are of its usual kind; others are written out, so that nothing depends on it.

_ADDRESSES = """
    adms:status dcat:accessURL dcat:contactPoint dcat:dataset dcat:distribution dcat:downloadURL
    dcat:endpointDescription dcat:endpointURL dcat:landingPage dcat:mediaType dcat:record
    dcat:servesDataset dcat:service dcat:theme dcat:themeTaxonomy dcatap:applicableLegislation
    dcatap:availability dcatap:hvdCategory dct:accessRights dct:conformsTo dct:format dct:language
    dct:license dct:provenance dct:publisher dct:rights dct:spatial dct:temporal dct:type
    foaf:homepage foaf:page foaf:primaryTopic hydra:first hydra:last hydra:next hydra:previous
    hydra:view rdfs:seeAlso schema:codeRepository schema:license vcard:hasEmail vcard:hasURL
"""

USUAL = {
    **dict.fromkeys(_ADDRESSES.split(), ADDRESS),
    "dcat:byteSize": "xsd:nonNegativeInteger",
    "dcat:endDate": "xsd:date",
    "dcat:keyword": "@fr",
    "dcat:startDate": "xsd:date",
    "dct:available": "xsd:date",
    "dct:created": "xsd:dateTime",
    "dct:issued": "xsd:date",
    "dct:modified": "xsd:dateTime",
    "hydra:totalItems": "xsd:integer",
}
"""The kind that the values of a property usually are of."""


def _context() -> dict[str, Any]:
    terms: dict[str, Any] = {}
    for name, kind in USUAL.items():
        usual = {"@language": "fr"} if kind == "@fr" else {"@type": kind}
        terms[name] = {"@id": name, **usual}
    return {**PREFIXES, **terms}


CONTEXT = _context()


def _key(name: str) -> str:
    return "@type" if name == "a" else name


def _values(name: str, terms: Terms) -> Any:
    usual = USUAL.get(name, STRING)
    values = [_value(value, kind, usual) for value, kind in terms]
    return values if len(values) > 1 else values[0]


def _value(value: str, kind: str, usual: str) -> Any:
    if kind in (usual, CLASS):
        return value
    if kind == ADDRESS:
        return {"@id": value}
    if kind[0] == "@":
        return {"@language": kind[1:], "@value": value}
    return {"@type": kind, "@value": value}
