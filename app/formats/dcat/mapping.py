"""One opening as DCAT-AP 3.0.1, in the form that every harvester takes. Knows no syntax.

The dataset, its record, what can be had of it and what all of these point at, each field once.
"""

import hashlib
import re
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from app.domain.claims import FIRST, Contact, Resource
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.ledger import timestamp
from app.domain.periods import Dating, read_dating
from app.domain.search import LANGUAGES
from app.domain.states import OPEN
from app.domain.values import GOVERNMENT, HVD_CATEGORIES, JUSTICE, MEDIA_TYPES, Words
from app.formats import rdf
from app.formats.dcat import terms
from app.formats.document import label
from app.formats.rdf import Node, Nodes, Terms, add, address, node, pointed, string, words
from app.formats.sentences import Sentences

DATASET = "dcat:Dataset dcat:Resource"
SOURCE_CODE = "dcat:Dataset dcat:Resource schema:SoftwareSourceCode"
"""The classes of an opening. The annex on high-value datasets asks for the second."""
DOCUMENT, ANYTHING, LICENCE = map(node, ("foaf:Document", "rdfs:Resource", "dct:LicenseDocument"))


class Entry(NamedTuple):
    """One opening, with its address, its days, its words, and the nodes that it is added to."""

    it: str
    commitment: Commitment
    context: Context
    nodes: Nodes
    says: tuple[Sentences, ...]

    @property
    def page(self) -> str:
        """Where people read about it."""
        return f"{self.it}.html"


def describe(commitment: Commitment, context: Context, nodes: Nodes) -> None:
    """Add an opening: a dataset, its record, what can be had, and what these point at."""
    described = commitment.described
    languages = LANGUAGES if described.title.en or described.description.en else LANGUAGES[:1]
    says = tuple(Sentences(language, context) for language in languages)
    entry = Entry(context.iri(commitment), commitment, context, nodes, says)
    common = _common(entry)
    add(nodes, entry.it, _dataset(entry, common))
    add(nodes, f"{entry.it}#record", _record(entry, common))
    for name, resource in named_resources(commitment):
        add(nodes, f"{entry.it}#distribution-{name}", _distribution(resource, entry))
        if resource.kind == "api":
            add(nodes, f"{entry.it}#service-{name}", _service(name, resource, entry, common))


def _common(entry: Entry) -> dict[str, Terms]:
    """What is the same of a dataset and of the services that serve it."""
    commitment, context, nodes = entry.commitment, entry.context, entry.nodes
    described = commitment.described
    description = Words.of(*(_no_tags(each.description(commitment)) for each in entry.says))
    return {
        "dct:description": words(description),
        "dct:accessRights": address(terms.ACCESS_RIGHT + described.access_rights.upper()),
        "dct:rights": _conditions(entry),
        "dct:publisher": _publisher(described.publisher, context, nodes),
        "dct:issued": _past(commitment.opened_on, context),
        "dct:created": moment(commitment.created, context),
        "dct:modified": moment(commitment.modified, context),
        "dcat:contactPoint": _contact(entry),
        "dcat:keyword": _keywords(commitment),
        "dcat:theme": _themes(commitment),
        "dcatap:hvdCategory": _addresses(terms.HVD_CATEGORY, described.hvd_categories),
        "dcatap:applicableLegislation": (*_law(commitment), *_binding(entry)),
    }


def _dataset(entry: Entry, common: dict[str, Terms]) -> Node:
    commitment, described, nodes = entry.commitment, entry.commitment.described, entry.nodes
    of_code = commitment.type == "source_code"
    names = [name for name, _ in named_resources(commitment)]
    return node(
        SOURCE_CODE if of_code else DATASET,
        {
            **common,
            "dct:identifier": string(commitment.slug),
            "dct:title": words(described.title),
            "dct:alternative": words(described.short_title),
            "dct:type": address(terms.DCTYPE + terms.TYPES[commitment.type]),
            "dct:license": licence(given(described.licence), nodes),
            "dct:language": address(terms.FRENCH),
            "dct:spatial": address(terms.FRANCE),
            "dct:temporal": _period(entry),
            "dct:provenance": _history(entry),
            "dct:available": _available(commitment, entry.context),
            "adms:status": _status(entry),
            "dcat:distribution": _addresses(f"{entry.it}#distribution-", names),
            "dcat:landingPage": document(given(described.landing_page) or entry.page, nodes),
            "foaf:page": document(entry.page, nodes),
            **(_source_code(entry) if of_code else {}),
        },
    )


