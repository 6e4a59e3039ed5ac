"""The addresses of the site’s pages, for search engines: an index, and parts (sitemaps.org 0.9).

Each page is told by its permanent address and in each language, and each of these names the others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from app.domain.ledger import timestamp
from app.domain.search import LANGUAGES

MEDIA_TYPE = "application/xml; charset=utf-8"
A_PART = 10_000
"""Pages in a part: 30,000 addresses, of 50,000 that are allowed, so that it is never too large."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PROTOCOL = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(frozen=True, slots=True)
class Place:
    """A page by its address, and when it last changed, if that is known."""

    address: str
    modified: datetime | None = None


def index(parts: Iterable[Place]) -> bytes:
    """The list of parts."""
    told = "".join(f"<sitemap>{_told(part.address, part)}</sitemap>\n" for part in parts)
    return f'{_HEAD}<sitemapindex xmlns="{_PROTOCOL}">\n{told}</sitemapindex>\n'.encode()


def part(places: Iterable[Place]) -> Iterator[bytes]:
    """A part, piece by piece."""
    yield f'{_HEAD}<urlset xmlns="{_PROTOCOL}" xmlns:xhtml="{_XHTML}">\n'.encode()
    for place in places:
        versions = {
            "x-default": place.address,
            **{language: f"{place.address}?lang={language}" for language in LANGUAGES},
        }
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(address)}/>'
            for language, address in versions.items()
        )
        told = "".join(
            f"<url>{_told(address, place)}{others}</url>\n" for address in versions.values()
        )
        yield told.encode()
    yield b"</urlset>\n"


def _told(address: str, place: Place) -> str:
    changed = f"<lastmod>{timestamp(place.modified)}</lastmod>" if place.modified else ""
    return f"<loc>{escape(address)}</loc>{changed}"
