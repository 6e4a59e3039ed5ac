"""One opening on its way to DCAT, and what is said of it in several places. Knows no syntax."""

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from app.domain import values
from app.domain.claims import Contact
from app.domain.codes import HVD_CATEGORIES, JUSTICE
from app.domain.codes import THEMES as DATA_THEMES
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.ledger import timestamp
from app.domain.search import LANGUAGES
from app.domain.states import OPEN
from app.domain.values import Words
from app.formats.concepts import (
    ACCESS_RIGHT,
    HVD_CATEGORY,
    HVD_KEYWORDS,
    HVD_LAW,
    NATIONAL_AUTHORITY,
    THEME,
)
from app.formats.language import say
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
from app.formats.sentences import Sentences


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
ANNOUNCEMENTS = {"new": "nouvelle-ouverture", "continued": "poursuite-ouverture"}
ACCESS = {"restricted": "acces-restreint", "non_public": "acces-non-public"}
"""Keywords of what not everyone may have: udata shows every dataset as open."""
ACCESS_RIGHTS = {"public": "PUBLIC", "restricted": "RESTRICTED", "non_public": "NON_PUBLIC"}

DOCUMENT, ANYTHING = node("foaf:Document"), node("rdfs:Resource")
REGISTER_NAME = say("fr", "Ouvertures: the register of announced openings")


class Entry(NamedTuple):
    """One opening on its way, with what is said of it in several places."""

    it: str
    commitment: Commitment
    context: Context
    title: Words
    languages: tuple[str, ...]
    description: Words
    created: Terms
    modified: Terms


def published(commitment: Commitment) -> bool:
    """Whether what can be had is published: since it opened, even if it stands still now."""
    state = commitment.state
    return state in OPEN or (state == "suspended" and commitment.opened_on is not None)


def entry(commitment: Commitment, context: Context) -> Entry:
    """The opening, with what is said of it. Raises ValueError for an action."""
    if commitment.type == "action":
        raise ValueError("An action has no DCAT.")
    english = clean(commitment.described.title.en) or clean(commitment.described.description.en)
    languages = LANGUAGES if english else LANGUAGES[:1]
    told = (Sentences(language, context).description(commitment) for language in languages)
    return Entry(
        context.iri(commitment),
        commitment,
        context,
        _title(commitment),
        languages,
        Words.of(*map(_no_tags, told)),
        moment(commitment.created, context),
        moment(commitment.modified, context),
    )


def _no_tags(text: str) -> str:
    """A text that udata does not take for HTML: it would drop what seems to be a tag."""
    return re.sub(r"<(?=[\w/!?])", "< ", text)


def _title(commitment: Commitment) -> Words:
    """The title. A harvest that meets one untitled dataset may lose all: there always is one."""
    title = Words.of(
        fr=clean(commitment.described.title.fr), en=clean(commitment.described.title.en)
    )
    return title or Words.of(fr=clean(commitment.slug) or "?")


# Days: none that harvesters refuse, for being to come.


def moment(value: datetime | None, context: Context) -> Terms:
    """A moment, but none to come."""
    if value is None:
        return ()
    return ((timestamp(context.by_then(value)), "xsd:dateTime"),)


def day(value: date | None) -> Terms:
    """A day."""
    return ((value.isoformat(), "xsd:date"),) if value else ()


def past(value: date | None, context: Context) -> Terms:
    """A day, but none to come."""
    return day(value and min(value, context.day))


# What is pointed at.


def shared(context: Context, name: str) -> str:
    """The address of what the entries of a page have in common."""
    return context.shared(name)


_TAKEN = re.compile(
    r"https?://(\[[0-9a-f:]+\]|[0-9.]+|([a-z0-9_-]+\.)+[a-z0-9]{2,})(:[0-9]{2,5})?([/?].*)?"
)
"""The addresses that udata takes; one that it refuses would cost the whole dataset."""


@lru_cache(10_000)
def given(iri: str | None) -> str | None:
    """An address as an editor gave it, if every harvester takes it."""
    try:
        return safe_iri(values.address(iri)) if iri and _TAKEN.fullmatch(iri) else None
    except ValueError:
        return None


def document(iri: str | None, nodes: Nodes) -> Terms:
    """A page that people read."""
    if iri:
        add(nodes, iri, DOCUMENT)
    return address(iri)


def reached(iri: str | None, nodes: Nodes) -> Terms:
    """What is had somewhere else: the annex on high-value datasets wants it typed."""
    if iri:
        add(nodes, iri, ANYTHING)
    return address(iri)


# Who.