def _record(entry: Entry, common: dict[str, Terms]) -> Node:
    """What the catalogue knows of a dataset: since when it lists it, by which profile."""
    return node(
        "dcat:CatalogRecord",
        {
            "dct:identifier": string(f"{entry.commitment.slug}#record"),
            "dct:title": words(entry.commitment.described.title),
            "dct:conformsTo": address(terms.PROFILE),
            "foaf:primaryTopic": address(entry.it),
            "dct:issued": common["dct:created"],
            "dct:modified": common["dct:modified"],
        },
    )


def _no_tags(text: str) -> str:
    """A text that udata does not take for HTML: it would drop what seems to be a tag."""
    return re.sub(r"<(?=[\w/!?])", "< ", text) if "<" in text else text


# What can be had.


def published(commitment: Commitment) -> bool:
    """Whether what can be had is published: since it opened, even if it stands still now."""
    state = commitment.state
    return state in OPEN or (state == "suspended" and commitment.first_opened is not None)


def available_resources(commitment: Commitment) -> tuple[Resource, ...]:
    """What can be had: nothing of what is not open, or was taken back.

    An address where something will be is no resource: harvesters would show what is not there.
    """
    return commitment.described.resources if published(commitment) else ()


def named_resources(commitment: Commitment) -> list[tuple[str, Resource]]:
    """What can be had, each with its name, which is made of the kind and the address.

    Whatever is put before it or taken away, a harvester finds it again.
    """
    return [
        (hashlib.sha256(f"{resource.kind} {resource.url}".encode()).hexdigest()[:12], resource)
        for resource in available_resources(commitment)
        if given(resource.url)
    ]


def _distribution(resource: Resource, entry: Entry) -> Node:
    nodes, size = entry.nodes, resource.bytes
    return node(
        "dcat:Distribution",
        {
            "dct:title": words(resource.title or entry.commitment.described.title),
            "dct:license": _licence_of(resource, entry),
            "dct:rights": _conditions(entry),
            "dct:format": _format(resource, nodes),
            "dcat:accessURL": _reached(given(resource.url), nodes),
            "dcat:downloadURL": address(given(resource.download_url)),
            "dcat:mediaType": _media_type(resource, nodes),
            "dcat:byteSize": () if size is None else ((str(size), "xsd:nonNegativeInteger"),),
            "dcatap:availability": address(terms.STABLE),
            "dcatap:applicableLegislation": _law(entry.commitment),
            "foaf:page": document(given(resource.documentation), nodes),
        },
    )


def _format(resource: Resource, nodes: Nodes) -> Terms:
    """The EU’s file type, or that of the media type. Harvesters show its label as format."""
    code = resource.format or terms.FILE_TYPE_OF.get(resource.media_type or "")
    if code is None:
        return ()
    shown = string(terms.SHOWN.get(code, code.lower()))
    media = node("dct:MediaTypeOrExtent", {"rdfs:label": shown})
    return pointed(nodes, terms.FILE_TYPE + code, media)


def _media_type(resource: Resource, nodes: Nodes) -> Terms:
    """IANA’s media type, or that of the file type. CKAN looks up its label to show a format."""
    name = resource.media_type or MEDIA_TYPES.get(resource.format or "")
    media = node("dct:MediaType", {"rdfs:label": string(name)})
    return pointed(nodes, name and terms.IANA + name, media)


def _service(name: str, resource: Resource, entry: Entry, common: dict[str, Terms]) -> Node:
    """An API that answers, and what it serves.

    No distribution points at it: udata drops what has an access service.
    """
    nodes, explained = entry.nodes, given(resource.documentation)
    return node(
        "dcat:DataService",
        {
            **common,
            "dct:identifier": string(f"{entry.commitment.slug}#service-{name}"),
            "dct:title": words(resource.title or entry.commitment.described.title),
            "dct:license": _licence_of(resource, entry),
            "dcat:endpointURL": _reached(given(resource.url), nodes),
            "dcat:endpointDescription": _reached(explained, nodes),
            "dcat:servesDataset": address(entry.it),
            "foaf:page": document(explained or entry.page, nodes),
        },
    )


