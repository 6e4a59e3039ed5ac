"""What programs look for at fixed addresses: rules for crawlers, whom to warn, the sitemap.

RFC 9309 (robots.txt), RFC 9116 (security.txt), sitemaps.org 0.9. Knows no HTTP and no clock.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from app.domain.ledger import timestamp
from app.domain.search import LANGUAGES
from app.formats.links import SAFE

_MAIL = re.compile(r"[^\s<>\"@:/?#]+@[^\s<>\"@:/?#]+")
_PAGE = re.compile(r"https://[^\s<>\"]+", re.IGNORECASE)


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
    if _PAGE.fullmatch(contact):
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
