"""Records as DCAT-AP 3.0.1, in the form that every harvester takes. Knows no syntax and no HTTP.

One mapping: what is said here is said alike in Turtle, JSON-LD, RDF/XML and N-Triples.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import quote

from app.domain.commitments import Commitment, Contact, Resource, Words
from app.domain.ledger import paris_day, paris_midnight, timestamp
from app.domain.periods import Unreadable, read_dating
from app.formats import sentences
from app.formats.concepts import (
    ACCESS_RIGHT,
    CONCEPTS,
    DATASET_STATUS,
    DCTYPE,
    DISTRIBUTION_STATUS,
    FILE_TYPE,
    FRANCE,
    FRENCH,
    IANA,
    NATIONAL_AUTHORITY,
    SAME_LICENCE,
    STABLE,
    THEME,
    THEMES,
)
from app.formats.document import OPEN_LICENCE, Edition, label
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

__all__ = ["Graph", "Page", "catalogue", "jsonld", "ntriples", "opening", "rdfxml", "turtle"]


class InDcat(NamedTuple):
    """How a state is told: the EU’s status, if it has one for it, and a keyword."""

    status: str | None
    keyword: str


STATES = {
    "not_available": InDcat(None, "ouverture-demandee"),
    "planned": InDcat("DEVELOP", "ouverture-planifiee"),
    "in_progress": InDcat("DEVELOP", "ouverture-en-cours"),
    "partially_available": InDcat("DEVELOP", "ouverture-partielle"),
    "available": InDcat("COMPLETED", "ouverture-realisee"),
    "suspended": InDcat("DEVELOP", "ouverture-suspendue"),
    "abandoned": InDcat("WITHDRAWN", "ouverture-abandonnee"),
    "withdrawn": InDcat("WITHDRAWN", "ouverture-retiree"),
}
UNKNOWN = InDcat(None, "")
TYPES = {"dataset": "Dataset", "api": "Service", "source_code": "Software"}
ANNOUNCEMENTS = {"new": "nouvelle-ouverture", "continued": "poursuite-ouverture"}
ACCESS_RIGHTS = {"public": "PUBLIC", "restricted": "RESTRICTED", "non_public": "NON_PUBLIC"}
BEGUN = frozenset({"partially_available", "available", "suspended"})
"""The states in which what can be had is published, and stays."""

DOCUMENT = node("foaf:Document")
SOURCE_CODE = "dcat:Dataset schema:SoftwareSourceCode"
REGISTER = Words("Ouvertures")
REGISTER_NAME = "Ouvertures : le registre des ouvertures annoncées"
TITLE = Words(
    REGISTER_NAME,
    "Ouvertures: the register of announced openings",
)
ABOUT = Words(
    "Les jeux de données, API et codes sources que l’administration a promis d’ouvrir : leur état, "
    "leur échéance, l’historique de leurs reports et les textes qui les fixent.",
    "The datasets, APIs and source codes that the administration has promised to open: their "
    "state, their deadline, the history of its moves and the texts that set it.",
)


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


class Entry(NamedTuple):
    """One opening on its way, with what is said of it in several places."""

    it: str
    commitment: Commitment
    edition: Edition
    title: Words
    languages: tuple[str, ...]
    description: Words
    created: Terms
    modified: Terms


def opening(commitment: Commitment, edition: Edition) -> Graph:
    """One opening. Raises ValueError for an action: actions have no DCAT."""
    return graph(_complete(_told(_entry(commitment, edition))))


def catalogue(page: Page, edition: Edition) -> Graph:
    """A page of the catalogue. A record that cannot be told never costs a harvester the others."""
    nodes: Nodes = {}
    listed: list[Entry] = []
    set_apart: list[str] = []
    for commitment in page.entries:
        try:
            entry = _entry(commitment, edition)
            told = _told(entry)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            set_apart.append(commitment.slug)
        else:
            listed.append(entry)
            for subject, said in told.items():
                add(nodes, subject, said)
    for subject, said in _catalogue(page, listed, edition).items():
        add(nodes, subject, said)
    return graph(_complete(nodes), set_apart)


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


def _entry(commitment: Commitment, edition: Edition) -> Entry:
    if commitment.type == "action":
        raise ValueError("An action has no DCAT.")
    english = clean(commitment.title.en) or clean(commitment.description.en)
    languages = sentences.LANGUAGES if english else sentences.LANGUAGES[:1]
    told = (sentences.description(commitment, edition, language) for language in languages)
    return Entry(
        edition.iri(commitment),
        commitment,
        edition,
        _title(commitment),
        languages,
        Words(*told),
        _moment(commitment.created, edition),
        _moment(commitment.modified, edition),
    )


def _title(commitment: Commitment) -> Words:
    """The title. A harvest that meets one untitled dataset may lose all: there always is one."""
    title = Words(clean(commitment.title.fr), clean(commitment.title.en))
    return title or Words(clean(commitment.slug) or "?")


def _moment(moment: datetime | None, edition: Edition) -> Terms:
    """A moment, but none to come: harvesters would refuse it."""
    if moment is None:
        return ()
    told = moment if paris_day(moment) <= edition.asked else paris_midnight(edition.asked)
    return ((timestamp(told), "xsd:dateTime"),)


def _date(day: date | None) -> Terms:
    return ((day.isoformat(), "xsd:date"),) if day else ()


def _past(day: date | None, edition: Edition) -> Terms:
    """A day, but none to come."""
    return _date(day and min(day, edition.asked))


def _shared(edition: Edition, name: str) -> str:
    """The address of what the entries of a page have in common."""
    return f"{edition.base}/catalog#{quote(name, safe='')}"


# The catalogue.


def _catalogue(page: Page, listed: list[Entry], edition: Edition) -> Nodes:
    keeper, homepage = _shared(edition, "publisher"), safe_iri(f"{edition.base}/")
    nodes: Nodes = {keeper: _agent(REGISTER), page.address: _view(page)}
    nodes[page.catalogue] = node(
        "dcat:Catalog hydra:Collection",
        {
            "dct:title": words(TITLE),
            "dct:description": words(ABOUT),
            "dct:publisher": address(keeper),
            "dct:license": _licence(edition.licence, nodes),
            "dct:language": address(FRENCH),
            "dct:spatial": address(FRANCE),
            "dct:modified": _moment(edition.head.recorded_at, edition),
            "dcat:themeTaxonomy": address(THEMES),
            "foaf:homepage": _document(homepage, nodes),
            "hydra:totalItems": ((str(page.total), "xsd:integer"),),
            "hydra:view": address(page.address),
            "dcat:dataset": tuple((entry.it, ADDRESS) for entry in listed),
            "dcat:record": tuple((f"{entry.it}#record", ADDRESS) for entry in listed),
            "dcat:service": tuple(
                (f"{entry.it}#service-{number}", ADDRESS)
                for entry in listed
                for number, resource in _resources(entry.commitment)
                if resource.kind == "api"
            ),
        },
    )
    return nodes


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
    commitment = entry.commitment
    add(nodes, entry.it, _dataset(entry, nodes))
    add(nodes, f"{entry.it}#record", _record(entry))
    for number, resource in _resources(commitment):
        distribution = f"{entry.it}#distribution-{number}"
        add(nodes, distribution, _distribution(resource, entry, nodes))
        add(nodes, entry.it, {"dcat:distribution": address(distribution)})
        if resource.kind == "api":
            service = _service(number, resource, entry, nodes)
            add(nodes, f"{entry.it}#service-{number}", service)
    return nodes


def _dataset(entry: Entry, nodes: Nodes) -> Node:
    commitment, edition = entry.commitment, entry.edition
    kind, page = TYPES.get(commitment.type), f"{entry.it}.html"
    return node(
        SOURCE_CODE if commitment.type == "source_code" else "dcat:Dataset",
        {
            "dct:identifier": string(commitment.slug),
            "dct:title": words(entry.title),
            "dct:description": words(entry.description),
            "dct:type": address(kind and DCTYPE + kind),
            "dct:accessRights": _rights(commitment),
            "dct:language": address(FRENCH),
            "dct:spatial": address(FRANCE),
            "dct:temporal": _period(entry, nodes),
            "dct:provenance": _history(entry, nodes),
            "dct:publisher": _publisher(entry, nodes),
            "dct:available": _available(commitment, edition),
            "dct:issued": _past(commitment.opened_on, edition),
            "dct:created": entry.created,
            "dct:modified": entry.modified,
            "adms:status": _status(entry, nodes),
            "dcat:contactPoint": _contact(entry, nodes),
            "dcat:keyword": _keywords(commitment),
            "dcat:theme": address(THEME),
            "dcat:landingPage": _document(safe_iri(commitment.landing_page) or page, nodes),
            "foaf:page": _document(page, nodes),
            "schema:codeRepository": _repositories(commitment),
        },
    )


def _record(entry: Entry) -> Node:
    return node(
        "dcat:CatalogRecord",
        {
            "foaf:primaryTopic": address(entry.it),
            "dct:issued": entry.created,
            "dct:modified": entry.modified,
        },
    )


def _repositories(commitment: Commitment) -> Terms:
    if commitment.type != "source_code":
        return ()
    found = (one.url for _, one in _resources(commitment) if one.kind == "repository")
    return tuple((url, ADDRESS) for url in found)


def _rights(commitment: Commitment) -> Terms:
    rights = ACCESS_RIGHTS.get(commitment.access_rights)
    return address(rights and ACCESS_RIGHT + rights)


def _available(commitment: Commitment, edition: Edition) -> Terms:
    """The day it opened, all of it if it has, or else the last day of its deadline."""
    if commitment.state == "available":
        return _past(commitment.state_since, edition)
    if commitment.opened_on:
        return _past(commitment.opened_on, edition)
    if commitment.deadline is None or commitment.state == "abandoned":
        return ()
    return _date(commitment.deadline.period.end)


def _status(entry: Entry, nodes: Nodes) -> Terms:
    """The EU’s status, and ours beside it: the EU’s list has nothing for what is planned."""
    state = entry.commitment.state
    ours = _shared(entry.edition, f"state-{state}")
    add(nodes, ours, node("skos:Concept", {"skos:prefLabel": words(label(state))}))
    status = STATES.get(state, UNKNOWN).status
    if state == "suspended" and entry.commitment.opened_on:
        status = "WITHDRAWN"
    return address(status and DATASET_STATUS + status) + address(ours)


def _keywords(commitment: Commitment) -> Terms:
    own = STATES.get(commitment.state, UNKNOWN).keyword
    announced = ANNOUNCEMENTS.get(commitment.announcement or "", "")
    told = (_keyword(one) for one in (own, announced, *commitment.keywords))
    return tuple((one, "@fr") for one in told if one)


def _keyword(text: str) -> str:
    """A keyword that every harvester takes: 2 to 100 letters, digits, spaces, hyphens, dots."""
    letters = unicodedata.normalize("NFC", clean(text))
    plain = re.sub(r"(?:[^\w .-]|_)+", "-", letters)[:100].strip(" .-")
    return plain if len(plain) > 1 else ""


# Who.


def _publisher(entry: Entry, nodes: Nodes) -> Terms:
    publisher = entry.commitment.publisher or entry.commitment.steward
    if not publisher:
        return ()
    agent = _shared(entry.edition, f"publisher-{publisher}")
    add(nodes, agent, _agent(entry.edition.name_of(publisher)))
    return address(agent)


def _agent(name: Words) -> Node:
    told = {"foaf:name": words(name), "dct:type": address(NATIONAL_AUTHORITY)}
    return node("foaf:Agent", told)


def _contact(entry: Entry, nodes: Nodes) -> Terms:
    """The entry’s own contact, or that of the register."""
    contact, iri = entry.commitment.contact, f"{entry.it}#contact"
    if contact is None:
        reached = entry.edition.contact
        contact, iri = Contact(REGISTER_NAME, reached, reached), _shared(entry.edition, "contact")
    told = {
        "vcard:fn": string(contact.name),
        "vcard:hasEmail": _mail(contact.email),
        "vcard:hasURL": address(safe_iri(contact.url)),
    }
    add(nodes, iri, node("vcard:Kind", told))
    return address(iri)


def _mail(text: str | None) -> Terms:
    plain = (text or "").removeprefix("mailto:")
    if not re.fullmatch(r"[^\s<>\"@:/?]+@[\w.-]+", plain):
        return ()
    return address("mailto:" + quote(clean(plain), safe="@+"))


# Where, when, and how the deadline moved.


def _document(iri: str | None, nodes: Nodes) -> Terms:
    if iri:
        add(nodes, iri, DOCUMENT)
    return address(iri)


def _history(entry: Entry, nodes: Nodes) -> Terms:
    told = (sentences.history(entry.commitment, entry.edition, one) for one in entry.languages)
    moves = words(Words(*told))
    if not moves:
        return ()
    events = entry.edition.base + "/api/v1" + entry.it.removeprefix(entry.edition.base) + "/events"
    said = {"rdfs:label": moves, "rdfs:seeAlso": address(events)}
    add(nodes, f"{entry.it}#history", node("dct:ProvenanceStatement", said))
    return address(f"{entry.it}#history")


def _period(entry: Entry, nodes: Nodes) -> Terms:
    """The period covered: the one blank node, because udata fetches the address of a named one."""
    covers = entry.commitment.covers
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
    return _date(told.first if first else told.last)


# What is open.


def _resources(commitment: Commitment) -> list[tuple[int, Resource]]:
    """What can be had, each with its number. Of what was withdrawn or abandoned, nothing."""
    if commitment.state in ("withdrawn", "abandoned"):
        return []
    numbered = enumerate(commitment.resources, start=1)
    return [(number, resource) for number, resource in numbered if safe_iri(resource.url)]


def _distribution(resource: Resource, entry: Entry, nodes: Nodes) -> Node:
    begun = entry.commitment.state in BEGUN
    size = resource.bytes
    return node(
        "dcat:Distribution",
        {
            "dct:title": words(_titled(resource, entry)),
            "dct:license": _licence(_licence_of(resource, entry), nodes),
            "dct:format": _format(resource, nodes),
            "dcat:accessURL": address(safe_iri(resource.url)),
            "dcat:downloadURL": address(safe_iri(resource.download_url)),
            "dcat:mediaType": _media_type(resource, nodes),
            "dcat:byteSize": () if size is None else ((f"{size:d}", "xsd:nonNegativeInteger"),),
            "adms:status": address(DISTRIBUTION_STATUS + ("COMPLETED" if begun else "DEVELOP")),
            "dcatap:availability": address(STABLE if begun else None),
            "foaf:page": _document(safe_iri(resource.documentation), nodes),
        },
    )


def _titled(resource: Resource, entry: Entry) -> Words:
    title = Words(clean(resource.title.fr), clean(resource.title.en))
    return title or entry.title


def _format(resource: Resource, nodes: Nodes) -> Terms:
    """The EU’s file type. Its label is what harvesters show as format."""
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9_-]*", resource.format or ""):
        return ()
    iri = f"{FILE_TYPE}{resource.format}"
    add(nodes, iri, node("dct:MediaTypeOrExtent", {"rdfs:label": string(resource.format)}))
    return address(iri)


def _media_type(resource: Resource, nodes: Nodes) -> Terms:
    """IANA’s media type. CKAN looks its label up among the formats that it can show."""
    if not re.fullmatch(r"[a-z]+/[a-z0-9][a-z0-9.+-]*", resource.media_type or ""):
        return ()
    iri = f"{IANA}{resource.media_type}"
    add(nodes, iri, node("dct:MediaType", {"rdfs:label": string(resource.media_type)}))
    return address(iri)


def _service(number: int, resource: Resource, entry: Entry, nodes: Nodes) -> Node:
    """An API that can be called, told by what it serves.

    No distribution points at it: udata drops what one calls its access service.
    """
    commitment = entry.commitment
    return node(
        "dcat:DataService",
        {
            "dct:identifier": string(f"{commitment.slug}#service-{number}"),
            "dct:title": words(_titled(resource, entry)),
            "dct:description": words(entry.description),
            "dct:accessRights": _rights(commitment),
            "dct:license": _licence(_licence_of(resource, entry), nodes),
            "dct:publisher": _publisher(entry, nodes),
            "dct:issued": _past(commitment.opened_on, entry.edition),
            "dct:created": entry.created,
            "dct:modified": entry.modified,
            "dcat:endpointURL": address(safe_iri(resource.url)),
            "dcat:endpointDescription": address(safe_iri(resource.documentation)),
            "dcat:servesDataset": address(entry.it),
            "dcat:contactPoint": _contact(entry, nodes),
            "dcat:keyword": _keywords(commitment),
            "dcat:theme": address(THEME),
        },
    )


def _licence_of(resource: Resource, entry: Entry) -> str | None:
    """The licence named, or that of the register; for code, which has others, only one named."""
    named = safe_iri(resource.licence) or safe_iri(entry.commitment.licence)
    return named or (None if resource.kind == "repository" else entry.edition.licence)


def _licence(licence: str | None, nodes: Nodes) -> Terms:
    """The Licence Ouverte at the one address that harvesters recognise; others as they are."""
    iri = OPEN_LICENCE if licence in SAME_LICENCE else safe_iri(licence)
    if iri:
        add(nodes, iri, node("dct:LicenseDocument"))
    return address(iri)