def _source_code(entry: Entry) -> dict[str, Terms]:
    """The terms of schema.org for a source code: its repositories, and their licences."""
    commitment = entry.commitment
    codes = [each for _, each in named_resources(commitment) if each.kind == "repository"]
    licences = tuple(term for code in codes for term in _licence_of(code, entry))
    return {
        "schema:codeRepository": _addresses("", [code.url for code in codes]),
        "schema:license": licences or licence(commitment.described.licence, entry.nodes),
    }


def _licence_of(resource: Resource, entry: Entry) -> Terms:
    """The licence named, or that of the register; for code, which has others, only one named."""
    named = given(resource.licence) or given(entry.commitment.described.licence)
    of_register = None if resource.kind == "repository" else entry.context.licence
    return licence(named or of_register, entry.nodes)


def licence(named: str | None, nodes: Nodes) -> Terms:
    """A licence, at the address by which harvesters recognise it if there is one."""
    iri = terms.RECOGNISED.get(named or "", named)
    return pointed(nodes, iri, LICENCE)


# When, and how the deadline moved. No day that harvesters refuse, for being to come.


def moment(value: datetime | None, context: Context) -> Terms:
    """A moment, but none to come."""
    return ((timestamp(context.by_then(value)), "xsd:dateTime"),) if value else ()


def _day(value: date | None) -> Terms:
    return ((value.isoformat(), "xsd:date"),) if value else ()


def _past(dating: Dating | None, context: Context) -> Terms:
    """A day that is known, but none to come."""
    day = dating.day if dating else None
    return _day(day and min(day, context.day))


def _available(commitment: Commitment, context: Context) -> Terms:
    """The day on which all of it opened, if that is known, or else the last day of its deadline."""
    if commitment.opened_on:
        return _past(commitment.opened_on, context)
    if commitment.deadline is None or commitment.state == "abandoned":
        return ()
    return _day(commitment.deadline.period.end)


def _status(entry: Entry) -> Terms:
    """The EU’s status, and ours beside it: the EU’s list has nothing for what is planned."""
    state = entry.commitment.state
    ours = node("skos:Concept", {"skos:prefLabel": words(label(state))})
    status = terms.STATES[state].status
    if state == "suspended" and entry.commitment.first_opened:
        status = "WITHDRAWN"
    eu = address(status and terms.DATASET_STATUS + status)
    return eu + pointed(entry.nodes, entry.context.shared(f"state-{state}"), ours)


def _history(entry: Entry) -> Terms:
    moves = Words.of(*(each.history(entry.commitment) for each in entry.says))
    if not moves:
        return ()
    base = entry.context.base
    kind, history = _statement("dct:ProvenanceStatement", moves)
    history["rdfs:seeAlso"] = address(f"{base}/api/v1{entry.it.removeprefix(base)}/events")
    return pointed(entry.nodes, f"{entry.it}#history", node(kind, history))


def _statement(kind: str, labels: Words) -> tuple[str, dict[str, Terms]]:
    """A statement in words. CKAN takes the first label that it finds, of whatever language."""
    first, *others = words(labels)
    return kind, {"rdfs:label": (first,), "dct:description": tuple(others)}


def _period(entry: Entry) -> Terms:
    """The period covered: the one blank node, because udata fetches the address of a named one."""
    covers = entry.commitment.described.covers
    start, end = (read_dating(edge) if edge else None for edge in (covers.start, covers.end))
    first, last = _day(start.first if start else None), _day(end.last if end else None)
    if not (first or last):
        return ()
    it = f"_:period-{hashlib.sha256(entry.it.encode()).hexdigest()[:16]}"
    period = node("dct:PeriodOfTime", {"dcat:startDate": first, "dcat:endDate": last})
    return pointed(entry.nodes, it, period)


# Where, and who.

_TAKEN = re.compile(
    r"https?://(\[[0-9a-f:]+\]|[0-9.]+|([a-z0-9_-]+\.)+[a-z0-9]{2,})(:[0-9]{2,5})?([/?].*)?"
)
"""The addresses that udata takes; one that it refuses would cost the whole dataset."""


@lru_cache(4_096)
def given(iri: str | None) -> str | None:
    """An address as an editor gave it, if every harvester takes it."""
    return iri if iri and _TAKEN.fullmatch(iri) else None


