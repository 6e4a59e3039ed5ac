"""Records as DCAT-AP 3.0.1, in the form that every harvester takes. Knows no syntax and no HTTP.

One mapping: what is said here is said alike in Turtle, JSON-LD, RDF/XML and N-Triples.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.periods import Unreadable, read_dating
from app.domain.values import Words
from app.formats.concepts import (
    CONCEPTS,
    DATASET_STATUS,
    DCTYPE,
    FRANCE,
    FRENCH,
    PROFILE,
    THEMES,
)
from app.formats.distributions import distributions, licence, services, source_code
from app.formats.document import label
from app.formats.entry import (
    STATES,
    UNKNOWN,
    Entry,
    agent,
    authority,
    conditions,
    contact,
    day,
    document,
    entry,
    given,
    keywords,
    moment,
    of_high_value,
    past,
    publisher,
    rights,
    shared,
    themes,
)
from app.formats.language import bilingual
from app.formats.rdf import (
    ADDRESS,
    Graph,
    Node,
    Nodes,
    Terms,
    add,
    address,
    clean,
    graph,
    jsonld,
    node,
    ntriples,
    rdfxml,
    safe_iri,
    string,
    turtle,
    words,
)
from app.formats.sentences import Sentences

__all__ = [
    "STATES",
    "Graph",
    "Page",
    "catalogue",
    "jsonld",
    "ntriples",
    "opening",
    "rdfxml",
    "turtle",
]

TYPES = {"dataset": "Dataset", "api": "Service", "source_code": "Software"}
DATASET, SOURCE_CODE = (
    "dcat:Dataset dcat:Resource",
    "dcat:Dataset dcat:Resource schema:SoftwareSourceCode",
)
"""The classes of an opening. The annex on high-value datasets asks for the second."""

REGISTER = Words(fr="Ouvertures")
TITLE = bilingual("Ouvertures: the register of announced openings")
ABOUT = bilingual(
    "The datasets, APIs and source codes that the administration has promised to open: their "
    "state, their deadline, the history of its moves and the texts that set it.",
)
NOT_TOLD = bilingual("This opening cannot be described at the moment.")
UNTOLD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What telling raises, of a record that is not what it should be."""


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


def opening(commitment: Commitment, context: Context) -> Graph:
    """One opening. Raises ValueError for an action: actions have no DCAT."""
    return graph(_complete(_told(entry(commitment, context))))


def catalogue(page: Page, context: Context) -> Graph:
    """A page of the catalogue, with the way to the others."""
    nodes, set_apart = _listed(page.entries, page.catalogue, context)
    for subject, said in _catalogue(page.catalogue, page.total, context).items():
        add(nodes, subject, said)
    add(nodes, page.catalogue, {"hydra:view": address(page.address)})
    add(nodes, page.address, _view(page))
    return graph(_complete(nodes), set_apart)


def batch(entries: Iterable[Commitment], context: Context) -> Graph:
    """Some of the openings of the catalogue, complete alone."""
    nodes, set_apart = _listed(entries, f"{context.base}/catalog", context)
    return graph(_complete(nodes), set_apart)


def whole(total: int, context: Context) -> Graph:
    """The catalogue itself, of so many openings, which are told in batches."""
    return graph(_complete(_catalogue(f"{context.base}/catalog", total, context)))


def _listed(
    entries: Iterable[Commitment], catalogue: str, context: Context
) -> tuple[Nodes, list[str]]:
    """The entries, and that the catalogue has them; and those that were set apart.

    A record that cannot be told never costs a harvester the others. Its name stays in the feed:
    harvesters delete what a feed leaves out.
    """
    nodes: Nodes = {}
    listed: list[Entry] = []
    named: list[str] = []
    set_apart: list[str] = []
    for commitment in entries:
        try:
            one = entry(commitment, context)
            told = _told(one)
        except UNTOLD:
            set_apart.append(commitment.slug)
            told = _named(commitment, context)
            named += [iri for iri in told if iri.startswith(f"{context.base}/openings/")]
        else:
            listed.append(one)
        for subject, said in told.items():
            add(nodes, subject, said)
    if listed or named:
        add(nodes, catalogue, _listing(listed, named))
    return nodes, set_apart


def _named(commitment: Commitment, context: Context) -> Nodes:
    """An opening by its name alone, where no more can be told; nothing where not even that can."""
    nodes: Nodes = {}
    try:
        it, name = context.iri(commitment), clean(commitment.slug)
        if commitment.type == "action" or not safe_iri(it):
            return {}
        nodes[it] = node(
            DATASET,
            {
                "dct:identifier": string(name),
                "dct:title": words(Words.of(fr=name)),
                "dct:description": words(NOT_TOLD),
                "dct:publisher": authority(commitment.described.publisher, context, nodes),
            },
        )
    except UNTOLD:
        return {}
    return nodes


def _complete(nodes: Nodes) -> Nodes:
    """The nodes, and every concept that they point at, and that those do."""
    pointed = _pointed(nodes)
    for iri in pointed | _pointed({iri: CONCEPTS[iri] for iri in pointed}):
        add(nodes, iri, CONCEPTS[iri])
    return nodes


def _pointed(nodes: Nodes) -> set[str]:
    return {
        value
        for told in nodes.values()
        for terms in told.values()
        for value, kind in terms
        if kind == ADDRESS and value in CONCEPTS
    }


# The catalogue.


