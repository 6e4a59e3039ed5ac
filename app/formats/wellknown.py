"""What programs look for at fixed addresses: rules for crawlers, whom to warn, where the APIs are.

RFC 9309 (robots.txt), RFC 9116 (security.txt), RFC 9727 (api-catalog). Knows no HTTP and no clock.
"""

import re
from datetime import datetime
from urllib.parse import quote, urlsplit

from app.domain.ledger import timestamp
from app.domain.search import LANGUAGES

_MAIL = re.compile(r"[^\s<>\"@:/?#]+@[^\s<>\"@:/?#]+")
_PAGE = re.compile(r"https://[^\s<>\"]+", re.IGNORECASE)


def robots(base: str) -> bytes:
    """Pages are for all, once each: filters, orders and past days lead to the same entries again.

    The catalogue is open with its filters, because harvesters ask for one publisher of it.
    """
    root = urlsplit(base).path
    allowed = ["/catalog", "/*?page=", *(f"/*?lang={language}$" for language in LANGUAGES)]
    lines = [
        "User-agent: *",
        f"Disallow: {root}/*?",
        *(f"Allow: {root}{path}" for path in allowed),
        "",
        f"Sitemap: {base}/sitemap.xml",
    ]
    return _text(lines)


def security(base: str, contact: str, until: datetime) -> bytes | None:
    """Whom to tell of a weakness, and until when that holds; None if the contact is no address."""
    if (reached := _address(contact)) is None:
        return None
    return _text(
        [
            f"Contact: {reached}",
            f"Expires: {timestamp(until)}",
            f"Preferred-Languages: {', '.join(LANGUAGES)}",
            f"Canonical: {base}/.well-known/security.txt",
        ]
    )


def _address(contact: str) -> str | None:
    """The contact as an address that the standard takes: a page over https, or a mail."""
    if _PAGE.fullmatch(contact):
        return quote(contact, safe=":/?#[]@!$&'()*+,;=%~")
    mail = contact.removeprefix("mailto:")
    return f"mailto:{quote(mail, safe='@+!')}" if _MAIL.fullmatch(mail) else None


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
