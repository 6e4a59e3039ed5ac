"""Openings and their catalogue as schema.org tells them, for search engines. Knows no markup.

A promise is told as one: nothing is said to be published, free or to be had before it is.
"""

from collections.abc import Container, Iterable
from datetime import date
from typing import Any

from app.domain.claims import Resource
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.ledger import timestamp
from app.domain.periods import Unreadable, read_dating
from app.domain.search import LANGUAGES, PARAMETERS
from app.domain.states import OPEN
from app.formats.concepts import RECOGNISED
from app.formats.dcat import ABOUT, REGISTER, TITLE
from app.formats.distributions import named_resources
from app.formats.document import Document, encode, label
from app.formats.entry import published
from app.formats.language import say
from app.formats.rdf import clean, safe_iri
from app.formats.sentences import RESTRICTIONS, Sentences

CONTEXT = "https://schema.org/"
SHORTEST, LONGEST = 50, 5000
"""How long a description is, for a search engine to take it."""

_UNSAFE = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})


def block(told: Document) -> str:
    """The document as it may stand in a page: whatever it says, it cannot end its element."""
    return encode(told).decode().translate(_UNSAFE)


def opening(commitment: Commitment, context: Context, language: str) -> Document:
    """One opening as a dataset. What is only promised has no file, no day and no price."""
    it, state = context.iri(commitment), commitment.state
    return _known(
        {
            "@context": CONTEXT,
            "@type": _type(commitment),
            "@id": it,
            "identifier": commitment.slug,
            "url": it,
            "name": _name(commitment, language),
            "description": _description(commitment, context, language),
            "creativeWorkStatus": _status(state, context, language),
            "dateCreated": timestamp(context.by_then(commitment.created)),
            "dateModified": timestamp(context.by_then(commitment.modified)),
            "datePublished": _day(commitment.opened_on, context),
            "temporalCoverage": _coverage(commitment),
            "spatialCoverage": {"@type": "Country", "name": "France"},
            "inLanguage": "fr",
            "keywords": [word for one in commitment.described.keywords if (word := clean(one))],
            "license": _licence(commitment, context),
            "publisher": _publisher(commitment, context, language),
            "isAccessibleForFree": _free(commitment),
            "conditionsOfAccess": _conditions(commitment, language),
            "includedInDataCatalog": _catalogue(context, language),
            "subjectOf": _elsewhere(commitment),
            "codeRepository": _repositories(commitment),
            "distribution": _distributions(commitment, context, language),
            **_said_by(context),
        }
    )


def catalogue(entries: Iterable[Commitment], context: Context, language: str) -> Document:
    """The site, and the catalogue with the openings of one of its pages."""
    head = context.head.recorded_at
    site = {
        "@type": "WebSite",
        "@id": f"{context.base}/#site",
        "url": f"{context.base}/",
        "name": clean(REGISTER.within(language)),
        "alternateName": clean(TITLE.within(language)),
        "inLanguage": list(LANGUAGES),
        "potentialAction": search(context, PARAMETERS),
    }
    listing = {
        **_catalogue(context, language),
        "description": ABOUT.within(language),
        "inLanguage": list(LANGUAGES),
        "isAccessibleForFree": True,
        "license": context.licence,
        "publisher": _register(context),
        "dateModified": timestamp(context.by_then(head)) if head else None,
        "dataset": [{"@id": context.iri(entry)} for entry in entries],
    }
    return {"@context": CONTEXT, "@graph": [_known(site), _known(listing)]}


def _known(told: dict[str, Any]) -> Document:
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _type(commitment: Commitment) -> str | list[str]:
    return ["Dataset", "SoftwareSourceCode"] if commitment.type == "source_code" else "Dataset"


def _name(commitment: Commitment, language: str) -> str:
    return clean(commitment.described.title.within(language)) or clean(commitment.slug)


def _description(commitment: Commitment, context: Context, language: str) -> str:
    """The state in words first, so that a reader of one text knows that it is a promise."""
    told = clean(Sentences(language, context).description(commitment))
    if len(told) < SHORTEST:
        told = f"{told} {TITLE.within(language)}."
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"


def _status(state: str, context: Context, language: str) -> Document:
    return {
        "@type": "DefinedTerm",
        "termCode": state,
        "name": label(state).within(language),
        "inDefinedTermSet": f"{context.base}/api/v1/vocabularies",
    }


