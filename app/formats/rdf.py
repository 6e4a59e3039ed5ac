"""Nodes and the four syntaxes they are written in. Knows RDF, and nothing of openings.

Texts and addresses are those of records: every syntax can write them.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from app.domain import beside
from app.domain.values import Words
from app.formats.document import encode

_TEXTS = beside(__file__)
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
    if known is not node and known != node:
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
    return {"a": _classes(classes), **known}


@lru_cache(maxsize=128)
def _classes(names: str) -> Terms:
    return tuple((name, CLASS) for name in names.split())


def address(value: str | None) -> Terms:
    """An address of ours, or one that was checked."""
    return ((value, ADDRESS),) if value else ()


def string(value: str | None) -> Terms:
    """A text in no language."""
    return ((value, STRING),) if value else ()


def words(text: Words) -> Terms:
    """A text in French, in English, or both."""
    return tuple((each, kind) for each, kind in ((text.fr, "@fr"), (text.en, "@en")) if each)


# Turtle, N-Triples and RDF/XML, each from nodes to text.

_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)}
_ESCAPES |= {ord(raw): f"\\{raw}" for raw in '\\"'}
_ESCAPES |= {ord(raw): f"\\{name}" for raw, name in zip("\b\t\n\f\r", "btnfr", strict=True)}
_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos", "\r": "#13"}
_ENTITIES = {ord(raw): f"&{name};" for raw, name in _NAMED.items()}
_NUMBERS = ("xsd:integer",)
_AWKWARD, _MARKUP = re.compile('[\x00-\x1f\x7f"\\\\]'), re.compile("[&<>\"'\r]")


def _escaped(value: str) -> str:
    return value.translate(_ESCAPES) if _AWKWARD.search(value) else value


def _in_xml(value: str) -> str:
    return value.translate(_ENTITIES) if _MARKUP.search(value) else value


def _turtle(nodes: Nodes) -> str:
    return "".join(
        [
            f"{_resource(subject)} "
            + " ;\n\t".join(
                [
                    f"{name} {' , '.join([_term(value, kind) for value, kind in terms])}"
                    for name, terms in node.items()
                ]
            )
            + " .\n"
            for subject, node in nodes.items()
        ]
    )


def _term(value: str, kind: str) -> str:
    if kind == ADDRESS:
        return f"<{value}>" if value[0] != "_" else value
    if kind == CLASS or kind in _NUMBERS:
        return value
    if kind == STRING:
        return f'"{_escaped(value)}"'
    return f'"{_escaped(value)}"{"" if kind[0] == "@" else "^^"}{kind}'


def _resource(value: str) -> str:
    return value if value.startswith("_:") else f"<{value}>"


def _ntriples(nodes: Nodes) -> str:
    lines = []
    for subject, node in nodes.items():
        it = _resource(subject)
        for name, terms in node.items():
            start = f"{it} <{_address(name)}> "
            lines += [f"{start}{_whole_term(value, kind)} .\n" for value, kind in terms]
    return "".join(lines)


def _whole_term(value: str, kind: str) -> str:
    if kind == CLASS:
        return f"<{_address(value)}>"
    if kind in (ADDRESS, STRING) or kind[0] == "@":
        return _term(value, kind)
    return f'"{_escaped(value)}"^^<{_address(kind)}>'


@lru_cache(maxsize=512)
def _address(name: str) -> str:
    """The address that a prefixed name stands for."""
    prefix, _, local = ("rdf:type" if name == "a" else name).partition(":")
    return PREFIXES[prefix] + local


def _rdfxml(nodes: Nodes) -> str:
    lines = []
    for subject, node in nodes.items():
        (first, _), *others = node.get("a") or (("rdf:Description", CLASS),)
        lines.append(f"\n\t<{first} {_attribute('about', subject)}>")
        lines += [_element("rdf:type", *term) for term in others]
        lines += [
            _element(name, *term) for name, terms in node.items() if name != "a" for term in terms
        ]
        lines.append(f"\n\t</{first}>")
    return "".join(lines)


def _element(name: str, value: str, kind: str) -> str:
    """A property in XML."""
    if kind in (ADDRESS, CLASS):
        it = _address(value) if kind == CLASS else value
        return f"\n\t\t<{name} {_attribute('resource', it)}/>"
    usual = kind if kind == STRING else kind[0]
    attribute = {STRING: "", "@": f' xml:lang="{kind[1:]}"'}.get(usual)
    if attribute is None:
        attribute = f' rdf:datatype="{_address(kind)}"'
    return f"\n\t\t<{name}{attribute}>{_in_xml(value)}</{name}>"


def _attribute(name: str, value: str) -> str:
    if value.startswith("_:"):
        return f'rdf:nodeID="{value[2:]}"'
    return f'rdf:{name}="{_in_xml(value)}"'


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


def _jsonld(nodes: Nodes) -> str:
    objects = [
        {"@id": subject, **{_key(name): _values(name, terms) for name, terms in node.items()}}
        for subject, node in nodes.items()
    ]
    return encode(objects).decode()[1:-1]


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
    """How nodes are written, and what is before, between and behind them in a document."""

    nodes: Callable[[Nodes], str]
    head: str
    between: str = ""
    end: str = ""

    def write(self, nodes: Nodes) -> bytes:
        """A document."""
        return f"{self.head}{self.nodes(nodes)}{self.end}".encode()


TURTLE = Syntax(_turtle, "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()))
JSON_LD = Syntax(_jsonld, f'{{"@context":{encode(CONTEXT).decode()},"@graph":[', ",", "]}")
RDF_XML = Syntax(
    _rdfxml,
    '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
    + "".join(f' xmlns:{name}="{iri}"' for name, iri in PREFIXES.items())
    + ">",
    end="\n</rdf:RDF>",
)
N_TRIPLES = Syntax(_ntriples, "")


def packed(syntax: Syntax, graphs: Iterable[Nodes]) -> Iterator[bytes]:
    """The compressed document of all graphs, piece by piece."""
    packer, lead = zlib.compressobj(wbits=_GZIP), syntax.head
    for nodes in graphs:
        yield packer.compress(f"{lead}{syntax.nodes(nodes)}".encode())
        lead = syntax.between
    yield packer.compress(syntax.end.encode()) + packer.flush()


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
