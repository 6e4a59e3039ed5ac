"""Openings and their catalogue in the terms of schema.org, for search engines. Knows no markup.

A promise stays one: nothing is marked as published, free or available before it is.
"""

from collections.abc import Iterable
from typing import Any

from app.domain.claims import Coverage, Resource
from app.domain.commitments import Commitment
from app.domain.context import Context
from app.domain.ledger import timestamp
from app.domain.search import LANGUAGES
from app.domain.states import OPEN
from app.formats.dcat.mapping import named_resources, published
from app.formats.dcat.terms import ABOUT, RECOGNISED, REGISTER, TITLE
from app.formats.document import Document, encode, label
from app.formats.language import say
from app.formats.sentences import Sentences, restricted

CONTEXT = "https://schema.org/"
CODE = ["Dataset", "SoftwareSourceCode"]
SHORTEST, LONGEST = 50, 5000
"""How long a description is, for a search engine to take it."""

_UNSAFE = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})


def block(document: Document) -> str:
    """The document as it may stand in a page: whatever it says, it cannot end its element."""
    return encode(document).decode().translate(_UNSAFE)


def opening(commitment: Commitment, context: Context, language: str) -> Document:
    """One opening as a dataset. What is only promised has no file, no day and no price."""
    it, described, state = context.iri(commitment), commitment.described, commitment.state
    first = commitment.first_opened and commitment.first_opened.day
    restricts = say(language, restricted(described) or "")
    return _known(
        {
            "@context": CONTEXT,
            "@type": CODE if commitment.type == "source_code" else "Dataset",
            "@id": it,
            "identifier": commitment.slug,
            "url": it,
            "archivedAt": it + context.permanent_query,
            "name": described.title.within(language),
            "description": _description(commitment, context, language),
            "creativeWorkStatus": _status(state, context, language),
            "dateCreated": timestamp(context.by_then(commitment.created)),
            "dateModified": timestamp(context.by_then(commitment.modified)),
            "datePublished": first and min(first, context.day).isoformat(),
            "temporalCoverage": _coverage(described.covers),
            "spatialCoverage": {"@type": "Country", "name": "France"},
            "inLanguage": "fr",
            "keywords": list(described.keywords),
            "license": _licence(commitment, context),
            "author": _register(context),
            "publisher": _publisher(described.publisher, context, language),
            # Unknown, of what not everyone can have now.
            "isAccessibleForFree": (state in OPEN and described.open_to_all) or None,
            "conditionsOfAccess": described.access_conditions.within(language) or restricts,
            "includedInDataCatalog": _catalogue(context, language),
            **_offered(commitment, context, language),
            "sdPublisher": _register(context),
            "sdDatePublished": context.day.isoformat(),
            "sdLicense": context.licence,
        }
    )


def catalogue(entries: Iterable[Commitment], context: Context, language: str) -> Document:
    """The site, and the catalogue with the openings of one of its pages."""
    head = context.head.recorded_at
    site = {
        "@type": "WebSite",
        "@id": f"{context.base}/#site",
        "url": f"{context.base}/",
        "name": REGISTER.within(language),
        "alternateName": TITLE.within(language),
        "inLanguage": list(LANGUAGES),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{context.base}/?q={{search_term_string}}",
            },
            "query-input": "required name=search_term_string",
        },
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


def _known(values: dict[str, Any]) -> Document:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _description(commitment: Commitment, context: Context, language: str) -> str:
    """The state in words first, so that a reader of one text knows that it is a promise."""
    text = Sentences(language, context).description(commitment)
    if len(text) < SHORTEST:
        text = f"{text} {TITLE.within(language)}."
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _status(state: str, context: Context, language: str) -> Document:
    return {
        "@type": "DefinedTerm",
        "termCode": state,
        "name": label(state).within(language),
        "inDefinedTermSet": f"{context.base}/api/v1/vocabularies",
    }


def _coverage(covers: Coverage) -> str | None:
    """The period covered, as an ISO 8601 interval; “by” a day does not say when."""
    edges = [text if text and "/" not in text else ".." for text in (covers.start, covers.end)]
    return None if edges == ["..", ".."] else "/".join(edges)


def _licence(
    commitment: Commitment, context: Context, resource: Resource | None = None
) -> str | None:
    """The licence that is named, or that of the register for what is open and is not code."""
    for named in (resource.licence if resource else None, commitment.described.licence):
        if named:
            return RECOGNISED.get(named, named)
    free = published(commitment) and commitment.type != "source_code"
    return context.licence if free else None


def _publisher(slug: str, context: Context, language: str) -> Document:
    name, it = context.name_of(slug).within(language), context.shared(f"publisher-{slug}")
    return {"@type": "GovernmentOrganization", "@id": it, "name": name}


def _catalogue(context: Context, language: str) -> Document:
    return {
        "@type": "DataCatalog",
        "@id": f"{context.base}/catalog",
        "url": f"{context.base}/",
        "name": TITLE.within(language),
    }


def _register(context: Context) -> Document:
    return {"@type": "Organization", "@id": context.shared("publisher"), "name": REGISTER.fr}


def _offered(commitment: Commitment, context: Context, language: str) -> Document:
    """The page where people read about it, its code or that which it comes with, its files."""
    resources, page = named_resources(commitment), commitment.described.landing_page
    codes = [each.url for _, each in resources if each.kind == "repository"]
    of_code = commitment.type == "source_code"
    about = [{"@type": "WebPage", "url": page}] if page else []
    beside = [{"@type": CODE[1], "codeRepository": each} for each in codes if not of_code]
    it = f"{context.iri(commitment)}#distribution"
    return {
        "subjectOf": [*about, *beside],
        "codeRepository": codes if of_code else None,
        "distribution": [
            _download(f"{it}-{name}", each, commitment, context, language)
            for name, each in resources
            if each.kind != "repository"
        ],
    }


def _download(
    it: str, resource: Resource, commitment: Commitment, context: Context, language: str
) -> Document:
    return _known(
        {
            "@type": "DataDownload",
            "@id": it,
            "name": resource.title.within(language),
            "contentUrl": resource.download_url or resource.url,
            "encodingFormat": resource.media_type or resource.format,
            "contentSize": None if resource.bytes is None else f"{resource.bytes} B",
            "license": _licence(commitment, context, resource),
            "usageInfo": resource.documentation,
        }
    )