def _day(day: date | None, context: Context) -> str | None:
    return min(day, context.day).isoformat() if day else None


def _coverage(commitment: Commitment) -> str | None:
    """The period covered, as an ISO 8601 interval that is open where it is not known."""
    start, end = _bound(commitment.described.covers.start), _bound(commitment.described.covers.end)
    return f"{start}/{end}" if (start, end) != ("..", "..") else None


def _bound(text: str | None) -> str:
    """A day, month or year as far as it is known; “by” a day does not say when."""
    try:
        return read_dating(text or "").text if text and "/" not in text else ".."
    except Unreadable:
        return ".."


def _licence(
    commitment: Commitment, context: Context, resource: Resource | None = None
) -> str | None:
    """The licence that is named, or that of the register for what is open and is not code."""
    for named in (resource.licence if resource else None, commitment.described.licence):
        if iri := safe_iri(named):
            return RECOGNISED.get(iri, iri)
    of_register = published(commitment) and commitment.type != "source_code"
    return context.licence if of_register else None


def _publisher(commitment: Commitment, context: Context, language: str) -> Document | None:
    slug = commitment.described.publisher or commitment.steward
    if not slug:
        return None
    name = clean(context.name_of(slug).within(language))
    it = context.shared(f"publisher-{slug}")
    return {"@type": "GovernmentOrganization", "@id": it, "name": name}


def _free(commitment: Commitment) -> bool | None:
    """Whether it is free: told only of what the public can have."""
    return (
        True
        if commitment.state in OPEN and commitment.described.access_rights == "public"
        else None
    )


def _conditions(commitment: Commitment, language: str) -> str:
    """What restricts access, in the words of editors, or else that something does."""
    said = clean(commitment.described.access_conditions.within(language))
    return said or say(language, RESTRICTIONS.get(commitment.described.access_rights, ""))


def _catalogue(context: Context, language: str) -> Document:
    return {
        "@type": "DataCatalog",
        "@id": f"{context.base}/catalog",
        "url": f"{context.base}/",
        "name": TITLE.within(language),
    }


def _register(context: Context) -> Document:
    return {"@type": "Organization", "@id": context.shared("publisher"), "name": REGISTER.fr}


def _said_by(context: Context) -> Document:
    """Of the description itself: who says it, of which day, and under which licence."""
    return {
        "sdPublisher": _register(context),
        "sdDatePublished": context.day.isoformat(),
        "sdLicense": context.licence,
    }


def search(context: Context, parameters: Container[str]) -> Document | None:
    """Where to search in words, if lists take them among their parameters."""
    if "q" not in parameters:
        return None
    return {
        "@type": "SearchAction",
        "target": {
            "@type": "EntryPoint",
            "urlTemplate": f"{context.base}/?q={{search_term_string}}",
        },
        "query-input": "required name=search_term_string",
    }


# What is open, and where.


def _elsewhere(commitment: Commitment) -> list[Document]:
    """The page where it can be had or is told of, and the code that others than code come with."""
    page = safe_iri(commitment.described.landing_page)
    found: list[Document] = [{"@type": "WebPage", "url": page}] if page else []
    if commitment.type != "source_code":
        found += [
            {"@type": "SoftwareSourceCode", "codeRepository": one.url}
            for _, one in _resources(commitment, "repository")
        ]
    return found


def _repositories(commitment: Commitment) -> list[str]:
    if commitment.type != "source_code":
        return []
    return [one.url for _, one in _resources(commitment, "repository")]


def _resources(commitment: Commitment, *kinds: str) -> list[tuple[str, Resource]]:
    """What can be had, named as in the catalogue; nothing before it is open, or after."""
    if not published(commitment):
        return []
    return [(name, one) for name, one in named_resources(commitment) if one.kind in kinds]


def _distributions(commitment: Commitment, context: Context, language: str) -> list[Document]:
    return [
        _known(
            {
                "@type": "DataDownload",
                "@id": f"{context.iri(commitment)}#distribution-{name}",
                "name": clean(one.title.within(language)),
                "contentUrl": safe_iri(one.download_url) or one.url,
                "encodingFormat": clean(one.media_type) or clean(one.format),
                "contentSize": None if one.bytes is None else f"{one.bytes:d} B",
                "license": _licence(commitment, context, one),
                "usageInfo": safe_iri(one.documentation),
            }
        )
        for name, one in _resources(commitment, "file", "api")
    ]
