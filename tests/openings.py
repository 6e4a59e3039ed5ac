"""Openings of every kind, as claims: as many as are asked for, each unlike the one before.

Every type meets every state, and every optional field is there for some and not for others. Any
few dozen of them in a row have all that any other has.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from app.domain.claims import ANNOUNCED, DEADLINE, DESCRIBED, STATE, Source
from app.domain.context import Site
from app.domain.ledger import Claim
from app.domain.periods import parse, read_dating, to_json
from app.domain.states import STATES
from app.domain.values import HVD_CATEGORIES, THEMES

SITE = Site("https://ouvertures.example", "mailto:registre@ouvertures.example")

TYPES = ("dataset", "api", "source_code")
KINDS = tuple(product(STATES, TYPES))
PUBLISHERS = ("cour-de-cassation", "conseil-d-etat", "ministere-de-la-justice")
ROADMAP, ORDER = "feuille-de-route-2021", "arrete-2025-08-29"

FILE: dict[str, Any] = {
    "url": "https://data.example/decisions",
    "title": {"fr": "Toutes les décisions", "en": "All decisions"},
    "download_url": "https://data.example/decisions.csv?a=b&c=%C3%A9",
    "format": "CSV",
    "media_type": "text/csv",
    "bytes": 1024,
    "licence": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    "documentation": "https://data.example/aide",
}
API: dict[str, Any] = {
    "kind": "api",
    "url": "https://api.example:8443/v1",
    "documentation": "https://api.example/openapi.json",
}
CODE: dict[str, Any] = {
    "kind": "repository",
    "url": "https://code.example/sources",
    "licence": "https://spdx.org/licenses/EUPL-1.2",
}
BARE: dict[str, Any] = {"url": "https://data.example/elsewhere"}
RESOURCES: tuple[list[dict[str, Any]], ...] = (
    [],
    [FILE],
    [API],
    [CODE],
    [BARE],
    [FILE, API, CODE],
    [CODE, {**CODE, "url": "https://code.example/others", "licence": None}],
)
COVERS = (
    None,
    {"from": "1947", "to": "2021-09-30"},
    {"from": "2020-02"},
    {"to": "2020-02"},
    {"from": "../2001", "to": "../2020"},
)
CONTACTS = (
    None,
    {"name": "Service de l’open data"},
    {"name": "Service de l’open data", "email": "open-data@data.example"},
    {"name": "Bureau", "email": "bureau@data.example", "url": "https://data.example/contact"},
)
ACCESS: tuple[dict[str, Any], ...] = (
    {},
    {"access_rights": "restricted"},
    {
        "access_rights": "restricted",
        "access_conditions": {"fr": "Réservé aux avocats.", "en": "For lawyers"},
    },
    {"access_rights": "non_public", "access_conditions": {"fr": "Secret de l’instruction"}},
    {"access_conditions": {"fr": "Après inscription"}},
)
LICENCES = (
    None,
    "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    "https://creativecommons.org/licenses/by/4.0/",
)
KEYWORDS = (None, ["justice"], ["prud-hommes", "decisions-de-justice", "2-0"])
WORDS: tuple[dict[str, Any], ...] = (
    {"title": {"fr": "Décisions « à l’essai » & <autres>"}},
    {"title": {"fr": "Décisions", "en": "Decisions"}},
    {"title": {"en": "Decisions only in English"}},
    {
        "title": {"fr": "Décisions 👩🏽‍⚖️"},
        "description": {"fr": 'Un paragraphe.\n\nUn autre ; "cité" \\ et {ainsi} de suite.'},
    },
    {"title": {"fr": "Décisions"}, "description": {"fr": "Les décisions.", "en": "The decisions."}},
)


def claims(count: int) -> Iterator[Claim]:
    """The claims of so many openings."""
    for number in range(count):
        yield from _opening(number)


def slug(number: int) -> str:
    """The permanent name of one of them."""
    return f"ouverture-{number:05}"


def _opening(number: int) -> Iterator[Claim]:
    state, kind = KINDS[number % len(KINDS)]
    turn = number // len(KINDS) + number
    yield _claim(
        number,
        ANNOUNCED,
        "2021-09-27",
        type=kind,
        publisher=PUBLISHERS[turn % 3],
        steward="ministere-de-la-justice",
        announcement=(None, "new", "continued")[turn % 3],
        rank=number + 1,
        deadline=_period(("T2 2023", "2028", "2027-12", None)[turn % 4]),
        **WORDS[turn % len(WORDS)],
    )
    described = {
        "landing_page": (None, "https://data.example/page")[turn % 2],
        "covers": COVERS[turn % len(COVERS)],
        "contact": CONTACTS[turn % len(CONTACTS)],
        "licence": LICENCES[turn % len(LICENCES)],
        "keywords": KEYWORDS[turn % len(KEYWORDS)],
        "themes": [None, ["JUST"], ["GOVE", "REGI"], [*THEMES][turn % len(THEMES) :]][turn % 4],
        "hvd_categories": _categories(turn),
        "resources": RESOURCES[turn % len(RESOURCES)],
        **ACCESS[turn % len(ACCESS)],
    }
    given = {name: value for name, value in described.items() if value}
    if given:
        yield _claim(number, DESCRIBED, "2022-01-03", **given)
    yield from _moves(number, turn)
    if turn % 7 == 5 and state in ("planned", "partially_available"):
        yield from _parts(number, state)
    elif state == "suspended" and turn % 2:
        yield _claim(number, STATE, "2023-05-02", state="partially_available")
        yield _claim(number, STATE, "2024", state=state)
    elif state != "planned":
        yield _claim(number, STATE, ("2024-03-01", "2024-03", "2024")[turn % 3], state=state)


def _moves(number: int, turn: int) -> Iterator[Claim]:
    """Put off twice, brought forward, or taken away."""
    if turn % 5 == 1:
        yield _claim(number, DEADLINE, "2022-06-01", deadline=_period("2024-06-30"))
        yield _claim(number, DEADLINE, "2023-06-01", deadline=_period("2029-06-30"))
    elif turn % 5 == 2:
        yield _claim(number, DEADLINE, "2022-06-01", deadline=_period("2022-12-31"))
    elif turn % 5 == 3:
        yield _claim(number, DEADLINE, "2022-06-01", deadline=None)


def _parts(number: int, state: str) -> Iterator[Claim]:
    for key, title in (("delits", "Délits"), ("contraventions", "Contraventions")):
        part = {"part": key, "part_title": title}
        yield _claim(number, DEADLINE, "2024-12-10", beside=part, deadline=_period("2030-12-31"))
    if state == "partially_available":
        beside = {"part": "delits", "part_title": "Délits"}
        yield _claim(number, STATE, "2025-01-01", beside=beside, state="available")


def _categories(turn: int) -> list[str]:
    """None for two of three; then one of the list after the other, and sometimes two."""
    every = [*HVD_CATEGORIES]
    return [every[turn % len(every)], *every[: turn % 2]] if turn % 3 == 0 else []


def _period(text: str | None) -> dict[str, str] | None:
    read = parse(text) if text else None
    return to_json(read) if read else None


def _claim(
    number: int, kind: str, day: str, beside: dict[str, Any] | None = None, **values: Any
) -> Claim:
    kept = {name: value for name, value in values.items() if value is not None}
    if kind == DEADLINE:
        kept = values
    return Claim(
        commitment=slug(number),
        kind=kind,
        decided_on=read_dating(day),
        published_on=read_dating(day),
        values=kept,
        text=ORDER if kind == DEADLINE else ROADMAP,
        reason="Pour l’essai.",
        source=Source(title="Une source", url="https://data.example/source"),
        **(beside or {}),
    )
