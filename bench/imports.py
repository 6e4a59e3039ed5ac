"""How many rows a second does an import take, and where does the time go?

`python bench/imports.py --rows 10000` makes a table, and on SQLite and on PostgreSQL reads it from
each format, rehearses it, carries it out, hands it in once more, and rehearses it with other
deadlines. What was carried out must be held: the second time nothing is new, `verify` is clean.
"""

import argparse
import csv
import io
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.domain.comparison import HEADINGS, Publication, Table
from app.domain.periods import read_dating
from app.formats import official
from app.register import Clock
from app.register.importing import Importing, Order
from app.register.writing import CLERK, Writing
from app.store.database import Database
from app.store.spans import migrate
from tests import postgres
from tests.conftest import fill
from tests.formats.files import as_ods, as_xlsx

T = TypeVar("T")
ORGANIZATION = "ministere-de-la-justice"
LATER = read_dating("2026-03-15")


def rows(count: int, year: int = 2027) -> list[tuple[str, ...]]:
    """A table of that many rows, with its headings, whose deadlines begin in a year."""
    title = "Décisions de justice du tribunal n° {} – matière civile, sociale et commerciale"
    return [
        HEADINGS,
        *(
            (
                title.format(number),
                "Données",
                "Nouvelle ouverture",
                f"T{number % 4 + 1} {year + number % 5}",
                "Planifié",
            )
            for number in range(count)
        ),
    ]


def as_csv(table: list[tuple[str, ...]]) -> bytes:
    """The table as CSV."""
    told = io.StringIO()
    csv.writer(told).writerows(table)
    return told.getvalue().encode()


def timed(name: str, count: int, work: Callable[[], T]) -> T:
    """Do it, and print a line."""
    began, cpu = time.perf_counter(), time.process_time()
    done = work()
    elapsed = time.perf_counter() - began
    spent = time.process_time() - cpu
    print(f"    {name:24} {elapsed:7.2f} s  {spent:7.2f} s of CPU  {count / elapsed:9.0f} rows/s")
    return done


def read(table: list[tuple[str, ...]]) -> Table:
    """Read it from each format; the CSV’s is handed on."""
    count = len(table) - 1
    print(f"reading {count} rows")
    found = []
    for name, write in (("XLSX", as_xlsx), ("ODS", as_ods), ("CSV", as_csv)):
        body = write(table)
        found.append(timed(name, count, lambda body=body: official.read(body)))  # type: ignore[misc]
    last = found[-1]
    assert isinstance(last, Table)
    assert len(last.lines) == count
    return last


def run(url: str, table: Table) -> None:
    """Rehearse, carry out, and once more."""
    migrate(url)
    fill(url)
    database = Database(url)
    print(database.version())
    importing, count = Importing(database, Clock()), len(table.lines)
    publication = Publication(
        published_on=read_dating("2026-01-15"),
        text="feuille-de-route-2021",
        organization=ORGANIZATION,
    )
    order = Order(table, publication, CLERK)
    for name, work, claims in (
        ("rehearsed, all new", importing.rehearse, count),
        ("carried out, all new", importing.carry_out, count),
        ("rehearsed, all held", importing.rehearse, 0),
        ("carried out, all held", importing.carry_out, 0),
    ):
        report, _ = timed(name, count, lambda work=work: work(order))  # type: ignore[misc]
        assert len(report.claims) == claims
    changed = official.read(as_csv(rows(count, 2040)))
    order = replace(order, table=changed, publication=replace(publication, published_on=LATER))
    report, _ = timed("rehearsed, all changed", count, lambda: importing.rehearse(order))
    assert report.count("changed") == count
    faults = [one for one in Writing(database, Clock()).verify() if one.fault]
    assert not faults, faults
    database.close()


def main() -> None:
    """Both engines, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    table = read(rows(parser.parse_args().rows))
    with tempfile.TemporaryDirectory() as folder:
        run(f"sqlite:///{folder}/register.db", table)
    with postgres.running() as server:
        run(server.create(), table)


if __name__ == "__main__":
    main()
