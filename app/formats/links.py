"""What leads where: the links of an answer, the sitemap, and what programs look for.

RFC 8288, RFC 9264 and RFC 9727 (links), sitemaps.org 0.9, RFC 9309 (robots.txt), RFC 9116
(security.txt). A row of `FORMATS` brings its links everywhere. Knows addresses, no HTTP, no clock.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape, quoteattr

from app.domain.commitments import Commitment
from app.domain.context import OPEN_LICENCE, Context
from app.domain.ledger import timestamp
from app.domain.search import LANGUAGES, OF_EXPORTS, PAGING
from app.formats import FORMATS, HTML, JSON, OF_ENTRY, TURTLE, Format
from app.formats.dcat.mapping import available_resources
from app.formats.document import Document

BEGINNINGS = ("openings", "actions", "changes", "statistics")
NEIGHBOURS = ("first", "prev", "next", "last")
MOST_BYTES = 3000
"""The size of header that proxies take by default, less what an answer says besides."""

GZIP = "application/gzip"
TIMEMAP = "application/link-format"
SAFE = ":/?#[]@!$&'()*+,;=%~"
_JSON, _PAGE = "application/json", "text/html"
Pairs = Sequence[tuple[str, str]]


class Link(NamedTuple):
    """Where something leads: how it is related, its absolute address, and what is there."""

    rel: str
    address: str
    media_type: str | None = None

    @property
    def target(self) -> str:
        """The address in ASCII, as a header carries it."""
        return quote(self.address, safe=SAFE)

    @property
    def type(self) -> str | None:
        """The media type, without parameters."""
        return self.media_type and self.media_type.partition(";")[0]


def everywhere(base: str) -> Iterator[Link]:
    """What holds for every answer: what its words mean, its licence, and how to ask."""
    yield Link("describedby", f"{base}/api/v1/vocabularies", _JSON)
    yield Link("license", OPEN_LICENCE)
    yield Link("service-desc", f"{base}/openapi.json", _JSON)
    yield Link("service-doc", f"{base}/docs", _PAGE)


def of_entry(
    commitment: Commitment, context: Context, form: Format, language: str | None = None
) -> Iterator[Link]:
    """Around an entry: its permanent address, the one to cite, its formats and what is open."""
    it, day = context.iri(commitment), context.seen_from
    version = f"{'&' if day else '?'}lang={language}" if language else ""
    yield Link("canonical", f"{it}{day}{version}")
    yield Link("cite-as", it + context.permanent_query)
    of_action = commitment.type == "action"
    for row in OF_ENTRY:
        if row != form and (row.of_actions or not of_action):
            yield Link("alternate", f"{it}.{row.suffix}{day}", row.media_type)
    entries = f"{context.base}/{'actions' if of_action else 'openings'}{day}"
    yield Link("collection", entries)
    yield Link("up", entries)
    for resource in available_resources(commitment):
        yield Link("item", resource.download_url or resource.url, resource.media_type)


def of_past(address: str, base: str, query: Pairs) -> Iterator[Link]:
    """From a day of the past to what it is the past of, to other days, to all (RFC 7089)."""
    path = address.removeprefix(base)
    asked = [pair for pair in query if pair[0] not in ("as_of", "at", "page", "cursor")]
    yield Link("original", queried(address, asked))
    yield Link("timegate", queried(f"{base}/timegate{path}", asked))
    yield Link("timemap", f"{base}/timemap{path}", TIMEMAP)


def timemap(address: str, days: Sequence[date], base: str) -> str:
    """The days of an address, in the format of links (RFC 7089, 5)."""
    original, gate, itself = of_past(address, base, ())
    ends = (
        [f'{name}="{http_day(day)}"' for name, day in (("from", days[0]), ("until", days[-1]))]
        if days
        else []
    )
    rows = [_row(original), _row(gate), "; ".join([_row(itself._replace(rel="self")), *ends])]
    for place, day in enumerate(days):
        rel = "first " * (place == 0) + "last " * (place == len(days) - 1) + "memento"
        rows.append(f'{_row(Link(rel, f"{address}?as_of={day}"))}; datetime="{http_day(day)}"')
    return ",\n".join(rows) + "\n"


def http_day(day: date) -> str:
    """What a day is called in HTTP: its beginning in GMT, an hour or two into the day of Paris."""
    return format_datetime(datetime.combine(day, time(), UTC), usegmt=True)


def of_list(base: str, query: Pairs, form: Format, *, of_actions: bool) -> Iterator[Link]:
    """Around a list: the same list in its other formats, and the catalogue of its openings."""
    address = f"{base}/{'actions' if of_actions else 'openings'}"
    for row in FORMATS:
        if row != form and (row in (HTML, JSON) or row.whole or row.log):
            suffix = "" if row is HTML else f".{row.suffix}"
            asked = [pair for pair in query if takes(row, pair[0])]
            yield Link("alternate", queried(address + suffix, asked), row.media_type)
    if not of_actions:
        of_none = ("sort", "lang", *PAGING, *OF_EXPORTS)
        yield from _catalogue(base, [pair for pair in query if pair[0] not in of_none], None)
    if of_actions or form is not HTML:
        yield Link("up", f"{base}/")


def takes(row: Format, name: str) -> bool:
    """Whether a list in this format takes a parameter that some lists take."""
    if name in OF_EXPORTS:
        return name in row.takes
    if name in PAGING:
        return not (row.whole or row.log)
    return not (name == "sort" and row.log)


def of_catalogue(base: str, query: Pairs, form: Format | None) -> Iterator[Link]:
    """Around the catalogue: its other syntaxes, the whole in one file, the APIs."""
    yield from _catalogue(base, query, form)
    yield Link("api-catalog", f"{base}/.well-known/api-catalog", "application/linkset+json")
    yield Link("up", f"{base}/")


def of_statistics(base: str, query: Pairs, *, in_csv: bool) -> Iterator[Link]:
    """Around figures: the same in the other format."""
    suffix, media_type = ("", _JSON) if in_csv else (".csv", "text/csv")
    asked = [pair for pair in query if pair[0] not in OF_EXPORTS]
    yield Link("alternate", queried(f"{base}/api/v1/statistics{suffix}", asked), media_type)


def _catalogue(base: str, query: Pairs, form: Format | None) -> Iterator[Link]:
    for row in FORMATS:
        if row.page and row != form:
            yield Link("alternate", queried(f"{base}/catalog.{row.suffix}", query), row.media_type)
    whole = f"{base}/catalog.{(form or TURTLE).suffix}.gz"
    asked = [pair for pair in query if pair[0] not in PAGING]
    yield Link("related", queried(whole, asked), GZIP)


def queried(address: str, query: Pairs) -> str:
    """An address with parameters."""
    return f"{address}?{urlencode(query)}" if query else address


def apis(base: str) -> Document:
    """The catalogue of the APIs (RFC 9727): where each begins, and what describes it."""
    begins = [*(f"{base}/api/v1/{name}" for name in BEGINNINGS), f"{base}/catalog"]
    around = [*everywhere(base), Link("status", f"{base}/health/ready", _JSON)]
    items = [Link("item", address) for address in begins]
    itself = f"{base}/.well-known/api-catalog"
    return linkset({itself: items, **dict.fromkeys(begins, around)})


def header(links: Iterable[Link]) -> str:
    """The value of a `Link` header. What would make it too large is left out, but the way on."""
    values: list[str] = []
    size = 0
    for link in links:
        value = _row(link)
        if link.rel in NEIGHBOURS or size + len(value) <= MOST_BYTES:
            values.append(value)
            size += len(value) + 2
    return ", ".join(values)


@lru_cache(4_096)
def _row(link: Link) -> str:
    return f'<{link.target}>; rel="{link.rel}"' + (f'; type="{link.type}"' if link.type else "")


def linkset(contexts: Mapping[str, Iterable[Link]]) -> Document:
    """Links by what they lead from."""
    sets = []
    for anchor, links in contexts.items():
        members: Document = {"anchor": anchor}
        for link in links:
            target = {"href": link.target, **({"type": link.type} if link.type else {})}
            members.setdefault(link.rel, []).append(target)
        sets.append(members)
    return {"linkset": sets}


# What programs look for at fixed addresses.

_MAIL = re.compile(r"[^\s<>\"@:/?#]+@[^\s<>\"@:/?#]+")
_SECURE = re.compile(r"https://[^\s<>\"]+", re.IGNORECASE)


def robots(base: str) -> bytes:
    """Pages are for all, once each: filters, orders and past days lead to the same entries again.

    The catalogue is open with its filters, because harvesters ask for one publisher of it.
    """
    root = urlsplit(base).path
    allowed = ["/catalog", "/*?page=", *(f"/*?lang={language}$" for language in LANGUAGES)]
    return _text(
        "User-agent: *",
        f"Disallow: {root}/*?",
        *(f"Allow: {root}{path}" for path in allowed),
        "",
        f"Sitemap: {base}/sitemap.xml",
    )


def security(base: str, contact: str, until: datetime) -> bytes | None:
    """Whom to tell of a weakness, and until when that holds; None if the contact is no address."""
    if (address := _address(contact)) is None:
        return None
    return _text(
        f"Contact: {address}",
        f"Expires: {timestamp(until)}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {base}/.well-known/security.txt",
    )


def _address(contact: str) -> str | None:
    """The contact as an address that the standard takes: a page over https, or a mail."""
    if _SECURE.fullmatch(contact):
        return quote(contact, safe=SAFE)
    mail = contact.removeprefix("mailto:")
    return f"mailto:{quote(mail, safe='@+!')}" if _MAIL.fullmatch(mail) else None


def _text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


# The sitemap: an index, and parts. Each page is named by its permanent address and in each
# language, and each of these names the others.

XML = "application/xml; charset=utf-8"
A_PART = 10_000
"""Pages in a part: 30,000 addresses, of 50,000 that are allowed, so that it is never too large."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PROTOCOL = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


