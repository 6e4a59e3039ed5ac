"""A page of the catalogue in each syntax: how many datasets a second, and how large is each?

`python bench/dcat.py --pages 20` tells pages of 100 openings: planned ones, which are what most of
a register of promises holds, and openings of every kind. The time is the processor’s, from records
to bytes. Where ckanext-dcat can be imported, its serialiser writes a hundred datasets that say
about as much as a planned one; it is run as CKAN runs it.
"""

import argparse
import gzip
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.domain.commitments import Commitment
from app.domain.context import Context, Snapshot
from app.domain.fold import on, resolve
from app.domain.ledger import paris_midnight
from app.domain.references import Head
from app.formats import FORMATS
from app.formats.dcat import Page
from app.register import seed
from tests import openings
from tests.domain.histories import written

BASE = "https://registre.example"
DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_PAGE = 100


def entries() -> Iterator[Commitment]:
    """Openings of every kind, one after the other."""
    for _, claims in groupby(openings.claims(10_000), key=lambda claim: claim.commitment):
        entry = on(resolve(written(claims, NOW)), DAY)
        assert entry is not None
        yield entry


def page(found: list[Commitment]) -> Page:
    """One page, as the route makes it."""
    address = f"{BASE}/catalog.ttl?as_of={DAY}&at=3882&page=1"
    return Page(
        entries=tuple(found),
        total=1_000,
        catalogue=f"{BASE}/catalog",
        address=address,
        first=address,
        last=address.replace("page=1", "page=10"),
        next=address.replace("page=1", "page=2"),
    )


def context() -> Context:
    """What surrounds it."""
    found = seed.read()
    return Context(
        base=BASE,
        contact="mailto:registre@registre.example",
        snapshot=Snapshot(DAY, 3_882),
        head=Head(3_882, "ab" * 32, NOW),
        midnight=paris_midnight(DAY),
        organizations={one.slug: one for one in found.organizations},
        texts={text.id: text for text in found.texts},
    )


def measure(write: Callable[[], bytes], pages: int) -> tuple[float, bytes]:
    """The median seconds of a page, and the page."""
    told = write()
    seconds = []
    for _ in range(pages):
        began = time.process_time()
        assert write() == told
        seconds.append(time.process_time() - began)
    return statistics.median(seconds), told


def row(who: str, what: str, syntax: str, seconds: float, told: bytes) -> None:
    """One line of the table."""
    print(
        f"{who:12} {what:10} {syntax:9} {seconds * 1000:8.1f} ms a page "
        f"{A_PAGE / seconds:9.0f} datasets/s {len(told) / A_PAGE:7.0f} B each "
        f"{len(gzip.compress(told, 5)) / A_PAGE:6.0f} B gzipped"
    )


def ours(pages: int) -> None:
    """What the register tells."""
    every: list[Commitment] = []
    planned: list[Commitment] = []
    for entry in entries():
        every.append(entry)
        if entry.state == "planned" and not entry.parts:
            bare = entry.described.model_copy(update={"resources": ()})
            planned.append(replace(entry, described=bare))
        if len(planned) == A_PAGE:
            break
    around = context()
    for what, found in (("planned", planned), ("every kind", every[:A_PAGE])):
        asked = page(found)
        for form in FORMATS:
            if many := form.page:
                seconds, told = measure(lambda: many(asked, around), pages)  # noqa: B023 run at once
                row("ouvertures", what, form.suffix, seconds, told)


def theirs(pages: int) -> None:
    """What ckanext-dcat tells of a hundred datasets without a resource."""
    try:
        from ckanext.dcat.processors import RDFSerializer  # noqa: PLC0415 it may not be there
    except ImportError as absence:
        print(f"ckanext-dcat cannot be imported here, so it was not measured: {absence}")
        return
    packages = [package(number) for number in range(A_PAGE)]
    for suffix, syntax in (("ttl", "turtle"), ("jsonld", "json-ld"), ("rdf", "xml"), ("nt", "nt")):

        def write(form: str = syntax) -> bytes:
            serializer = RDFSerializer(profiles=["euro_dcat_ap_3"])
            told = serializer.serialize_datasets(packages, _format=form)
            return told if isinstance(told, bytes) else str(told).encode()

        row("ckanext-dcat", "planned", suffix, *measure(write, max(1, pages // 10)))


def package(number: int) -> dict[str, Any]:
    """A dataset as CKAN keeps it, that says about as much as a planned opening."""
    return {
        "id": f"00000000-0000-0000-0000-{number:012}",
        "name": f"ouverture-{number}",
        "title": "Décisions « à l’essai »",
        "notes": "[Planifié, échéance T2 2023] Décisions « à l’essai ». Échéance fixée par : …",
        "url": f"{BASE}/openings/ouverture-{number}.html",
        "metadata_created": "2026-11-23T12:00:00",
        "metadata_modified": "2026-11-23T12:00:00",
        "tags": [{"name": "ouverture-planifiee"}, {"name": "nouvelle-ouverture"}],
        "resources": [],
        "extras": [
            {"key": "uri", "value": f"{BASE}/openings/ouverture-{number}"},
            {"key": "identifier", "value": f"ouverture-{number}"},
            {"key": "publisher_name", "value": "Cour de cassation"},
            {"key": "publisher_uri", "value": f"{BASE}/catalog#publisher-cour"},
            {"key": "contact_name", "value": "Ouvertures"},
            {"key": "contact_email", "value": "registre@registre.example"},
            {"key": "language", "value": '["http://publications.europa.eu/resource/…/FRA"]'},
            {"key": "theme", "value": '["http://publications.europa.eu/resource/…/JUST"]'},
            {"key": "access_rights", "value": "http://publications.europa.eu/resource/…/PUBLIC"},
        ],
    }


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20, help="how often each page is written")
    pages = parser.parse_args().pages
    ours(pages)
    theirs(pages)


if __name__ == "__main__":
    main()