def _catalogue(it: str, total: int, context: Context) -> Nodes:
    keeper, homepage = shared(context, "publisher"), safe_iri(f"{context.base}/")
    nodes: Nodes = {keeper: agent(REGISTER, "")}
    nodes[it] = node(
        "dcat:Catalog hydra:Collection",
        {
            "dct:title": words(TITLE),
            "dct:description": words(ABOUT),
            "dct:publisher": address(keeper),
            "dct:license": licence(context.licence, nodes),
            "dct:language": address(FRENCH),
            "dct:spatial": address(FRANCE),
            "dct:modified": moment(context.head.recorded_at, context),
            "dcat:themeTaxonomy": address(THEMES),
            "foaf:homepage": document(homepage, nodes),
            "hydra:totalItems": ((str(total), "xsd:integer"),),
        },
    )
    return nodes


def _listing(listed: list[Entry], named: list[str]) -> Node:
    told = {
        "dcat:dataset": tuple((it, ADDRESS) for it in (*(one.it for one in listed), *named)),
        "dcat:record": tuple((f"{one.it}#record", ADDRESS) for one in listed),
        "dcat:service": tuple(term for one in listed for term in services(one)),
    }
    return {name: terms for name, terms in told.items() if terms}


def _view(page: Page) -> Node:
    return node(
        "hydra:PartialCollectionView",
        {
            "hydra:first": address(page.first),
            "hydra:last": address(page.last),
            "hydra:previous": address(page.previous),
            "hydra:next": address(page.next),
        },
    )


# One opening: a dataset, its record, and what it points at.


def _told(entry: Entry) -> Nodes:
    nodes: Nodes = {}
    add(nodes, entry.it, _dataset(entry, nodes))
    add(nodes, f"{entry.it}#record", _record(entry))
    return nodes


def _dataset(entry: Entry, nodes: Nodes) -> Node:
    commitment, context = entry.commitment, entry.context
    kind, page = TYPES.get(commitment.type), f"{entry.it}.html"
    return node(
        SOURCE_CODE if commitment.type == "source_code" else DATASET,
        {
            "dct:identifier": string(commitment.slug),
            "dct:title": words(entry.title),
            "dct:description": words(entry.description),
            "dct:type": address(kind and DCTYPE + kind),
            "dct:accessRights": rights(commitment),
            "dct:rights": conditions(entry, nodes),
            "dct:license": licence(given(commitment.described.licence), nodes),
            "dct:language": address(FRENCH),
            "dct:spatial": address(FRANCE),
            "dct:temporal": _period(entry, nodes),
            "dct:provenance": _history(entry, nodes),
            "dct:publisher": publisher(entry, nodes),
            "dct:available": _available(commitment, context),
            "dct:issued": past(commitment.opened_on, context),
            "dct:created": entry.created,
            "dct:modified": entry.modified,
            "adms:status": _status(entry, nodes),
            "dcat:contactPoint": contact(entry, nodes),
            "dcat:distribution": distributions(entry, nodes),
            "dcat:keyword": keywords(commitment),
            "dcat:theme": themes(commitment),
            "dcat:landingPage": document(given(commitment.described.landing_page) or page, nodes),
            "foaf:page": document(page, nodes),
            **of_high_value(commitment),
            **source_code(entry, nodes),
        },
    )


def _record(entry: Entry) -> Node:
    """What the catalogue knows of a dataset: since when it lists it, by which profile."""
    return node(
        "dcat:CatalogRecord",
        {
            "dct:identifier": string(f"{entry.commitment.slug}#record"),
            "dct:title": words(entry.title),
            "dct:conformsTo": address(PROFILE),
            "foaf:primaryTopic": address(entry.it),
            "dct:issued": entry.created,
            "dct:modified": entry.modified,
        },
    )


def _available(commitment: Commitment, context: Context) -> Terms:
    """The day it opened, all of it if it has, or else the last day of its deadline."""
    if commitment.state == "available":
        return past(commitment.state_since, context)
    if commitment.opened_on:
        return past(commitment.opened_on, context)
    if commitment.deadline is None or commitment.state == "abandoned":
        return ()
    return day(commitment.deadline.period.end)


def _status(entry: Entry, nodes: Nodes) -> Terms:
    """The EU’s status, and ours beside it: the EU’s list has nothing for what is planned."""
    state = entry.commitment.state
    ours = shared(entry.context, f"state-{state}")
    add(nodes, ours, node("skos:Concept", {"skos:prefLabel": words(label(state))}))
    status = STATES.get(state, UNKNOWN).status
    if state == "suspended" and entry.commitment.opened_on:
        status = "WITHDRAWN"
    return address(status and DATASET_STATUS + status) + address(ours)


# When, and how the deadline moved.


def _history(entry: Entry, nodes: Nodes) -> Terms:
    says = (Sentences(language, entry.context) for language in entry.languages)
    moves = Words.of(*(say.history(entry.commitment) for say in says))
    if not moves:
        return ()
    events = entry.context.base + "/api/v1" + entry.it.removeprefix(entry.context.base) + "/events"
    said = {  # CKAN takes the first label that it finds, of whatever language
        "rdfs:label": words(Words.of(fr=moves.fr)),
        "dct:description": words(Words.of(en=moves.en)),
        "rdfs:seeAlso": address(events),
    }
    add(nodes, f"{entry.it}#history", node("dct:ProvenanceStatement", said))
    return address(f"{entry.it}#history")


def _period(entry: Entry, nodes: Nodes) -> Terms:
    """The period covered: the one blank node, because udata fetches the address of a named one."""
    covers = entry.commitment.described.covers
    start, end = _edtf(covers.start, first=True), _edtf(covers.end, first=False)
    if not (start or end):
        return ()
    it = f"_:period-{hashlib.sha256(entry.it.encode()).hexdigest()[:16]}"
    add(nodes, it, node("dct:PeriodOfTime", {"dcat:startDate": start, "dcat:endDate": end}))
    return address(it)


def _edtf(text: str | None, *, first: bool) -> Terms:
    try:
        told = read_dating(text or "")
    except Unreadable:
        return ()
    return day(told.first if first else told.last)