class Place(NamedTuple):
    """A page by its address, and when it last changed, if that is known."""

    address: str
    modified: datetime | None = None


def sitemap(parts: Iterable[Place]) -> bytes:
    """The index of the sitemap: the list of its parts."""
    rows = "".join(f"<sitemap>{_located(*part)}</sitemap>\n" for part in parts)
    return f'{_HEAD}<sitemapindex xmlns="{_PROTOCOL}">\n{rows}</sitemapindex>\n'.encode()


def sitemap_part(places: Iterable[Place]) -> Iterator[bytes]:
    """A part of the sitemap, piece by piece."""
    yield f'{_HEAD}<urlset xmlns="{_PROTOCOL}" xmlns:xhtml="{_XHTML}">\n'.encode()
    for address, modified in places:
        versions = {"x-default": address}
        versions |= {language: f"{address}?lang={language}" for language in LANGUAGES}
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(version)}/>'
            for language, version in versions.items()
        )
        rows = (
            f"<url>{_located(version, modified)}{others}</url>\n" for version in versions.values()
        )
        yield "".join(rows).encode()
    yield b"</urlset>\n"


def _located(address: str, modified: datetime | None) -> str:
    changed = f"<lastmod>{timestamp(modified)}</lastmod>" if modified else ""
    return f"<loc>{escape(address)}</loc>{changed}"
