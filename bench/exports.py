"""Whole lists in each voice: how many rows a second of CPU, and does memory stay flat?

`python bench/exports.py` writes a small and a large list in each voice, each in a process of its
own, and compares their peaks of memory. The rows are the openings of the seed over and over, each
with a name and a title of its own; nothing is read from a database.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.domain.commitments import Commitment
from app.domain.context import Context, Snapshot
from app.domain.fold import on, resolve
from app.domain.ledger import paris_midnight
from app.domain.references import Head
from app.domain.rows import row_of
from app.domain.search import Export
from app.domain.values import Words
from app.formats import BY_SUFFIX, FORMATS
from app.register import seed
from tests.domain.histories import written

DAY = date(2026, 11, 23)
SMALL, LARGE = 10_000, 1_000_000
AFFORDABLE = {"xlsx": 100_000, "ods": 200_000}
"""Workbooks of more rows take minutes to write, and more to open."""

MOST = 1.1
"""How much more memory a large list may take than a small one."""


def context() -> Context:
    """What the voices need besides records."""
    found = seed.read()
    return Context(
        base="https://ouvertures.example",
        contact="registre@ouvertures.example",
        snapshot=Snapshot(DAY, 84),
        head=Head(84, "ab" * 32),
        midnight=paris_midnight(DAY),
        organizations={one.slug: one for one in found.organizations},
        texts={one.id: one for one in found.texts},
    )


def openings(count: int) -> Iterator[Commitment]:
    """So many openings, made one after the other."""
    claims = seed.read().claims
    slugs = {one.commitment: None for one in claims if one.commitment.startswith("decisions-")}
    histories = ([one for one in claims if one.commitment == slug] for slug in slugs)
    known = [entry for one in histories if (entry := on(resolve(written(one)), DAY))]
    for number, entry in enumerate(islice(cycle(known), count), start=1):
        title = Words(fr=f"{entry.title.fr} ({number})", en=entry.title.en)
        yield replace(entry, slug=f"{entry.slug}-{number}", rank=number, title=title)


def write(suffix: str, count: int) -> None:
    """Write a list and print what it took: rows a second, bytes, and KiB at the peak."""
    whole = BY_SUFFIX[suffix].whole
    assert whole, suffix
    size, began = 0, time.process_time()
    for piece in whole(map(row_of, openings(count)), Export(), context()):
        size += len(piece)
    elapsed = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert size > count, f"{suffix} of {count} rows has {size} bytes"
    print(count / elapsed, size, peak)


def measure(suffix: str, count: int) -> int:
    """The peak of a list in a process of its own; a line about it."""
    command = (sys.executable, __file__, "--one", suffix, str(count))
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    rate, size, peak = map(float, told.stdout.split())
    print(
        f"{suffix:6} {count:9,} rows  {rate:9,.0f} rows a CPU s  {size / count:6,.0f} bytes a row  "
        f"peak {peak / 1024:6.0f} MiB"
    )
    return int(peak)


def main() -> int:
    """Each voice at two sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("SUFFIX", "ROWS"), help="one list, here")
    parser.add_argument("--most", type=int, default=LARGE, help="rows of the large list")
    asked = parser.parse_args()
    if asked.one:
        write(asked.one[0], int(asked.one[1]))
        return 0
    failed = 0
    for row in FORMATS:
        if row.whole:
            small = measure(row.suffix, SMALL)
            large = measure(row.suffix, min(asked.most, AFFORDABLE.get(row.suffix, LARGE)))
            if large > MOST * small:
                failed = 1
                print(f"{row.suffix:6} memory grows with the list: {large / small:.2f} times")
    return failed


if __name__ == "__main__":
    sys.exit(main())