def publisher(entry: Entry, nodes: Nodes) -> Terms:
    """Who opens, or else who promises."""
    slug = entry.commitment.described.publisher or entry.commitment.steward
    return authority(slug, entry.context, nodes)


def authority(slug: str | None, context: Context, nodes: Nodes) -> Terms:
    """An organisation, by its slug."""
    if not slug:
        return ()
    iri = shared(context, f"publisher-{slug}")
    add(nodes, iri, agent(context.name_of(slug), slug))
    return address(iri)


def agent(name: Words, otherwise: str) -> Node:
    """An authority by its name, which it is nothing without."""
    told = words(name) or string(otherwise)
    return node("foaf:Agent", {"foaf:name": told, "dct:type": address(NATIONAL_AUTHORITY)})


def contact(entry: Entry, nodes: Nodes) -> Terms:
    """The entry’s own contact, or that of the register."""
    own = entry.commitment.described.contact
    if own:
        iri, page, url = f"{entry.it}#contact", f"{entry.it}.html", given(own.url)
    else:
        keeper = entry.context.contact
        own, url = Contact.model_construct(name=REGISTER_NAME, email=keeper), safe_iri(keeper)
        iri, page = shared(entry.context, "contact"), f"{entry.context.base}/"
    mail = _mail(own.email)
    told = {  # udata drops a contact that has neither
        "vcard:fn": string(own.name),
        "vcard:hasEmail": reached(mail, nodes),
        "vcard:hasURL": reached(url or (None if mail else page), nodes),
    }
    add(nodes, iri, node("vcard:Kind", told))
    return address(iri)


def _mail(text: str | None) -> str | None:
    plain = (text or "").removeprefix("mailto:")
    if not re.fullmatch(r"[^\s<>\"@:/?]+@[\w.-]+", plain):
        return None
    return "mailto:" + quote(clean(plain), safe="@+")


# What kind of thing it is.


def rights(commitment: Commitment) -> Terms:
    """Who may have it, by the EU’s list."""
    known = ACCESS_RIGHTS.get(commitment.described.access_rights)
    return address(known and ACCESS_RIGHT + known)


def conditions(entry: Entry, nodes: Nodes) -> Terms:
    """What restricts access, in words."""
    if not (told := words(entry.commitment.described.access_conditions)):
        return ()
    add(nodes, f"{entry.it}#rights", node("dct:RightsStatement", {"rdfs:label": told}))
    return address(f"{entry.it}#rights")


def themes(commitment: Commitment) -> Terms:
    """The EU’s themes, or that of the register; and the high-value categories, as udata reads them.

    Those are the six: it knows none of the others.
    """
    known = [code for code in commitment.described.themes if code in DATA_THEMES] or [JUSTICE]
    tops = {HVD_CATEGORIES[code].top for code in categories(commitment)}
    return tuple((THEME + code, ADDRESS) for code in known) + tuple(
        (HVD_CATEGORY + code, ADDRESS) for code in tops
    )


def categories(commitment: Commitment) -> tuple[str, ...]:
    """The categories of high-value datasets that it is of, those that the EU’s list has."""
    return tuple(code for code in commitment.described.hvd_categories if code in HVD_KEYWORDS)


def of_high_value(commitment: Commitment) -> dict[str, Terms]:
    """What a high-value dataset, and a service that gives it, says besides."""
    found = categories(commitment)
    return {
        "dcatap:hvdCategory": tuple((HVD_CATEGORY + code, ADDRESS) for code in found),
        "dcatap:applicableLegislation": law(commitment),
    }


def law(commitment: Commitment) -> Terms:
    """The regulation by which a high-value dataset is open."""
    return address(HVD_LAW if categories(commitment) else None)


def keywords(commitment: Commitment) -> Terms:
    """What became of the promise, then what editors say, then what udata looks for."""
    state = STATES.get(commitment.state, UNKNOWN).keyword
    announced = ANNOUNCEMENTS.get(commitment.announcement or "", "")
    access = ACCESS.get(commitment.described.access_rights, "")
    said = (word for word in commitment.described.keywords if word not in values.RESERVED)
    high_value = (word for code in categories(commitment) for word in HVD_KEYWORDS[code])
    told = (_keyword(one) for one in (state, announced, access, *said, *high_value))
    return tuple((one, "@fr") for one in dict.fromkeys(told) if one)


def _keyword(text: str) -> str:
    """A keyword that every harvester takes: 2 to 100 letters, digits, spaces, hyphens, dots."""
    letters = unicodedata.normalize("NFC", clean(text))
    plain = re.sub(r"(?:[^\w .-]|_)+", "-", letters)[:100].strip(" .-")
    return plain if len(plain) > 1 else ""