def _addresses(prefix: str, names: tuple[str, ...] | list[str]) -> Terms:
    return tuple((prefix + name, rdf.ADDRESS) for name in names)


def document(iri: str | None, nodes: Nodes) -> Terms:
    """A page that people read."""
    return pointed(nodes, iri, DOCUMENT)


def _reached(iri: str | None, nodes: Nodes) -> Terms:
    """What is had somewhere else: the annex on high-value datasets wants it typed."""
    return pointed(nodes, iri, ANYTHING)


def register(context: Context, nodes: Nodes) -> Terms:
    """Who keeps the register."""
    return pointed(nodes, context.shared("publisher"), _agent(terms.REGISTER))


def _publisher(slug: str, context: Context, nodes: Nodes) -> Terms:
    """The organisation that opens."""
    return pointed(nodes, context.shared(f"publisher-{slug}"), _agent(context.name_of(slug)))


@lru_cache(1_000)
def _agent(name: Words) -> Node:
    kind = address(terms.NATIONAL_AUTHORITY)
    return node("foaf:Agent", {"foaf:name": words(name), "dct:type": kind})


def _contact(entry: Entry) -> Terms:
    """The entry’s own contact, or that of the register."""
    own = entry.commitment.described.contact
    iri = f"{entry.it}#contact" if own else entry.context.shared("contact")
    if iri in entry.nodes:
        return address(iri)
    if own:
        page, url = entry.page, given(own.url)
    else:
        keeper, page = entry.context.contact, f"{entry.context.base}/"
        own = Contact.model_construct(name=terms.TITLE.within("fr"), email=keeper)
        url = keeper if keeper.startswith(("https://", "http://")) else None
    mail = _mail(own.email)
    kind = {  # udata drops a contact that has neither
        "vcard:fn": string(own.name),
        "vcard:hasEmail": _reached(mail, entry.nodes),
        "vcard:hasURL": _reached(url or (None if mail else page), entry.nodes),
    }
    return pointed(entry.nodes, iri, node("vcard:Kind", kind))


def _mail(text: str | None) -> str | None:
    plain = (text or "").removeprefix("mailto:")
    if not re.fullmatch(r"[^\s<>\"@:/?]+@[\w.-]+", plain):
        return None
    return "mailto:" + quote(plain, safe="@+")


# What kind of thing it is.


def _conditions(entry: Entry) -> Terms:
    """What restricts access, in words."""
    if not (conditions := entry.commitment.described.access_conditions):
        return ()
    statement = _statement("dct:RightsStatement", conditions)
    return pointed(entry.nodes, f"{entry.it}#rights", node(*statement))


def _law(commitment: Commitment) -> Terms:
    """The regulation by which a high-value dataset is open."""
    return address(terms.HVD_LAW if commitment.described.hvd_categories else None)


def _binding(entry: Entry) -> Terms:
    """The text that binds to open it by its deadline, at its European identifier."""
    due = entry.commitment.deadline
    text = entry.context.texts.get(due.text or "") if due and due.binding else None
    if text is None:
        return ()
    law = {
        "dct:title": words(Words.of(fr=text.title)),
        "foaf:page": document(given(text.url), entry.nodes),
    }
    return pointed(entry.nodes, text.eli, node("eli:LegalResource", law))


def _themes(commitment: Commitment) -> Terms:
    """The EU’s themes, or that of its programme; and the high-value categories that udata knows."""
    described = commitment.described
    six = [HVD_CATEGORIES[code].top for code in described.hvd_categories]
    usual = JUSTICE if commitment.programme == FIRST else GOVERNMENT
    themes = described.themes or (usual,)
    return _addresses(terms.THEME, themes) + _addresses(terms.HVD_CATEGORY, six)


def _keywords(commitment: Commitment) -> Terms:
    """What became of the promise, then what editors say, then what udata looks for."""
    keywords = (
        terms.STATES[commitment.state].keyword,
        terms.ANNOUNCEMENTS.get(commitment.announcement or "", ""),
        terms.ACCESS.get(commitment.described.access_rights, ""),
        *commitment.described.keywords,
        *(
            word
            for code in commitment.described.hvd_categories
            for word in terms.HVD_KEYWORDS[code]
        ),
    )
    return tuple((word, "@fr") for word in keywords if word)
