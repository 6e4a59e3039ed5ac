"""What can be had of an opening, as DCAT: distributions, services, licences. Knows no syntax."""

import hashlib
import re

from app.domain.claims import Resource
from app.domain.codes import FILE_TYPES, MEDIA_TYPES
from app.domain.commitments import Commitment
from app.domain.values import Words
from app.formats.concepts import (
    FILE_TYPE,
    IANA,
    RECOGNISED,
    STABLE,
)
from app.formats.entry import (
    Entry,
    conditions,
    contact,
    document,
    given,
    keywords,
    law,
    of_high_value,
    past,
    published,
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

FILE_TYPE_OF = {media_type: code for code, media_type in MEDIA_TYPES.items()}
SHOWN = {
    "JSON_LD": "jsonld",
    "MAP_SRVC": "map service",
    "RDF_N_QUADS": "nq",
    "RDF_N_TRIPLES": "nt",
    "RDF_TRIG": "trig",
    "RDF_TURTLE": "ttl",
    "RDF_XML": "rdf",
    "TAR_GZ": "tar.gz",
    "TAR_XZ": "tar.xz",
    "WCS_SRVC": "wcs",
    "WFS_SRVC": "wfs",
    "WMS_SRVC": "wms",
}
"""How a file type is shown, where not by its code in small letters."""


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
    """What can be had, each with its name: nothing of what is not open, or was taken back.

    An address where something will be is no resource: harvesters would show what is not there. A
    name is made of the kind and the address: whatever is put before it or taken away, a
    harvester finds it again. The same twice is told apart by number.
    """
    found: dict[str, Resource] = {}
    for resource in commitment.described.resources if published(commitment) else ():
        if given(resource.url):
            told = f"{resource.kind} {resource.url}".encode()
            name = first = hashlib.sha256(told).hexdigest()[:12]
            times = 1
            while name in found:
                times += 1
                name = f"{first}-{times}"
            found[name] = resource
    return list(found.items())


def _services(entry: Entry) -> list[tuple[str, Resource]]:
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
            "dcat:accessURL": reached(given(resource.url), nodes),
            "dcat:downloadURL": address(given(resource.download_url)),
            "dcat:mediaType": _media_type(resource, nodes),
            "dcat:byteSize": () if size is None else ((f"{size:d}", "xsd:nonNegativeInteger"),),
            "dcatap:availability": address(STABLE),
            "dcatap:applicableLegislation": law(entry.commitment),
            "foaf:page": document(given(resource.documentation), nodes),
        },
    )


def _titled(resource: Resource, entry: Entry) -> Words:
    title = Words.of(fr=clean(resource.title.fr), en=clean(resource.title.en))
    return title or entry.title


def _format(resource: Resource, nodes: Nodes) -> Terms:
    """The EU’s file type, or that of the media type. Harvesters show its label as format."""
    code = resource.format or FILE_TYPE_OF.get(resource.media_type or "")
    if code not in FILE_TYPES:
        return ()
    told = SHOWN.get(code, code.lower())
    add(nodes, FILE_TYPE + code, node("dct:MediaTypeOrExtent", {"rdfs:label": string(told)}))
    return address(FILE_TYPE + code)


def _media_type(resource: Resource, nodes: Nodes) -> Terms:
    """IANA’s media type, or that of the file type. CKAN looks up its label to show a format."""
    told = resource.media_type or MEDIA_TYPES.get(resource.format or "") or ""
    if not re.fullmatch(r"[a-z]+/[a-z0-9][a-z0-9!$&_.+-]*", told):
        return ()
    add(nodes, IANA + told, node("dct:MediaType", {"rdfs:label": string(told)}))
    return address(IANA + told)


def _service(name: str, resource: Resource, entry: Entry, nodes: Nodes) -> Node:
    """An API that answers, told by what it serves.

    No distribution points at it: udata drops what one calls its access service.
    """
    commitment, explained = entry.commitment, given(resource.documentation)
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
            "dct:issued": past(commitment.opened_on, entry.context),
            "dct:created": entry.created,
            "dct:modified": entry.modified,
            "dcat:endpointURL": reached(given(resource.url), nodes),
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
    named = given(resource.licence) or given(entry.commitment.described.licence)
    return named or (None if resource.kind == "repository" else entry.context.licence)


def licence(named: str | None, nodes: Nodes) -> Terms:
    """A licence, at the address by which harvesters recognise it if there is one."""
    iri = safe_iri(RECOGNISED.get(named or "", named))
    if iri:
        add(nodes, iri, node("dct:LicenseDocument"))
    return address(iri)


def source_code(entry: Entry, nodes: Nodes) -> dict[str, Terms]:
    """What schema.org says of a source code: its repositories, and their licences."""
    if entry.commitment.type != "source_code":
        return {}
    found = [one for _, one in named_resources(entry.commitment) if one.kind == "repository"]
    places = (given(one.url) for one in found)
    licences = [term for one in found for term in licence(_licence_of(one, entry), nodes)]
    return {
        "schema:codeRepository": tuple((iri, ADDRESS) for iri in places if iri),
        "schema:license": tuple(licences) or licence(entry.commitment.described.licence, nodes),
    }
