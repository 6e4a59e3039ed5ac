"""Nodes and the four syntaxes they are written in. Knows RDF, and nothing of openings.

Texts and addresses are those of records: every syntax can write them.
"""

import re
import tomllib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple

from app.domain.values import Words
from app.formats.document import encode

_TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
PREFIXES: dict[str, str] = _TEXTS["prefixes"]

ADDRESS, CLASS, STRING = "@id", "@type", "xsd:string"
"""Kinds of term. The others are @ and a language, or a datatype."""

Term = tuple[str, str]
"""A value and its kind."""

Terms = tuple[Term, ...]
Node = dict[str, Terms]
"""What is known of one subject: terms by property, such as `dct:title`; `a` for its classes."""

Nodes = dict[str, Node]
"""Nodes by their address, or by `_:` and a name."""


def ordered(nodes: Nodes) -> Nodes:
    """The nodes, their properties and terms in order: the same, however they were added."""
    return {
        subject: {name: _ordered(node[name]) for name in sorted(node)}
        for subject, node in sorted(nodes.items())
    }


def _ordered(terms: Terms) -> Terms:
    return terms if len(terms) == 1 else tuple(sorted(set(terms)))


def add(nodes: Nodes, subject: str, node: Node) -> None:
    """Add what is known of a subject to what is known of it already."""
    known = nodes.setdefault(subject, node)
    if known != node:
        nodes[subject] = {
            name: (*known.get(name, ()), *node.get(name, ())) for name in {**known, **node}
        }


def pointed(nodes: Nodes, subject: str | None, node: Node) -> Terms:
    """The address of a node, which is added; nothing where there is no address."""
    if subject:
        add(nodes, subject, node)
    return address(subject)


def of_class(nodes: Nodes, name: str) -> Terms:
    """The addresses of the nodes of a class."""
    return tuple((it, ADDRESS) for it, node in nodes.items() if (name, CLASS) in node["a"])


# Terms, none where there is nothing to say.


def node(classes: str, properties: Mapping[str, Terms] | None = None) -> Node:
    """A node of these classes, with those of its properties that have a value."""
    known = {name: terms for name, terms in (properties or {}).items() if terms}
    return {"a": tuple((name, CLASS) for name in classes.split()), **known}


def address(value: str | None) -> Terms:
    """An address of ours, or one that was checked."""
    return ((value, ADDRESS),) if value else ()


def string(value: str | None) -> Terms:
    """A text in no language."""
    return ((value, STRING),) if value else ()


def words(text: Words) -> Terms:
    """A text in French, in English, or both."""
    return tuple((each, kind) for each, kind in ((text.fr, "@fr"), (text.en, "@en")) if each)


# The syntaxes.


def _serialized(nodes: Nodes, syntax: RdfFormat, prefixes: dict[str, str] | None = None) -> bytes:
    return pyoxigraph.serialize(_triples(nodes), format=syntax, prefixes=prefixes) or b""


turtle = partial(_serialized, syntax=RdfFormat.TURTLE, prefixes=PREFIXES)
rdfxml = partial(_serialized, syntax=RdfFormat.RDF_XML, prefixes=PREFIXES)
ntriples = partial(_serialized, syntax=RdfFormat.N_TRIPLES)


def jsonld(nodes: Nodes) -> bytes:
    """Nodes as one JSON-LD document: pyoxigraph’s is expanded only, ours is compact."""
    objects = [
        {"@id": subject, **{_key(name): _values(name, terms) for name, terms in node.items()}}
        for subject, node in nodes.items()
    ]
    return encode({"@context": CONTEXT, "@graph": objects})


def _triples(nodes: Nodes) -> Iterator[Triple]:
    for subject, node in nodes.items():
        it = _named(subject)
        for name, terms in node.items():
            predicate = _property(name)
            for value, kind in terms:
                yield Triple(it, predicate, _object(value, kind))


@lru_cache(maxsize=4096)
def _named(subject: str) -> NamedNode | BlankNode:
    return BlankNode(subject[2:]) if subject.startswith("_:") else NamedNode(subject)


@lru_cache(maxsize=512)
def _property(name: str) -> NamedNode:
    """The address that a prefixed name stands for."""
    prefix, _, local = ("rdf:type" if name == "a" else name).partition(":")
    return NamedNode(PREFIXES[prefix] + local)


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

USUAL = {name: kind for kind, names in _TEXTS["usual"].items() for name in names.split()}
"""The kind that the values of a property usually are of."""

CONTEXT: dict[str, Any] = {
    **PREFIXES,
    **{
        name: {"@id": name, **({"@language": "fr"} if kind == "@fr" else {"@type": kind})}
        for name, kind in sorted(USUAL.items(), key=lambda row: (row[1] != ADDRESS, row[0]))
    },
}


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


# One document of many graphs, compressed, written while they are made.

MOST_REMEMBERED = 5_000
_GZIP = 16 + zlib.MAX_WBITS  # a gzip file that names no file and no time: the same bytes each time


class Syntax(NamedTuple):
    """How nodes are written, and how documents join: what is before, between and behind nodes."""

    write: Callable[[Nodes], bytes]
    frame: re.Pattern[bytes]
    between: bytes = b""


TURTLE = Syntax(turtle, re.compile(rb"((?:@prefix [^\n]*\n)*)(.*)()", re.DOTALL))
JSON_LD = Syntax(jsonld, re.compile(rb'(.*?"@graph":\[)(.*)(\]\})', re.DOTALL), b",")
RDF_XML = Syntax(rdfxml, re.compile(rb"(.*?<rdf:RDF[^>]*>)(.*)(\n</rdf:RDF>)", re.DOTALL))
N_TRIPLES = Syntax(ntriples, re.compile(rb"()(.*)()", re.DOTALL))


def packed(syntax: Syntax, graphs: Iterable[Nodes]) -> Iterator[bytes]:
    """The compressed document of all graphs, piece by piece."""
    packer, end = zlib.compressobj(wbits=_GZIP), b""
    for number, nodes in enumerate(graphs):
        framed = syntax.frame.fullmatch(syntax.write(nodes))
        assert framed is not None  # noqa: S101 every document has its frame
        head, body, end = framed.groups()
        yield packer.compress((syntax.between if number else head) + body)
    yield packer.compress(end) + packer.flush()


def once(
    graphs: Iterable[Nodes], is_shared: Callable[[str], bool], most: int = MOST_REMEMBERED
) -> Iterator[Nodes]:
    """Each node once, of those that graphs share. So many are remembered, and no more."""
    known: Nodes = {}
    for nodes in graphs:
        fresh = {subject: node for subject, node in nodes.items() if known.get(subject) != node}
        yield fresh
        for subject, node in fresh.items():
            if is_shared(subject) and len(known) < most:
                known[subject] = node
