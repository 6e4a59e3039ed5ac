"""Openings to write: small histories, folded, and what an answer holds for."""

import hashlib
import os
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import rdflib
from hypothesis import strategies as st

from app.domain.commitments import Commitment
from app.domain.context import Context, Snapshot
from app.domain.errors import Unfit
from app.domain.fold import on, resolve
from app.domain.ledger import Claim, Event, paris_midnight
from app.domain.references import BEFORE, Head, Organization, Text
from app.domain.values import Title, prose
from app.formats.dcat import Page
from tests.domain.histories import announced, described, due, state, written

BASE = "https://ouvertures.example"
TODAY = date(2026, 11, 23)
RECORDED = datetime(2026, 11, 20, 9, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden"

ORDER = Text("order", "Arrêté du 28 avril 2021", "JUST2111743A", "2021-04-28", "2021-04-29")
ROADMAP = Text("roadmap", "Feuille de route 2021-2024", None, "2021-09-27", "2021-09-27")
LATER = replace(
    Text("later", "Arrêté du 29 août 2025", None, "2025-08-29", "2025-09-03", "order"),
    eli="https://legifrance.example/eli/later",
    binding=True,
)
COURT = Organization("cour", Title.of(fr="Cour de cassation", en="Court of Cassation"), "ministere")
MINISTRY = Organization(
    "ministere", Title.of(fr="Ministère de la Justice", en="Ministry of Justice")
)

BINDING = frozenset({"order", "later", "unknown-text"})
"""The texts that bind."""

CONTEXT = Context(
    base=BASE,
    contact="mailto:registre@ouvertures.example",
    snapshot=Snapshot(TODAY, 57),
    head=Head(57, "ab" * 32, RECORDED),
    midnight=paris_midnight(TODAY),
    organizations={each.slug: each for each in (COURT, MINISTRY)},
    texts={each.id: each for each in (ORDER, ROADMAP, LATER)},
    programmes={BEFORE.id: BEFORE},
)


def as_of(day: date) -> Context:
    """The same, where a day was asked for."""
    return replace(CONTEXT, snapshot=Snapshot(day, 57, as_of=day))


def identity(slug: str, **values: Any) -> dict[str, Any]:
    """What an announcement says of an opening."""
    return {
        "title": {"fr": f"Décisions n° {slug}"},
        "announcement": "new",
        "publisher": "cour",
        "steward": "ministere",
        "action": "justice-2021/A16",
        "rank": 6,
        **values,
    }


def history(
    slug: str, *claims: Claim, deadline: str | None = "T2 2023", **values: Any
) -> list[Event]:
    """The ledger of an opening that the roadmap announced, and of which more was claimed."""
    first = announced("2021-09-27", deadline, values=identity(slug, **values))
    return written((replace(claim, commitment=slug) for claim in (first, *claims)), RECORDED)


def entry(events: Sequence[Event], day: date = TODAY) -> Commitment:
    """What these events amount to on a day."""
    commitment = on(resolve(events, BINDING), day)
    assert commitment is not None
    return commitment


def opening(slug: str = "conseils", *claims: Claim, **values: Any) -> Commitment:
    return entry(history(slug, *claims, **values))


MOVED = (
    due("2021-04-29", "2023-06-30"),
    due("2023", "2025-09-30", text="unknown-text"),
    due("2025-09-03", "2026-09-30", text="later"),
)
FILE = {
    "title": {"fr": "Toutes les décisions", "en": "All decisions"},
    "kind": "file",
    "url": "https://data.example/decisions",
    "download_url": "https://data.example/decisions.csv",
    "format": "CSV",
    "media_type": "text/csv",
    "bytes": 1024,
    "licence": "http://publications.europa.eu/resource/authority/licence/ETALAB_2_0",
    "documentation": "https://data.example/help",
}
API = {
    "kind": "api",
    "url": "https://api.example/v1",
    "documentation": "https://api.example/openapi.json",
}
REPOSITORY = {
    "kind": "repository",
    "url": "https://code.example/sources",
    "licence": "https://spdx.org/licenses/MIT",
}


def planned() -> Commitment:
    """Promised by the roadmap, and nothing more."""
    return opening("planned")


def moved() -> Commitment:
    return opening("moved", *MOVED)


def place(commitment: Commitment, what: str, number: int = 1) -> str:
    """The address of a distribution or a service of an opening: by its kind and its address."""
    resource = commitment.described.resources[number - 1]
    name = hashlib.sha256(f"{resource.kind} {resource.url}".encode()).hexdigest()[:12]
    return f"{BASE}/openings/{commitment.slug}#{what}-{name}"


def with_file() -> Commitment:
    """Open, with a file, a period covered, words in English, a contact."""
    return opening(
        "with-file",
        state("2022-07-01", "available", decided="2022-06-30", values={"resources": [FILE]}),
        described(
            "2022-07-02",
            covers={"from": "1947", "to": "2021-09-30"},
            landing_page="https://data.example/",
            contact={"name": "Service", "email": "service@data.example", "url": None},
            keywords=["justice", "décisions"],
            description={"fr": "Les décisions.", "en": "The decisions."},
        ),
    )


def with_api() -> Commitment:
    return opening(
        "with-api", state("2022-07-01", "available", values={"resources": [API]}), type="api"
    )


def with_code() -> Commitment:
    values = {"resources": [REPOSITORY]}
    return opening("with-code", state("2022-07-01", "available", values=values), type="source_code")


def in_part() -> Commitment:
    """Open in part since a month, and due."""
    return opening("in-part", state("2023-12", "partially_available"), deadline="T4 2026")


def divided() -> Commitment:
    """A promise with two parts, which have dates of their own."""
    return opening(
        "divided",
        due("2024-12-10", "2027-12-31", part="minor", part_title="Contraventions", text="later"),
        due("2024-12-10", "2028-12-31", part="major", part_title="Délits", text="later"),
    )


def suspended() -> Commitment:
    return opening("suspended", state("2022-07-01", "suspended", reason="no budget"))


def suspended_once_open() -> Commitment:
    """Stopped after something had been open."""
    return opening(
        "suspended-once-open",
        state("2022-01-01", "partially_available"),
        state("2022-07-01", "suspended", reason="no budget"),
    )


def abandoned() -> Commitment:
    return opening("abandoned", state("2022-07-01", "abandoned", reason="no use", text="later"))


def withdrawn() -> Commitment:
    return opening(
        "withdrawn",
        state("2022-01-01", "available", values={"resources": [FILE]}),
        state("2023-01-01", "withdrawn"),
    )


def not_available() -> Commitment:
    """Asked for, and nothing promised."""
    return opening("not-available", state("2022-07-01", "not_available"), deadline=None)


def restricted() -> Commitment:
    conditions = {"fr": "Aux avocats, par l’article L. 111-13.", "en": None}
    claim = described("2022-07-01", access_rights="restricted", access_conditions=conditions)
    return opening("restricted", claim)


def of_high_value() -> Commitment:
    """A file and an API that are open by the regulation on high-value datasets, of two themes."""
    claim = described(
        "2022-07-01",
        themes=["ECON", "GOVE"],
        hvd_categories=["c_8f0fac04", "c_a9135398"],
        keywords=["entreprises"],
    )
    resources = {"resources": [FILE, API]}
    return opening("of-high-value", claim, state("2022-07-01", "available", values=resources))


def undated() -> Commitment:
    """Promised, then its deadline was taken away."""
    return opening("undated", due("2022-07-01", None, text="later", reason="no date yet"))


def action() -> Commitment:
    return opening("justice-2021/A16", type="action", section="2.2.1", action=None)


EVERY = (
    planned,
    moved,
    with_file,
    with_api,
    with_code,
    in_part,
    divided,
    suspended,
    suspended_once_open,
    abandoned,
    withdrawn,
    not_available,
    restricted,
    of_high_value,
    undated,
)
"""One opening of each kind that DCAT tells apart."""


def page(*entries: Commitment, **values: Any) -> Page:
    """The one page of a catalogue."""
    address = f"{BASE}/catalog?page=1"
    around = {"address": address, "first": address, "last": address}
    whole = {"total": len(entries), "catalogue": f"{BASE}/catalog", **around}
    return Page(entries=entries, **{**whole, **values})


def every() -> Page:
    """A page with every kind of opening."""
    return page(*(make() for make in EVERY))


def read(body: bytes, syntax: str = "turtle") -> rdflib.Graph:
    """A graph as a second implementation reads it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ConjunctiveGraph is deprecated")  # rdflib, of itself
        return rdflib.Graph().parse(data=body, format=syntax)


def golden(name: str, made: bytes) -> bytes:
    """The bytes expected. `GOLDEN=write pytest tests/formats` writes them anew, to be reviewed."""
    file = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        file.write_bytes(made)
    return file.read_bytes()


HOSTILE = (
    "Décisions\nBEGIN:VEVENT\nUID:evil",
    "virgule, point-virgule; deux-points: barre \\ et C:\\Nouveau \\n \\N \\, fin",
    "🌞" * 50,
    '"guillemets" ^n ^^ =?utf-8?q?x?= <b>&amp;]]> @prefix : <x> .',
)


def texts() -> st.SearchStrategy[str]:
    """Texts as the doors let them in."""
    return st.sampled_from(HOSTILE) | st.text(max_size=100).filter(_admitted).map(prose)


def _admitted(text: str) -> bool:
    try:
        return bool(prose(text))
    except Unfit:
        return False


def plain(text: str) -> str:
    """A text with plain spaces, for whoever reads a test."""
    return text.translate({0xA0: " ", 0x202F: " "})
