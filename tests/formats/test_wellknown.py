"""Rules for crawlers and whom to warn, read as their standards say."""

import re
from datetime import UTC, datetime

import pytest

from app.formats import wellknown

BASE = "https://ouvertures.example"
UNTIL = datetime(2027, 5, 22, 22, tzinfo=UTC)


def may_fetch(rules: bytes, path: str) -> bool:
    """RFC 9309: the longest rule that matches decides, and among equals the one that allows."""
    found = [(0, True)]
    for line in rules.decode().splitlines():
        kind, _, pattern = line.partition(": ")
        if kind in ("Allow", "Disallow"):
            told = re.escape(pattern).replace(r"\*", ".*").replace(r"\$", "$")
            if re.match(told, path):
                found.append((len(pattern), kind == "Allow"))
    return max(found)[1]


@pytest.mark.parametrize("root", ["", "/under/a/path"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/?lang=en", True),
        ("/?page=2", True),
        ("/?page=2&lang=en", True),
        ("/?as_of=2021-10-15", False),
        ("/?lang=en&as_of=2021-10-15", False),
        ("/?state=planned&sort=-slip", False),
        ("/openings/decisions-conseil-d-etat", True),
        ("/openings/decisions-conseil-d-etat.ttl?at=3", False),
        ("/actions/A16?lang=fr", True),
        ("/catalog.ttl?publisher=cour-de-cassation&page=2", True),
        ("/api/v1/openings", True),
        ("/sitemap.xml", True),
    ],
)
def test_crawlers_meet_every_page_once(root: str, path: str, allowed: bool):
    rules = wellknown.robots(f"https://ouvertures.example{root}")
    assert may_fetch(rules, root + path) is allowed


def test_crawlers_are_told_where_the_sitemap_is():
    lines = wellknown.robots(f"{BASE}/a").decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert lines[-1] == f"Sitemap: {BASE}/a/sitemap.xml"


def test_whom_to_warn_is_told_with_the_day_until_which_it_holds():
    told = wellknown.security(BASE, "mailto:registre@ouvertures.example", UNTIL)
    assert told == (
        b"Contact: mailto:registre@ouvertures.example\n"
        b"Expires: 2027-05-22T22:00:00Z\n"
        b"Preferred-Languages: fr, en\n"
        b"Canonical: https://ouvertures.example/.well-known/security.txt\n"
    )


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("registre@ouvertures.example", "mailto:registre@ouvertures.example"),
        ("mailto:été+a@b.example", "mailto:%C3%A9t%C3%A9+a@b.example"),
        ("https://ouvertures.example/erreur?à=b", "https://ouvertures.example/erreur?%C3%A0=b"),
    ],
)
def test_a_contact_is_an_address_that_the_standard_takes(contact: str, address: str):
    told = wellknown.security(BASE, contact, UNTIL)
    assert told
    assert told.startswith(f"Contact: {address}\n".encode())


@pytest.mark.parametrize(
    "contact",
    ["", "le greffe", "http://ouvertures.example/", "mailto:", "a@b\nExpires: x", "x@y?subject=z"],
)
def test_without_such_a_contact_there_is_nothing_to_tell(contact: str):
    assert wellknown.security(BASE, contact, UNTIL) is None
