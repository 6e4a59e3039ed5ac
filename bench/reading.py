"""Pages and statistics of a large register: today, as of a day, at a position, far from the first.

`python bench/reading.py --openings 100000` fills a register of its own on SQLite (or uses the one
at `--keep FILE`, made at the first run), and prints medians, and each beside today's first page.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.cli import seed
from app.domain.access import PUBLIC
from app.domain.claims import ANNOUNCED, DEADLINE, STATE
from app.domain.ledger import Claim
from app.domain.periods import on_day, period_of, to_json
from app.domain.search import Search
from app.register import Clock
from app.register.reading import Reading
from app.register.writing import Writing
from app.store.database import Database, migrate
from tests.openings import SITE

FIRST = date(2020, 1, 6)
PUBLISHERS = ("cour-de-cassation", "conseil-d-etat", "ministere-de-la-justice")
A_BATCH = 2_000


def claims(number: int) -> Iterator[Claim]:
    """One opening: announced, put off, and opened if its number says so."""
    slug, day = f"ouverture-{number:07}", FIRST + timedelta(days=number % 700)
    promised, moved = day + timedelta(days=200), day + timedelta(days=500)

    def told(kind: str, on: date, values: dict[str, Any], text: str | None = None) -> Claim:
        return Claim(
            commitment=slug,
            kind=kind,
            values=values,
            text=text,
            decided_on=on_day(on),
            published_on=on_day(on),
        )

    identity = {
        "type": ("dataset", "api", "source_code")[number % 3],
        "title": {"fr": f"Décisions de la chambre n° {number}, série {number % 97}"},
        "publisher": PUBLISHERS[number % 3],
        "steward": "ministere-de-la-justice",
        "announcement": ("new", "continued")[number % 2],
        "rank": number + 1,
        "state": "planned",
        "deadline": to_json(period_of(promised)),
    }
    yield told(ANNOUNCED, day, identity, "feuille-de-route-2021")
    put_off = {"deadline": to_json(period_of(moved))}
    yield told(DEADLINE, day + timedelta(days=100), put_off, "arrete-2023")
    if number % 4:
        yield told(STATE, moved - timedelta(days=30), {"state": "available"})


def fill(url: str, openings: int) -> float:
    """A register of so many openings; how many claims were recorded a second."""
    migrate(url)
    seed(url)
    database = Database(url)
    writing = Writing(database, Clock())
    recorded, began = 0, time.perf_counter()
    for start in range(0, openings, A_BATCH):
        batch = range(start, min(openings, start + A_BATCH))
        recorded += writing.absorb([one for number in batch for one in claims(number)])
    database.close()
    return recorded / (time.perf_counter() - began)


def milliseconds(ask: Callable[[], object], times: int = 15) -> float:
    """The median of several askings."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
    return statistics.median(found) * 1000


def measure(url: str, page_size: int) -> None:
    """Each kind of page, its totals known already; then the counting alone."""
    reading = Reading(Database(url), Clock(), SITE)
    head = reading.find(Search(), PUBLIC).context.head.position
    day = reading.clock.today()
    first = Search(sort="slug", page_size=page_size)
    pages = reading.find(first, PUBLIC).total // page_size
    middle = f"ouverture-{pages * page_size // 2:07}"
    asked = {
        "today": first,
        "as of today, at the head": replace(first, as_of=day, at=head),
        "as of 1 January 2021": replace(first, as_of=date(2021, 1, 1)),
        "at the head less 5": replace(first, at=head - 5),
        "at half the ledger": replace(first, at=head // 2),
        "at half of it, as of 1 January 2021": replace(first, at=head // 2, as_of=date(2021, 1, 1)),
        "today, one publisher": replace(first, publisher=("conseil-d-etat",)),
        "by rank": replace(first, sort="rank"),
        "by rank, as of 1 January 2021": replace(first, sort="rank", as_of=date(2021, 1, 1)),
        "by rank, at half the ledger": replace(first, sort="rank", at=head // 2),
        "by deadline": replace(first, sort="deadline"),
        "page in the middle, by number": replace(first, page=pages // 2),
        "behind a cursor in the middle": replace(first, after=(middle, middle), page=2),
    }
    base = None
    for name, search in asked.items():
        reading.find(search, PUBLIC)
        took = milliseconds(lambda search=search: reading.find(search, PUBLIC))
        base = base or took
        print(f"{name:40} {took:8.2f} ms  {took / base:6.2f}")
    for name in ("today", "as of 1 January 2021", "at half the ledger"):
        search = asked[name]

        def counted(search: Search = search) -> object:
            reading.tallies.held.clear()
            return reading.find(search, PUBLIC)

        print(f"{'counted anew, ' + name:40} {milliseconds(counted, 3):8.2f} ms")

        for by in ("publisher", "text"):

            def told(search: Search = search, by: str = by) -> object:
                reading.counted.held.clear()
                return reading.statistics(search, by, PUBLIC)

            print(f"{f'statistics by {by}, {name}':40} {milliseconds(told, 3):8.2f} ms")


def main() -> None:
    """Fill, then measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--openings", type=int, default=20_000)
    options.add_argument("--page-size", type=int, default=20)
    options.add_argument("--keep", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = asked.keep or Path(folder) / "many.db"
        url = f"sqlite:///{file.resolve()}"
        if not file.exists():
            print(f"{fill(url, asked.openings):.0f} claims recorded a second")
        measure(url, asked.page_size)


if __name__ == "__main__":
    main()
