"""A page of the catalogue in each syntax: how many datasets a second, and how large is each?

`python bench/dcat.py --pages 20` tells pages of 100 openings: planned ones, which are what most of
a register of promises holds, and openings of every kind. The time is the processor’s, from records
to bytes. `rival_dcat.py` has the same of ckanext-dcat.
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


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20, help="how often each page is written")
    pages = parser.parse_args().pages
    ours(pages)


if __name__ == "__main__":
    main()
