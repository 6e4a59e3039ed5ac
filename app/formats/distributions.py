"""What can be had of an opening, as DCAT: distributions, services, licences. Knows no syntax."""

import hashlib
import re

from app.domain.codes import FILE_TYPES
from app.domain.commitments import Commitment, Resource, Words
from app.formats.concepts import (
    FILE_TYPE,
    IANA,
    SAME_LICENCE,
    STABLE,
)
from app.formats.document import OPEN_LICENCE
from app.formats.entry import (
    Entry,
    conditions,
    contact,
    document,
    keywords,
    law,
    of_high_value,
    past,
    publisher,
    reached,
    rights,
    themes,
)
from app.formats.rdf import (
    ADDRESS,
    Node,
    Nodes,
    Terms,
    add,
    address,
    clean,
    node,
    safe_iri,
    string,
    words,
)

GONE = frozenset({"withdrawn", "abandoned"})


def distributions(entry: Entry, nodes: Nodes) -> Terms:
    """What can be had; each API that answers is a service besides."""
    found: list[str] = []
    for name, resource in named_resources(entry.commitment):
        found.append(f"{entry.it}#distribution-{name}")
        add(nodes, found[-1], _distribution(resource, entry, nodes))
    for name, resource in _services(entry):
        add(nodes, f"{entry.it}#service-{name}", _service(name, resource, entry, nodes))
    return tuple((iri, ADDRESS) for iri in found)


def services(entry: Entry) -> Terms:
    """The services of an opening."""
    return tuple((f"{entry.it}#service-{name}", ADDRESS) for name, _ in _services(entry))


def named_resources(commitment: Commitment) -> list[tuple[str, Resource]]:
    """What can be had, each with its name. Of what was withdrawn or abandoned, nothing.

    A name is made of the kind and the address: whatever is put before it or taken away, a
    harvester finds it again. The same twice is told apart by number.
    """
    if commitment.state in GONE:
        return []
    found: dict[str, Resource] = {}
    for resource in commitment.resources:
        if safe_iri(resource.url):
            told = f"{resource.kind} {resource.url}".encode()
            name = first = hashlib.sha256(told).hexdigest()[:12]
            times = 1
            while name in found:
                times += 1
                name = f"{first}-{times}"
            found[name] = resource
    return list(found.items())


def _services(entry: Entry) -> list[tuple[str, Resource]]:
    """The APIs that answer: one that is planned is no service yet, whatever its address will be."""
    if not entry.published:
        return []
    return [(name, one) for name, one in named_resources(entry.commitment) if one.kind == "api"]


def _distribution(resource: Resource, entry: Entry, nodes: Nodes) -> Node:
    size = resource.bytes
    return node(
        "dcat:Distribution",
        {
            "dct:title": words(_titled(resource, entry)),
            "dct:license": licence(_licence_of(resource, entry), nodes),
            "dct:rights": conditions(entry, nodes),
            "dct:format": _format(resource, nodes),
            "dcat:accessURL": reached(safe_iri(resource.url), nodes),
            "dcat:downloadURL": address(safe_iri(resource.download_url)),
            "dcat:mediaType": _media_type(resource, nodes),
            "dcat:byteSize": () if size is None else ((f"{size:d}", "xsd:nonNegativeInteger"),),
            "dcatap:availability": address(STABLE if entry.published else None),
            "dcatap:applicableLegislation": law(entry.commitment),
            "foaf:page": document(safe_iri(resource.documentation), nodes),
        },
    )


def _titled(resource: Resource, entry: Entry) -> Words:
    title = Words(clean(resource.title.fr), clean(resource.title.en))
    return title or entry.title


def _format(resource: Resource, nodes: Nodes) -> Terms:
    """The EU’s file type. Its label is what harvesters show as format."""
    if resource.format not in FILE_TYPES:
        return ()
    iri = f"{FILE_TYPE}{resource.format}"
    add(nodes, iri, node("dct:MediaTypeOrExtent", {"rdfs:label": string(resource.format)}))
    return address(iri)


def _media_type(resource: Resource, nodes: Nodes) -> Terms:
    """IANA’s media type. CKAN looks its label up among the formats that it can show."""
    if not re.fullmatch(r"[a-z]+/[a-z0-9][a-z0-9!$&_.+-]*", resource.media_type or ""):
        return ()
    iri = f"{IANA}{resource.media_type}"
    add(nodes, iri, node("dct:MediaType", {"rdfs:label": string(resource.media_type)}))
    return address(iri)


def _service(name: str, resource: Resource, entry: Entry, nodes: Nodes) -> Node:
    """An API that answers, told by what it serves.

    No distribution points at it: udata drops what one calls its access service.
    """
    commitment, explained = entry.commitment, safe_iri(resource.documentation)
    return node(
        "dcat:DataService",
        {
            "dct:identifier": string(f"{commitment.slug}#service-{name}"),
            "dct:title": words(_titled(resource, entry)),
            "dct:description": words(entry.description),
            "dct:accessRights": rights(commitment),
            "dct:rights": conditions(entry, nodes),
            "dct:license": licence(_licence_of(resource, entry), nodes),
            "dct:publisher": publisher(entry, nodes),
            "dct:issued": past(commitment.opened_on, entry.edition),
            "dct:created": entry.created,
            "dct:modified": entry.modified,
            "dcat:endpointURL": reached(safe_iri(resource.url), nodes),
            "dcat:endpointDescription": reached(explained, nodes),
            "dcat:servesDataset": address(entry.it),
            "dcat:contactPoint": contact(entry, nodes),
            "dcat:keyword": keywords(commitment),
            "dcat:theme": themes(commitment),
            "foaf:page": document(explained or f"{entry.it}.html", nodes),
            **of_high_value(commitment),
        },
    )


# Licences.


def _licence_of(resource: Resource, entry: Entry) -> str | None:
    """The licence named, or that of the register; for code, which has others, only one named."""
    named = safe_iri(resource.licence) or safe_iri(entry.commitment.licence)
    return named or (None if resource.kind == "repository" else entry.edition.licence)


def licence(given: str | None, nodes: Nodes) -> Terms:
    """The Licence Ouverte at the one address that harvesters recognise; others as they are."""
    iri = OPEN_LICENCE if given in SAME_LICENCE else safe_iri(given)
    if iri:
        add(nodes, iri, node("dct:LicenseDocument"))
    return address(iri)


def source_code(entry: Entry, nodes: Nodes) -> dict[str, Terms]:
    """What schema.org says of a source code: its repositories, and their licences."""
    if entry.commitment.type != "source_code":
        return {}
    found = [one for _, one in named_resources(entry.commitment) if one.kind == "repository"]
    places = (safe_iri(one.url) for one in found)
    licences = [term for one in found for term in licence(_licence_of(one, entry), nodes)]
    return {
        "schema:codeRepository": tuple((iri, ADDRESS) for iri in places if iri),
        "schema:license": tuple(licences) or licence(entry.commitment.licence, nodes),
    }
